//! Every ELF file of this machine, edited in each of the ways that packagers need, loaded by the real loader, and held against
//! `readelf` and `eu-elflint`; beside it the same edits by patchelf and object-rewrite, where they are provisioned.

mod ask;
pub mod elsewhere;
mod peers;
pub mod random;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use sayso_edit::elf::{Edit, apply};
use sayso_facts::elf::{Class, Image, df_1, pt};

use ask::{Asking, Opinion, opinion};

/// How many files a test run edits.
pub const QUICK: usize = 40;

/// A long run says after so many files how far it is.
const PROGRESS_EVERY: usize = 200;

/// How many of sayso's faults a row shows.
const FAULTS_SHOWN: usize = 20;

/// How many lines of one (a peer may print where it was).
const FAULT_LINES: usize = 4;

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
    // What needs this file itself would be initialised before it (libmvec's indirect functions call libm: the process dies).
    let is_libm = image.soname() == Some(b"libm.so.6");
    let new = EVERYWHERE
        .iter()
        .filter(|name| !image.needed().any(|known| known == name.as_bytes()))
        .filter(|name| !(is_libm && **name == "libmvec.so.1"));
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
    row("replace a needed", true, false, replaced),
    row("add a 70-character run path", false, true, run_path),
    row("add one needed", false, true, one_needed),
    row("add twelve needed", false, true, twelve_needed),
    row("set a 75-character soname", false, true, soname),
    row("replace a needed", false, true, replaced),
    row("add a 70-character run path", true, true, run_path),
    row("add twelve needed", true, true, twelve_needed),
    row("set a long interpreter", true, true, interpreter),
];

/// Who edits.
enum Editor {
    /// sayso, as a library.
    Sayso,
    /// A peer's program.
    Peer(peers::Peer),
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

impl Tally {
    fn add(&mut self, look: Look, path: &Path) {
        let named = |how: String| format!("{}: {how}", path.display());
        self.files += 1;
        match look {
            Look::Refused(why) => self.refused.push(named(why)),
            Look::Edited {
                changed,
                grown,
                broken,
                complaint,
            } => {
                self.changed += changed;
                self.grown += grown;
                self.broken.extend(broken.map(named));
                self.complaints.extend(complaint.map(named));
            }
        }
    }

    fn merge(&mut self, other: Tally) {
        self.files += other.files;
        self.refused.extend(other.refused);
        self.broken.extend(other.broken);
        self.complaints.extend(other.complaints);
        self.changed += other.changed;
        self.grown += other.grown;
    }

    /// Everything that went wrong.
    pub fn faults(&self) -> impl Iterator<Item = &String> {
        let wrong = self.refused.iter().chain(&self.broken);
        wrong.chain(&self.complaints)
    }
}

/// Where edited files go: into memory where there is some, because a run writes every file of the machine fifty times.
pub fn home() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.join("sayso-lab-edit")
    } else {
        crate::workspace().join("target/lab-edit")
    };
    folder.join(std::process::id().to_string())
}

/// A dynamic file of this machine. Loaders are left out: they find their own tables without program headers, and sayso refuses
/// to move these. So are programs of other loaders, which would not list what they load but run.
fn is_subject(image: &Image, program: bool) -> bool {
    let interpreter = image.interpreter();
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
        && interpreter.is_none_or(|path| path.ends_with(b"/ld-linux-x86-64.so.2"))
        && !is_static_pie
        && !is_loader
        && image.soname() != Some(b"libc.so.6")
}

