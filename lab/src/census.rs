//! Every ELF file of this machine, predicted, and compared with what `ld.so --list` says of it.

use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use sayso_loader::{Event, Request, Session, Start, Verdict};
use sayso_world::TargetPath;
use sayso_world::live::Live;

use crate::told::{SILENT, without_address};

/// How many files a test run looks at.
pub const QUICK: usize = 300;

/// Where this machine keeps its loader.
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// What came of it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Files looked at.
    pub files: usize,
    /// Files that are predicted as "cannot be known".
    pub unknown: usize,
    /// The files that differ, with how.
    pub differ: Vec<(PathBuf, String)>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, how) in &self.differ {
            writeln!(f, "{}:\n{how}", path.display())?;
        }
        write!(
            f,
            "census: {} files, {} differ, {} not to be known from files",
            self.files,
            self.differ.len(),
            self.unknown
        )
    }
}

/// Whether there is a loader to ask.
pub fn can_work() -> bool {
    Path::new(LOADER).exists()
}

/// The ELF files below `/usr`, no symbolic links, sorted.
///
/// # Errors
/// `/usr` cannot be read.
pub fn files() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("/usr")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_elf(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_elf(path: &Path) -> bool {
    use std::io::Read as _;
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}

/// FNV-1a: which files are looked at must not depend on their order or number.
fn hash(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// At most so many of the ELF files below `/usr`, chosen by the hash of their names.
///
/// # Errors
/// `/usr` cannot be read.
pub fn chosen(most: usize) -> Result<Vec<PathBuf>> {
    let mut files = files()?;
    if most < files.len() {
        files.sort_by_key(|path| hash(path));
        files.truncate(most);
    }
    Ok(files)
}

/// Looks at `most` files, chosen by the hash of their names; `list`: at those that a file names.
///
/// # Errors
/// The list cannot be read.
pub fn run(most: usize, list: Option<&str>) -> Result<Tally> {
    let files = match list {
        Some(list) => std::fs::read_to_string(list)
            .with_context(|| list.to_owned())?
            .lines()
            .map(PathBuf::from)
            .collect(),
        None => chosen(most)?,
    };
    let world = Live::new();
    let session = Session::new(&world);
    let looked: Vec<Look> = files.par_iter().map(|path| look(&session, path)).collect();
    let mut tally = Tally {
        files: files.len(),
        ..Tally::default()
    };
    for (path, look) in files.into_iter().zip(looked) {
        match look {
            Look::Same => {}
            Look::Unknown => tally.unknown += 1,
            Look::Differs(how) => tally.differ.push((path, how)),
        }
    }
    Ok(tally)
}

enum Look {
    Same,
    Unknown,
    Differs(String),
}

fn look(session: &Session<'_>, path: &Path) -> Look {
    let Some(predicted) = predicted(session, path) else {
        return Look::Unknown;
    };
    let real = match real(path) {
        Ok(lines) => lines,
        Err(error) => return Look::Differs(format!("{error:#}")),
    };
    if real == predicted {
        return Look::Same;
    }
    let mut how = String::new();
    for line in real.iter().filter(|line| !predicted.contains(line)) {
        let _ = writeln!(how, "  < {line}");
    }
    for line in predicted.iter().filter(|line| !real.contains(line)) {
        let _ = writeln!(how, "  > {line}");
    }
    if how.is_empty() {
        how.push_str("  the same lines in another order\n");
    }
    Look::Differs(how)
}

/// Exit status, standard error, standard output, as lines. The vdso is the kernel's.
fn real(path: &Path) -> Result<Vec<String>> {
    let done = Command::new(LOADER).arg("--list").arg(path).output()?;
    let mut lines = vec![match done.status.code() {
        Some(code) => format!("status {code}"),
        None => format!("status {}", 128 + done.status.signal().unwrap_or(0)),
    }];
    lines.extend(
        String::from_utf8_lossy(&done.stderr)
            .lines()
            .map(str::to_owned),
    );
    lines.extend(output(&done.stdout));
    Ok(lines)
}

fn output(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines()
        .filter(|line| !line.contains("linux-vdso.so.1"))
        .map(without_address)
        .collect()
}

fn predicted(session: &Session<'_>, path: &Path) -> Option<Vec<String>> {
    let arguments = vec![
        LOADER.into(),
        b"--list".to_vec(),
        path.as_os_str().as_bytes().to_vec(),
    ];
    let trace = session.predict(&Request {
        start: Start::Exec {
            path: TargetPath::from(LOADER),
            arguments,
        },
        steps: Vec::new(),
        loader: None,
        release: None,
    });
    let status = match &trace.verdict {
        Verdict::Loads => 0,
        Verdict::Fails { failure, .. } => failure.exit_status.unwrap_or(-1),
        Verdict::Unknown { .. } => return None,
    };
    let mut lines = vec![format!("status {status}")];
    for id in &trace.printed {
        if let Event::Problem(failure) | Event::Warning(failure) = trace.event(*id) {
            let text = failure.text();
            if text.starts_with(SILENT) {
                continue;
            }
            lines.extend(String::from_utf8_lossy(&text).lines().map(str::to_owned));
        }
    }
    lines.extend(output(trace.output.as_deref().unwrap_or_default()));
    Some(lines)
}
