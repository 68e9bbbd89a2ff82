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
    // A filter, or SAYSO_IMAGES=all, asks for more than every third.
    let all = arguments.filter.is_some() || std::env::var_os("SAYSO_IMAGES").is_some();
    let trials = cases
        .into_iter()
        .enumerate()
        .filter(|(at, _)| all || at % 3 == 0)
        .map(|(_, case)| case)
        .map(|case| {
            Trial::test(case.name.clone(), move || {
                case.check()
                    .map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect::<Vec<_>>();
    let roots = images::roots().into_iter().map(|root| {
        let name = root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Trial::test(name.unwrap_or_default(), move || {
            images::check_root(&root).map_err(|error| Failed::from(format!("{error:#}")))
        })
    });
    let trials = trials.into_iter().chain(roots).collect();
    libtest_mimic::run(&arguments, trials).exit();
}
