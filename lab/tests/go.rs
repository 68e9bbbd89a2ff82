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
        trials.push(trial(question.name(), question, check));
    }
    for question in go::matrix::repairs(&cases, true) {
        trials.push(trial(format!("mend {}", question.name()), question, mend));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A toolchain that is not here is said loudly; in CI it is a failure.
fn trial(name: String, question: Question, run: fn(&Question) -> Result<(), Failed>) -> Trial {
    let Some(missing) = question.missing() else {
        return Trial::test(name, move || run(&question));
    };
    eprintln!("SKIPPED, {name}: no Go {missing}: cargo xtask provision");
    Trial::test(name, move || {
        if sayso_lab::in_ci() {
            Err(Failed::from(format!("no Go {missing}")))
        } else {
            Ok(())
        }
    })
}

fn mend(question: &Question) -> Result<(), Failed> {
    let proof = question.mend();
    proof
        .map(drop)
        .map_err(|error| Failed::from(format!("{error:#}")))
}

fn check(question: &Question) -> Result<(), Failed> {
    let answer = question
        .ask()
        .map_err(|error| Failed::from(format!("{error:#}")))?;
    answer
        .difference
        .map_or(Ok(()), |text| Err(Failed::from(text)))
}
