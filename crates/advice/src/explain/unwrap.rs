//! A second look at short texts, as if their lines had been wrapped: by a terminal (cut at a width) or by an editor (at a blank).

use super::find;
use super::plain::Plain;
use super::weigh::InText;
use crate::limits::EXPLAIN_WRAPPED_MAX;

/// Widths of terminals: a lone line of exactly that length may have been cut there.
const CUT: &[usize] = &[80, 100, 120, 132, 160];
/// Widths at which editors and mail programs break at a blank.
const BROKEN: &[usize] = &[72, 76, 78, 79, 80, 100, 120, 132];

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
    if let Some(width) = cut(text) {
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
fn cut(text: &[u8]) -> Option<usize> {
    let (widest, full) = widest(text)?;
    (full > 1 && (40..=250).contains(&widest) || CUT.contains(&widest)).then_some(widest)
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
    line.is_empty()
        || ["$ ", "# ", "% ", "> "]
            .iter()
            .any(|prompt| super::rows::find(line, prompt.as_bytes()).is_some())
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
        let better = overlapping.iter().all(|&at| {
            let known = &all[at];
            let old = known.plain.original(known.found.reading.place.clone());
            // Only a value that a line's end has cut grows: to the end of the line that it goes on in, and no path of two words.
            let joined = &variant.plain.bytes;
            let ends = joined[found.reading.place.end..]
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
            let crosses = grown && place.start <= old.start && old.end <= place.end;
            let around = |found: &super::find::Found| found.outer.len() + found.layers.len();
            found.reading.words > known.found.reading.words
                || found.reading.words == known.found.reading.words
                    && variant.cut
                    && (crosses || around(&found) > around(&known.found))
        });
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
