//! Every case, asked of every release that is here.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::{case, release};

fn main() {
    let arguments = Arguments::from_args();
    if let Some(why) = sayso_lab::cannot_work() {
        eprintln!("SKIPPED, the lab: {why}");
        let lab = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("lab", lab)]).exit();
    }
    let releases = release::provisioned();
    let mut trials = Vec::new();
    if releases.len() < release::known() {
        eprintln!("SKIPPED, some loader releases: cargo xtask provision brings them");
        let here = releases.len();
        let all = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(format!(
                    "only {here} loader releases are here"
                )))
            } else {
                Ok(())
            }
        };
        trials.push(Trial::test("releases", all));
    }
    let cases = case::all().unwrap_or_else(|error| panic!("{error:#}"));
    for case in cases {
        for release in &releases {
            if !case.asks(release) {
                continue;
            }
            let (case, release) = (case.clone(), release.clone());
            let name = format!("{} {}", case.name, release.name);
            trials.push(Trial::test(name, move || {
                case.check(&release)
                    .map_err(|error| Failed::from(format!("{error:#}")))
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
