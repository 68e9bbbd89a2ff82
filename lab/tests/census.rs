//! A few hundred files of this machine in every test run; `cargo xtask census --all` looks at all.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::census;

fn main() {
    let arguments = Arguments::from_args();
    let trial = Trial::test("census", || {
        if !census::can_work() {
            eprintln!("SKIPPED, census: this machine has no x86-64 glibc loader");
            return if sayso_lab::in_ci() {
                Err(Failed::from("no loader"))
            } else {
                Ok(())
            };
        }
        let tally =
            census::run(census::QUICK, None).map_err(|error| Failed::from(format!("{error:#}")))?;
        if tally.differ.is_empty() {
            Ok(())
        } else {
            Err(Failed::from(tally.to_string()))
        }
    });
    libtest_mimic::run(&arguments, vec![trial]).exit();
}
