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
use crate::limits::{EXPLAIN_OTHERS_MAX, EXPLAIN_RESULTS_MAX};
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
    "glibc/copy-of-protected",
    "glibc/direct-reference-to-protected",
    "dyld/objc-duplicate-class",
    "dyld/run-path-ignored",
    "dyld/run-path-token-ignored",
    "dyld/inserted-library-hardened",
    "go/static-dlopen-warning",
    "java/stack-guard",
    "glibc/tunables-invalid",
    "glibc/tunable-value-invalid",
];

pub(super) fn rank(heard: &Heard) -> Rank {
    let warned = heard.says("dyld/frame-launch-warning");
    match heard.speaker() {
        Speaker::Other => Rank::Elsewhere,
        _ if warned || WARNINGS.contains(&heard.message.id) => Rank::Warning,
        _ if super::answer::hides(heard) => Rank::Hidden,
        Speaker::Kernel => Rank::Shell,
        _ => Rank::Failure,
    }
}

/// Fields in which messages that are otherwise the same may differ: a list of them is one failure.
const MERGED: &[&str] = &["version", "symbol"];

/// Everything that was heard, folded and in order.
pub(super) fn weigh(all: Vec<InText<'_>>, surroundings: &Surroundings) -> Vec<Heard> {
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut heards: Vec<Heard> = Vec::new();
    let mut others = 0;
    for one in all {
        let key = one.key();
        let is_other = Speaker::of(one.found.row().message) == Speaker::Other;
        if let Some(&at) = known.get(&key) {
            let fields = one.fields(&one.found.reading);
            heards[at].count += 1;
            merge(&mut heards[at], &fields);
        } else if heards.len() < EXPLAIN_RESULTS_MAX && !(is_other && others >= EXPLAIN_OTHERS_MAX)
        {
            others += usize::from(is_other);
            known.insert(key, heards.len());
            heards.push(one.heard(surroundings));
        }
    }
    for heard in &mut heards {
        newest_first(heard);
    }
    join_numbers(&mut heards);
    number_of_what_follows(&mut heards);
    absorb(&mut heards);
    heards
}

/// A number and its sentence that stand together are one failure: what the number says goes to the sentence.
fn join_numbers(heards: &mut Vec<Heard>) {
    const NEAR: usize = 200;
    let is_number = |heard: &Heard| {
        let place = |name: &str| {
            heard
                .places
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, place)| place)
        };
        ["code", "status"]
            .iter()
            .any(|name| place(name).is_some_and(|place| *place == heard.place))
    };
    let numbers: Vec<Heard> = heards
        .iter()
        .filter(|heard| is_number(heard))
        .cloned()
        .collect();
    for number in numbers {
        let sentence = heards.iter_mut().find(|heard| {
            let speaker = matches!(heard.speaker(), Speaker::Windows | Speaker::Wine);
            let near = heard
                .place
                .start
                .abs_diff(number.place.end)
                .min(number.place.start.abs_diff(heard.place.end))
                < NEAR;
            speaker && near && !is_number(heard)
        });
        let Some(sentence) = sentence else {
            continue;
        };
        for (name, value) in number.fields.iter() {
            if sentence.field(name).is_none() {
                sentence.fields = std::mem::take(&mut sentence.fields).with(name, value);
                sentence.places.extend(
                    number
                        .places
                        .iter()
                        .filter(|(known, _)| *known == name)
                        .cloned(),
                );
            }
        }
        heards.retain(|heard| heard.place != number.place);
    }
}

/// wine names the library that is missing, and the program or wine itself then the number: it is that library's.
fn number_of_what_follows(heards: &mut [Heard]) {
    const NEAR: usize = 400;
    const FOLLOWS: &[&str] = &[
        "windows/mod-not-found",
        "wine/module-not-found",
        "wine/importing-failed",
    ];
    for at in 0..heards.len() {
        if !heards[at].is("wine/library-not-found") {
            continue;
        }
        let end = heards[at].place.end;
        let number = heards.iter().find_map(|next| {
            let near = next.place.start >= end && next.place.start - end < NEAR;
            let named = ["code", "status"]
                .iter()
                .find_map(|name| Some((*name, next.fields.get(name)?.to_vec())));
            let (name, value) = named.filter(|_| near && FOLLOWS.contains(&next.message.id))?;
            let place = next.places.iter().find(|(known, _)| *known == name);
            Some((value, place.map(|(_, place)| place.clone())))
        });
        if let Some((value, place)) = number {
            let heard = &mut heards[at];
            heard.fields = std::mem::take(&mut heard.fields).with("code", value);
            heard.places.extend(place.map(|place| ("code", place)));
        }
    }
}

