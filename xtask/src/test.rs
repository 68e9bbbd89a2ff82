//! `cargo xtask test`: everything that must hold, and one line at the end that says how much of it did.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::provision::Extent;
use crate::run::{cargo, in_ci};

/// What came of a step, or of all of them.
#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn add(&mut self, other: &Count) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `cargo xtask ci`
pub(crate) fn ci(arguments: &[String]) -> Result<()> {
    let me = std::env::current_exe().context("where am I?")?;
    let status = Command::new(me)
        .env("CI", "true")
        .arg("test")
        .args(arguments)
        .status()?;
    ensure!(status.success(), "not everything passed");
    Ok(())
}

/// `cargo xtask test`
pub(crate) fn everything(_: &[String]) -> Result<()> {
    let started = Instant::now();
    let mut total = Count::default();
    total.add(&step("provision", || {
        crate::provision::provision(Extent::Quick)
    }));
    total.add(&step("formatting", formatting));
    total.add(&step("lints", lints));
    // Unit, integration and documentation tests; the lab's cases, random worlds and census are test targets of `lab`.
    total.add(&tests());
    total.add(&step("docs", || docs(&[])));
    println!(
        "\nin {} s: {} passed, {} failed",
        started.elapsed().as_secs(),
        total.passed,
        total.failed
    );
    println!("{} passed, {} failed", total.passed, total.failed);
    ensure!(total.failed == 0, "not everything passed");
    Ok(())
}

/// Runs one step, which counts as one test.
fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Count {
    println!("== {name}");
    match run() {
        Ok(()) => Count {
            passed: 1,
            failed: 0,
        },
        Err(error) => {
            println!("== {name} FAILED: {error:#}");
            Count {
                passed: 0,
                failed: 1,
            }
        }
    }
}

/// Whether a cargo subcommand is installed. Without it a user's run goes on; a CI run does not.
fn has(subcommand: &str, component: &str) -> Result<bool> {
    let there = cargo()
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        let text = format!("no {component}: rustup component add {component}");
        ensure!(!in_ci(), "{text}");
        println!("== SKIPPED, {text}");
    }
    Ok(there)
}

fn formatting() -> Result<()> {
    if has("fmt", "rustfmt")? {
        crate::run::succeed(cargo().args(["fmt", "--all", "--check"]))?;
    }
    Ok(())
}

fn lints() -> Result<()> {
    if has("clippy", "clippy")? {
        crate::run::succeed(
            cargo()
                .args(["clippy", "--quiet", "--workspace", "--all-targets"])
                .args(["--", "-D", "warnings"]),
        )?;
    }
    Ok(())
}

/// `cargo xtask docs`
pub(crate) fn docs(_: &[String]) -> Result<()> {
    crate::run::succeed(cargo().env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--quiet",
        "--workspace",
        "--no-deps",
    ]))
}

fn tests() -> Count {
    println!("== tests");
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    match counted(&mut command) {
        Ok(count) => count,
        Err(error) => {
            println!("== tests FAILED: {error:#}");
            Count {
                passed: 0,
                failed: 1,
            }
        }
    }
}

/// Runs `cargo test`, shows its output, and adds up its summaries.
fn counted(command: &mut Command) -> Result<Count> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test")?;
    let mut count = Count::default();
    let output = child.stdout.take().context("no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(summary) = summary(&line) {
            count.add(&summary);
        }
    }
    // A test program that did not build or crashed has no summary line of its own.
    if !child.wait()?.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn summary(line: &str) -> Option<Count> {
    let rest = line.strip_prefix("test result: ")?;
    let (_, numbers) = rest.split_once(". ")?;
    let number = |word: &str| {
        let part = numbers
            .split(';')
            .find(|part| part.trim_end().ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some(Count {
        passed: number(" passed")?,
        failed: number(" failed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn summaries_of_cargo_test_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let count = summary(line).expect("a summary");
        assert_eq!((count.passed, count.failed), (12, 3));
        assert!(summary("test glibc/result ... ok").is_none());
    }
}
