//! A few files of this machine, edited in every way and loaded; `cargo xtask lab edit --all` edits all of them.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::{census, edit};

/// Draws of random edits; `cargo xtask lab edit random --count 5000` makes more.
const RANDOM: u32 = 250;

fn main() {
    let arguments = Arguments::from_args();
    let trial = Trial::test("edit", || {
        let missing = ["readelf", "eu-elflint"].into_iter().find(|tool| {
            std::process::Command::new(tool)
                .arg("--version")
                .output()
                .is_err()
        });
        if !census::can_work() || missing.is_some() {
            eprintln!(
                "SKIPPED, edit: no {}",
                missing.unwrap_or("x86-64 glibc loader")
            );
            return if sayso_lab::in_ci() {
                Err(Failed::from("a tool is missing"))
            } else {
                Ok(())
            };
        }
        let (table, wrong) = edit::table(edit::QUICK, 0, Path::new(env!("CARGO_BIN_EXE_opener")))
            .map_err(|error| Failed::from(format!("{error:#}")))?;
        if wrong == 0 {
            Ok(())
        } else {
            Err(Failed::from(table))
        }
    });
    let random = Trial::test("random edits", || {
        if let Some(why) = sayso_lab::cannot_work() {
            eprintln!("SKIPPED, random edits: {why}");
            return if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            };
        }
        let (tally, found) =
            edit::random::campaign(RANDOM, 1).map_err(|error| format!("{error:#}"))?;
        println!("{tally}");
        found.map_or(Ok(()), |text| Err(Failed::from(text)))
    });
    let elsewhere = Trial::test("edits elsewhere", || {
        let places = edit::elsewhere::here(1).map_err(|error| format!("{error:#}"))?;
        let missing = edit::elsewhere::known() - places.len();
        if missing > 0 {
            eprintln!(
                "SKIPPED, edits elsewhere: {missing} of the other loaders (cargo xtask provision)"
            );
            if sayso_lab::in_ci() {
                return Err(Failed::from("a loader is missing"));
            }
        }
        let (table, faults) =
            edit::elsewhere::table(edit::elsewhere::QUICK).map_err(|error| format!("{error:#}"))?;
        println!("{table}");
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Failed::from(faults.join("\n")))
        }
    });
    libtest_mimic::run(&arguments, vec![trial, random, elsewhere]).exit();
}
