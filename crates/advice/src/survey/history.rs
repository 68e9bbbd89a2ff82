//! Who is to blame: which layer brought, replaced or took away the file that a failure is about.

use std::collections::HashSet;

use sayso_loader::Verdict;
use sayso_world::{TargetPath, World};

use super::{Checked, tried};
use crate::answer::Answer;
use crate::finding::{Finding, Subject};

/// Changes that are told of one failure.
const TOLD_MAX: usize = 3;

/// What a layer did to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// It is the first one that has it.
    Brought,
    /// It has another file of this name.
    Replaced,
    /// A whiteout takes it away.
    Deleted,
}

impl Deed {
    /// The word that stands in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Brought => "brought",
            Deed::Replaced => "replaced",
            Deed::Deleted => "deleted",
        }
    }
}

/// One layer's change of one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// The name.
    pub path: TargetPath,
    /// Number of the layer, from 1.
    pub layer: usize,
    /// Its digest.
    pub digest: String,
    /// The line of the image's history that made it.
    pub created_by: Option<String>,
    /// What it did.
    pub deed: Deed,
}

/// What is known of an image's past.
pub trait History: Sync {
    /// Everything that layers did to a name, the lowest layer first.
    fn of(&self, path: &TargetPath) -> Vec<Change>;
}

/// A folder has no past.
impl History for () {
    fn of(&self, _: &TargetPath) -> Vec<Change> {
        Vec::new()
    }
}

/// The changes that made a failure: what is missing and was there once, what is found and is wrong, and where the file itself is from.
pub fn blame(world: &dyn World, history: &dyn History, answer: &Answer) -> Vec<Change> {
    let Verdict::Fails { failure, .. } = &answer.trace.verdict else {
        return Vec::new();
    };
    let (mut told, mut seen) = (Vec::new(), HashSet::new());
    let mut last = |path: &TargetPath, only_deleted: bool| {
        let real = spelled(world, path);
        let Some(change) = history.of(&real).pop() else {
            return;
        };
        if (!only_deleted || change.deed == Deed::Deleted)
            && told.len() < TOLD_MAX
            && seen.insert(real)
        {
            told.push(change);
        }
    };
    for path in tried(answer) {
        last(&path, true);
        // A link whose target went.
        if let Ok(target) = world.read_link(&path) {
            last(&target.join_to(&path.parent()), true);
        }
    }
    // Files that the loader or the kernel complains about: the copy that is too old, the interpreter that is gone.
    for field in ["culprit", "requirer", "object", "path"] {
        let named = failure.field(field).filter(|name| name.starts_with(b"/"));
        if let Some(path) = named
            .map(TargetPath::new)
            .filter(|path| *path != answer.named)
        {
            last(&path, false);
        }
    }
    for finding in &answer.findings {
        match &finding.subject {
            Subject::File(path) => last(path, false),
            Subject::Object(id) => last(&answer.trace.object(*id).path, false),
            Subject::Name(_) => {}
        }
    }
    for object in answer.trace.objects.iter().filter(|object| !object.missing) {
        // An interpreter that is missing is no object; that it was deleted is told by its own path.
        if let Some(path) = object.image.interpreter() {
            last(&TargetPath::new(path), true);
        }
    }
    last(&answer.named, false);
    told
}

/// The changes of the names that one finding is about: the last one of what it points at, and where that is missing, who deleted it.
/// `answer`: what the finding rests on; `None`: it is about the image as a whole.
pub fn blame_of(
    world: &dyn World,
    history: &dyn History,
    answer: Option<&Answer>,
    finding: &Finding,
) -> Vec<Change> {
    let (mut told, mut seen): (Vec<Change>, HashSet<TargetPath>) = (Vec::new(), HashSet::new());
    let mut last = |path: &TargetPath, only_deleted: bool| {
        let real = spelled(world, path);
        let change = history.of(&real).pop();
        let change = change.filter(|change| !only_deleted || change.deed == Deed::Deleted);
        if let Some(change) = change.filter(|_| told.len() < TOLD_MAX && seen.insert(real)) {
            told.push(change);
        }
    };
    match (&finding.subject, answer) {
        (Subject::File(path), _) => last(path, false),
        (Subject::Object(id), Some(answer)) => last(&answer.trace.object(*id).path, false),
        (Subject::Name(name), Some(answer)) => {
            // A library that is nowhere: whoever took it from a place that is searched.
            let its = |path: &TargetPath| path.file_name() == TargetPath::new(name).file_name();
            for path in tried(answer).iter().filter(|path| its(path)) {
                last(path, true);
                if let Ok(target) = world.read_link(path) {
                    last(&target.join_to(&path.parent()), true);
                }
            }
        }
        _ => {}
    }
    told
}

impl Checked {
    /// See [`blame`].
    pub fn blame(&self, world: &dyn World, history: &dyn History) -> Vec<Change> {
        blame(world, history, &self.answer)
    }
}

/// The path as layers spell it: the links of its folder followed, its own name kept.
fn spelled(world: &dyn World, path: &TargetPath) -> TargetPath {
    let absolute = path.join_to(&world.machine().working_directory);
    match world.canonical(&absolute.parent()) {
        Ok(folder) => folder.join(absolute.file_name()),
        Err(_) => absolute,
    }
}
