//! Finds every message that stands in a text.

use std::collections::BTreeMap;
use std::ops::Range;

use super::peel::{self, Layer};
use super::read::{self, Budget, Reading};
use super::rows::{Piece, Role, Row, rows};
use crate::limits::{
    EXPLAIN_ELSEWHERE_MAX, EXPLAIN_FOUND_MAX, EXPLAIN_WORK_A_BYTE, EXPLAIN_WORK_MIN,
};

/// One message in a plain text.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The row, by its number.
    pub(super) row: usize,
    /// Rows that say the same in the same words (a start and a `dlsym` may).
    pub(super) also: Vec<usize>,
    pub(super) reading: Reading,
    /// Messages inside this one: what was said of a candidate, the reason of a failure.
    pub(super) inner: Vec<(usize, Reading)>,
    /// Sentences of others that hold this one in a hole: `plugin.Open("x"): …`.
    pub(super) outer: Vec<(usize, Reading)>,
    /// What stands around it, the innermost first.
    pub(super) layers: Vec<Layer>,
    /// Message and layers.
    pub(super) place: Range<usize>,
}

impl Found {
    fn new(row: usize, reading: Reading) -> Found {
        Found {
            row,
            also: Vec::new(),
            inner: Vec::new(),
            outer: Vec::new(),
            layers: Vec::new(),
            place: reading.place.clone(),
            reading,
        }
    }
    pub(super) fn row(&self) -> &'static Row {
        &rows().rows[self.row]
    }
}

/// What is said of one file inside a sentence counts alone, too, where it has so many words of its own.
const PART_ALONE_MIN: usize = 30;

/// Sentences that stay what is answered, though the reason in them is a sentence that is known: they say more than it does.
const KEEPS: &[(&str, &str)] = &[
    ("go/symbol-not-resolved", "glibc/undefined-symbol"),
    ("go/symbol-not-resolved", "glibc/dlsym-undefined"),
    ("dotnet/dll", "windows/mod-not-found"),
];

fn keeps(outer: usize, inner: usize) -> bool {
    let id = |row: usize| rows().rows[row].message.id;
    KEEPS.contains(&(id(outer), id(inner)))
}

/// All of them, in the order of the text; none overlaps another.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    let rows = rows();
    let work = (text.len() as u64)
        .saturating_mul(EXPLAIN_WORK_A_BYTE)
        .max(EXPLAIN_WORK_MIN);
    let mut budget = Budget(work);
    let mut read: Vec<(usize, Reading)> = Vec::new();
    let mut broad: Vec<(usize, Reading)> = Vec::new();
    for hit in rows.automaton.find_overlapping_iter(text) {
        for &at in &rows.by_pattern[hit.pattern().as_usize()] {
            let row = &rows.rows[at];
            let is_broad = row.weak && row.role == Role::Elsewhere;
            if is_broad && broad.len() >= EXPLAIN_ELSEWHERE_MAX {
                continue;
            }
            let Some(reading) = read::at_anchor(row, text, hit.start(), &mut budget) else {
                continue;
            };
            if is_broad {
                broad.push((at, reading));
            } else if !is_before_a_path(row, text, &reading) {
                read.push((at, reading));
            }
        }
        if read.len() >= EXPLAIN_FOUND_MAX {
            break;
        }
    }
    // What stands alone as a whole text may be a message of common words only.
    if read.is_empty() {
        let all = super::kinds::trim(text, 0..text.len());
        if all.len() <= 2 * super::kinds::VALUE_BYTES_MAX {
            for (at, row) in rows
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.role == Role::Sentence && row.anchor.is_none())
            {
                let whole = read::whole(row, text, all.clone(), &mut budget);
                let known = |reading: &Reading| {
                    let path = reading.holes.iter().find(|(name, _)| *name == "path");
                    if path.is_some_and(|(_, range)| {
                        super::rows::find(&text[range.clone()], b": ").is_some()
                    }) {
                        return false;
                    }
                    let reason = reading.holes.iter().find(|(name, _)| *name == "reason");
                    reason.is_none_or(|(_, range)| {
                        super::reasons::english(&text[range.clone()]).is_some()
                    })
                };
                read.extend(whole.filter(known).map(|reading| (at, reading)));
            }
        }
    }
    let mut found = settle(read);
    for one in &mut found {
        peel::peel(text, one, &mut budget);
    }
    let all = super::kinds::trim(text, 0..text.len());
    found.retain(|one| !is_ordinary_exit(text, one) && !is_part_of_a_number(text, one));
    found.retain(|one| !one.row().windows || super::alias::is_windows_near(text, &one.place));
    found.retain(|one| {
        let row = one.row();
        if row.role == Role::Elsewhere || !row.weak && row.role == Role::Sentence {
            return true;
        }
        !one.layers.is_empty()
            || !one.outer.is_empty()
            || row.role == Role::Part && one.reading.words >= PART_ALONE_MIN
            || is_refused_program(text, one)
            || row.role == Role::Sentence && (one.place == all || stands_alone(text, one))
    });
    add_broad(&mut found, broad);
    found
}

