//! Prints what an image or archive holds: `cargo run -p sayso-image --example image-files FILE [PLATFORM]`.

use std::io::Write as _;

use sayso_image::{ListedKind, Options, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let options = Options {
        platform: arguments.next().map(|text| text.parse()).transpose()?,
        ..Options::default()
    };
    let image = open(path.as_ref(), &options).map_err(|refusal| refusal.to_string())?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(out, "{}: {:?} {:?}", image.kind, image.name, image.platform)?;
    writeln!(out, "{:?}\n{:?}", image.config, image.notes)?;
    for layer in &image.layers {
        writeln!(out, "{layer:?}")?;
    }
    for file in image.tree.files() {
        let kind = match file.kind {
            ListedKind::Directory => "d".to_owned(),
            ListedKind::Link(text) => format!("l -> {text}"),
            ListedKind::Special => "special".to_owned(),
            ListedKind::Regular {
                size,
                head,
                holding,
                ..
            } => format!("{size} {head:?} {holding:?}"),
        };
        let (mode, uid, gid) = (file.mode, file.uid, file.gid);
        writeln!(out, "{:04o} {uid}:{gid} {} {kind}", mode, file.path)?;
    }
    Ok(())
}
