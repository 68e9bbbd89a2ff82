//! Edited files asked of other loaders: other releases of glibc and musl, and other machines (32 bits, big-endian) under qemu.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use sayso_edit::elf::{Edit, apply};
use sayso_facts::elf::{Image, pt};

use super::ask::{Asking, opinion};
use super::{LONG, put, without_sections};

/// Files of each place that a test run edits.
pub const QUICK: usize = 6;

/// A loader that is asked, and where the libraries lie that go with it.
pub struct Elsewhere {
    /// What stands in the table.
    pub name: String,
    /// The command that lists what a file loads.
    command: Vec<OsString>,
    /// The folder of its C library.
    home: PathBuf,
    /// The libraries that are edited.
    files: Vec<PathBuf>,
}

/// (name, folder below `target/provision`, programs that run it, loader)
const MACHINES: &[(&str, &str, &[&str], &str)] = &[
    (
        "i386 (32 bits)",
        "cross-i386",
        &[],
        "usr/i686-linux-gnu/lib/ld-linux.so.2",
    ),
    (
        "armhf (32 bits)",
        "cross-armhf",
        &["qemu-arm", "qemu-arm-static"],
        "usr/arm-linux-gnueabihf/lib/ld-linux-armhf.so.3",
    ),
    (
        "powerpc (32 bits, big-endian)",
        "cross-powerpc",
        &["qemu-ppc", "qemu-ppc-static"],
        "usr/powerpc-linux-gnu/lib/ld.so.1",
    ),
    (
        "s390x (64 bits, big-endian)",
        "cross-s390x",
        &["qemu-s390x", "qemu-s390x-static"],
        "usr/s390x-linux-gnu/lib/ld64.so.1",
    ),
];

