//! `cargo xtask lab go`: one case in full, and all of them as a table.

use anyhow::{Context as _, Result, bail, ensure};

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
            println!("no Go {missing}: cargo xtask provision --all");
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
        bail!("no Go {missing}: cargo xtask provision --all");
    }
    for (index, question) in questions.iter().enumerate() {
        let word = match question.ask() {
            Ok(answer) => {
                table.add(question, &answer);
                answer.difference.map(|text| format!("DIFFERS\n{text}"))
            }
            Err(error) => Some(format!("FAILED: {error:#}")),
        };
        failed.extend(word.is_some().then(|| question.name()));
        let word = word.as_deref().unwrap_or("ok");
        println!(
            "{}/{} {} {word}",
            index + 1,
            questions.len(),
            question.name()
        );
    }
    for (index, question) in repairs.iter().enumerate() {
        let name = format!("mend {}", question.name());
        match question.mend() {
            Ok(proof) => {
                table.add_repair(question, &proof);
                println!("{}/{} {name} ok", index + 1, repairs.len());
            }
            Err(error) => {
                println!("{}/{} {name} FAILED: {error:#}", index + 1, repairs.len());
                failed.push(name);
            }
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
