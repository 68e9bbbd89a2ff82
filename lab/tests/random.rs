//! A few random worlds in every test run; `cargo xtask lab random --count 2000` draws more.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::random;

/// Each is asked of every release.
const COUNT: u32 = 150;

fn main() {
    let arguments = Arguments::from_args();
    let trial = Trial::test("random worlds", || {
        if let Some(why) = sayso_lab::cannot_work() {
            eprintln!("SKIPPED, random worlds: {why}");
            return if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            };
        }
        match random::campaign(COUNT, 1) {
            Ok(0) => Ok(()),
            Ok(found) => Err(Failed::from(format!("{found} worlds differ"))),
            Err(error) => Err(Failed::from(format!("{error:#}"))),
        }
    });
    libtest_mimic::run(&arguments, vec![trial]).exit();
}