/// (folder below `target/provision`, loader): Debian 13 and later have all files below `usr`.
const RELEASES: &[(&str, &str)] = &[
    ("glibc-2.31", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    ("glibc-2.36", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    ("glibc-2.41", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    ("glibc-2.43", "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    ("musl-1.2.3", "lib/x86_64-linux-musl/libc.so"),
    ("musl-1.2.5", "lib/x86_64-linux-musl/libc.so"),
    ("musl-1.2.6", "lib/x86_64-linux-musl/libc.so"),
];

/// How many places there should be.
pub fn known() -> usize {
    MACHINES.len() + RELEASES.len()
}

/// Every place whose loader runs here; other releases get `most` libraries of this machine, other machines the libraries that came
/// with them.
///
/// # Errors
/// The machine's files cannot be listed.
pub fn here(most: usize) -> Result<Vec<Elsewhere>> {
    let provisioned = crate::workspace().join("target/provision");
    let mut places = Vec::new();
    for &(name, folder, runners, loader) in MACHINES {
        let loader = provisioned.join(folder).join(loader);
        let home = loader.parent().unwrap_or(&loader).to_owned();
        let runner = runners.iter().find(|runner| runs(&[(**runner).into()]));
        if !loader.exists() || (runner.is_none() && !runners.is_empty()) {
            continue;
        }
        let mut command: Vec<OsString> = runner.into_iter().map(OsString::from).collect();
        command.push(loader.into_os_string());
        if !runs(&command) {
            continue;
        }
        command.extend(["--library-path".into(), home.clone().into_os_string()]);
        command.push("--list".into());
        let mut files: Vec<PathBuf> = fs::read_dir(&home)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| !path.is_symlink() && is_subject(path))
            .collect();
        files.sort();
        files.truncate(most);
        places.push(Elsewhere {
            name: name.to_owned(),
            command,
            home,
            files,
        });
    }
    let all = crate::census::chosen(usize::MAX)?;
    let mut libraries = all
        .iter()
        .filter(|path| path.starts_with("/usr/lib/x86_64-linux-gnu") && is_subject(path));
    let step = (1500 / most.max(1)).max(1);
    let libraries: Vec<PathBuf> = libraries
        .by_ref()
        .step_by(step)
        .take(most)
        .cloned()
        .collect();
    for &(name, loader) in RELEASES {
        let folder = provisioned.join(name);
        let loader = [folder.join(loader), folder.join("usr").join(loader)]
            .into_iter()
            .find(|path| path.exists());
        let Some(loader) = loader else { continue };
        let home = loader.parent().unwrap_or(&loader).to_owned();
        let mut path = home.clone().into_os_string();
        path.push(":/lib/x86_64-linux-gnu");
        let command = vec![
            loader.into(),
            "--library-path".into(),
            path,
            "--list".into(),
        ];
        places.push(Elsewhere {
            name: name.replace('-', " "),
            command,
            home,
            files: libraries.clone(),
        });
    }
    Ok(places)
}

fn runs(words: &[OsString]) -> bool {
    Command::new(&words[0])
        .args(&words[1..])
        .arg("--version")
        .output()
        .is_ok_and(|done| !done.stdout.is_empty())
}

/// A library that is neither the C library nor a loader.
fn is_subject(path: &Path) -> bool {
    let image = fs::read(path)
        .ok()
        .and_then(|bytes| Image::parse(bytes.into()).ok());
    image.is_some_and(|image| {
        image.needed().next().is_some()
            && image.first_segment(pt::INTERP).is_none()
            && image.soname() != Some(b"libc.so.6")
    })
}

/// The edits of one file, each of its own.
fn ways(image: &Image, home: &Path) -> Vec<Vec<Edit>> {
    let lying = |name: &&&str| home.join(name).exists();
    let new = super::EVERYWHERE.iter().filter(lying);
    let needed = new
        .filter(|name| !image.needed().any(|known| known == name.as_bytes()))
        .filter(|name| **name != "libmvec.so.1" && **name != "libm.so.6")
        .map(|name| Edit::AddNeeded(name.as_bytes().to_vec()));
    let libc = home.join("libc.so.6");
    let note = br#"[{"soname":["libx.so.1"],"feature":"x","priority":"suggested"}]"#;
    let mut ways = vec![
        vec![Edit::AddRunPath(LONG.into())],
        needed.collect(),
        vec![Edit::SetSoname(LONG.replace('/', "_").into_bytes())],
        vec![Edit::AddDlopenNote(note.to_vec())],
    ];
    // musl has no libraries beside itself.
    if libc.exists() && image.needed().any(|name| name == b"libc.so.6") {
        let libc = libc.into_os_string().into_encoded_bytes();
        ways.push(vec![Edit::ReplaceNeeded(b"libc.so.6".to_vec(), libc)]);
    }
    ways.retain(|edits| !edits.is_empty());
    ways
}

/// What came of one place.
#[derive(Debug, Default)]
pub struct Tally {
    /// Libraries edited.
    pub files: usize,
    /// Edited files that were loaded.
    pub loaded: usize,
    /// Of these: what the loader lists is complete and without a complaint.
    pub well: usize,
    /// Everything that went wrong.
    pub faults: Vec<String>,
}

/// Edits the files of one place, with and without section headers, and asks its loader.
///
/// # Errors
/// Edited files cannot be written, or the tools not be run.
pub fn run(place: &Elsewhere) -> Result<Tally> {
    let home = super::home().join("elsewhere");
    let looked: Vec<Result<Tally>> = place
        .files
        .par_iter()
        .enumerate()
        .map(|(at, path)| {
            let folder = home.join(at.to_string());
            let tally = look(place, path, &folder);
            let _ = fs::remove_dir_all(&folder);
            tally.with_context(|| path.display().to_string())
        })
        .collect();
    let mut all = Tally::default();
    for tally in looked {
        let tally = tally?;
        all.files += 1;
        all.loaded += tally.loaded;
        all.well += tally.well;
        all.faults.extend(tally.faults);
    }
    let _ = fs::remove_dir_all(super::home());
    Ok(all)
}

fn look(place: &Elsewhere, path: &Path, folder: &Path) -> Result<Tally> {
    let asking = Asking::List(&place.command);
    let name = path.file_name().context("a file has a name")?;
    let mut tally = Tally::default();
    for strip in [false, true] {
        let mut bytes = fs::read(path)?;
        let image = Image::parse(bytes.clone().into())
            .ok()
            .context("an ELF file")?;
        if strip {
            without_sections(&mut bytes, image.class());
        }
        let before = opinion(&put(folder, "a", name, &bytes)?, &asking)?;
        let image = Image::parse(bytes.into()).ok().context("an ELF file")?;
        for edits in ways(&image, &place.home) {
            let fault = |how: &str| format!("{}: {}: {edits:?}: {how}", place.name, path.display());
            let edited = match apply(&image, &edits) {
                Ok(edited) => edited,
                Err(refusal) => {
                    tally.faults.push(fault(&refusal.to_string()));
                    continue;
                }
            };
            let after = opinion(&put(folder, "b", name, &edited.bytes)?, &asking)?;
            tally.loaded += 1;
            tally.well += usize::from(after.is_well());
            let wrong = before.loading_differs(&after);
            // eu-elflint does not know the note, and names its type.
            let is_note = matches!(edits.as_slice(), [Edit::AddDlopenNote(_)]);
            let complaint = (!is_note)
                .then(|| before.complaint(&after, &edits))
                .flatten();
            tally
                .faults
                .extend(wrong.into_iter().chain(complaint).map(|how| fault(&how)));
        }
    }
    Ok(tally)
}

/// Every place as Markdown, and what went wrong.
///
/// # Errors
/// See [`run`].
pub fn table(most: usize) -> Result<(String, Vec<String>)> {
    let mut text = String::from(
        "| loader | libraries | edited files loaded | loaded without a complaint | load otherwise, refused, complaints |\n|---|---|---|---|---|\n",
    );
    let mut faults = Vec::new();
    for place in here(most)? {
        let tally = run(&place)?;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            place.name,
            tally.files,
            tally.loaded,
            tally.well,
            tally.faults.len()
        );
        faults.extend(tally.faults);
    }
    Ok((text, faults))
}
