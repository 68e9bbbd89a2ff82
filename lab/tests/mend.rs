//! Every case that fails for a reason that sayso knows how to mend is mended, and then loads for real.

use std::collections::BTreeMap;

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::mend::{Outcome, attempt, loads};
use sayso_lab::{case, release};

/// Cases that must at least be mended, and cases of which sayso must say that no change of a file helps.
const MENDED_MIN: usize = 60;
const LEFT_MIN: usize = 20;

fn main() {
    let arguments = Arguments::from_args();
    let trial = Trial::test("mend", || {
        if let Some(why) = sayso_lab::cannot_work() {
            eprintln!("SKIPPED, mend: {why}");
            return if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            };
        }
        all().map_err(Failed::from)
    });
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

fn all() -> Result<(), String> {
    let releases: Vec<_> = release::provisioned()
        .into_iter()
        .filter(|r| {
            matches!(
                r.name.as_str(),
                "glibc-2.41" | "musl-1.2.5" | "glibc-2.36" | "musl-1.2.3"
            )
        })
        .collect();
    let (mut mended, mut left, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for case in case::all().map_err(|error| format!("{error:#}"))? {
        // One release of each family; the kernel's cases are asked of the older ones only.
        let Some(release) = releases
            .iter()
            .filter(|release| case.asks(release))
            .max_by_key(|release| release.number)
        else {
            continue;
        };
        match attempt(&case, release) {
            Ok(Outcome::Fine) => {}
            Ok(Outcome::Mended(told)) if loads(&told) => mended += 1,
            Ok(Outcome::Mended(told)) => wrong.push(format!(
                "{} {}: the plan does not help:\n{}\n",
                case.name,
                release.name,
                told.lines().join("\n")
            )),
            Ok(Outcome::Left(rules)) => {
                if std::env::var_os("SAYSO_LAB_VERBOSE").is_some() {
                    println!("{} {}: {rules:?}", case.name, release.name);
                }
                for rule in rules {
                    *left.entry(rule).or_insert(0) += 1;
                }
            }
            Err(error) => wrong.push(format!("{} {}: {error:#}\n", case.name, release.name)),
        }
    }
    let hopeless: usize = left.values().sum();
    println!("{mended} mended, left: {left:?}");
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    if mended < MENDED_MIN || hopeless < LEFT_MIN {
        return Err(format!("only {mended} cases mended, {hopeless} left"));
    }
    Ok(())
}
