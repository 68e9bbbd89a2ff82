//! What the loader will do with a program or library of this machine:
//! `cargo run -p sayso-loader --example predict -- /usr/bin/git`.

use sayso_loader::{Event, Request, Session, Start, Verdict};
use sayso_world::live::Live;

fn main() {
    let world = Live::new();
    let session = Session::new(&world);
    for path in std::env::args().skip(1) {
        let start = Start::Exec {
            path: path.as_str().into(),
            arguments: vec![path.clone().into_bytes()],
        };
        let trace = session.predict(&Request {
            start,
            steps: Vec::new(),
            loader: None,
            release: None,
        });
        for event in &trace.events {
            let Event::Search { name, probes, .. } = event else {
                continue;
            };
            println!("{}", String::from_utf8_lossy(name));
            for probe in probes {
                println!(
                    "    {} ({:?}): {:?}",
                    probe.path, probe.because, probe.outcome
                );
            }
        }
        match &trace.verdict {
            Verdict::Loads => println!("{path} loads, {} objects", trace.load_order.len()),
            Verdict::Fails { failure, .. } => {
                println!("{}", String::from_utf8_lossy(&failure.text()));
            }
            Verdict::Unknown { gaps } => println!("{path}: unknown: {gaps:?}"),
        }
    }
}
