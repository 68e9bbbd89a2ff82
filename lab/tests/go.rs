//! Go plugins: cases on the real toolchains that are here. Every test run asks the quick ones; `cargo xtask lab go --all` asks all.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::go::{self, matrix::Question};

fn main() {
    let arguments = Arguments::from_args();
    if let Some(why) = go::cannot_work() {
        eprintln!("SKIPPED, Go plugins: {why}");
        let lab = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("go", lab)]).exit();
    }
    let cases = go::case::all().unwrap_or_else(|error| panic!("{error:#}"));
    let mut trials = Vec::new();
    for question in go::matrix::questions(&cases, true) {
        let name = question.name();
        if let Some(missing) = question.missing() {
            eprintln!("SKIPPED, {name}: no Go {missing}: cargo xtask provision");
            if sayso_lab::in_ci() {
                let text = format!("no Go {missing}");
                trials.push(Trial::test(name, move || Err(Failed::from(text))));
            }
            continue;
        }
        trials.push(Trial::test(name, move || check(&question)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(question: &Question) -> Result<(), Failed> {
    let answer = question
        .ask()
        .map_err(|error| Failed::from(format!("{error:#}")))?;
    answer
        .difference
        .map_or(Ok(()), |text| Err(Failed::from(text)))
}
