//! Random edits of the lab's cases, loaded for real: the edited world does what is predicted of it, edits one after another do what
//! one call with all of them does, and edits that are taken back leave what was there.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner};
use sayso_edit::elf::{Edit, apply};
use sayso_edit::write;
use sayso_facts::elf::{Image, df_1, pt};
use sayso_fixture::{Content, Fixture};
use sayso_world::TargetPath;

use crate::case::{self, Case};
use crate::release::{self, Unpacked};
use crate::root::{Folder, Mounted};
use crate::told::{End, Told};
use crate::{compare, predicted, recorded};

/// One edit, before it is known which names there are.
#[derive(Debug, Clone)]
enum Drawn {
    AddNeeded(Index),
    PrependNeeded(Index),
    /// A need gets another name.
    ReplaceNeeded(Index, Index),
    SetRunpath(Vec<Index>),
    SetRpath(Vec<Index>),
    AddRunPath(Vec<Index>),
    PrependRunPath(Vec<Index>),
    RemoveRunPath,
    SetSoname(Index),
    RemoveSoname,
    SetFlags1(u64),
    ClearFlags1(u64),
    Note(u8),
}

/// A case, a release, and edits of its files.
#[derive(Debug, Clone)]
struct Plan {
    case: Index,
    release: Index,
    edits: Vec<(Index, Drawn)>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let index = any::<Index>;
    let path = || vec(any::<Index>(), 1..4);
    let bits = || select(&[df_1::NOW, df_1::NODELETE, df_1::NODEFLIB, df_1::GLOBAL][..]);
    prop_oneof![
        index().prop_map(Drawn::AddNeeded),
        index().prop_map(Drawn::PrependNeeded),
        (index(), index()).prop_map(|(old, new)| Drawn::ReplaceNeeded(old, new)),
        path().prop_map(Drawn::SetRunpath),
        path().prop_map(Drawn::SetRpath),
        path().prop_map(Drawn::AddRunPath),
        path().prop_map(Drawn::PrependRunPath),
        Just(Drawn::RemoveRunPath),
        index().prop_map(Drawn::SetSoname),
        Just(Drawn::RemoveSoname),
        bits().prop_map(Drawn::SetFlags1),
        bits().prop_map(Drawn::ClearFlags1),
        any::<u8>().prop_map(Drawn::Note),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        any::<Index>(),
        any::<Index>(),
        vec((any::<Index>(), drawn()), 1..8),
    )
        .prop_map(|(case, release, edits)| Plan {
            case,
            release,
            edits,
        })
}

/// What edits of a case are made of.
struct Pool {
    /// Paths of ELF files.
    files: Vec<TargetPath>,
    names: Vec<Vec<u8>>,
    folders: Vec<Vec<u8>>,
}

