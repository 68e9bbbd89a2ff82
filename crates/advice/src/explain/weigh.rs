//! From messages in a text to what was heard: values and places, repetitions folded, the cause before what follows from it.

use std::collections::HashMap;
use std::ops::Range;

use sayso_loader::Message;
use sayso_loader::messages::Fields;

use super::find::Found;
use super::heard::{Heard, Said, Surroundings};
use super::peel::Peel;
use super::plain::Plain;
use super::read::Reading;
use super::rows::rows;
use crate::rule::Speaker;

/// A message that was found, in the text that it was found in.
pub(super) struct InText<'t> {
    pub(super) found: Found,
    pub(super) plain: &'t Plain,
    pub(super) original: &'t [u8],
}

/// The order in which failures are told: the first reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A loader's or a runtime's refusal.
    Failure,
    /// The loader's words are hidden behind another's.
    Hidden,
    /// A shell's word for what the kernel refused; often only what follows from a failure above it.
    Shell,
    /// The loader complains and goes on.
    Warning,
    /// No loader's.
    Elsewhere,
}

/// Messages after which the loader goes on.
const WARNINGS: &[&str] = &[
    "glibc/preload-ignored",
    "glibc/audit-ignored",
    "glibc/weak-version-not-found",
    "glibc/no-version-information",
    "glibc/copy-size",
    "dyld/objc-duplicate-class",
    "dyld/run-path-ignored",
    "dyld/run-path-token-ignored",
    "dyld/inserted-library-hardened",
    "go/static-dlopen-warning",
];

pub(super) fn rank(heard: &Heard) -> Rank {
    let warned = heard
        .frames
        .iter()
        .any(|said| said.message.id == "dyld/frame-launch-warning");
    match heard.speaker() {
        Speaker::Other => Rank::Elsewhere,
        _ if warned || WARNINGS.contains(&heard.message.id) => Rank::Warning,
        Speaker::Kernel => Rank::Shell,
        _ if super::hides(heard) => Rank::Hidden,
        _ => Rank::Failure,
    }
}

/// Fields in which messages that are otherwise the same may differ: a list of them is one failure.
const MERGED: &[&str] = &["version", "symbol"];

/// Everything that was heard, folded and in order.
pub(super) fn weigh(all: Vec<InText<'_>>, surroundings: &Surroundings) -> Vec<Heard> {
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut heards: Vec<Heard> = Vec::new();
    for one in all {
        let key = one.key();
        if let Some(&at) = known.get(&key) {
            let fields = one.fields(&one.found.reading);
            heards[at].count += 1;
            merge(&mut heards[at], &fields);
        } else if heards.len() < crate::limits::EXPLAIN_RESULTS_MAX {
            known.insert(key, heards.len());
            heards.push(one.heard(surroundings));
        }
    }
    for heard in &mut heards {
        newest_first(heard);
    }
    heards.sort_by_key(|heard| (rank(heard), heard.place.start));
    if heards.iter().any(|heard| rank(heard) < Rank::Elsewhere) {
        heards.retain(|heard| rank(heard) < Rank::Elsewhere);
    }
    heards
}

/// A further value of a version or symbol.
fn merge(heard: &mut Heard, fields: &Fields) {
    const MORE_MAX: usize = 256;
    for name in MERGED {
        let Some(value) = fields.get(name) else {
            continue;
        };
        let known = heard.fields.get(name) == Some(value)
            || heard
                .more
                .iter()
                .any(|(field, known)| field == name && known == value);
        if !known && heard.more.len() < MORE_MAX {
            heard.more.push((name, value.to_vec()));
        }
    }
}

/// Of several versions, the newest is the one that counts.
fn newest_first(heard: &mut Heard) {
    let numbers = |version: &[u8]| -> Vec<u32> {
        let digits = version.split(|byte| !byte.is_ascii_digit());
        digits
            .filter_map(|part| std::str::from_utf8(part).ok()?.parse().ok())
            .collect()
    };
    let Some(mut newest) = heard.fields.get("version").map(<[u8]>::to_vec) else {
        return;
    };
    for (name, value) in &mut heard.more {
        if *name == "version" && numbers(value) > numbers(&newest) {
            std::mem::swap(value, &mut newest);
        }
    }
    heard.fields = std::mem::take(&mut heard.fields).with("version", newest);
}

impl InText<'_> {
    /// The same for what is the same failure.
    fn key(&self) -> Vec<u8> {
        let mut key = self.found.row().message.id.as_bytes().to_vec();
        let mut holes: Vec<_> = self
            .found
            .reading
            .holes
            .iter()
            .filter(|(name, _)| !MERGED.contains(name))
            .collect();
        holes.sort_by_key(|(name, _)| *name);
        for (name, range) in holes {
            // An address or a process number makes no other failure.
            if matches!(
                *name,
                "pid" | "line" | "address" | "caller" | "first_address" | "second_address"
            ) {
                continue;
            }
            key.push(0);
            key.extend_from_slice(name.as_bytes());
            key.push(1);
            key.extend_from_slice(&self.plain.bytes[range.clone()]);
        }
        key
    }

    /// The bytes of a value: as they were pasted where that is the same, else as they are meant.
    fn value(&self, range: &Range<usize>) -> (Vec<u8>, Range<usize>) {
        let place = self.plain.original(range.clone());
        let plain = &self.plain.bytes[range.clone()];
        let value = self
            .original
            .get(place.clone())
            .filter(|pasted| pasted.len() == plain.len())
            .unwrap_or(plain);
        (value.to_vec(), place)
    }

    fn fields(&self, reading: &Reading) -> Fields {
        let mut fields = Fields::new();
        for (name, range) in &reading.holes {
            fields = fields.with(name, self.value(range).0);
        }
        fields
    }

    fn said(&self, message: &'static Message, holes: &[(&'static str, Range<usize>)]) -> Said {
        let (mut fields, mut places) = (Fields::new(), Vec::new());
        for (name, range) in holes {
            let (value, place) = self.value(range);
            fields = fields.with(name, value);
            places.push((*name, place));
        }
        Said {
            message,
            fields,
            places,
        }
    }

    fn heard(&self, surroundings: &Surroundings) -> Heard {
        let found = &self.found;
        let all = &rows().rows;
        let own = self.said(found.row().message, &found.reading.holes);
        let mut frames: Vec<Said> = found
            .outer
            .iter()
            .map(|(row, reading)| self.said(all[*row].message, &reading.holes))
            .collect();
        let mut wrappers = Vec::new();
        let mut place = found.place.clone();
        for (_, reading) in &found.outer {
            place = place.start.min(reading.place.start)..place.end.max(reading.place.end);
        }
        for layer in &found.layers {
            match layer.what {
                Peel::Frame(message) => frames.push(self.said(message, &layer.holes)),
                Peel::Wrapper(wrapper) => wrappers.insert(0, wrapper),
            }
        }
        let program = frames
            .iter()
            .find_map(|said| said.fields.get("program"))
            .or(own.fields.get("program"))
            .map(<[u8]>::to_vec);
        Heard {
            message: own.message,
            fields: own.fields,
            places: own.places,
            place: self.plain.original(place),
            wrappers,
            program,
            language: "en",
            surroundings: surroundings.clone(),
            also: found.also.iter().map(|row| all[*row].message).collect(),
            parts: found
                .inner
                .iter()
                .map(|(row, reading)| self.said(all[*row].message, &reading.holes))
                .collect(),
            frames,
            more: Vec::new(),
            count: 1,
            cut: found.reading.cut,
        }
    }
}
