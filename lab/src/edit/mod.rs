//! Every ELF file of this machine, edited in each of the ways that packagers need, loaded by the real loader, and held against
//! `readelf` and `eu-elflint`; beside it the same edits by patchelf, where it is provisioned.

mod ask;
mod peers;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use sayso_edit::elf::{Edit, apply};
use sayso_facts::elf::{Class, Image, df_1, pt};

use ask::{Opinion, opinion};

/// How many files a test run edits.
pub const QUICK: usize = 40;

/// One way of editing.
pub struct Row {
    /// What stands in the table.
    pub name: &'static str,
    /// Programs (true) or libraries.
    pub programs: bool,
    /// Section headers are removed first.
    pub without_sections: bool,
    /// Edits that the file gets before the row begins: what is removed must be there.
    pub prepare: Option<fn(&Image) -> Vec<Edit>>,
    /// The edits.
    pub edits: fn(&Image) -> Vec<Edit>,
}

const LONG: &str = "/opt/a-folder-whose-name-is-rather-long/and-one-more-in-it/lib/x86_64/";
const INTERPRETER: &str = "an-interpreter-whose-path-is-longer-than-any-that-a-linker-writes/ld.so";

/// Libraries that every glibc brings: needing them changes nothing but the list.
const EVERYWHERE: &[&str] = &[
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
    "libresolv.so.2",
    "libanl.so.1",
    "libnss_files.so.2",
    "libnss_dns.so.2",
    "libnss_compat.so.2",
    "libBrokenLocale.so.1",
    "libmvec.so.1",
];

fn run_path(_: &Image) -> Vec<Edit> {
    vec![Edit::AddRunPath(LONG.into())]
}
fn one_needed(_: &Image) -> Vec<Edit> {
    vec![Edit::AddNeeded(b"libBrokenLocale.so.1".to_vec())]
}
fn twelve_needed(image: &Image) -> Vec<Edit> {
    let new = EVERYWHERE
        .iter()
        .filter(|name| !image.needed().any(|known| known == name.as_bytes()));
    new.take(12)
        .map(|name| Edit::AddNeeded(name.as_bytes().to_vec()))
        .collect()
}
fn soname(_: &Image) -> Vec<Edit> {
    vec![Edit::SetSoname(
        LONG.replace('/', "_")
            .into_bytes()
            .into_iter()
            .chain(*b".so.1")
            .collect(),
    )]
}
fn interpreter(_: &Image) -> Vec<Edit> {
    vec![Edit::SetInterpreter(
        home()
            .join(INTERPRETER)
            .into_os_string()
            .into_encoded_bytes(),
    )]
}
/// The C library by its path: the same file, so everything still binds to it.
fn replaced(image: &Image) -> Vec<Edit> {
    let needs = image.needed().any(|name| name == b"libc.so.6");
    let new = b"/lib/x86_64-linux-gnu/libc.so.6".to_vec();
    if needs {
        vec![Edit::ReplaceNeeded(b"libc.so.6".to_vec(), new)]
    } else {
        Vec::new()
    }
}
/// What [`one_needed`] has added before.
fn removed(image: &Image) -> Vec<Edit> {
    one_needed(image)
        .into_iter()
        .map(|edit| match edit {
            Edit::AddNeeded(name) => Edit::RemoveNeeded(name),
            other => other,
        })
        .collect()
}

const fn row(
    name: &'static str,
    programs: bool,
    without_sections: bool,
    edits: fn(&Image) -> Vec<Edit>,
) -> Row {
    Row {
        name,
        programs,
        without_sections,
        prepare: None,
        edits,
    }
}

/// Every way.
pub static ROWS: &[Row] = &[
    row("add a 70-character run path", false, false, run_path),
    row("add one needed", false, false, one_needed),
    row("add twelve needed", false, false, twelve_needed),
    row("set a 75-character soname", false, false, soname),
    row("replace a needed", false, false, replaced),
    Row {
        prepare: Some(one_needed),
        ..row("remove a needed", false, false, removed)
    },
    row("add a 70-character run path", true, false, run_path),
    row("add twelve needed", true, false, twelve_needed),
    row("set a long interpreter", true, false, interpreter),
    row("add a 70-character run path", false, true, run_path),
    row("add twelve needed", false, true, twelve_needed),
    row("set a long interpreter", true, true, interpreter),
];