impl Pool {
    fn of(fixture: &Fixture) -> Pool {
        let (mut files, mut folders, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for file in &fixture.files {
            let slash = file.path.iter().rposition(|&b| b == b'/').unwrap_or(0);
            if matches!(file.content, Content::Elf(_)) {
                files.push(TargetPath::new(&file.path));
                // A program as a library fails in its own way, which is another test's affair.
                if file.path[slash + 1..].starts_with(b"lib") {
                    names.push(file.path[slash + 1..].to_vec());
                    names.push(file.path.clone());
                }
            }
            folders.push(file.path[..slash.max(1)].to_vec());
        }
        folders.push(b"$ORIGIN".to_vec());
        folders.push(b"/none/and/a/folder/whose/name/is/longer/than/what/was/there".to_vec());
        names.push(b"libnowhere-and-with-a-name-longer-than-most.so.17".to_vec());
        Pool {
            files,
            names,
            folders,
        }
    }

    fn path(&self, parts: &[Index]) -> Vec<u8> {
        let parts: Vec<&[u8]> = parts
            .iter()
            .map(|part| part.get(&self.folders).as_slice())
            .collect();
        parts.join(&b':')
    }

    /// The edit, or `None` where the file has nothing of the kind.
    fn edit(&self, drawn: &Drawn, image: &Image) -> Option<Edit> {
        let name = |index: &Index| index.get(&self.names).clone();
        Some(match drawn {
            Drawn::AddNeeded(new) => Edit::AddNeeded(name(new)),
            Drawn::PrependNeeded(new) => Edit::PrependNeeded(name(new)),
            Drawn::ReplaceNeeded(old, new) => {
                let needs: Vec<Vec<u8>> = image.needed().map(<[u8]>::to_vec).collect();
                if needs.is_empty() {
                    return None;
                }
                Edit::ReplaceNeeded(old.get(&needs).clone(), name(new))
            }
            Drawn::SetRunpath(parts) => Edit::SetRunpath(self.path(parts)),
            Drawn::SetRpath(parts) => Edit::SetRpath(self.path(parts)),
            Drawn::AddRunPath(parts) => Edit::AddRunPath(self.path(parts)),
            Drawn::PrependRunPath(parts) => Edit::PrependRunPath(self.path(parts)),
            Drawn::RemoveRunPath => Edit::RemoveRunPath,
            Drawn::SetSoname(new) => Edit::SetSoname(name(new)),
            Drawn::RemoveSoname => Edit::RemoveSoname,
            Drawn::SetFlags1(bits) => Edit::SetFlags1(*bits),
            Drawn::ClearFlags1(bits) => Edit::ClearFlags1(*bits),
            Drawn::Note(number) => {
                Edit::AddDlopenNote(format!(r#"[{{"soname":["lib{number}.so"]}}]"#).into_bytes())
            }
        })
    }
}

/// The edits that give the old facts back; `None` where none do (two run paths, a need that stood twice or gave its place).
fn inverse(old: &Image, new: &Image) -> Option<Vec<Edit>> {
    let needs = |image: &Image| -> Vec<Vec<u8>> { image.needed().map(<[u8]>::to_vec).collect() };
    let (was, is) = (needs(old), needs(new));
    let added: Vec<&Vec<u8>> = is.iter().filter(|name| !was.contains(name)).collect();
    let mut kept = is.clone();
    kept.retain(|name| was.contains(name));
    if kept != was {
        return None;
    }
    let mut edits: Vec<Edit> = added
        .into_iter()
        .map(|name| Edit::RemoveNeeded(name.clone()))
        .collect();
    if (old.runpath(), old.rpath()) != (new.runpath(), new.rpath()) {
        edits.push(match (old.runpath(), old.rpath()) {
            (Some(_), Some(_)) => return None,
            (Some(path), None) => Edit::SetRunpath(path.to_vec()),
            (None, Some(path)) => Edit::SetRpath(path.to_vec()),
            (None, None) => Edit::RemoveRunPath,
        });
    }
    if old.soname() != new.soname() {
        edits.push(match old.soname() {
            Some(name) => Edit::SetSoname(name.to_vec()),
            None => Edit::RemoveSoname,
        });
    }
    let flags = |image: &Image| image.dynamic().map_or(0, |dynamic| dynamic.flags_1);
    if flags(old) != flags(new) {
        edits.push(Edit::SetFlags1(flags(old) & !flags(new)));
        edits.push(Edit::ClearFlags1(flags(new) & !flags(old)));
    }
    Some(edits)
}

/// What came of the draws.
#[derive(Debug, Default)]
pub struct Tally {
    /// Edited worlds that were really loaded.
    pub loaded: AtomicU64,
    /// Of these: ran to their end.
    pub went_well: AtomicU64,
    /// Files that were edited.
    pub files: AtomicU64,
    /// Worlds that were loaded once more after everything was taken back.
    pub undone: AtomicU64,
    /// Worlds of which the prediction says that they cannot be known.
    pub unknown: AtomicU64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        write!(
            f,
            "random edits: {} worlds loaded with {} files edited, {} ran to their end, {} taken back and loaded again, {} not to be known from files",
            count(&self.loaded),
            count(&self.files),
            count(&self.went_well),
            count(&self.undone),
            count(&self.unknown)
        )
    }
}

/// One world with other files in it.
struct Changed<'a> {
    fixture: &'a Fixture,
    release: &'a Unpacked,
    folder: Folder,
}

impl Changed<'_> {
    fn new<'a>(
        fixture: &'a Fixture,
        release: &'a Unpacked,
        files: &BTreeMap<TargetPath, Vec<u8>>,
    ) -> Result<Changed<'a>> {
        let folder = Folder::new(fixture, release).context("cannot write the world")?;
        for (path, bytes) in files {
            write::replace(&place(&folder, path), bytes, &write::Options::default())?;
        }
        Ok(Changed {
            fixture,
            release,
            folder,
        })
    }
    fn real(&self) -> Result<Told> {
        let told = recorded::record(self.fixture, &self.folder);
        told.with_context(|| format!("cannot launch the program on {}", self.release.name))
    }
    fn predicted(&self) -> Result<Told> {
        let world = Mounted::new(&self.folder, self.fixture)
            .map_err(|errno| anyhow::anyhow!("{}", errno.glibc_text()))?;
        Ok(predicted::predict(self.fixture, &world))
    }
}