/// .NET repeats the loader's sentence for each name that it probed: these are one failure, .NET's. A sentence about another file is
/// the reason behind it, and stays.
fn absorb(heards: &mut Vec<Heard>) {
    /// Bytes behind the wrapper's own sentence in which its probes stand.
    const NEAR: usize = 8192;
    const PROBES: &[&str] = &[
        "glibc/cannot-open",
        "musl/dlopen-library",
        "musl/load-library",
        "dyld/tried",
        "dyld/image-not-found",
    ];
    let probing: Vec<(usize, Vec<u8>)> = heards
        .iter()
        .filter(|heard| heard.message.id == "dotnet/shared-library")
        .filter_map(|heard| Some((heard.place.start, stem(heard.fields.get("object")?))))
        .collect();
    for (start, stem) in probing {
        heards.retain(|heard| {
            let near = heard.place.start > start && heard.place.start - start < NEAR;
            let object = heard
                .fields
                .get("object")
                .or_else(|| heard.fields.get("candidates"));
            let of_it = object.is_some_and(|object| super::rows::find(object, &stem).is_some());
            !(near && PROBES.contains(&heard.message.id) && of_it)
        });
    }
}

/// What is the same in each name that is probed for a library: no folder, no `lib`, no ending.
fn stem(library: &[u8]) -> Vec<u8> {
    let file = library
        .rsplit(|&byte| byte == b'/' || byte == b'\\')
        .next()
        .unwrap_or(library);
    let file = file.strip_prefix(b"lib").unwrap_or(file);
    let end = [b".so".as_slice(), b".dylib", b".dll"]
        .iter()
        .filter_map(|ending| super::rows::find(file, ending))
        .min();
    file[..end.unwrap_or(file.len())].to_vec()
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

/// wine writes the library and its function as one: `codec.dll.open`.
fn split_function(said: &mut Said) {
    let Some(object) = said.fields.get("object").map(<[u8]>::to_vec) else {
        return;
    };
    let Some(at) = super::rows::find(&object.to_ascii_lowercase(), b".dll.").map(|at| at + 4)
    else {
        return;
    };
    said.fields = std::mem::take(&mut said.fields)
        .with("object", &object[..at])
        .with("symbol", &object[at + 1..]);
    let place = said
        .places
        .iter()
        .find(|(name, _)| *name == "object")
        .map(|(_, place)| place.clone());
    if let Some(place) = place.filter(|place| place.len() == object.len()) {
        said.places.retain(|(name, _)| *name != "object");
        said.places.push(("object", place.start..place.start + at));
        said.places
            .push(("symbol", place.start + at + 1..place.end));
    }
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
            .filter(|pasted| pasted.len() == plain.len() && !pasted.contains(&b'\n'))
            .unwrap_or(plain);
        (value.to_vec(), place)
    }

    /// The value of a hole; a reason in English.
    fn meant(&self, name: &str, range: &Range<usize>) -> (Vec<u8>, Range<usize>) {
        let (value, place) = self.value(range);
        let english = matches!(name, "reason" | "error")
            .then(|| super::reasons::english(&self.plain.bytes[range.clone()]))
            .flatten();
        (
            english.map_or(value, |english| english.as_bytes().to_vec()),
            place,
        )
    }

    fn fields(&self, reading: &Reading) -> Fields {
        let mut fields = Fields::new();
        for (name, range) in &reading.holes {
            fields = fields.with(name, self.meant(name, range).0);
        }
        fields
    }

    /// The language of the words: of the reason where one stands in them, because some sentences are the same in two languages.
    fn language(&self) -> &'static str {
        let own = self.found.row().language;
        let reason = self
            .found
            .reading
            .holes
            .iter()
            .find(|(name, _)| matches!(*name, "reason" | "error"));
        let translated = reason
            .and_then(|(_, range)| super::reasons::translated(&self.plain.bytes[range.clone()]));
        translated.map_or(own, |(_, reason)| reason.language)
    }

    fn said(&self, message: &'static Message, holes: &[(&'static str, Range<usize>)]) -> Said {
        let (mut fields, mut places) = (Fields::new(), Vec::new());
        for (name, range) in holes {
            let (value, place) = self.meant(name, range);
            fields = fields.with(name, value);
            places.push((*name, place));
        }
        Said {
            message,
            fields,
            places,
        }
    }

    /// Adds what an alias stands for, and the library that a Windows sentence is about where it does not name it itself.
    fn complete(&self, said: &mut Said) {
        let place = self.found.reading.place.clone();
        for (name, value) in &self.found.row().fields {
            said.fields = std::mem::take(&mut said.fields).with(name, value);
            said.places
                .push((*name, self.plain.original(place.clone())));
        }
        if said.message.id == "shell/rust-io"
            && super::alias::is_about_a_start(&self.plain.bytes, place.start)
        {
            said.fields = std::mem::take(&mut said.fields).with("action", "start");
        }
        if said.message.id.starts_with("wine/unimplemented-function") {
            split_function(said);
        }
        let windows = matches!(Speaker::of(said.message), Speaker::Windows | Speaker::Wine);
        let named = said
            .fields
            .get("object")
            .is_some_and(|object| object != b"%1");
        if let (true, false, Some(range)) = (
            windows,
            named,
            super::alias::library_before(&self.plain.bytes, place.start),
        ) {
            let (value, place) = self.value(&range);
            said.fields = std::mem::take(&mut said.fields).with("object", value);
            said.places.retain(|(name, _)| *name != "object");
            said.places.push(("object", place));
        }
    }

    fn heard(&self, surroundings: &Surroundings) -> Heard {
        let found = &self.found;
        let all = &rows().rows;
        let mut own = self.said(found.row().message, &found.reading.holes);
        self.complete(&mut own);
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
            language: self.language(),
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
