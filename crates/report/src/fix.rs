//! What came of an edit, for every format.

use sayso_advice::bundle::Bundle;
use sayso_advice::mend::{Action, Step};
use sayso_advice::{Finding, show};
use sayso_edit::elf::Change;
use sayso_facts::elf::{Image, df_1, pf, pt};
use sayso_loader::Verdict;
use sayso_world::TargetPath;

use crate::Answer;

/// One file that was to be changed.
#[derive(Debug, Clone)]
pub struct Mended {
    /// The file as the user named it.
    pub named: TargetPath,
    /// Where the new bytes went; `None` if nothing was written.
    pub written: Option<String>,
    /// Nothing was to be written.
    pub is_dry: bool,
    /// Why nothing could be changed.
    pub refusal: Option<String>,
    /// Facts that differ.
    pub differences: Vec<Difference>,
    /// Ranges that differ.
    pub changes: Vec<Change>,
    /// Size of the file in bytes, before and after.
    pub size_before: u64,
    /// See `size_before`.
    pub size_after: u64,
    /// What the user should know.
    pub remarks: Vec<String>,
    /// The loader's answer with the file as it is.
    pub before: Answer,
    /// The loader's answer with the new bytes in its place.
    pub after: Answer,
}

/// What would make a file or a command line load.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The file as the user named it.
    pub named: TargetPath,
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// What no step mends.
    pub left: Vec<Finding>,
    /// The changes were made.
    pub is_done: bool,
    /// The files that were changed.
    pub done: Vec<String>,
    /// The loader's answer as things are.
    pub before: Answer,
    /// The loader's answer with all steps done.
    pub after: Answer,
}

/// A folder that was made.
#[derive(Debug)]
pub struct Bundled {
    /// The file as the user named it.
    pub named: TargetPath,
    /// The folder.
    pub folder: String,
    /// What is in it.
    pub bundle: Bundle,
    /// Packages whose licence files are in it.
    pub licences: Vec<String>,
    /// Files that no package claims.
    pub without_licence: Vec<String>,
    /// The loader's answer about the folder alone.
    pub after: Answer,
}

impl Plan {
    /// There is something to do that makes it load.
    pub fn is_offered(&self) -> bool {
        !self.steps.is_empty() && self.left.is_empty()
    }
    /// Some of it has to be run by the user.
    pub fn has_commands(&self) -> bool {
        let mut actions = self.steps.iter().flat_map(|step| &step.actions);
        actions.any(|action| matches!(action, Action::Refresh { .. }))
    }
}

/// A fact that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `RUNPATH`, `NEEDED` …
    pub what: &'static str,
    /// What it was; `None`: not there.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// The first thing that goes wrong, in the loader's words.
pub(crate) fn failure_of(answer: &Answer) -> Option<Vec<u8>> {
    if let Verdict::Fails { failure, .. } = &answer.trace.verdict {
        return Some(failure.text());
    }
    let mut failures = answer
        .trace
        .steps
        .iter()
        .filter_map(|step| step.failure.as_ref());
    failures.next().map(sayso_loader::Failure::text)
}

/// The same as text; empty if nothing goes wrong.
pub fn words_of(answer: &Answer) -> String {
    failure_of(answer).map(show).unwrap_or_default()
}

/// Names that a file holds.
type Names = fn(&Image) -> Vec<String>;

/// What two images say differently, of that which an edit can change.
pub fn differences(old: &Image, new: &Image) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut single = |what, before: Option<String>, after: Option<String>| {
        if before != after {
            found.push(Difference {
                what,
                before,
                after,
            });
        }
    };
    let text = |bytes: Option<&[u8]>| bytes.map(show);
    single("INTERP", text(old.interpreter()), text(new.interpreter()));
    single("SONAME", text(old.soname()), text(new.soname()));
    single("RPATH", text(old.rpath()), text(new.rpath()));
    single("RUNPATH", text(old.runpath()), text(new.runpath()));
    single("stack", stack(old), stack(new));
    single(
        "FLAGS",
        flags(old, |d| d.flags, &FLAGS),
        flags(new, |d| d.flags, &FLAGS),
    );
    single(
        "FLAGS_1",
        flags(old, |d| d.flags_1, &FLAGS_1),
        flags(new, |d| d.flags_1, &FLAGS_1),
    );
    let lists: [(&'static str, Names); 4] = [
        ("NEEDED", |image| image.needed().map(show).collect()),
        ("VERNEED", needs),
        ("VERDEF", |image| {
            image
                .version_definitions()
                .iter()
                .map(|d| show(image.string(d.name)))
                .collect()
        }),
        ("dlopen", |image| {
            image.dlopen_notes().iter().map(show).collect()
        }),
    ];
    for (what, list) in lists {
        let (before, after) = (list(old), list(new));
        let gone = before.iter().filter(|name| !after.contains(name));
        let come = after.iter().filter(|name| !before.contains(name));
        found.extend(gone.map(|name| Difference {
            what,
            before: Some(name.clone()),
            after: None,
        }));
        found.extend(come.map(|name| Difference {
            what,
            before: None,
            after: Some(name.clone()),
        }));
    }
    found
}

fn needs(image: &Image) -> Vec<String> {
    let name = |need: &sayso_facts::elf::VersionNeed| {
        let file = show(image.string(need.file));
        let version = |v: &sayso_facts::elf::NeededVersion| {
            let weak = if v.flags & 2 != 0 { " (weak)" } else { "" };
            format!("{} of {file}{weak}", show(image.string(v.name)))
        };
        need.versions.iter().map(version).collect::<Vec<_>>()
    };
    image.version_needs().iter().flat_map(name).collect()
}

fn stack(image: &Image) -> Option<String> {
    let segment = image.segment(pt::GNU_STACK)?;
    Some(if segment.flags & pf::X == 0 {
        "not executable".into()
    } else {
        "executable".into()
    })
}

/// Names of bits in the order of their values.
const FLAGS: [(u64, &str); 5] = [
    (1, "ORIGIN"),
    (2, "SYMBOLIC"),
    (4, "TEXTREL"),
    (8, "BIND_NOW"),
    (16, "STATIC_TLS"),
];
const FLAGS_1: [(u64, &str); 7] = [
    (df_1::NOW, "NOW"),
    (df_1::NODELETE, "NODELETE"),
    (df_1::INITFIRST, "INITFIRST"),
    (df_1::NOOPEN, "NOOPEN"),
    (df_1::NODEFLIB, "NODEFLIB"),
    (df_1::INTERPOSE, "INTERPOSE"),
    (df_1::PIE, "PIE"),
];

fn flags(
    image: &Image,
    of: fn(&sayso_facts::elf::Dynamic) -> u64,
    names: &[(u64, &str)],
) -> Option<String> {
    let bits = of(image.dynamic()?);
    let mut words: Vec<String> = names
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect();
    let known = names.iter().fold(0, |all, (bit, _)| all | bit);
    if bits & !known != 0 {
        words.push(format!("{:#x}", bits & !known));
    }
    (!words.is_empty()).then(|| words.join(" "))
}
