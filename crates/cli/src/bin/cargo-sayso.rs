//! `cargo sayso [gate|check|floor] [BUILD OPTION…] [-- SAYSO OPTION…]`: builds the workspace, and judges what came out.
//!
//! Cargo itself says which files it made (`--message-format`): programs and shared libraries of the workspace's own packages.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};

const HELP: &str = "\
Builds the workspace and judges the programs and shared libraries that came out.

Usage: cargo sayso [gate|check|floor] [BUILD OPTION]... [-- SAYSO OPTION...]

  gate   hold them against the policy (sayso.toml with [policy], here or above); this is what happens if nothing is said
  check  will they load here?
  floor  the oldest system that loads them

  cargo sayso                                the policy, on a debug build
  cargo sayso --release                      on a release build
  cargo sayso floor --release -- --max-glibc 2.28
";

fn main() -> ExitCode {
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Cargo hands the subcommand's own name on.
    if words.first().is_some_and(|word| word == "sayso") {
        words.remove(0);
    }
    match run(words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo sayso: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(mut words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    if words
        .first()
        .is_some_and(|word| word == "-h" || word == "--help")
    {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let known = |word: &OsString| ["gate", "check", "floor"].iter().any(|name| word == name);
    let command = if words.first().is_some_and(known) {
        words.remove(0)
    } else {
        "gate".into()
    };
    let mut options = Vec::new();
    if let Some(at) = words.iter().position(|word| word == "--") {
        options = words.split_off(at);
        options.remove(0);
    }
    let files = built(&words)?;
    ensure!(
        !files.is_empty(),
        "the build made no program and no shared library: there is nothing to judge"
    );
    // The one that came with this program, not another on PATH.
    let sayso = std::env::current_exe()
        .context("cannot tell where sayso is")?
        .with_file_name(format!("sayso{}", std::env::consts::EXE_SUFFIX));
    let status = Command::new(&sayso)
        .arg(command)
        .args(options)
        .args(files)
        .status()
        .with_context(|| format!("cannot run {}", sayso.display()))?;
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(2),
    ))
}

/// Builds, and collects what cargo says that it made of the workspace's own packages.
fn built(options: &[OsString]) -> anyhow::Result<Vec<OsString>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["build", "--message-format", "json-render-diagnostics"])
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut files = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("cannot read what cargo says")?;
        if let Ok(message) = serde_json::from_str(&line) {
            files.extend(made(&message));
        }
    }
    let status = child.wait().context("cargo went away")?;
    ensure!(status.success(), "the build failed");
    files.sort();
    files.dedup();
    Ok(files)
}

/// The loadable files of a message about one target: its program, or its shared library.
fn made(message: &serde_json::Value) -> Vec<OsString> {
    let text = |value: &serde_json::Value| value.as_str().map(OsString::from);
    // What came from elsewhere is no artifact of the workspace.
    let is_own = message["package_id"]
        .as_str()
        .is_some_and(|id| id.starts_with("path+"));
    let kinds = message["target"]["kind"].as_array();
    let is_kind = |name: &str| kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == name));
    if message["reason"] != "compiler-artifact" || !is_own || is_kind("custom-build") {
        return Vec::new();
    }
    if let Some(program) = text(&message["executable"]) {
        return vec![program];
    }
    if !is_kind("cdylib") && !is_kind("dylib") {
        return Vec::new();
    }
    let files = message["filenames"].as_array().into_iter().flatten();
    let is_library = |name: &&serde_json::Value| {
        let name = name.as_str().map(std::path::Path::new);
        name.and_then(std::path::Path::extension)
            .is_some_and(|ending| ending == "so")
    };
    files.filter(is_library).filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::made;

    #[test]
    fn only_own_programs_and_libraries_are_judged() {
        let check = |text: &str| made(&serde_json::from_str(text).expect("JSON")).len();
        assert_eq!(
            check(
                r#"{"reason":"compiler-artifact","package_id":"path+file:///w#a@1","target":{"kind":["bin"]},"executable":"/t/a","filenames":["/t/a"]}"#
            ),
            1
        );
        assert_eq!(
            check(
                r#"{"reason":"compiler-artifact","package_id":"path+file:///w#a@1","target":{"kind":["cdylib","rlib"]},"executable":null,"filenames":["/t/liba.so","/t/liba.rlib"]}"#
            ),
            1
        );
        assert_eq!(
            check(
                r#"{"reason":"compiler-artifact","package_id":"registry+x#b@1","target":{"kind":["cdylib"]},"executable":null,"filenames":["/t/libb.so"]}"#
            ),
            0
        );
        assert_eq!(
            check(
                r#"{"reason":"compiler-artifact","package_id":"path+file:///w#a@1","target":{"kind":["custom-build"]},"executable":"/t/build","filenames":[]}"#
            ),
            0
        );
        assert_eq!(check(r#"{"reason":"build-finished","success":true}"#), 0);
    }
}
