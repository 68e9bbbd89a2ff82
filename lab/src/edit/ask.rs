//! What the loader, `readelf` and `eu-elflint` say of a file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use sayso_edit::elf::Edit;

/// eu-elflint adds the size of the symbol to the place of its relocation, and so takes relocations of large functions for ones
/// of the next segment (`check_one_reloc`). Relocations are compared one by one when sayso reads its result back.
const FALSE_ALARM: &str = "read-only section modified but text relocation flag not set";

/// Everything that is asked about one file, without the path of its folder.
pub(super) struct Opinion {
    loading: String,
    dynamic: Vec<String>,
    lint: BTreeSet<String>,
}

/// Who is asked to load a file.
pub(super) enum Asking<'a> {
    /// A bare process of this machine opens a library: the program that does it.
    Open(&'a Path),
    /// The kernel starts a program with its own interpreter.
    Start,
    /// A loader lists what a library loads, relocated as far as it can be: the command, to which the file is added.
    List(&'a [OsString]),
}

pub(super) fn opinion(file: &Path, asking: &Asking<'_>) -> Result<Opinion> {
    let folder = file
        .parent()
        .map(|folder| folder.display().to_string())
        .unwrap_or_default();
    let clean = |text: &[u8]| String::from_utf8_lossy(text).replace(&folder, "FOLDER");
    let loading = match asking {
        Asking::Start => listed(&mut Command::new(file), true)?,
        Asking::Open(opener) => opened(file, opener)?,
        Asking::List(words) => {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).arg(file);
            listed(&mut command, false)?
        }
    };
    let dynamic = Command::new("readelf")
        .args(["-d", "-W"])
        .arg(file)
        .output()?;
    let lint = Command::new("eu-elflint")
        .arg("--gnu-ld")
        .arg(file)
        .output()?;
    Ok(Opinion {
        loading: clean(loading.as_bytes()),
        dynamic: entries(&clean(&dynamic.stdout)),
        lint: clean(&lint.stdout)
            .lines()
            .chain(clean(&lint.stderr).lines())
            .map(without_numbers)
            .collect(),
    })
}

/// A library, opened by a bare process.
fn opened(file: &Path, opener: &Path) -> Result<String> {
    let output = Command::new(opener)
        .arg(file)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    let last = String::from_utf8_lossy(&output.stdout)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    Ok(format!("{last} signal {:?}", output.status.signal()))
}

/// Runs a program that was just written: a child that another thread forked meanwhile may hold it open for writing.
fn patiently(command: &mut Command) -> Result<Output> {
    for _ in 0..50 {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                sleep(Duration::from_millis(20));
            }
            other => return Ok(other?),
        }
    }
    Ok(command.output()?)
}

/// What a loader lists: a program's own, started by the kernel, which ends before the program's first instruction (what `ldd`
/// does), or one that was named.
fn listed(command: &mut Command, is_program: bool) -> Result<String> {
    if is_program {
        command.env("LD_TRACE_LOADED_OBJECTS", "1");
    }
    command
        .env("LD_WARN", "yes")
        .env("LD_BIND_NOW", "1")
        .stdin(Stdio::null());
    let output = patiently(command)?;
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .chain(String::from_utf8_lossy(&output.stderr).lines())
        // Addresses, and the loader's own line: it is called by another path, or mapped at the end.
        .filter(|line| !line.contains("linux-vdso") && !line.contains("/ld"))
        .map(|line| {
            let line = line.split(" (0x").next().unwrap_or(line).trim();
            // What is loaded counts, not by which name it was asked for.
            match line.split_once(" => ") {
                // /lib is /usr/lib here.
                Some((_, path)) if path.starts_with('/') => {
                    path.strip_prefix("/usr").unwrap_or(path).to_owned()
                }
                _ if line.starts_with("/usr/lib/") => line["/usr".len()..].to_owned(),
                _ => line.to_owned(),
            }
        })
        .collect();
    lines.sort();
    lines.dedup();
    Ok(format!("{} status {:?}", lines.join("; "), output.status))
}