/// Who edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Editor {
    /// sayso, as a library.
    Sayso,
    /// A peer's program.
    Patchelf(PathBuf),
}

/// What came of one row and one editor.
#[derive(Debug, Default)]
pub struct Tally {
    /// Files tried.
    pub files: usize,
    /// Files that the editor refused, with its reason.
    pub refused: Vec<String>,
    /// Files that load otherwise than before, with how.
    pub broken: Vec<String>,
    /// Files that `readelf` or `eu-elflint` complain of, and did not before.
    pub complaints: Vec<String>,
    /// Bytes that differ, growth included, and growth alone, summed over the files that were edited.
    pub changed: u64,
    /// See `changed`.
    pub grown: u64,
}

/// Where edited files go.
pub fn home() -> PathBuf {
    crate::workspace().join("target/lab-edit")
}

/// The files that a row is about.
fn subjects(row: &Row, files: &[PathBuf]) -> Vec<PathBuf> {
    let fits = |path: &&PathBuf| {
        let image = fs::read(path)
            .ok()
            .and_then(|bytes| Image::parse(bytes.into()).ok());
        image.is_some_and(|image| {
            is_subject(&image, row.programs) && !(row.edits)(&image).is_empty()
        })
    };
    files.par_iter().filter(fits).cloned().collect()
}

/// A dynamic file of this machine. Loaders are left out: they find their own tables without program headers, and sayso refuses
/// to move these.
fn is_subject(image: &Image, program: bool) -> bool {
    let has_interpreter = image.first_segment(pt::INTERP).is_some();
    let is_static_pie = !has_interpreter
        && image
            .dynamic()
            .is_some_and(|dynamic| dynamic.flags_1 & df_1::PIE != 0);
    let is_loader =
        image.needed().next().is_none() && !has_interpreter && image.header().entry != 0;
    image.class() == Class::Elf64
        && image.header().machine == 62
        && image
            .dynamic()
            .is_some_and(|dynamic| !dynamic.entries.is_empty())
        && has_interpreter == program
        && !is_static_pie
        && !is_loader
        && image.soname() != Some(b"libc.so.6")
}

/// Without section headers, as `sstrip` leaves a file.
fn without_sections(bytes: &mut [u8]) {
    bytes[40..48].fill(0);
    bytes[60..64].fill(0);
}

