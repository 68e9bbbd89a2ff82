//! What a pasted text says, before anybody asks why: which message, whose, with which names in its holes, and where each stands.

use std::ops::Range;

use sayso_loader::Message;
use sayso_loader::messages::Fields;

use crate::finding::Fix;
use crate::rule::Speaker;

/// One loader failure that was found in a text.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The row of the table that it was read through.
    pub message: &'static Message,
    /// What fills the row's holes.
    pub fields: Fields,
    /// Where each field stands in the pasted text, as it was given (bytes).
    pub places: Vec<(&'static str, Range<usize>)>,
    /// Where the whole message stands, its frame and wrappers included.
    pub place: Range<usize>,
    /// What stood around it, outermost first: shells, interpreters, runtimes, log lines.
    pub wrappers: Vec<&'static super::wrappers::Wrapper>,
    /// The program that the frame or a wrapper names, if one does.
    pub program: Option<Vec<u8>>,
    /// The language of the words (`en` where nothing else was recognised; an ISO 639 code, `zh_TW` where it matters).
    pub language: &'static str,
    /// What the rest of the paste tells about the machine.
    pub surroundings: Surroundings,
}

/// What a paste tells beside the failure. Every field is a hint and never decides alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// An `ID` as in os-release: `debian`, `ubuntu`, `alpine`, `fedora`, `arch`, `nixos` …
    pub distribution: Option<&'static str>,
    /// Words of a container build or run stand in the text (docker, kubectl, a `Step 3/7` line).
    pub container: bool,
    /// Words of a CI system stand in the text.
    pub ci: bool,
    /// A virtual environment of conda stands in a path.
    pub conda: bool,
    /// Names of files that stand in the text and look like the target's own.
    pub paths: Vec<String>,
}

/// How far a text alone lets one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// The words leave no other.
    Certain,
    /// The names in it point there.
    Likely,
    /// One of several.
    Possible,
    /// Happens, rarely.
    Rare,
}

/// What a rule says to a text.
#[derive(Debug, Clone)]
pub struct Hearing {
    /// How far the text lets it go.
    pub likelihood: Likelihood,
    /// One sentence with the names of this text; `None`: the rule's summary.
    pub why: Option<String>,
    /// What would decide it where it is one of several: a command to run, or a thing to look at.
    pub decided_by: Option<String>,
    /// What mends it, best first, as exact as the text allows.
    pub fixes: Vec<Fix>,
    /// Popular advice that will not help here, with the reason; the page's own list is used where this is empty.
    pub not_helpful: Vec<String>,
}

impl Hearing {
    /// A hearing of this likelihood and nothing more.
    pub fn new(likelihood: Likelihood) -> Hearing {
        Hearing {
            likelihood,
            why: None,
            decided_by: None,
            fixes: Vec::new(),
            not_helpful: Vec::new(),
        }
    }
    /// With a sentence.
    #[must_use]
    pub fn why(mut self, sentence: impl Into<String>) -> Hearing {
        self.why = Some(sentence.into());
        self
    }
    /// With what would decide it.
    #[must_use]
    pub fn decided_by(mut self, what: impl Into<String>) -> Hearing {
        self.decided_by = Some(what.into());
        self
    }
    /// With a command that mends it.
    #[must_use]
    pub fn fix(mut self, summary: impl Into<String>, command: impl Into<String>) -> Hearing {
        self.fixes.push(Fix {
            summary: summary.into(),
            command: Some(command.into()),
        });
        self
    }
    /// With advice that cannot be typed.
    #[must_use]
    pub fn advice(mut self, summary: impl Into<String>) -> Hearing {
        self.fixes.push(Fix {
            summary: summary.into(),
            command: None,
        });
        self
    }
    /// With advice that will not help, and why.
    #[must_use]
    pub fn not_helpful(mut self, sentence: impl Into<String>) -> Hearing {
        self.not_helpful.push(sentence.into());
        self
    }
}

impl Heard {
    /// A field as text; empty if the message has none of this name.
    pub fn text(&self, field: &str) -> String {
        self.fields
            .get(field)
            .map(crate::show::show)
            .unwrap_or_default()
    }
    /// Whose words these are.
    pub fn speaker(&self) -> Speaker {
        Speaker::of(self.message)
    }
    /// It is this message.
    pub fn is(&self, id: &str) -> bool {
        self.message.id == id
    }
    /// A wrapper of this name stands around it.
    pub fn wrapped_by(&self, name: &str) -> bool {
        self.wrappers.iter().any(|wrapper| wrapper.name == name)
    }
}

/// What a rule hears by default: it is one of several, as its summary says.
pub fn one_of_several(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Possible))
}

/// What a rule hears whose message has no other cause.
pub fn certain(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain))
}

/// What a rule hears that never answers a text (a lint, a rule that only files can show).
pub fn nothing(_: &Heard) -> Option<Hearing> {
    None
}