/// Without section headers, as `sstrip` leaves a file.
pub(crate) fn without_sections(bytes: &mut [u8], class: Class) {
    let (shoff, counts) = match class {
        Class::Elf64 => (40..48, 60..64),
        Class::Elf32 => (32..36, 48..52),
    };
    bytes[shoff].fill(0);
    bytes[counts].fill(0);
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

/// Every row and editor that one file is a subject of: (row, editor, what came of it).
fn look_at(
    path: &Path,
    editors: &[Editor],
    folder: &Path,
    opener: &Path,
) -> Vec<(usize, usize, Look)> {
    let Some(image) = parsed(path) else {
        return Vec::new();
    };
    let mut looks = Vec::new();
    // What is said of the file before is the same for all rows that begin with the same bytes.
    let mut known: Option<((bool, bool), Before)> = None;
    let mut rows: Vec<usize> = (0..ROWS.len())
        .filter(|&row| {
            is_subject(&image, ROWS[row].programs) && !(ROWS[row].edits)(&image).is_empty()
        })
        .collect();
    rows.sort_by_key(|&row| (ROWS[row].without_sections, ROWS[row].prepare.is_some()));
    for row in rows {
        let kind = (ROWS[row].without_sections, ROWS[row].prepare.is_some());
        let before = match known.take_if(|(same, _)| *same == kind) {
            Some((_, before)) => Ok(before),
            None => Before::of(&ROWS[row], path, &image, folder, opener),
        };
        let before = match before {
            Ok(before) => before,
            Err(error) => {
                looks.extend(
                    (0..editors.len()).map(|at| (row, at, Look::Refused(format!("{error:#}")))),
                );
                continue;
            }
        };
        for (at, editor) in editors.iter().enumerate() {
            let look = before
                .edited(&ROWS[row], editor, folder, opener)
                .unwrap_or_else(|error| Look::Refused(format!("{error:#}")));
            looks.push((row, at, look));
        }
        known = Some((kind, before));
    }
    let _ = fs::remove_dir_all(folder);
    looks
}

fn parsed(path: &Path) -> Option<Image> {
    Image::parse(fs::read(path).ok()?.into()).ok()
}

/// A file as a row finds it.
struct Before {
    name: OsString,
    image: Image,
    opinion: Opinion,
}

impl Before {
    fn of(row: &Row, path: &Path, image: &Image, folder: &Path, opener: &Path) -> Result<Before> {
        let mut bytes = image.bytes().to_vec();
        if row.without_sections {
            without_sections(&mut bytes, image.class());
        }
        if let Some(prepare) = row.prepare {
            bytes = apply(image, &prepare(image))
                .map_err(|refusal| anyhow::anyhow!("{refusal}"))?
                .bytes;
        }
        let name = path.file_name().context("a file has a name")?.to_owned();
        let place = put(folder, "a", &name, &bytes)?;
        let image = Image::parse(bytes.into()).ok().context("an ELF file")?;
        Ok(Before {
            name,
            image,
            opinion: opinion(&place, &asking(row, opener))?,
        })
    }

    fn edited(&self, row: &Row, editor: &Editor, folder: &Path, opener: &Path) -> Result<Look> {
        let old = self.image.bytes();
        let edits = (row.edits)(&self.image);
        let after = match editor {
            Editor::Sayso => match apply(&self.image, &edits) {
                Ok(edited) => put(folder, "b", &self.name, &edited.bytes)?,
                Err(refusal) => return Ok(Look::Refused(refusal.to_string())),
            },
            Editor::Peer(peer) => {
                let place = put(folder, "b", &self.name, old)?;
                if let Err(refusal) = peers::edit(peer, &edits, &place) {
                    return Ok(Look::Refused(format!("{refusal:#}")));
                }
                place
            }
        };
        let new = fs::read(&after)?;
        let grown = (new.len() as u64).saturating_sub(old.len() as u64);
        let differing = old.iter().zip(&new).filter(|(a, b)| a != b).count() as u64;
        let is = opinion(&after, &asking(row, opener))?;
        Ok(Look::Edited {
            changed: differing + grown,
            grown,
            broken: self.opinion.loading_differs(&is),
            complaint: self.opinion.complaint(&is, &edits),
        })
    }
}

fn asking<'a>(row: &Row, opener: &'a Path) -> Asking<'a> {
    if row.programs {
        Asking::Start
    } else {
        Asking::Open(opener)
    }
}

/// Writes a file that can be started.
fn put(folder: &Path, side: &str, name: &OsStr, bytes: &[u8]) -> Result<PathBuf> {
    let folder = folder.join(side);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let place = folder.join(name);
    // A new file: the old one may still be mapped.
    let _ = fs::remove_file(&place);
    fs::write(&place, bytes)?;
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
    Ok(place)
}

