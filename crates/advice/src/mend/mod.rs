//! The smallest set of changes that makes it load: each is tried in an overlay of the world before it is proposed.
//!
//! The search is greedy. What is wrong is known from the trace as a whole (the model goes on after the first failure), each
//! trouble suggests candidates (`candidates`), and the first candidate that leaves fewer troubles is taken. When it loads,
//! every action that it loads without is dropped again.

mod candidates;

use std::collections::BTreeMap;

use sayso_edit::elf::{Edit, apply};
use sayso_facts::elf::Image;
use sayso_loader::session::Opened;
use sayso_loader::{Request, Session, Trace, Verdict};
use sayso_world::overlay::Overlay;
use sayso_world::{TargetPath, World};

use crate::context::Context;
use crate::finding::{Finding, Fix};
use crate::limits::{MEND_ACTIONS_MAX, MEND_CANDIDATES_MAX};
use crate::rule::Level;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Change an ELF file.
    Edit {
        /// Its canonical path.
        file: TargetPath,
        /// How.
        edits: Vec<Edit>,
    },
    /// Give a file or folder these permissions.
    Mode {
        /// Its canonical path.
        path: TargetPath,
        /// The whole mode.
        mode: u32,
    },
    /// Run `ldconfig`, so that the loader's cache lists a directory. Tried as if the directory were searched.
    Refresh {
        /// The directory whose libraries the cache lacks.
        directory: TargetPath,
    },
}

/// Actions that belong together, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub actions: Vec<Action>,
    /// One sentence.
    pub why: String,
}

/// What came of the search.
#[derive(Debug)]
pub enum Mending {
    /// It loads as it is.
    Loads,
    /// With these steps it loads.
    Plan(Vec<Step>),
    /// No change of files that sayso knows of makes it load.
    Cannot {
        /// Steps that mend a part of it.
        partly: Vec<Step>,
        /// What is left, and what would help instead.
        left: Vec<Finding>,
    },
}

/// Looks for the steps.
pub fn mend(world: &dyn World, request: &Request) -> Mending {
    let mut steps: Vec<Step> = Vec::new();
    let mut best = troubles(world, request, &steps);
    if best == 0 {
        return Mending::Loads;
    }
    while best > 0 && steps.len() < MEND_ACTIONS_MAX {
        let tried = with(world, &steps);
        let offered = {
            let session = Session::new(&tried);
            let trace = session.predict(request);
            candidates::of(&Context::new(&session, request, &trace))
        };
        let better = offered
            .into_iter()
            .take(MEND_CANDIDATES_MAX)
            .find_map(|step| {
                let mut more = steps.clone();
                more.push(step);
                let left = troubles(world, request, &more);
                (left < best).then_some((more, left))
            });
        let Some((more, left)) = better else {
            break;
        };
        (steps, best) = (more, left);
    }
    if best > 0 {
        return Mending::Cannot {
            left: findings(world, request, &steps),
            partly: steps,
        };
    }
    // What a later step made needless goes.
    let mut at = 0;
    while at < steps.len() && steps.len() > 1 {
        let mut fewer = steps.clone();
        fewer.remove(at);
        if troubles(world, request, &fewer) == 0 {
            steps = fewer;
        } else {
            at += 1;
        }
    }
    Mending::Plan(steps)
}

/// The files that the steps change, with their new bytes.
pub fn edited(world: &dyn World, steps: &[Step]) -> Vec<(TargetPath, Vec<u8>)> {
    let mut files: BTreeMap<TargetPath, Vec<Edit>> = BTreeMap::new();
    for action in steps.iter().flat_map(|step| &step.actions) {
        if let Action::Edit { file, edits } = action {
            files
                .entry(file.clone())
                .or_default()
                .extend(edits.iter().cloned());
        }
    }
    let new = |(file, edits): (TargetPath, Vec<Edit>)| {
        let bytes = world
            .lookup(&file)
            .and_then(|stat| world.read(&stat))
            .ok()?;
        let edited = apply(&Image::parse(bytes).ok()?, &edits).ok()?;
        Some((file, edited.bytes))
    };
    files.into_iter().filter_map(new).collect()
}

/// The world with the steps done.
fn with<'w>(world: &'w dyn World, steps: &[Step]) -> Overlay<&'w dyn World> {
    let mut overlay = Overlay::new(world);
    carry_out(&mut overlay, steps);
    overlay
}

