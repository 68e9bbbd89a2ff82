//! The same question in two worlds: what is found or bound differently, and why.
//!
//! Libraries are matched by the name they are asked for, not by path: what a program needs is a name, and where it leads is the
//! answer. The reason is read off the two searches: the place where one world found it, and what became of that place in the other.

use std::collections::{BTreeMap, BTreeSet};

use sayso_loader::{Event, ObjectId, Probe, ProbeOutcome, SearchRule, Trace, Verdict};
use sayso_world::{TargetPath, World};

use crate::integrity::{Algorithm, Digest};
use crate::limits::BINDINGS_COMPARED_MAX;
use crate::{Answer, show};

/// One of the two worlds, with its answer.
pub struct Party<'a> {
    /// The world.
    pub world: &'a dyn World,
    /// What it answered; its trace must have bindings.
    pub answer: &'a Answer,
}

/// A value of each world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Both<T> {
    /// In the first.
    pub a: T,
    /// In the second.
    pub b: T,
}

impl<T> Both<T> {
    fn of(a: &Party<'_>, b: &Party<'_>, f: impl Fn(&Party<'_>) -> T) -> Both<T> {
        Both { a: f(a), b: f(b) }
    }
}

impl<T: PartialEq> Both<T> {
    /// The two are equal.
    pub fn agree(&self) -> bool {
        self.a == self.b
    }
}

/// Everything that is different.
#[derive(Debug, Clone)]
pub struct Difference {
    /// It loads in one and not in the other, or fails in other words, or a step does.
    pub outcome: bool,
    /// The loader, as family, release and path, is another.
    pub loader: bool,
    /// Libraries that are found differently, in the first world's order, then those of the second alone.
    pub libraries: Vec<Library>,
    /// Libraries that are the same in both.
    pub same: usize,
    /// References that are bound elsewhere.
    pub bindings: Vec<Binding>,
    /// What else is different and may be the reason: environment, processor, user, directory.
    pub circumstances: Vec<Circumstance>,
}

impl Difference {
    /// Nothing resolves, binds or ends differently. Circumstances alone are no difference.
    pub fn is_none(&self) -> bool {
        !self.outcome && !self.loader && self.libraries.is_empty() && self.bindings.is_empty()
    }
}

/// One library that is not the same in both.
#[derive(Debug, Clone)]
pub struct Library {
    /// The name it is asked for.
    pub name: Vec<u8>,
    /// What it is in each; `None`: nobody asks for it there.
    pub found: Both<Option<Found>>,
    /// In what they differ.
    pub changes: Vec<Change>,
    /// Why, as far as the searches tell: sentences with the worlds as A and B.
    pub why: Vec<String>,
}

/// In what a library differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Only one of the programs needs it.
    Needed,
    /// It is found in one of the worlds only.
    Missing,
    /// Another path.
    Path,
    /// Another rule of search led there.
    Rule,
    /// Another file: other bytes.
    File,
}

impl Change {
    /// As JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Change::Needed => "needed",
            Change::Missing => "missing",
            Change::Path => "path",
            Change::Rule => "rule",
            Change::File => "file",
        }
    }
}

/// A library in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which object of the trace it is.
    pub object: ObjectId,
    /// It was not found.
    pub missing: bool,
    /// Where, in the loader's spelling.
    pub path: TargetPath,
    /// The file's own name behind all links, which often tells its version.
    pub real: Option<TargetPath>,
    /// `DT_SONAME`
    pub soname: Option<Vec<u8>>,
    /// The build id, in hexadecimal digits.
    pub build_id: Option<String>,
    /// SHA-256; `None`: it cannot be read.
    pub sha256: Option<Digest>,
}

/// One reference that is bound elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The library (or the program) that refers to it, by the name that it is asked for.
    pub by: Vec<u8>,
    /// The symbol.
    pub symbol: Vec<u8>,
    /// The version asked for.
    pub version: Option<Vec<u8>>,
    /// Who defines it in the first world; `None`: nobody, or there is no such reference.
    pub a: Option<Vec<u8>>,
    /// And in the second.
    pub b: Option<Vec<u8>>,
}

/// Something that is not a file and differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstance {
    /// What.
    pub what: String,
    /// Its value in each; `None`: it is not set.
    pub values: Both<Option<String>>,
}

/// The name of the program or library that the question is about.
const SUBJECT: &[u8] = b"(the file itself)";
/// The name of the loader, which every world keeps at a path of its own.
const LOADER: &[u8] = b"(the loader)";

