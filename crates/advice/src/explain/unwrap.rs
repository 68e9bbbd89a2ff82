//! A second look at short texts, as if their lines had been wrapped: by a terminal (cut at a width) or by an editor (at a blank).

use std::ops::Range;

use super::find::{self, Found};
use super::kinds::{Kind, kind};
use super::plain::Plain;
use super::rows::Role;
use super::weigh::InText;
use crate::limits::EXPLAIN_WRAPPED_MAX;

/// Widths of terminals: a lone line of exactly that length may have been cut there.
const CUT: &[usize] = &[80, 100, 120, 132, 160];
/// Widths at which editors and mail programs break at a blank.
const BROKEN: &[usize] = &[72, 76, 78, 79, 80, 100, 120, 132];

/// Columns by which undone escapes shorten a line.
const UNDONE_MAX: usize = 3;

/// A text with lines joined.
pub(super) struct Variant {
    plain: Plain,
    /// Lines were joined without a blank: words may go on behind a line's end.
    cut: bool,
}

/// More messages than these are no paste of a terminal.
const FOUND_MAX: usize = 512;

/// The text with its wrapped lines joined, in each way in which it may have been wrapped.
pub(super) fn variants(plain: &Plain) -> Vec<Variant> {
    let text = &plain.bytes;
    if text.len() > EXPLAIN_WRAPPED_MAX || !text.contains(&b'\n') {
        return Vec::new();
    }
    let ends = line_lengths(text);
    let length = |at: usize| ends.get(&at).copied().unwrap_or_default();
    let mut variants = Vec::new();
    if let Some(width) = cut(plain) {
        let plain =
            plain.joined(|at| (length(at) == width && !is_prompt(&text[at + 1..])).then_some(None));
        variants.push(Variant { plain, cut: true });
    }
    if let Some(width) = broken(text) {
        let fits = |at: usize| {
            let word = text[at + 1..]
                .iter()
                .take_while(|byte| !byte.is_ascii_whitespace())
                .count();
            word > 0 && length(at) > width / 2 && length(at) + 1 + word > width
        };
        let plain = plain.joined(|at| fits(at).then_some(Some(b' ')));
        variants.push(Variant { plain, cut: false });
    }
    variants
}

/// The columns of the widest line, where it looks like a terminal's width: several lines fill it, or it is a usual one.
fn cut(plain: &Plain) -> Option<usize> {
    let (widest, full) = widest(&plain.bytes)?;
    // Escapes that were undone have made the line a little shorter.
    let undone = if plain.has_escapes() { UNDONE_MAX } else { 0 };
    let usual = CUT
        .iter()
        .any(|&width| widest <= width && widest + undone >= width);
    (full > 1 && (40..=250).contains(&widest) || usual).then_some(widest)
}

/// The width at which a text may have been broken at blanks.
fn broken(text: &[u8]) -> Option<usize> {
    let (widest, _) = widest(text)?;
    BROKEN
        .iter()
        .copied()
        .find(|&width| width >= widest && widest + 24 > width)
}

/// Columns of the widest line, and how many lines have as many.
fn widest(text: &[u8]) -> Option<(usize, usize)> {
    let lengths: Vec<usize> = text.split(|&byte| byte == b'\n').map(columns).collect();
    let widest = *lengths.iter().max()?;
    Some((
        widest,
        lengths.iter().filter(|&&length| length == widest).count(),
    ))
}

/// A shell's prompt: no line goes on there.
fn is_prompt(rest: &[u8]) -> bool {
    let line = &rest[..rest
        .iter()
        .take(80)
        .position(|&byte| byte == b'\n')
        .unwrap_or(rest.len().min(80))];
    // `[root@host dir]# ` has one blank, and `<4C4C…> '/Users` is none.
    let is_head = |at: usize| {
        let head = &line[..at];
        !head.contains(&b'<') && head.iter().filter(|&&byte| byte == b' ').take(2).count() < 2
    };
    line.is_empty()
        || ["$ ", "# ", "% ", "> "]
            .iter()
            .filter_map(|prompt| super::rows::find(line, prompt.as_bytes()))
            .any(is_head)
}

