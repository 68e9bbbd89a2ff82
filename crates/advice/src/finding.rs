//! What a rule has to say about one trace.

use sayso_loader::{EventId, ObjectId};
use sayso_world::TargetPath;

use crate::context::Trouble;
use crate::rule::{Level, Rule};

/// A documented remark that rests on events of a trace.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Its rule.
    pub rule: &'static Rule,
    /// How much it matters here.
    pub level: Level,
    /// What it is about.
    pub subject: Subject,
    /// One sentence: the true reason.
    pub message: String,
    /// The steps that lead to it, one sentence each.
    pub because: Vec<String>,
    /// The step that it is about (from 1); 0: the start.
    pub step: usize,
    /// The events it rests on; searches among them are shown with their probes.
    pub evidence: Vec<EventId>,
    /// The loader's complaint that this finding explains.
    pub explains: Vec<EventId>,
    /// What mends it, best first.
    pub fixes: Vec<Fix>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An object of the trace.
    Object(ObjectId),
    /// A file that did not become an object.
    File(TargetPath),
    /// A name that no file was found for.
    Name(Vec<u8>),
}

/// Something that mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to do, a phrase in the imperative.
    pub summary: String,
    /// What to type, where it can be typed.
    pub command: Option<String>,
}

impl Finding {
    /// A finding of this rule at the rule's own level.
    pub fn new(rule: &'static Rule, subject: Subject, message: impl Into<String>) -> Finding {
        Finding {
            rule,
            level: rule.level,
            subject,
            message: message.into(),
            because: Vec::new(),
            step: 0,
            evidence: Vec::new(),
            explains: Vec::new(),
            fixes: Vec::new(),
        }
    }
    /// At another level.
    #[must_use]
    pub fn level(mut self, level: Level) -> Finding {
        self.level = level;
        self
    }
    /// With one step of the reason more.
    #[must_use]
    pub fn because(mut self, sentence: impl Into<String>) -> Finding {
        self.because.push(sentence.into());
        self
    }
    /// About a step (from 1) instead of the start.
    #[must_use]
    pub fn step(mut self, step: usize) -> Finding {
        self.step = step;
        self
    }
    /// With these events as evidence.
    #[must_use]
    pub fn evidence(mut self, events: impl IntoIterator<Item = EventId>) -> Finding {
        self.evidence.extend(events);
        self
    }
    /// As the explanation of these complaints of the loader (which are evidence too).
    #[must_use]
    pub fn explains(mut self, events: impl IntoIterator<Item = EventId>) -> Finding {
        for event in events {
            self.evidence.push(event);
            self.explains.push(event);
        }
        self
    }
    /// With advice that cannot be typed.
    #[must_use]
    pub fn advice(mut self, summary: impl Into<String>) -> Finding {
        self.fixes.push(Fix {
            summary: summary.into(),
            command: None,
        });
        self
    }
    /// With a command that mends it.
    #[must_use]
    pub fn fix(mut self, summary: impl Into<String>, command: impl Into<String>) -> Finding {
        self.fixes.push(Fix {
            summary: summary.into(),
            command: Some(command.into()),
        });
        self
    }
    /// With these.
    #[must_use]
    pub fn fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Finding {
        self.fixes.extend(fixes);
        self
    }
}

/// Collects what the rules find.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// One finding more; what says the same as an earlier one (a loader may complain once a version) joins it.
    pub fn add(&mut self, finding: Finding) {
        let same = |known: &&mut Finding| {
            known.rule.name == finding.rule.name
                && known.step == finding.step
                && known.message == finding.message
        };
        match self.0.iter_mut().find(same) {
            Some(known) => {
                for event in finding.evidence {
                    if !known.evidence.contains(&event) {
                        known.evidence.push(event);
                    }
                }
                known.explains.extend(finding.explains);
            }
            None => self.0.push(finding),
        }
    }
    /// Complaints that follow from the first error of their step: they go when it is mended. `false`: there is none.
    pub(crate) fn follow(&mut self, step: usize, events: &[EventId]) -> bool {
        let is_cause =
            |finding: &&mut Finding| finding.step == step && finding.level == Level::Error;
        let Some(cause) = self.0.iter_mut().find(is_cause) else {
            return false;
        };
        cause.explains.extend(events);
        true
    }
    /// Whether this complaint of the loader is explained already. Of a step that leaves no event, one explanation will do.
    pub(crate) fn explain(&self, trouble: &Trouble<'_>) -> bool {
        self.0.iter().any(|finding| match trouble.event {
            Some(event) => finding.explains.contains(&event),
            None => finding.step == trouble.step && finding.level == Level::Error,
        })
    }
    /// Errors first, then in the order of the events they explain; findings that explain none keep the catalogue's order.
    pub(crate) fn into_sorted(self) -> Vec<Finding> {
        let mut findings = self.0;
        findings.sort_by_key(|finding| {
            (
                finding.level,
                finding.step,
                finding.explains.first().map_or(u32::MAX, |event| event.0),
            )
        });
        findings
    }
}