/// Does the steps in an overlay. A step that cannot be done changes nothing, and so helps nobody.
pub fn carry_out<W: World>(overlay: &mut Overlay<W>, steps: &[Step]) {
    for (file, bytes) in edited(overlay.base(), steps) {
        let _ = overlay.file(&file, bytes);
    }
    let mut searched = Vec::new();
    for action in steps.iter().flat_map(|step| &step.actions) {
        match action {
            Action::Mode { path, mode } => {
                let _ = overlay.mode(path, *mode);
            }
            Action::Refresh { directory } => searched.push(directory.as_bytes().to_vec()),
            Action::Edit { .. } => {}
        }
    }
    if searched.is_empty() {
        return;
    }
    // What the cache would give, the variable gives too, only earlier.
    let environment = &mut overlay.machine_mut().environment;
    let known = environment
        .iter()
        .position(|(key, _)| key == b"LD_LIBRARY_PATH");
    let mut value = known.map(|at| environment.remove(at).1).unwrap_or_default();
    for directory in searched {
        if !value.is_empty() {
            value.push(b':');
        }
        value.extend(directory);
    }
    environment.push((b"LD_LIBRARY_PATH".to_vec(), value));
}

/// How much is wrong with the steps done.
fn troubles(world: &dyn World, request: &Request, steps: &[Step]) -> usize {
    let tried = with(world, steps);
    let trace = Session::new(&tried).predict(request);
    count(&trace, request)
}

fn count(trace: &Trace, request: &Request) -> usize {
    let failed = trace
        .steps
        .iter()
        .filter(|step| step.failure.is_some())
        .count();
    // A step that is never reached is not mended.
    let unreached = request.steps.len().saturating_sub(trace.steps.len());
    let start = match trace.verdict {
        Verdict::Fails { .. } => trace.problems.len().max(1),
        Verdict::Unknown { .. } => 1,
        Verdict::Loads => 0,
    };
    start + failed + unreached
}

fn findings(world: &dyn World, request: &Request, steps: &[Step]) -> Vec<Finding> {
    let tried = with(world, steps);
    let session = Session::new(&tried);
    let trace = session.predict(request);
    crate::advise(&session, request, &trace, Level::Error)
}

impl Action {
    /// What to type to do it by hand.
    pub fn command(&self) -> String {
        use crate::rules::quoted;
        match self {
            Action::Edit { file, edits } => {
                let options: Vec<String> = edits.iter().map(option).collect();
                format!("sayso fix {} {}", options.join(" "), quoted(file))
            }
            Action::Mode { path, mode } => format!("chmod {mode:o} {}", quoted(path)),
            Action::Refresh { .. } => "ldconfig".into(),
        }
    }
}

/// The option of `sayso fix` for an edit that a candidate makes.
fn option(edit: &Edit) -> String {
    use crate::rules::quoted;
    let pair = |old: &[u8], new: &[u8]| quoted([old, b"=", new].concat());
    match edit {
        Edit::AddRunPath(path) => format!("--add-runpath {}", quoted(path)),
        Edit::PrependRunPath(path) => format!("--prepend-runpath {}", quoted(path)),
        Edit::AddNeeded(name) => format!("--add-needed {}", quoted(name)),
        Edit::RemoveNeeded(name) => format!("--remove-needed {}", quoted(name)),
        Edit::ReplaceNeeded(old, new) => format!("--replace-needed {}", pair(old, new)),
        Edit::SetInterpreter(path) => format!("--set-interpreter {}", quoted(path)),
        Edit::ClearExecutableStack => "--clear-execstack".into(),
        Edit::ClearFlags1(bits) if *bits == sayso_facts::elf::df_1::NOOPEN => {
            "--clear-flag noopen".into()
        }
        Edit::ClearFlags1(_) => "--clear-flag nodeflib".into(),
        other => format!("({other:?})"),
    }
}

/// The steps as something to read and to type.
pub fn as_fixes(steps: &[Step]) -> Vec<Fix> {
    let fix = |step: &Step| {
        step.actions
            .iter()
            .map(|action| Fix {
                summary: step.why.clone(),
                command: Some(action.command()),
            })
            .collect::<Vec<_>>()
    };
    steps.iter().flat_map(fix).collect()
}

/// The canonical path of an object's file, if it can be edited at all.
fn editable(context: &Context<'_>, path: &TargetPath) -> Option<TargetPath> {
    let world = context.session.world();
    let absolute = path.join_to(&world.machine().working_directory);
    let canonical = world.canonical(&absolute).ok()?;
    let stat = context.session.lookup(&canonical).ok()?;
    matches!(&*context.session.open(&stat), Opened::Image(_)).then_some(canonical)
}