/// Compares the answers of two worlds.
pub fn compare(a: &Party<'_>, b: &Party<'_>) -> Difference {
    let names = Both::of(a, b, |party| named(&party.answer.trace));
    let mut order: Vec<&Vec<u8>> = names.a.iter().map(|(name, _)| name).collect();
    let further = names.b.iter().map(|(name, _)| name);
    let known: BTreeSet<&Vec<u8>> = order.iter().copied().collect();
    order.extend(further.filter(|name| !known.contains(name)));
    // Of a world that gave no answer nothing can be said to be missing.
    let untold = |party: &Party<'_>| {
        let trace = &party.answer.trace;
        matches!(trace.verdict, Verdict::Unknown { .. }) && trace.objects.is_empty()
    };
    if untold(a) || untold(b) {
        order.clear();
    }
    let (mut libraries, mut same) = (Vec::new(), 0);
    for name in order {
        let library = library(name, &names, a, b);
        if library.changes.is_empty() {
            same += 1;
        } else {
            libraries.push(library);
        }
    }
    let outcome = !Both::of(a, b, ending).agree();
    let loader = !Both::of(a, b, |party| {
        let used = party.answer.trace.loader.as_ref();
        used.map(|used| (used.family, used.release, used.path.clone()))
    })
    .agree();
    Difference {
        outcome,
        loader,
        libraries,
        same,
        bindings: bindings(a, b),
        circumstances: circumstances(a.world, b.world),
    }
}

/// How it ended, in what can be compared: the verdict, the loader's words, each step's.
fn ending(party: &Party<'_>) -> (u8, Vec<Option<Vec<u8>>>) {
    let trace = &party.answer.trace;
    let (kind, words) = match &trace.verdict {
        Verdict::Loads => (0, None),
        Verdict::Fails { failure, .. } => (1, Some(failure.text())),
        Verdict::Unknown { .. } => (2, None),
    };
    let steps = trace.steps.iter();
    let steps = steps.map(|step| step.failure.as_ref().map(sayso_loader::Failure::text));
    (kind, std::iter::once(words).chain(steps).collect())
}

type Names = Vec<(Vec<u8>, ObjectId)>;

/// The objects by the names they are asked for, in the order of mapping. The same name in another namespace is another object.
fn named(trace: &Trace) -> Names {
    let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let name = |object: &sayso_loader::Object| {
        let name = match object.rule {
            SearchRule::Given => SUBJECT.to_vec(),
            SearchRule::Interpreter => LOADER.to_vec(),
            _ => object.name.clone(),
        };
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        let suffix = if *times > 1 {
            format!(" (copy {times})")
        } else {
            String::new()
        };
        ([name, suffix.into_bytes()].concat(), object.id)
    };
    trace.objects.iter().map(name).collect()
}

fn library(name: &[u8], names: &Both<Names>, a: &Party<'_>, b: &Party<'_>) -> Library {
    let id = |names: &Names| {
        names
            .iter()
            .find(|(known, _)| known == name)
            .map(|row| row.1)
    };
    let ids = Both {
        a: id(&names.a),
        b: id(&names.b),
    };
    let found = Both {
        a: ids.a.map(|id| found(a, id)),
        b: ids.b.map(|id| found(b, id)),
    };
    let rule = |party: &Party<'_>, id: Option<ObjectId>| {
        id.map(|id| rule(&party.answer.trace, &party.answer.trace.object(id).rule))
    };
    let rules = (rule(a, ids.a), rule(b, ids.b));
    let mut changes = Vec::new();
    match (&found.a, &found.b) {
        (Some(in_a), Some(in_b)) if in_a.missing || in_b.missing => {
            if in_a.missing != in_b.missing {
                changes.push(Change::Missing);
            }
        }
        (Some(in_a), Some(in_b)) => {
            let differ = [
                (Change::Path, in_a.path != in_b.path),
                (Change::Rule, rules.0 != rules.1),
                (Change::File, in_a.sha256 != in_b.sha256),
            ];
            changes.extend(differ.iter().filter(|row| row.1).map(|row| row.0));
        }
        _ => changes.push(Change::Needed),
    }
    let mut why = Vec::new();
    if changes
        .iter()
        .any(|change| !matches!(change, Change::File | Change::Needed))
    {
        if let Some(id) = ids.a {
            why.extend(reason(a, id, b, ids.b, ["A", "B"]));
        }
        if let Some(id) = ids.b {
            why.extend(reason(b, id, a, ids.a, ["B", "A"]));
        }
    }
    if changes == [Change::Needed] {
        let (party, id, here) = match (ids.a, ids.b) {
            (Some(id), _) => (a, id, "A"),
            (None, Some(id)) => (b, id, "B"),
            (None, None) => return none(name),
        };
        why.extend(asker(party, id, here));
    }
    Library {
        name: name.to_vec(),
        found,
        changes,
        why,
    }
}