/// An errno's words that belong to the path behind them, as zsh writes it, and not to what stands before (`zsh:1`).
fn is_before_a_path(row: &Row, text: &[u8], reading: &Reading) -> bool {
    row.weak
        && row.message.id.starts_with("kernel/")
        && text[reading.place.end..]
            .strip_prefix(b": ")
            .is_some_and(super::kinds::begins_like_a_path)
}

/// What many programs say counts where nothing else was found.
fn add_broad(found: &mut Vec<Found>, broad: Vec<(usize, Reading)>) {
    let is_free = |one: &Found| {
        let next = found.partition_point(|known| known.place.start < one.place.end);
        next == 0 || found[next - 1].place.end <= one.place.start
    };
    let more: Vec<Found> = settle(broad).into_iter().filter(is_free).collect();
    found.extend(more);
    found.sort_by_key(|one| one.place.start);
}

/// A Windows exit code that is a program's own, not an NTSTATUS: every CI log has those.
fn is_ordinary_exit(text: &[u8], one: &Found) -> bool {
    const NTSTATUS_MIN: u64 = 0x8000_0000;
    if !one.row().message.id.starts_with("windows/exit-") {
        return false;
    }
    let number = |name: &str, radix: u32| {
        let (_, range) = one.reading.holes.iter().find(|(hole, _)| *hole == name)?;
        let digits = std::str::from_utf8(&text[range.clone()]).ok()?;
        // A negative number is the same code, read with its sign.
        if digits.starts_with('-') {
            return Some(u64::MAX);
        }
        u64::from_str_radix(digits.trim_start_matches("0x"), radix).ok()
    };
    number("status", 16)
        .or_else(|| number("code", 10))
        .is_none_or(|number| number < NTSTATUS_MIN)
}

/// A number of an alias that is a part of a longer one.
fn is_part_of_a_number(text: &[u8], one: &Found) -> bool {
    let place = &one.reading.place;
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    !one.row().fields.is_empty()
        && one.reading.holes.is_empty()
        && (digit(place.end) && digit(place.end - 1)
            || place.start > 0 && digit(place.start - 1) && digit(place.start))
}

/// `./prog: Permission denied` as all of what a log or a shell without a name of its own says.
fn is_refused_program(text: &[u8], one: &Found) -> bool {
    let before = &text[..one.place.start];
    let opens = before.is_empty()
        || [b"\n".as_slice(), b"]: ", b"] ", b"Z ", b"| ", b"> ", b"\""]
            .iter()
            .any(|end| before.ends_with(end));
    let closes = text
        .get(one.place.end)
        .is_none_or(|byte| b"\n\"".contains(byte));
    let path = one.reading.holes.iter().find(|(name, _)| *name == "path");
    let is_program = path.is_some_and(|(_, range)| {
        let path = &text[range.clone()];
        path.starts_with(b"./") && !path[2..].contains(&b'.')
    });
    matches!(one.row().message.id, "kernel/denied" | "kernel/exec-format")
        && opens
        && closes
        && is_program
}

/// A message of few words that begins with words, ends with an errno's sentence, and has its part of the line for itself.
fn stands_alone(text: &[u8], one: &Found) -> bool {
    let begins = matches!(
        one.row().forms.first().and_then(|form| form.pieces.first()),
        Some(Piece::Words(_))
    );
    let reason = one.reading.holes.iter().find(|(name, _)| *name == "reason");
    let known =
        reason.is_some_and(|(_, range)| super::reasons::english(&text[range.clone()]).is_some());
    let before = &text[..one.place.start];
    let opens = before.last().is_none_or(|byte| b"\n\"'".contains(byte))
        || before.ends_with(b": ")
        || before.ends_with(b"  ")
        || before.ends_with(b"> ")
        || before.ends_with(b"Z ");
    let closes = text
        .get(one.place.end)
        .is_none_or(|byte| b"\n\"',;:.)".contains(byte));
    begins && known && opens && closes
}

