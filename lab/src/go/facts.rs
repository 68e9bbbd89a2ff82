//! What the files say, held against Go's own readers: `go version -m`, and the package hashes as `debug/elf` has them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sayso_facts::Binary;
use sayso_facts::go::{BuildInfo, Module, Program};

use super::{build, toolchain};

/// What sayso reads from a file; `None`: it is no Go program.
///
/// # Errors
/// The file cannot be read.
pub fn read(file: &Path) -> Result<Option<Program>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    Ok(match Binary::parse(bytes.into()) {
        Binary::Elf(image) => Program::of(&image),
        _ => None,
    })
}

/// Holds a built file against Go's own readers.
///
/// # Errors
/// What differs.
pub fn check(file: &Path) -> Result<()> {
    let program = read(file)?.context("not seen to be a Go program")?;
    let oracle = build::hashes(file)?;
    let offered: BTreeMap<String, String> = program
        .offered_hashes
        .iter()
        .map(|offered| (offered.package.clone(), offered.hash.to_string()))
        .collect();
    ensure!(
        offered == oracle,
        "offered hashes differ from the dynamic symbols: {offered:?} and {oracle:?}"
    );
    for linked in &program.package_hashes {
        let own = oracle.get(&linked.package);
        ensure!(
            own == Some(&linked.link_hash.to_string()),
            "{}: linked with {}, the symbol has {own:?}",
            linked.package,
            linked.link_hash
        );
    }
    let newest = toolchain::provisioned().pop().context("no Go")?;
    let shown = build::output(newest.command().args(["version", "-m"]).arg(file));
    let ours = program.build_info.as_ref().map(shown_as_go_does);
    match (shown, ours) {
        // Go's own reader gives up on plugins up to 1.19, which have no build info.
        (Err(_), None) => Ok(()),
        (Ok(shown), Some(ours)) => {
            let (_, theirs) = shown.split_once(": ").context("go version -m")?;
            // Go writes an empty line after a replacement.
            let lines = theirs.lines().map(str::trim_end);
            let theirs: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            ensure!(
                theirs == ours,
                "build info: Go shows\n{}\nsayso has\n{}",
                theirs.join("\n"),
                ours.join("\n")
            );
            Ok(())
        }
        (shown, ours) => anyhow::bail!("build info: Go shows {shown:?}, sayso has {ours:?}"),
    }
}

/// The lines of `go version -m`.
fn shown_as_go_does(info: &BuildInfo) -> Vec<String> {
    let mut lines = vec![info.go_version.clone()];
    let mut line = |word: &str, words: &[&str]| {
        let text = format!("\t{word}\t{}", words.join("\t"));
        lines.push(text.trim_end().to_owned());
    };
    if !info.path.is_empty() {
        line("path", &[&info.path]);
    }
    let mut module = |word: &str, module: &Module| {
        if module.path.is_empty() {
            return;
        }
        // The sum is on the line of what is really used.
        let mut words = vec![module.path.as_str(), &module.version];
        if module.replace.is_none() {
            words.push(&module.sum);
        }
        line(word, &words);
        if let Some(to) = &module.replace {
            line("=>", &[&to.path, &to.version, &to.sum]);
        }
    };
    module("mod", &info.main);
    for dependency in &info.deps {
        module("dep", dependency);
    }
    for (name, value) in &info.settings {
        let value = if value.contains([' ', '\t', '"', '`']) {
            format!("{value:?}")
        } else {
            value.clone()
        };
        line("build", &[&format!("{name}={value}")]);
    }
    lines
}
