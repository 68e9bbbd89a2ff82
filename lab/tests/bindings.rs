//! `LD_DEBUG=bindings` as a witness: every world whose bindings can be asked, of every glibc, and programs of this machine.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_fixture::Libc;
use sayso_lab::{bindings, case, census};

/// Programs of this machine in every test run.
const PROGRAMS: usize = 60;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    if let Some(why) = sayso_lab::cannot_work() {
        eprintln!("SKIPPED, bindings: {why}");
        let lab = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("bindings", lab)]).exit();
    }
    let releases = case::releases(Libc::Glibc);
    let cases = case::all().unwrap_or_else(|error| panic!("{error:#}"));
    for case in cases {
        for release in &releases {
            if !case.asks(release) || !bindings::can_ask(&case.fixture) {
                continue;
            }
            let (case, release) = (case.clone(), release.clone());
            let name = format!("{} {}", case.name, release.name);
            trials.push(Trial::test(name, move || {
                match bindings::of_world(&case.fixture, &release) {
                    Ok(None) => Ok(()),
                    Ok(Some(how)) => Err(Failed::from(format!("{}\n{how}", case.text))),
                    Err(error) => Err(Failed::from(format!("{error:#}"))),
                }
            }));
        }
    }
    if census::can_work() {
        trials.push(Trial::test("programs", || {
            let most = std::env::var("SAYSO_PROGRAMS")
                .ok()
                .and_then(|n| n.parse().ok());
            let tally = bindings::of_programs(most.unwrap_or(PROGRAMS))
                .map_err(|error| Failed::from(format!("{error:#}")))?;
            eprintln!("{tally}");
            if tally.differ.is_empty() && tally.references > 0 {
                Ok(())
            } else {
                Err(Failed::from(tally.to_string()))
            }
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