fn none(name: &[u8]) -> Library {
    Library {
        name: name.to_vec(),
        found: Both { a: None, b: None },
        changes: Vec::new(),
        why: Vec::new(),
    }
}

fn found(party: &Party<'_>, id: ObjectId) -> Found {
    let object = party.answer.trace.object(id);
    let here = &party.world.machine().working_directory;
    let absolute = object.path.join_to(here);
    let stat = (!object.missing)
        .then(|| party.world.lookup(&absolute).ok())
        .flatten();
    let digest = stat.and_then(|stat| Algorithm::Sha256.of_file(party.world, &stat).ok());
    let real = party.world.canonical(&absolute).ok();
    Found {
        object: id,
        missing: object.missing,
        real: real.filter(|real| !object.missing && *real != object.path),
        path: object.path.clone(),
        soname: object.image.soname().map(<[u8]>::to_vec),
        build_id: object.image.build_id().map(|id| {
            let digits = id.iter().map(|byte| format!("{byte:02x}"));
            digits.collect()
        }),
        sha256: digest,
    }
}

/// A rule without numbers of objects: whose run path it is by the name that the object is asked for.
fn rule(trace: &Trace, rule: &SearchRule) -> String {
    let of = |id: &ObjectId| show(&trace.object(*id).name);
    match rule {
        SearchRule::Rpath { of: id } => format!("the RPATH of {}", of(id)),
        SearchRule::Runpath { of: id } => format!("the RUNPATH of {}", of(id)),
        SearchRule::LibraryPath => "LD_LIBRARY_PATH".into(),
        SearchRule::Cache => "ld.so.cache".into(),
        SearchRule::DefaultDirectory => "the loader's default directories".into(),
        SearchRule::PathFile => "musl's path file".into(),
        SearchRule::Preload(_) => "the preload list".into(),
        SearchRule::AsGiven | SearchRule::Given => "the path itself".into(),
        SearchRule::Interpreter => "the program's interpreter".into(),
        SearchRule::LibcItself => "musl's libc itself".into(),
        SearchRule::AlreadyLoaded(_) => "what was loaded already".into(),
    }
}

/// The places that were tried for an object.
fn probes(trace: &Trace, id: ObjectId) -> &[Probe] {
    let search = trace.events.iter().find_map(|event| match event {
        Event::Search { probes, result, .. } if *result == Some(id) => Some(probes),
        _ => None,
    });
    let by_name = || {
        let wanted = &trace.object(id).name;
        trace.events.iter().find_map(|event| match event {
            Event::Search { probes, name, .. } if name == wanted => Some(probes),
            _ => None,
        })
    };
    search.or_else(by_name).map_or(&[], Vec::as_slice)
}

/// Why the place where one world found it is not where the other did.
fn reason(
    here: &Party<'_>,
    id: ObjectId,
    there: &Party<'_>,
    other: Option<ObjectId>,
    [in_here, in_there]: [&str; 2],
) -> Option<String> {
    let object = here.answer.trace.object(id);
    if object.missing {
        return None;
    }
    let other = other?;
    let elsewhere = there.answer.trace.object(other);
    if elsewhere.path == object.path && !elsewhere.missing {
        return None;
    }
    let path = show(&object.path);
    let (tried, place) = {
        let tried = probes(&there.answer.trace, other);
        let place = tried.iter().position(|probe| probe.path == object.path);
        (tried, place)
    };
    let led = rule(&here.answer.trace, &object.rule);
    Some(match place.map(|place| &tried[place].outcome) {
        Some(ProbeOutcome::Errno(_) | ProbeOutcome::KnownAbsent) => {
            format!("{path}, where {in_here} finds it, is not there in {in_there}")
        }
        Some(ProbeOutcome::Skipped(_)) => {
            format!("{path} is there in {in_there}, too, but for another machine, and passed over")
        }
        Some(ProbeOutcome::Fatal | ProbeOutcome::Found(_)) => {
            format!("{path} is there in {in_there}, too, but cannot be used")
        }
        None => not_tried(here, there, &object.rule, &path, &led, [in_here, in_there]),
    })
}