/// Every file, row and editor: the tallies by row, then editor. The first editor gets all files, the others these.
fn measured(
    files: &[PathBuf],
    editors: &[Editor],
    of_peers: &HashSet<PathBuf>,
    opener: &Path,
) -> Result<Vec<Vec<Tally>>> {
    let home = home();
    let stand_in = home.join(INTERPRETER);
    fs::create_dir_all(stand_in.parent().unwrap_or(&stand_in))?;
    std::os::unix::fs::symlink("/lib64/ld-linux-x86-64.so.2", &stand_in)
        .with_context(|| stand_in.display().to_string())?;
    let empty = || -> Vec<Vec<Tally>> {
        let row = || editors.iter().map(|_| Tally::default()).collect();
        ROWS.iter().map(|_| row()).collect()
    };
    let done = AtomicUsize::new(0);
    let tallies = files
        .par_iter()
        .enumerate()
        .fold(empty, |mut tallies, (at, path)| {
            let asked = if of_peers.contains(path) {
                editors
            } else {
                &editors[..1]
            };
            for (row, editor, look) in look_at(path, asked, &home.join(at.to_string()), opener) {
                tallies[row][editor].add(look, path);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(PROGRESS_EVERY) {
                eprintln!("edit: {done} of {} files", files.len());
            }
            tallies
        })
        .reduce(empty, |mut all, part| {
            for (row, part) in all.iter_mut().zip(part) {
                for (tally, part) in row.iter_mut().zip(part) {
                    tally.merge(part);
                }
            }
            all
        });
    let _ = fs::remove_dir_all(&home);
    Ok(tallies)
}

/// The whole table, as Markdown, and how many of sayso's edits went wrong: sayso edits `most` files, its peers `of_peers` of them.
///
/// # Errors
/// The files cannot be listed, or edited ones not be written.
pub fn table(most: usize, of_peers: usize, opener: &Path) -> Result<(String, usize)> {
    let files = crate::census::chosen(most)?;
    let of_peers: HashSet<PathBuf> = crate::census::chosen(most.min(of_peers))?
        .into_iter()
        .collect();
    let mut names = vec!["sayso".to_owned()];
    let mut editors = vec![Editor::Sayso];
    for (name, peer) in peers::here() {
        names.push(name);
        editors.push(Editor::Peer(peer));
    }
    let mut text = String::from(
        "| edit | files | editor | refused | load otherwise | complaints | bytes that differ | growth |\n|---|---|---|---|---|---|---|---|\n",
    );
    let is_verbose = std::env::var_os("SAYSO_LAB_VERBOSE").is_some();
    let mut wrong = 0;
    for (row, tallies) in ROWS
        .iter()
        .zip(measured(&files, &editors, &of_peers, opener)?)
    {
        for ((name, editor), tally) in names.iter().zip(&editors).zip(&tallies) {
            line(&mut text, row, name, tally);
            let shown = match editor {
                Editor::Sayso => {
                    wrong += tally.faults().count();
                    FAULTS_SHOWN
                }
                Editor::Peer(_) if is_verbose => 3,
                Editor::Peer(_) => 0,
            };
            for fault in tally.faults().take(shown) {
                let fault = fault.lines().take(FAULT_LINES).collect::<Vec<_>>();
                eprintln!("{name}, {}: {}", row.name, fault.join(" "));
            }
        }
    }
    Ok((text, wrong))
}

fn line(text: &mut String, row: &Row, editor: &str, tally: &Tally) {
    let what = match (row.programs, row.without_sections) {
        (true, false) => "programs",
        (false, false) => "libraries",
        (true, true) => "programs without section headers",
        (false, true) => "libraries without section headers",
    };
    let edited = (tally.files - tally.refused.len()).max(1) as u64;
    let _ = writeln!(
        text,
        "| {}, {what} | {} | {editor} | {} | {} | {} | {} | {} |",
        row.name,
        tally.files,
        tally.refused.len(),
        tally.broken.len(),
        tally.complaints.len(),
        tally.changed / edited,
        tally.grown / edited
    );
}
