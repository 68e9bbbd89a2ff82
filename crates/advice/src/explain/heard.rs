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
    /// Other rows that say the same in the same words: a start and a `dlsym` may.
    pub also: Vec<&'static Message>,
    /// What stands in its holes and is a message of its own: what dyld says of a candidate, the reason behind a reason.
    pub parts: Vec<Said>,
    /// Messages that stand around it: a loader's frame, `plugin.Open("x"): `; the innermost first.
    pub frames: Vec<Said>,
    /// Further values of a field where several such messages were folded into one (versions, symbols), the first one left out.
    pub more: Vec<(&'static str, Vec<u8>)>,
    /// How often it stands in the text.
    pub count: usize,
    /// The text ends where the message goes on.
    pub cut: bool,
}

/// A message that stands in or around another.
#[derive(Debug, Clone)]
pub struct Said {
    /// The row.
    pub message: &'static Message,
    /// What fills its holes.
    pub fields: Fields,
    /// Where each field stands in the pasted text.
    pub places: Vec<(&'static str, Range<usize>)>,
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
    /// Go's build tools stand in the text.
    pub go: bool,
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
    /// What is known beside it, each with its label ("have it": "Debian 12 …"): for a small block of its own.
    pub facts: Vec<(&'static str, String)>,
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
            facts: Vec::new(),
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
    /// With a fact under a label.
    #[must_use]
    pub fn fact(mut self, label: &'static str, text: impl Into<String>) -> Hearing {
        self.facts.push((label, text.into()));
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
    /// A field as text: of the message, else of its parts, else of what stands around it; empty if none has this name.
    pub fn text(&self, field: &str) -> String {
        self.field(field).map(crate::show::show).unwrap_or_default()
    }
    /// The same as bytes.
    pub fn field(&self, field: &str) -> Option<&[u8]> {
        let others = self.parts.iter().chain(&self.frames);
        self.fields
            .get(field)
            .or_else(|| others.into_iter().find_map(|said| said.fields.get(field)))
    }
    /// Every value of a field where several messages were folded into one.
    pub fn texts(&self, field: &str) -> Vec<String> {
        let first = self.field(field).into_iter();
        let more = self
            .more
            .iter()
            .filter(|(name, _)| *name == field)
            .map(|(_, value)| value.as_slice());
        first.chain(more).map(crate::show::show).collect()
    }
    /// A message of this id is it, says the same, or stands in it or around it.
    pub fn says(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }
    /// The ids of all that.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        let around = self
            .parts
            .iter()
            .chain(&self.frames)
            .map(|said| said.message.id);
        std::iter::once(self.message.id)
            .chain(self.also.iter().map(|message| message.id))
            .chain(around)
    }
    /// The part of this id.
    pub fn part(&self, id: &str) -> Option<&Said> {
        self.parts.iter().find(|said| said.message.id == id)
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
