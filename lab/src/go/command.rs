//! `cargo xtask lab go`: one case in full, and all of them as a table.

use std::fmt::Debug;

use anyhow::{Context as _, Result, bail, ensure};

use rayon::prelude::*;

use super::{case, matrix};

/// Carries out the words after `lab go`.
///
/// # Errors
/// The words are not understood; something cannot be built; a prediction was wrong.
pub fn run(words: &[&str]) -> Result<()> {
    match words {
        ["--all"] => all(),
        ["show", rest @ ..] => show(rest.first().copied(), rest.get(1).copied()),
        ["mend", rest @ ..] => mend(rest.first().copied(), rest.get(1).copied()),
        _ => bail!("--all | mend CASE [RELEASE] | show CASE [RELEASE]"),
    }
}

/// What real hosts do in the cases whose name contains a text, on one release or all, and what differs.
fn show(filter: Option<&str>, only: Option<&str>) -> Result<()> {
    for question in matrix::questions(&case::all()?, false) {
        let name = question.name();
        if filter.is_some_and(|filter| !name.contains(filter))
            || only.is_some_and(|only| only != question.release)
        {
            continue;
        }
        println!("== {name}: {}", question.case.rule);
        if let Some(missing) = question.missing() {
            println!("no {missing}: cargo xtask provision --all");
            continue;
        }
        let answer = question.ask().with_context(|| name.clone())?;
        for told in &answer.real {
            println!("    {}", told.lines().join("\n    "));
        }
        if let Some(difference) = answer.difference {
            println!("DIFFERS {difference}");
        }
    }
    Ok(())
}

/// What is advised in the cases whose name contains a text, typed.
fn mend(filter: Option<&str>, only: Option<&str>) -> Result<()> {
    for question in matrix::questions(&case::all()?, false) {
        let name = question.name();
        if filter.is_some_and(|filter| !name.contains(filter))
            || only.is_some_and(|only| only != question.release)
        {
            continue;
        }
        println!("== {name}");
        match question.mend() {
            Ok(proof) => println!("    {}\n    and it opens", proof.done.join("\n    ")),
            Err(error) => println!("    NOT MENDED: {error:#}"),
        }
    }
    Ok(())
}

/// Says at once what came of a question.
fn told<T: Debug>(question: &matrix::Question, answer: Result<T>) -> Result<T> {
    match &answer {
        Ok(answer) => println!("{}: {answer:?}", question.name()),
        Err(error) => println!("{} FAILED: {error:#}", question.name()),
    }
    answer
}

/// Every case on every release, every repair, and the page with the table.
fn all() -> Result<()> {
    let cases = case::all()?;
    let mut table = matrix::Table::default();
    let mut failed = Vec::new();
    let questions = matrix::questions(&cases, false);
    let repairs = matrix::repairs(&cases, false);
    if let Some(missing) = questions
        .iter()
        .chain(&repairs)
        .find_map(matrix::Question::missing)
    {
        bail!("no {missing}: cargo xtask provision --all");
    }
    // Builds wait for each other; the rest need not.
    let answers: Vec<_> = questions
        .par_iter()
        .map(|question| told(question, question.ask()))
        .collect();
    for (question, answer) in questions.iter().zip(&answers) {
        match answer {
            Ok(answer) => table.add(question, answer),
            Err(_) => failed.push(question.name()),
        }
        if answer
            .as_ref()
            .is_ok_and(|answer| answer.difference.is_some())
        {
            failed.push(question.name());
        }
    }
    let proofs: Vec<_> = repairs
        .par_iter()
        .map(|question| told(question, question.mend()))
        .collect();
    for (question, proof) in repairs.iter().zip(&proofs) {
        match proof {
            Ok(proof) => table.add_repair(question, proof),
            Err(_) => failed.push(format!("mend {}", question.name())),
        }
    }
    let page = crate::workspace().join("docs/go-matrix.md");
    std::fs::write(&page, table.page())?;
    println!(
        "{} questions and {} repairs; the table is {}",
        questions.len(),
        repairs.len(),
        page.display()
    );
    ensure!(
        failed.is_empty(),
        "{} went wrong: {}",
        failed.len(),
        failed.join(", ")
    );
    Ok(())
}
