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
        _ => bail!("--all | show CASE [RELEASE]"),
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

/// Every case on every release, and the page with the table.
fn all() -> Result<()> {
    let mut table = matrix::Table::default();
    let mut failed = Vec::new();
    let questions = matrix::questions(&case::all()?, false);
    for (index, question) in questions.iter().enumerate() {
        let name = question.name();
        if let Some(missing) = question.missing() {
            bail!("no Go {missing}: cargo xtask provision --all");
        }
        match question.ask() {
            Ok(answer) => {
                table.add(question, &answer);
                let word = match &answer.difference {
                    None => "ok".into(),
                    Some(difference) => {
                        failed.push(name.clone());
                        format!("DIFFERS\n{difference}")
                    }
                };
                println!("{}/{} {name} {word}", index + 1, questions.len());
            }
            Err(error) => {
                println!("{}/{} {name} FAILED: {error:#}", index + 1, questions.len());
                failed.push(name);
            }
        }
    }
    let page = crate::workspace().join("docs/go-matrix.md");
    std::fs::write(&page, table.page())?;
    println!("{} cases; the table is {}", questions.len(), page.display());
    ensure!(
        failed.is_empty(),
        "{} differ: {}",
        failed.len(),
        failed.join(", ")
    );
    Ok(())
}
