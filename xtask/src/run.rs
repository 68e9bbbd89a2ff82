//! Running other programs, and the commands that only do that.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::provision::Extent;

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    // Set by `cargo run`; the compiled-in value serves a copied binary.
    let xtask =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let xtask = PathBuf::from(xtask);
    xtask.parent().map_or(xtask.clone(), PathBuf::from)
}

/// A missing tool is a failure here, not a skipped test.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Cargo, in the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

/// Runs a command with our own input and output.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    ensure!(
        status.success(),
        "{} failed ({status})",
        command.get_program().display()
    );
    Ok(())
}

fn lab_program(words: &[&str], rest: &[String]) -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--quiet", "--release", "--package", "sayso-lab"])
        .args(["--bin", "lab", "--"])
        .args(words)
        .args(rest);
    succeed(&mut command)
}

/// `cargo xtask lab`: cases by the test harness (so that filters and `--list` are the known ones), the rest by the lab's program.
pub(crate) fn lab(arguments: &[String]) -> Result<()> {
    if arguments.first().is_some_and(|word| word == "wheels") {
        return lab_wheels(&arguments[1..]);
    }
    if arguments.first().is_some_and(|word| word == "go") {
        return lab_go(&arguments[1..]);
    }
    let is_wide = arguments.iter().any(|word| word == "--all");
    crate::provision::provision(if is_wide { Extent::All } else { Extent::Quick })?;
    if let Some("random" | "show" | "edit" | "images") = arguments.first().map(String::as_str) {
        return lab_program(&[], arguments);
    }
    let mut command = cargo();
    command
        .args(["test", "--quiet", "--package", "sayso-lab"])
        .args(["--test", "cases", "--"])
        .args(arguments);
    succeed(&mut command)
}

/// `cargo xtask lab wheels`: floors of every wheel of the list, and the table of `docs/floor.md` from them.
fn lab_wheels(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "lab wheels takes nothing");
    crate::provision::all_wheels()?;
    succeed(cargo().args(["build", "--quiet", "--release", "--package", "sayso"]))?;
    let here = workspace();
    succeed(
        Command::new("python3")
            .arg(here.join("lab/wheels.py"))
            .arg(here.join("target/release/sayso"))
            .arg(here.join("target/provision/wheels"))
            .arg(here.join("target/provision/validators/lib"))
            .arg("all")
            .arg(here.join("docs/floor.md")),
    )
}

/// `cargo xtask lab go`: the quick cases by the test harness; all of them, one in full and its repair by the lab's program.
fn lab_go(arguments: &[String]) -> Result<()> {
    match arguments.first().map(String::as_str) {
        Some("--all") => {
            crate::provision::provision(Extent::All)?;
            return lab_program(&["go"], arguments);
        }
        Some("show" | "mend") => return lab_program(&["go"], arguments),
        _ => crate::provision::provision(Extent::Quick)?,
    }
    let mut command = cargo();
    command
        .args(["test", "--quiet", "--package", "sayso-lab"])
        .args(["--test", "go", "--"])
        .args(arguments);
    succeed(&mut command)
}

/// `cargo xtask census`
pub(crate) fn census(arguments: &[String]) -> Result<()> {
    lab_program(&["census"], arguments)
}

/// `cargo xtask bench`
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    crate::provision::provision(Extent::Quick)?;
    succeed(cargo().args(["build", "--quiet", "--release", "--package", "sayso"]))?;
    lab_program(&["bench"], arguments)
}

/// `cargo xtask fuzz`
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let mut seconds = 60_u32;
    let mut only = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let number = words.next().context("--seconds takes a number")?;
            seconds = number.parse().context("--seconds takes a number")?;
        } else if only.replace(word.as_str()).is_some() {
            bail!("takes one target, or none for all");
        }
    }
    let targets = workspace().join("fuzz/fuzz_targets");
    let mut names: Vec<String> = std::fs::read_dir(&targets)
        .with_context(|| format!("no {}", targets.display()))?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some(path.file_stem()?.to_str()?.to_owned())
        })
        .filter(|name| only.is_none_or(|only| only == name))
        .collect();
    names.sort();
    ensure!(!names.is_empty(), "no such target in {}", targets.display());
    for name in names {
        println!("fuzz: {name}, {seconds} s");
        // The sanitizer's flags are unstable ones; the bootstrap switch lets the one toolchain here take them.
        // What it finds on the way goes to the first corpus; the one in the repository is only read.
        let found = workspace().join("target/fuzz-corpus").join(&name);
        std::fs::create_dir_all(&found)?;
        let mut command = cargo();
        command
            .current_dir(workspace())
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", &name])
            .arg(found)
            .arg(workspace().join("fuzz/corpus").join(&name))
            .arg("--")
            .arg(format!("-max_total_time={seconds}"));
        succeed(&mut command)?;
    }
    Ok(())
}

/// `cargo xtask bless`
pub(crate) fn bless(_: &[String]) -> Result<()> {
    let mut command = cargo();
    command
        .env("UPDATE_EXPECT", "1")
        .env("TRYCMD", "overwrite")
        .args(["test", "--workspace", "--no-fail-fast"]);
    succeed(&mut command)
}

/// `cargo xtask deny`
pub(crate) fn deny(arguments: &[String]) -> Result<()> {
    let home = workspace().join("target/provision/cargo-deny");
    let mut program = home.join("bin/cargo-deny");
    if !program.exists() {
        let on_path = Command::new("cargo-deny").arg("--version").output();
        if on_path.is_ok_and(|output| output.status.success()) {
            program = "cargo-deny".into();
        } else {
            println!("deny: building cargo-deny, which takes some minutes, once");
            let root = ["--locked", "--quiet", "--root"];
            succeed(
                cargo()
                    .args(["install", "cargo-deny"])
                    .args(root)
                    .arg(&home),
            )?;
        }
    }
    // What it looks at includes the dependencies of other systems, which a build here did not fetch.
    succeed(cargo().args(["fetch", "--locked", "--quiet"]))?;
    let mut checks = vec!["licenses", "bans", "sources"];
    let mut check = Command::new(program);
    check.current_dir(workspace());
    if arguments.iter().any(|word| word == "--advisories") {
        checks.push("advisories");
    } else {
        check.arg("--offline");
    }
    succeed(check.args(["--log-level", "error", "check"]).args(checks))?;
    let tree = ["tree", "--package", "sayso", "--edges", "normal"];
    let output = cargo()
        .args(tree)
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}"])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let all: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    let foreign = all.iter().filter(|name| !name.starts_with("sayso")).count();
    println!("deny: the command line is built from {foreign} packages of others");
    Ok(())
}