fn place(folder: &Folder, path: &TargetPath) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    let path = path
        .as_bytes()
        .strip_prefix(b"/")
        .unwrap_or(path.as_bytes());
    folder
        .path()
        .join(Path::new(std::ffi::OsStr::from_bytes(path)))
}

/// The files of a world after the edits.
#[derive(Default)]
struct Files {
    /// The dynamic section of a program moved. The fixture's programs find their list of objects through an address of their own
    /// that stays, so they tell no objects then.
    program_moved: bool,
    together: BTreeMap<TargetPath, Vec<u8>>,
    one_by_one: BTreeMap<TargetPath, Vec<u8>>,
    undone: Option<BTreeMap<TargetPath, Vec<u8>>>,
    told: String,
}

fn parsed(bytes: &[u8]) -> Option<Image> {
    Image::parse(bytes.to_vec().into()).ok()
}

/// Carries the edits out on the bytes of the files; edits that are refused are left out.
fn edited(plan: &Plan, pool: &Pool, folder: &Folder) -> Result<Files> {
    let mut files = Files {
        undone: Some(BTreeMap::new()),
        ..Files::default()
    };
    let mut by_file: BTreeMap<&TargetPath, Vec<&Drawn>> = BTreeMap::new();
    for (file, drawn) in &plan.edits {
        by_file
            .entry(file.get(&pool.files))
            .or_default()
            .push(drawn);
    }
    for (path, drawn) in by_file {
        let Some(old) = std::fs::read(place(folder, path))
            .ok()
            .and_then(|bytes| parsed(&bytes))
        else {
            continue;
        };
        let (mut step, mut edits) = (old.clone(), Vec::new());
        for drawn in drawn {
            let Some(edit) = pool.edit(drawn, &step) else {
                continue;
            };
            if let Ok(done) = apply(&step, std::slice::from_ref(&edit)) {
                step = parsed(&done.bytes).context("an edited file is an ELF file")?;
                edits.push(edit);
            }
        }
        if edits.is_empty() {
            continue;
        }
        let together = apply(&old, &edits).map_err(|refusal| {
            anyhow::anyhow!("{path}: {edits:?} one by one, but not at once: {refusal}")
        })?;
        let image = parsed(&together.bytes).context("an edited file is an ELF file")?;
        match inverse(&old, &image) {
            Some(back) => {
                let back = apply(&image, &back).map_err(|refusal| {
                    anyhow::anyhow!("{path}: {back:?} after {edits:?}: {refusal}")
                })?;
                files.undone.iter_mut().for_each(|undone| {
                    undone.insert(path.clone(), back.bytes.clone());
                });
            }
            None => files.undone = None,
        }
        let dynamic = |image: &Image| image.segment(pt::DYNAMIC).map(|s| s.vaddr);
        files.program_moved |= old.interpreter().is_some()
            && (dynamic(&old) != dynamic(&image) || dynamic(&old) != dynamic(&step));
        let _ = writeln!(files.told, "# {path}: {edits:?}");
        files.together.insert(path.clone(), together.bytes);
        files.one_by_one.insert(path.clone(), step.bytes().to_vec());
    }
    Ok(files)
}