/// The other world never looked there: what led the first one to it.
fn not_tried(
    here: &Party<'_>,
    there: &Party<'_>,
    rule: &SearchRule,
    path: &str,
    led: &str,
    [in_here, in_there]: [&str; 2],
) -> String {
    let variable = |party: &Party<'_>| {
        let value = party.world.machine().variable(b"LD_LIBRARY_PATH");
        value.map(<[u8]>::to_vec)
    };
    if *rule == SearchRule::LibraryPath && variable(here) != variable(there) {
        let value = |party: &Party<'_>| {
            let shown = |value| format!("`{}`", show(value));
            variable(party).map_or_else(|| "not set".to_owned(), shown)
        };
        return format!(
            "LD_LIBRARY_PATH is {} in {in_here} and {} in {in_there}",
            value(here),
            value(there)
        );
    }
    let is_there = there.world.lookup(&TargetPath::new(path)).is_ok();
    if is_there {
        format!(
            "{led} leads {in_here} to {path}; {in_there} has that file, too, but found another before it or does not look there"
        )
    } else {
        format!("{path}, where {led} leads {in_here}, is not there in {in_there}")
    }
}

/// Who needs it, where only one program does.
fn asker(party: &Party<'_>, id: ObjectId, here: &str) -> Option<String> {
    let trace = &party.answer.trace;
    let by = trace.object(trace.object(id).needed_by?);
    let by = if by.needed_by.is_none() && by.rule == SearchRule::Given {
        "the file itself".to_owned()
    } else {
        show(&by.name)
    };
    Some(format!("only in {here} is it needed, by {by}"))
}

type Reference = (Vec<u8>, Vec<u8>, Option<Vec<u8>>);

/// Who defines what each reference is bound to, by names.
fn bound(party: &Party<'_>) -> BTreeMap<Reference, Vec<u8>> {
    let trace = &party.answer.trace;
    let names: BTreeMap<ObjectId, Vec<u8>> = named(trace)
        .into_iter()
        .map(|(name, id)| (id, name))
        .collect();
    let name = |id: &ObjectId| names.get(id).cloned().unwrap_or_default();
    let references = trace.events.iter().filter_map(|event| match event {
        Event::Bound {
            by,
            symbol,
            version,
            to,
        } => Some(((name(by), symbol.clone(), version.clone()), name(to))),
        _ => None,
    });
    references.take(BINDINGS_COMPARED_MAX).collect()
}

/// Libraries that are other files refer to other symbols; so only what both refer to is compared.
fn bindings(a: &Party<'_>, b: &Party<'_>) -> Vec<Binding> {
    let (in_a, in_b) = (bound(a), bound(b));
    let differ = in_a.iter().filter_map(|(reference, to)| {
        let other = in_b.get(reference)?;
        (to != other).then(|| Binding {
            by: reference.0.clone(),
            symbol: reference.1.clone(),
            version: reference.2.clone(),
            a: Some(to.clone()),
            b: Some(other.clone()),
        })
    });
    differ.collect()
}

fn circumstances(a: &dyn World, b: &dyn World) -> Vec<Circumstance> {
    let (a, b) = (a.machine(), b.machine());
    let mut all = Vec::new();
    let mut add = |what: String, a: Option<String>, b: Option<String>| {
        if a != b {
            all.push(Circumstance {
                what,
                values: Both { a, b },
            });
        }
    };
    let variables = a.environment.iter().chain(&b.environment);
    let read: BTreeSet<&Vec<u8>> = variables
        .map(|(name, _)| name)
        .filter(|name| name.starts_with(b"LD_") || name.as_slice() == b"GLIBC_TUNABLES")
        .collect();
    for name in read {
        let value = |machine: &sayso_world::Machine| machine.variable(name).map(show);
        add(show(name), value(a), value(b));
    }
    let text = |value: &dyn std::fmt::Debug| Some(format!("{value:?}"));
    add(
        "architecture".into(),
        text(&a.architecture),
        text(&b.architecture),
    );
    let cpu = |machine: &sayso_world::Machine| {
        let level = machine.cpu.level;
        Some(match machine.cpu.legacy.platform {
            Some(platform) => format!("x86-64-v{level}, {platform}"),
            None => format!("x86-64-v{level}"),
        })
    };
    if a.architecture == b.architecture && a.architecture == sayso_world::Architecture::X86_64 {
        add("processor".into(), cpu(a), cpu(b));
    }
    let user = |machine: &sayso_world::Machine| Some(machine.credentials.uid.to_string());
    add("user".into(), user(a), user(b));
    let directory = |machine: &sayso_world::Machine| Some(show(&machine.working_directory));
    add("directory".into(), directory(a), directory(b));
    add("/proc".into(), text(&a.proc_mounted), text(&b.proc_mounted));
    all
}