/// The entries of the dynamic section as `readelf` tells them, but for what says where things lie.
fn entries(text: &str) -> Vec<String> {
    let entry = |line: &str| {
        let line = line.trim().strip_prefix("0x")?;
        let (_, rest) = line.split_once(' ')?;
        // Where tables lie is the editor's own affair.
        let words = rest
            .split_whitespace()
            .filter(|word| !word.starts_with("0x"));
        let line = words.collect::<Vec<_>>().join(" ");
        let places = ["(STRTAB)", "(STRSZ)", "(NULL)"];
        (!places.iter().any(|tag| line.starts_with(tag))).then_some(line)
    };
    let mut entries: Vec<String> = text.lines().filter_map(entry).collect();
    entries.sort();
    entries
}

/// The complaint without the numbers in it: addresses differ, kinds of complaints must not.
fn without_numbers(line: &str) -> String {
    let mut kind = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let hex = rest
            .strip_prefix("0x")
            .map(|hex| hex.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
        let after = hex.unwrap_or_else(|| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        if after.len() < rest.len() {
            kind.push('#');
            rest = after;
        } else {
            kind.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    kind
}

impl Opinion {
    /// The loader found everything, and bound what it was asked to bind.
    pub(super) fn is_well(&self) -> bool {
        let bad = ["not found", "undefined symbol", "error", "Error", "signal"];
        !bad.iter().any(|word| self.loading.contains(word)) && self.loading.contains("(0)")
    }

    pub(super) fn loading_differs(&self, after: &Opinion) -> Option<String> {
        // What is needed more is also listed more; what was listed must still be.
        let part =
            |text: &str| -> BTreeSet<String> { text.split("; ").map(str::to_owned).collect() };
        let (was, is) = (part(&self.loading), part(&after.loading));
        let lost: Vec<&String> = was.difference(&is).collect();
        let good = lost.iter().all(|line| {
            line.contains(" status ")
                && after
                    .loading
                    .ends_with(line.rsplit(" status ").next().unwrap_or_default())
        });
        (!good).then(|| format!("before: {}; after: {}", self.loading, after.loading))
    }

    /// What `readelf` and `eu-elflint` say that they should not say.
    pub(super) fn complaint(&self, after: &Opinion, edits: &[Edit]) -> Option<String> {
        let new: Vec<&String> = after
            .lint
            .difference(&self.lint)
            .filter(|line| !line.contains("No errors") && !line.contains(FALSE_ALARM))
            .collect();
        if !new.is_empty() {
            return Some(format!("eu-elflint: {new:?}"));
        }
        let expected = expected(&self.dynamic, edits);
        (expected != after.dynamic).then(|| {
            let (a, b): (BTreeSet<&String>, BTreeSet<&String>) =
                (expected.iter().collect(), after.dynamic.iter().collect());
            format!(
                "readelf: wanted {:?}, got {:?}",
                a.difference(&b).collect::<Vec<_>>(),
                b.difference(&a).collect::<Vec<_>>()
            )
        })
    }
}

/// The lines that `readelf` must print after the edits.
fn expected(before: &[String], edits: &[Edit]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let needed = |name: &[u8]| format!("(NEEDED) Shared library: [{}]", text(name));
    let mut lines = before.to_vec();
    for edit in edits {
        match edit {
            Edit::AddNeeded(name) => lines.push(needed(name)),
            Edit::RemoveNeeded(name) => lines.retain(|line| *line != needed(name)),
            Edit::ReplaceNeeded(old, new) => {
                for line in lines.iter_mut().filter(|line| **line == needed(old)) {
                    *line = needed(new);
                }
            }
            Edit::SetSoname(name) => {
                lines.retain(|line| !line.starts_with("(SONAME)"));
                lines.push(format!("(SONAME) Library soname: [{}]", text(name)));
            }
            Edit::AddRunPath(path) => {
                let known = lines
                    .iter_mut()
                    .find(|line| line.starts_with("(RUNPATH)") || line.starts_with("(RPATH)"));
                match known {
                    Some(line) => *line = line.replace(']', &format!(":{}]", text(path))),
                    None => lines.push(format!("(RUNPATH) Library runpath: [{}]", text(path))),
                }
            }
            _ => {}
        }
    }
    lines.sort();
    lines
}
