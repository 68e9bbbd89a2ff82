//! Texts that real tools printed (bash 5.2, dash 0.5.12, busybox 1.35, zsh 5.9, fish 3.6, coreutils 9.1, glibc 2.36's `dlerror` in ten
//! languages, runc, crun, wine 8.0, CPython, Node, Java …), each read through the tables: every frame, and the row that is left.
//!
//! The reader here is the plainest that can choose: of all ways to take a text apart, the one with the most bytes of known words.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use sayso_loader::messages::{FRAMES, Fields, PARTS, TABLES, localised};

/// Bytes of known words, and the ids from the outermost frame to the row, the row with its fields.
type Chain = (usize, Vec<String>);

fn words(text: &[u8], fields: &Fields) -> usize {
    let unknown = fields.iter().filter(|(name, value)| {
        let reason = std::str::from_utf8(value).unwrap_or_default();
        !matches!(*name, "reason" if is_reason(reason))
    });
    text.len()
        - unknown
            .map(|(_, value)| value.len())
            .sum::<usize>()
            .min(text.len())
}

/// An errno's text in any language, in zsh's and Go's small letters too.
fn is_reason(text: &str) -> bool {
    localised::reason(text).is_some()
        || localised::reasons()
            .iter()
            .any(|reason| reason.english.eq_ignore_ascii_case(text))
}

fn read(text: &[u8], depth: usize, known: &mut HashMap<Vec<u8>, Option<Chain>>) -> Option<Chain> {
    if depth > 12 {
        return None;
    }
    if let Some(chain) = known.get(text) {
        return chain.clone();
    }
    let english = [FRAMES, TABLES].concat();
    let english = english
        .iter()
        .copied()
        .flatten()
        .map(|message| (message.parse(text), message.id.to_owned()));
    let others = localised::translations().iter().map(|translation| {
        let id = format!("{}@{}", translation.of.id, translation.language);
        (translation.parse(text), id)
    });
    let mut best: Option<Chain> = None;
    for (fields, id) in english.chain(others) {
        let Some(fields) = fields else {
            continue;
        };
        let words = words(text, &fields);
        let chain = match fields.get("message") {
            None => Some((
                words,
                vec![format!("{id} {}", show(&fields)).trim().to_owned()],
            )),
            Some(inner) => read(inner, depth + 1, known).map(|(inner_words, mut ids)| {
                ids.insert(0, id);
                (words + inner_words, ids)
            }),
        };
        let weight = |chain: &Chain| (chain.0, Reverse(chain.1.len()));
        if let Some(chain) = chain
            && best
                .as_ref()
                .is_none_or(|best| weight(&chain) > weight(best))
        {
            best = Some(chain);
        }
    }
    known.insert(text.to_vec(), best.clone());
    best
}

fn show(fields: &Fields) -> String {
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
        .collect();
    fields.sort();
    fields.join(" | ")
}

/// A backslash and an `n` are a line's end, two backslashes are one.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        plain.push(match next {
            '\\' if rest.next() == Some('n') => '\n',
            other => other,
        });
    }
    plain
}

#[test]
fn what_tools_said_is_read_as_it_was_meant() {
    let mut wrong = Vec::new();
    for line in include_str!("said.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (meant, text) = line.split_once('\t').expect("two columns");
        let text = unescaped(text);
        let found = read(text.as_bytes(), 0, &mut HashMap::new());
        let found = found.map_or_else(|| "nothing".to_owned(), |(_, ids)| ids.join(" > "));
        if found != meant {
            wrong.push(format!("{text}\n  meant {meant}\n  found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_has_an_id_of_its_own_a_source_and_releases_in_order() {
    let mut ids = HashSet::new();
    for message in [TABLES, FRAMES, PARTS].concat().into_iter().flatten() {
        let id = message.id;
        assert!(ids.insert(id), "{id} twice");
        let (family, name) = id.split_once('/').expect("family/name");
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!family.is_empty() && !name.is_empty(), "{id}");
        assert!(family.chars().chain(name.chars()).all(kebab), "{id}");
        assert!(!message.source.is_empty(), "{id}");
        if let (Some(since), Some(until)) = message.releases {
            assert!(since <= until, "{id}: {since:?} to {until:?}");
        }
    }
    for frame in FRAMES.iter().copied().flatten() {
        assert!(frame.template.contains("{message}"), "{}", frame.id);
    }
}