/// What differs, as text.
fn disagreement(
    plan: &Plan,
    cases: &[Case],
    releases: &[Unpacked],
    tally: &Tally,
) -> Result<Option<String>> {
    let case = plan.case.get(cases);
    let asked: Vec<&Unpacked> = releases.iter().filter(|r| case.asks(r)).collect();
    let pool = Pool::of(&case.fixture);
    if asked.is_empty() || pool.files.is_empty() {
        return Ok(None);
    }
    let release = plan.release.get(&asked);
    let mut fixture = case.fixture.clone();
    fixture.machine.release = Some(release.number);
    let before = Changed::new(&fixture, release, &BTreeMap::new())?;
    let files = edited(plan, &pool, &before.folder)?;
    let differs = |what: &str, difference: &str| {
        Ok(Some(format!(
            "# {} on {}: {what}\n{}{}\n{difference}",
            case.name, release.name, files.told, case.text
        )))
    };
    let differ = |left: &Told, right: &Told| {
        let clear = |told: &Told| {
            let mut told = told.clone();
            if files.program_moved {
                told.objects.clear();
            }
            told
        };
        compare::difference(&clear(left), &clear(right))
    };
    let after = Changed::new(&fixture, release, &files.together)?;
    let (real, predicted) = (after.real()?, after.predicted()?);
    tally.loaded.fetch_add(1, Ordering::Relaxed);
    tally
        .files
        .fetch_add(files.together.len() as u64, Ordering::Relaxed);
    tally
        .went_well
        .fetch_add(u64::from(crate::mend::loads(&real)), Ordering::Relaxed);
    if matches!(predicted.end, End::Unknown(_)) {
        // What cannot be known may be another thing each time (a text from memory that is free again).
        tally.unknown.fetch_add(1, Ordering::Relaxed);
        return Ok(None);
    }
    if let Some(difference) = differ(&real, &predicted) {
        return differs(
            "the edited world does not do what is predicted",
            &difference,
        );
    }
    let steps = Changed::new(&fixture, release, &files.one_by_one)?;
    if let Some(difference) = differ(&real, &steps.real()?) {
        return differs("one edit after another does something else", &difference);
    }
    if let Some(undone) = &files.undone {
        tally.undone.fetch_add(1, Ordering::Relaxed);
        let undone = Changed::new(&fixture, release, undone)?;
        if let Some(difference) = differ(&before.real()?, &undone.real()?) {
            return differs("what is taken back leaves something behind", &difference);
        }
    }
    Ok(None)
}

/// Draws `count` times, and says what differs first, shrunk.
///
/// # Errors
/// The lab itself does not work.
pub fn campaign(count: u32, seed: u64) -> Result<(Tally, Option<String>)> {
    let (cases, releases) = (case::all()?, release::provisioned());
    let tally = Tally::default();
    let mut runner = TestRunner::new(Config {
        cases: count,
        max_shrink_iters: 200,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let outcome = runner.run(&plan(), |plan| {
        match disagreement(&plan, &cases, &releases, &tally) {
            Ok(None) => Ok(()),
            Ok(Some(text)) => Err(TestCaseError::fail(text)),
            Err(error) => Err(TestCaseError::fail(format!("{error:#}"))),
        }
    });
    let found = match outcome {
        Ok(()) => None,
        Err(TestError::Fail(reason, _)) => Some(reason.message().to_owned()),
        Err(TestError::Abort(reason)) => anyhow::bail!("{reason}"),
    };
    Ok((tally, found))
}
