//! What `cargo xtask lab|census|bench` call.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use sayso_lab::{bench, case, census, edit, go, images, random, release};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["random", rest @ ..] => {
            works()?;
            let count = option(rest, "--count")?.unwrap_or(2000);
            let seed = option(rest, "--seed")?.unwrap_or(1);
            let found = random::campaign(count as u32, seed)?;
            ensure!(found == 0, "{found} random worlds differ: see lab/failures");
            Ok(())
        }
        ["images", rest @ ..] => {
            works()?;
            judge_images(rest.first().copied())
        }
        ["go", rest @ ..] => go::command::run(rest),
        ["edit", "random", rest @ ..] => {
            works()?;
            let count = option(rest, "--count")?.unwrap_or(1000);
            let seed = option(rest, "--seed")?.unwrap_or(1);
            let (tally, found) = edit::random::campaign(count as u32, seed)?;
            println!("{tally}");
            found.map_or(Ok(()), |text| bail!("{text}"))
        }
        ["edit", "elsewhere", rest @ ..] => {
            let most = option(rest, "--count")?.unwrap_or(60) as usize;
            let (table, faults) = edit::elsewhere::table(most)?;
            println!("{table}");
            faults
                .iter()
                .take(20)
                .for_each(|fault| eprintln!("{fault}"));
            ensure!(faults.is_empty(), "{} edits went wrong", faults.len());
            Ok(())
        }
        ["edit", rest @ ..] => {
            let most = match option(rest, "--count")? {
                Some(count) => count as usize,
                None if rest.contains(&"--all") => usize::MAX,
                None => edit::QUICK,
            };
            let opener = std::env::current_exe()?.with_file_name("opener");
            let of_peers = option(rest, "--peers")?.map_or(most, |count| count as usize);
            let (table, wrong) = edit::table(most, of_peers, &opener)?;
            println!("{table}");
            ensure!(wrong == 0, "{wrong} edits went wrong");
            Ok(())
        }
        ["show", name, rest @ ..] => show(name, rest.first().copied()),
        ["census", rest @ ..] => {
            let all = rest.contains(&"--all");
            let list = rest.iter().position(|word| *word == "--list");
            let list = list.and_then(|at| rest.get(at + 1)).copied();
            let tally = census::run(if all { usize::MAX } else { census::QUICK }, list)?;
            println!("{tally}");
            ensure!(
                tally.differ.is_empty(),
                "{} files differ",
                tally.differ.len()
            );
            Ok(())
        }
        ["bench", rest @ ..] => bench::run(option(rest, "--rounds")?.unwrap_or(7) as usize),
        _ => bail!(
            "random [--count N] [--seed N] | show CASE [RELEASE] | census [--all] [--list FILE] | bench [--rounds N]"
        ),
    }
}

/// Builds images, judges them, and starts them for real.
fn judge_images(filter: Option<&str>) -> Result<()> {
    if let Some(tool) = images::missing_tool() {
        bail!("no {tool}: cargo xtask provision");
    }
    let cases = images::all()?;
    let chosen = cases
        .iter()
        .filter(|case| filter.is_none_or(|filter| case.name.contains(filter)));
    let (mut count, mut wrong) = (0, 0);
    for case in chosen {
        count += 1;
        if let Err(error) = case.check() {
            wrong += 1;
            println!("{}: {error:#}\n", case.name);
        }
    }
    println!("{count} images, {wrong} wrong");
    ensure!(wrong == 0, "{wrong} images are judged wrongly");
    Ok(())
}

fn works() -> Result<()> {
    match sayso_lab::cannot_work() {
        Some(why) => bail!("{why}"),
        None => Ok(()),
    }
}

fn option(words: &[&str], name: &str) -> Result<Option<u64>> {
    let Some(at) = words.iter().position(|word| *word == name) else {
        return Ok(None);
    };
    let number = words.get(at + 1).context("a number is wanted")?;
    Ok(Some(number.parse().context("a number is wanted")?))
}

/// One case, or a world file, in full: what every release does and what is predicted.
fn show(name: &str, only: Option<&str>) -> Result<()> {
    works()?;
    let text = match std::fs::read_to_string(name) {
        Ok(text) => text,
        Err(_) => std::fs::read_to_string(case::home().join(format!("{name}.world")))
            .with_context(|| format!("{name} is neither a case nor a file"))?,
    };
    let fixture = sayso_fixture::parse(&text)?;
    print!("{text}");
    for release in release::provisioned() {
        if release.libc != fixture.machine.libc || only.is_some_and(|only| only != release.name) {
            continue;
        }
        let account = case::Account::of(&fixture, &release)?;
        println!("\n== {}", release.name);
        match account.difference(true) {
            Some(difference) => print!("{difference}"),
            None => println!("{}", account.real.lines().join("\n")),
        }
    }
    Ok(())
}