fn columns(line: &[u8]) -> usize {
    // Bytes that go on with a letter take no column.
    line.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// The columns of the line that each line end closes.
fn line_lengths(text: &[u8]) -> std::collections::HashMap<usize, usize> {
    let mut lengths = std::collections::HashMap::new();
    let mut start = 0;
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        lengths.insert(at, columns(&text[start..at]));
        start = at + 1;
    }
    lengths
}

/// Adds what only the joined text shows, and lets it replace what was read of the cut one.
pub(super) fn add<'t>(all: &mut Vec<InText<'t>>, variant: &'t Variant, original: &'t [u8]) {
    if all.len() > FOUND_MAX {
        return;
    }
    for found in find::find(&variant.plain.bytes) {
        let place = variant.plain.original(found.reading.place.clone());
        let overlapping: Vec<usize> = all
            .iter()
            .enumerate()
            .filter(|(_, known)| {
                let known = known.plain.original(known.found.reading.place.clone());
                known.start < place.end && place.start < known.end
            })
            .map(|(at, _)| at)
            .collect();
        let better = overlapping
            .iter()
            .all(|&at| is_better(&found, &place, variant, &all[at], original));
        if !better {
            continue;
        }
        let first = overlapping.first().copied().unwrap_or(all.len());
        for &at in overlapping.iter().rev() {
            all.remove(at);
        }
        let at = first.min(all.len());
        all.insert(
            at,
            InText {
                found,
                plain: &variant.plain,
                original,
            },
        );
    }
}

/// What the joined text shows is more than what was read of the cut one.
fn is_better(
    found: &Found,
    place: &Range<usize>,
    variant: &Variant,
    known: &InText<'_>,
    original: &[u8],
) -> bool {
    let role = |found: &Found| found.row().role;
    let has = |whole: &Found, piece: &Found| {
        let mut pieces = whole.outer.iter().chain(&whole.inner);
        pieces.any(|(row, _)| *row == piece.row)
    };
    // A loader's sentence stands before the words of others, and the whole before a piece of it.
    if role(&known.found) == Role::Sentence && role(found) == Role::Elsewhere
        || has(&known.found, found)
    {
        return false;
    }
    let is_loaders =
        role(&known.found) == Role::Elsewhere && role(found) == Role::Sentence && !found.row().weak;
    let around = |found: &Found| found.outer.len() + found.layers.len();
    is_loaders
        || has(found, &known.found)
        || found.reading.words > known.found.reading.words
        || found.reading.words == known.found.reading.words
            && variant.cut
            && (has_grown(found, place, variant, known, original)
                || around(found) > around(&known.found))
}

/// Only a value that a line's end has cut grows: to the end of the line that it goes on in, and no path of two words.
fn has_grown(
    found: &Found,
    place: &Range<usize>,
    variant: &Variant,
    known: &InText<'_>,
    original: &[u8],
) -> bool {
    let old = known.plain.original(known.found.reading.place.clone());
    let joined = &variant.plain.bytes;
    let end = found.reading.place.end;
    let ends = is_rest_of_a_word(found, joined, original.get(old.end..).unwrap_or_default())
        || joined[end..]
            .iter()
            .find(|byte| !b")'\"]., ".contains(byte))
            .is_none_or(|&byte| byte == b'\n');
    let before = old.start.saturating_sub(place.start);
    let lone = !joined[found.reading.place.start..]
        .iter()
        .take(before)
        .any(|&byte| byte == b' ');
    let grown = ends && original[old.end.min(place.end)..place.end].contains(&b'\n')
        || lone && original[place.start..old.start.max(place.start)].contains(&b'\n');
    grown && place.start <= old.start && old.end <= place.end
}

/// The last value is a symbol or a version, the next line goes on with letters, and a blank or a quote ends it there.
fn is_rest_of_a_word(found: &Found, joined: &[u8], behind: &[u8]) -> bool {
    let end = found.reading.place.end;
    let last = found.reading.holes.iter().find(|(_, hole)| hole.end == end);
    let rest = behind.strip_prefix(b"\n").unwrap_or_default();
    let goes_on = rest.first();
    // A name goes on with more than the letters of a word of prose, which may as well begin another sentence.
    let is_a_name = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .any(|byte| !byte.is_ascii_lowercase());
    last.is_some_and(|(name, _)| matches!(kind(name), Kind::Word | Kind::Symbol))
        && is_a_name
        && goes_on.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && joined
            .get(end)
            .is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'"')
}
