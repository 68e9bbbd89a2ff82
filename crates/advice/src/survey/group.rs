//! A hundred files that fail for one reason are one line.

use std::collections::{HashMap, HashSet};

use sayso_loader::{Event, Verdict};
use sayso_world::TargetPath;

use super::{Change, Checked, Role};
use crate::answer::{Answer, Outcome};
use crate::finding::{Finding, Subject};
use crate::rule::{Level, Rule};

/// What is held of a file that does not load (or cannot be judged), enough to tell of it beside others.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// The file as text.
    pub path: String,
    /// What it is for.
    pub role: Role,
    /// How it ended.
    pub outcome: Outcome,
    /// The loader's words.
    pub message: Option<String>,
    /// The reason that decides, if a rule knows it.
    pub finding: Option<Finding>,
    /// Which layers made it so.
    pub blame: Vec<Change>,
    /// What the same reason is called for every file that has it.
    key: (Option<&'static str>, String),
}

/// Files with one reason.
#[derive(Debug, Clone)]
pub struct Group {
    /// The first of them, with its reason.
    pub example: Trouble,
    /// All of them, the first included, in the order of paths.
    pub files: Vec<(Role, String)>,
}

impl Trouble {
    /// What is worth telling of a file; `None` if it loads.
    pub fn of(checked: &Checked, blame: &[Change]) -> Option<Trouble> {
        let answer = &checked.answer;
        let outcome = answer.outcome();
        if outcome == Outcome::Loads {
            return None;
        }
        let path = crate::show(&answer.named);
        let message = match &answer.trace.verdict {
            Verdict::Fails { failure, .. } => Some(crate::show_lines(&failure.text())),
            Verdict::Unknown { gaps } => gaps.first().map(|gap| gap.what.clone()),
            Verdict::Loads => None,
        };
        let finding = answer
            .findings
            .iter()
            .find(|finding| finding.level == Level::Error)
            .cloned();
        let about = finding.as_ref().map(|finding| match &finding.subject {
            // Subjects that are the file itself are no common reason; the words around it are.
            Subject::Name(name) => crate::show(name),
            Subject::Object(id) => {
                let object = answer.trace.object(*id);
                let is_itself = object.id.0 == 0;
                if is_itself {
                    String::new()
                } else {
                    crate::show(&object.path)
                }
            }
            Subject::File(file) if *file == answer.named => String::new(),
            Subject::File(file) => crate::show(file),
        });
        let rule = finding.as_ref().map(|finding| finding.rule.name);
        let about = match about {
            Some(about) if !about.is_empty() => about,
            // The loader's sentence without the file's own name.
            _ => message.clone().unwrap_or_default().replace(&path, ""),
        };
        Some(Trouble {
            path,
            role: checked.role,
            outcome,
            message,
            finding,
            blame: blame.to_vec(),
            key: (rule, about),
        })
    }

    /// The rule of the reason.
    pub fn rule(&self) -> Option<&'static Rule> {
        self.finding.as_ref().map(|finding| finding.rule)
    }
}

/// Troubles by their reason, the most frequent first, and of equals the first met.
pub fn group(troubles: Vec<Trouble>) -> Vec<Group> {
    let mut at: HashMap<(Outcome, (Option<&'static str>, String)), usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for trouble in troubles {
        let place = *at
            .entry((trouble.outcome, trouble.key.clone()))
            .or_insert(groups.len());
        let file = (trouble.role, trouble.path.clone());
        match groups.get_mut(place) {
            Some(group) => group.files.push(file),
            None => groups.push(Group {
                files: vec![file],
                example: trouble,
            }),
        }
    }
    groups.sort_by_key(|group| {
        (
            group.example.outcome != Outcome::Fails,
            std::cmp::Reverse(group.files.len()),
        )
    });
    groups
}

/// Every path that was tried for what is missing.
pub(super) fn tried(answer: &Answer) -> Vec<TargetPath> {
    let here = TargetPath::from("/");
    let (mut paths, mut seen) = (Vec::new(), HashSet::new());
    let missing: Vec<&[u8]> = answer
        .trace
        .objects
        .iter()
        .filter(|object| object.missing)
        .map(|object| object.name.as_slice())
        .collect();
    for event in &answer.trace.events {
        if let Event::Search {
            name,
            probes,
            result,
            ..
        } = event
            && (result.is_none() || missing.contains(&name.as_slice()))
        {
            for probe in probes {
                let path = probe.path.join_to(&here);
                if seen.insert(path.clone()) {
                    paths.push(path);
                }
            }
        }
    }
    paths
}