/// Of readings that overlap, the one with the most words stands; but what stands in a hole of another belongs to it: as a part where
/// both are of one family, and as the core where the outer one only passes it on.
fn settle(mut read: Vec<(usize, Reading)>) -> Vec<Found> {
    let rows = rows();
    // Strong before weak, many words before few, the tables' order last.
    read.sort_by_key(|(at, reading)| {
        let row = &rows.rows[*at];
        (
            row.role == Role::Part,
            row.weak,
            std::cmp::Reverse(reading.words),
            reading.eaten,
            reading.place.start,
            *at,
        )
    });
    let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
    for (at, reading) in read {
        let place = reading.place.clone();
        if place.is_empty() {
            continue;
        }
        let mut overlapping: Vec<usize> = Vec::new();
        if let Some((&start, one)) = kept.range(..place.start).next_back()
            && one.place.end > place.start
        {
            overlapping.push(start);
        }
        overlapping.extend(kept.range(place.clone()).map(|(&start, _)| start));
        if overlapping.is_empty() {
            kept.insert(place.start, Found::new(at, reading));
        } else if overlapping.iter().all(|start| {
            kept.get(start)
                .is_some_and(|one| holds(&reading, &one.place))
        }) {
            enclose(&mut kept, &overlapping, at, reading);
        } else if let [start] = overlapping.as_slice()
            && let Some(one) = kept.get_mut(start)
        {
            join(one, at, reading);
        }
    }
    kept.into_values().collect()
}

/// A place lies in a hole of a reading.
fn holds(outer: &Reading, place: &Range<usize>) -> bool {
    outer
        .holes
        .iter()
        .any(|(_, hole)| hole.start <= place.start && place.end <= hole.end)
}

/// All of a sentence but the system's reason at its end lies in a hole of a reading, whose own last words are that reason.
fn swallows(outer: &Reading, inner: &Reading) -> bool {
    let reason = inner
        .holes
        .iter()
        .find(|(name, hole)| *name == "reason" && hole.end == inner.place.end);
    let ends_with_words = outer
        .holes
        .iter()
        .all(|(_, hole)| hole.end < outer.place.end);
    reason.is_some_and(|(_, hole)| {
        ends_with_words && outer.place.end == inner.place.end && {
            // The colon and the blank before the reason are the inner one's, too.
            let end = hole.start.saturating_sub(2).max(inner.place.start);
            holds(outer, &(inner.place.start..end))
        }
    })
}

fn family(row: usize) -> &'static str {
    rows().rows[row]
        .message
        .id
        .split('/')
        .next()
        .unwrap_or_default()
}

/// A new reading around one or more that are kept already.
fn enclose(kept: &mut BTreeMap<usize, Found>, inside: &[usize], at: usize, reading: Reading) {
    let weak = rows().rows[at].weak;
    if weak {
        return;
    }
    let same = inside.iter().any(|start| {
        kept.get(start)
            .is_some_and(|one| family(one.row) == family(at) || keeps(at, one.row))
    });
    if !same {
        // It passes them on.
        for start in inside {
            if let Some(one) = kept.get_mut(start) {
                one.outer.push((at, reading.clone()));
            }
        }
        return;
    }
    let mut outer = Found::new(at, reading);
    for one in inside.iter().filter_map(|start| kept.remove(start)) {
        outer.inner.push((one.row, one.reading));
        outer.inner.extend(one.inner);
    }
    outer.inner.truncate(super::INNER_MAX);
    kept.insert(outer.place.start, outer);
}

/// A new reading that overlaps one that is kept already.
fn join(one: &mut Found, at: usize, reading: Reading) {
    if one.place == reading.place && one.reading.words == reading.words {
        if one.row != at && !one.also.contains(&at) {
            one.also.push(at);
        }
        return;
    }
    let row = &rows().rows[at];
    if one.row().role == Role::Elsewhere && swallows(&one.reading, &reading) && !row.weak {
        *one = Found::new(at, reading);
        return;
    }
    if !holds(&one.reading, &reading.place) || one.inner.len() >= super::INNER_MAX {
        return;
    }
    if family(one.row) != family(at) && !keeps(one.row, at) {
        if row.weak || row.role != Role::Sentence {
            return;
        }
        let outer = std::mem::replace(one, Found::new(at, reading));
        one.outer = outer.outer;
        one.outer.push((outer.row, outer.reading));
        return;
    }
    let known = one
        .inner
        .iter()
        .any(|(_, known)| known.place == reading.place && known.words >= reading.words);
    if !known {
        one.inner.push((at, reading));
    }
}
