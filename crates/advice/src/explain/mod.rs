//! From a pasted text to the rule that explains it.
//!
//! [`explain`] looks for every message of every loader in one pass (`find`), with the same tables through which the models speak
//! (`sayso_loader::messages`), after undoing what terminals, JSON and web pages do to a text (`plain`). What was found is peeled
//! out of frames and wrappers (`peel`, [`wrappers`]), folded and put in order (`weigh`); then each rule that knows the message
//! says how likely it is (`answer`). [`confirm()`] turns "one of" into "confirmed" where files are at hand.
//!
//! Text is never matched by a regular expression: one automaton over the rarest words of each row finds the places, and each row is
//! read around its words with work that is bounded for the whole text.

mod alias;
mod answer;
mod confirm;
pub mod elsewhere;
mod find;
mod heard;
mod kinds;
mod peel;
mod plain;
mod read;
mod reasons;
mod rows;
mod surroundings;
#[cfg(test)]
mod tests;
mod unwrap;
mod weigh;
pub mod wrappers;

use std::ops::Range;

pub use confirm::{Confirmed, confirm, confirm_go};
pub use heard::{Heard, Hearing, Likelihood, Said, Surroundings, certain, nothing, one_of_several};

use crate::finding::Fix;
use crate::rule::{Phase, Rule, Speaker};

/// Messages that one message may hold.
const INNER_MAX: usize = 64;

/// What a pasted text means.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Each failure, the one to begin with first. Empty: nothing was recognised.
    pub results: Vec<Explained>,
    /// At most two things that would narrow it down.
    pub questions: Vec<String>,
    /// What the text tells about the machine.
    pub surroundings: Surroundings,
    /// Words stand in it that a loader could have said, though no message was recognised.
    pub suspicious: bool,
}

/// One failure and what it means.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The class: the rule that fits best.
    pub rule: &'static Rule,
    /// At which stage of loading.
    pub phase: Phase,
    /// Whose words.
    pub speaker: Speaker,
    /// Which releases say it so: "glibc 2.30 or newer".
    pub releases: Option<String>,
    /// What was read.
    pub heard: Heard,
    /// The names in it.
    pub entities: Vec<Entity>,
    /// Why it may be so, the likeliest first.
    pub causes: Vec<PossibleCause>,
    /// Facts that belong to the class: which distributions are new enough, what a number means.
    pub facts: Vec<(&'static str, String)>,
    /// What mends it, best first.
    pub fixes: Vec<Fix>,
    /// Popular advice that will not help, with the reason.
    pub not_helpful: Vec<String>,
    /// Where it must be mended: in the image, where it is built, in the service's environment.
    pub where_: Option<String>,
    /// What is missing in the text, and how to get it.
    pub reveal: Vec<String>,
    /// What it is instead, where it is no loader's failure: a word of [`elsewhere::WHOSE`].
    pub instead: Option<&'static str>,
}

/// A name of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// What it is: `library`, `symbol`, `required_by` …
    pub name: &'static str,
    /// Its values, the one that counts first.
    pub values: Vec<String>,
    /// Where the first of them stands in the pasted text (bytes), if it stands there.
    pub place: Option<Range<usize>>,
}

/// One cause behind a text.
#[derive(Debug, Clone)]
pub struct PossibleCause {
    /// Its rule.
    pub rule: &'static Rule,
    /// How far the text alone goes.
    pub likelihood: Likelihood,
    /// One sentence.
    pub why: String,
    /// The files show it.
    pub confirmed: bool,
    /// What would decide it.
    pub decided_by: Option<String>,
}

/// Everything that was heard in a text, in no order.
fn hear(text: &[u8], plain: &plain::Plain, surroundings: &Surroundings) -> Vec<Heard> {
    let variants = unwrap::variants(plain);
    let mut all: Vec<weigh::InText<'_>> = Vec::new();
    for found in find::find(&plain.bytes) {
        all.push(weigh::InText {
            found,
            plain,
            original: text,
        });
    }
    for variant in &variants {
        unwrap::add(&mut all, variant, text);
    }
    weigh::weigh(all, surroundings)
}

/// Explains the loader failures in a text: a terminal's, a log's, a web page's, whatever stands around them.
///
/// Pure and total: any bytes are a text, work and memory are bounded by its length.
pub fn explain(text: &[u8]) -> Explanation {
    let plain = plain::Plain::new(text);
    let surroundings = surroundings::look(&plain.bytes);
    let heards = hear(text, &plain, &surroundings);
    let mut results: Vec<Explained> = heards.into_iter().filter_map(answer::answer).collect();
    let rank = |explained: &Explained| match explained.phase {
        Phase::Elsewhere => weigh::Rank::Elsewhere,
        _ => weigh::rank(&explained.heard),
    };
    let order = |explained: &Explained| explained.instead.map_or(0, elsewhere::order);
    results.sort_by_key(|explained| {
        (
            rank(explained),
            order(explained),
            explained.heard.place.start,
        )
    });
    newest_first(&mut results);
    if results
        .iter()
        .any(|explained| rank(explained) < weigh::Rank::Elsewhere)
    {
        results.retain(|explained| rank(explained) < weigh::Rank::Elsewhere);
    }
    Explanation {
        questions: answer::questions(&results, &surroundings),
        suspicious: results.is_empty() && is_suspicious(&plain.bytes),
        surroundings,
        results,
    }
}

/// Of several versions of one library that are missing, the newest is told first: whoever has it has the others.
fn newest_first(results: &mut [Explained]) {
    let version = |explained: &Explained| {
        let text = explained.heard.text("version");
        let (family, numbers) = text.split_at(text.rfind('_').map_or(0, |at| at + 1));
        let numbers: Option<Vec<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        numbers.map(|numbers| (family.to_owned(), numbers))
    };
    let Some((family, first)) = results
        .first()
        .filter(|first| first.heard.is("glibc/version-not-found"))
        .and_then(version)
    else {
        return;
    };
    let newest = results
        .iter()
        .enumerate()
        .filter(|(_, other)| other.rule.name == results[0].rule.name)
        .filter_map(|(at, other)| Some((version(other)?, at)))
        .filter(|((other, _), _)| *other == family)
        // The first of several that are as new.
        .max_by_key(|((_, numbers), at)| (numbers.clone(), std::cmp::Reverse(*at)));
    if let Some(((_, numbers), at)) = newest
        && numbers > first
    {
        results[..=at].rotate_right(1);
    }
}

/// A name as a shell's word: quoted where a shell would read it otherwise.
fn word(name: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+@:%,=".contains(letter);
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// Words that a loader's message could be made of.
fn is_suspicious(text: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b".so",
        b".dylib",
        b".dll",
        b"dlopen",
        b"shared librar",
        b"shared object",
        b"symbol",
        b"loader",
        b"plugin",
        b"GLIBC",
        b"ELF",
        b"0xc0",
    ];
    let text = &text[..text.len().min(1 << 20)];
    WORDS.iter().any(|word| rows::find(text, word).is_some())
}