/// Edits at most `most` files by one row.
///
/// # Errors
/// The place for edited files cannot be written.
pub fn run(row: &Row, editor: &Editor, files: &[PathBuf], opener: &Path) -> Result<Tally> {
    let folder = home().join(format!("{:x}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let stand_in = home().join(INTERPRETER);
    fs::create_dir_all(stand_in.parent().unwrap_or(&stand_in))?;
    let _ = std::os::unix::fs::symlink("/lib64/ld-linux-x86-64.so.2", &stand_in);
    let looked: Vec<Look> = files
        .par_iter()
        .enumerate()
        .map(|(at, path)| look(row, editor, path, &folder.join(at.to_string()), opener))
        .collect();
    let mut tally = Tally {
        files: files.len(),
        ..Tally::default()
    };
    for (look, path) in looked.into_iter().zip(files) {
        let named = |how: String| format!("{}: {how}", path.display());
        match look {
            Look::Refused(why) => tally.refused.push(named(why)),
            Look::Edited {
                changed,
                grown,
                broken,
                complaint,
            } => {
                tally.changed += changed;
                tally.grown += grown;
                tally.broken.extend(broken.map(named));
                tally.complaints.extend(complaint.map(named));
            }
        }
    }
    let _ = fs::remove_dir_all(&folder);
    Ok(tally)
}

enum Look {
    Refused(String),
    Edited {
        changed: u64,
        grown: u64,
        broken: Option<String>,
        complaint: Option<String>,
    },
}

/// One file: the old bytes and the new ones are put into two folders, and loaded from there.
fn look(row: &Row, editor: &Editor, path: &Path, folder: &Path, opener: &Path) -> Look {
    let attempt = || -> Result<Look> {
        let mut bytes = fs::read(path)?;
        if row.without_sections {
            without_sections(&mut bytes);
        }
        if let Some(prepare) = row.prepare {
            let image = Image::parse(bytes.into()).ok().context("an ELF file")?;
            bytes = apply(&image, &prepare(&image))
                .map_err(|refusal| anyhow::anyhow!("{refusal}"))?
                .bytes;
        }
        let name = path.file_name().context("a file has a name")?;
        let (before, after) = (folder.join("a").join(name), folder.join("b").join(name));
        for place in [&before, &after] {
            fs::create_dir_all(place.parent().context("a folder")?)?;
            fs::write(place, &bytes)?;
            fs::set_permissions(place, fs::Permissions::from_mode(0o755))?;
        }
        let image = Image::parse(bytes.clone().into())
            .ok()
            .context("an ELF file")?;
        let edits = (row.edits)(&image);
        let result = match editor {
            Editor::Sayso => match apply(&image, &edits) {
                Ok(edited) => fs::write(&after, edited.bytes).map_err(Into::into),
                Err(refusal) => Err(anyhow::anyhow!("{refusal}")),
            },
            Editor::Patchelf(program) => peers::patchelf(program, &edits, &after),
        };
        if let Err(refusal) = result {
            return Ok(Look::Refused(format!("{refusal:#}")));
        }
        let new = fs::read(&after)?;
        let grown = (new.len() as u64).saturating_sub(bytes.len() as u64);
        let differing = bytes.iter().zip(&new).filter(|(a, b)| a != b).count() as u64;
        let (was, is): (Opinion, Opinion) = (
            opinion(&before, row.programs, opener)?,
            opinion(&after, row.programs, opener)?,
        );
        Ok(Look::Edited {
            changed: differing + grown,
            grown,
            broken: was.loading_differs(&is),
            complaint: was.complaint(&is, &edits),
        })
    };
    let result = attempt().unwrap_or_else(|error| Look::Refused(format!("{error:#}")));
    let _ = fs::remove_dir_all(folder);
    result
}

/// The whole table, as Markdown.
///
/// # Errors
/// The files cannot be listed, or edited ones not be written.
pub fn table(most: usize, opener: &Path) -> Result<(String, usize)> {
    let all = crate::census::chosen(most)?;
    let mut editors = vec![("sayso".to_owned(), Editor::Sayso)];
    editors.extend(
        peers::patchelfs()
            .into_iter()
            .map(|(name, program)| (name, Editor::Patchelf(program))),
    );
    let mut text = String::from(
        "| edit | files | editor | refused | load otherwise | complaints | bytes that differ | growth |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut wrong = 0;
    for row in ROWS {
        let files = subjects(row, &all);
        for (name, editor) in &editors {
            let tally = run(row, editor, &files, opener)?;
            let what = match (row.programs, row.without_sections) {
                (true, false) => "programs",
                (false, false) => "libraries",
                (true, true) => "programs without section headers",
                (false, true) => "libraries without section headers",
            };
            let edited = (tally.files - tally.refused.len()).max(1) as u64;
            let _ = writeln!(
                text,
                "| {}, {what} | {} | {name} | {} | {} | {} | {} | {} |",
                row.name,
                tally.files,
                tally.refused.len(),
                tally.broken.len(),
                tally.complaints.len(),
                tally.changed / edited,
                tally.grown / edited
            );
            if std::env::var_os("SAYSO_LAB_VERBOSE").is_some() && *editor != Editor::Sayso {
                for fault in tally
                    .refused
                    .iter()
                    .chain(&tally.broken)
                    .chain(&tally.complaints)
                    .take(3)
                {
                    eprintln!("{name}, {}: {fault}", row.name);
                }
            }
            if *editor == Editor::Sayso {
                let faults: Vec<&String> = tally
                    .refused
                    .iter()
                    .chain(&tally.broken)
                    .chain(&tally.complaints)
                    .collect();
                for fault in faults.iter().take(10) {
                    eprintln!("{}: {fault}", row.name);
                }
                wrong += faults.len();
            }
        }
    }
    Ok((text, wrong))
}
