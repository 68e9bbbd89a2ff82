//! Every image of `lab/images`: built, judged, and started for real.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::images;

fn main() {
    let arguments = Arguments::from_args();
    let missing = sayso_lab::cannot_work()
        .or_else(|| images::missing_tool().map(|tool| format!("no {tool}: cargo xtask provision")));
    if let Some(why) = missing {
        eprintln!("SKIPPED, the images: {why}");
        let images = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("images", images)]).exit();
    }
    let cases = images::all().unwrap_or_else(|error| panic!("{error:#}"));
    let trials = cases
        .into_iter()
        .map(|case| {
            Trial::test(case.name.clone(), move || {
                case.check()
                    .map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
