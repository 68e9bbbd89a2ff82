//! Reads one row at one place of a text: from the anchor forward to the row's end, and backward to its beginning.
//!
//! Words are matched with the tolerance that pastes need: blanks may be line ends, quotes may be other quotes or gone, and where a
//! message has several lines each may have a log's prefix. The work is bounded: holes are short, a row has few, and the whole text
//! has a budget, so that a hostile text costs no more than a long one.

use std::ops::Range;

use super::kinds::{self, Kind, VALUE_BYTES_MAX};
use super::rows::{Form, Piece, Row};

/// A row that was read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Where its holes are filled from.
    pub(super) holes: Vec<(&'static str, Range<usize>)>,
    /// All of it.
    pub(super) place: Range<usize>,
    /// Bytes of words that were matched.
    pub(super) words: usize,
    /// Bytes of words that are not there: quotes that were eaten.
    pub(super) eaten: usize,
    /// The text stops where the message goes on.
    pub(super) cut: bool,
}

/// What may still be spent on a text.
#[derive(Debug)]
pub(super) struct Budget(pub(super) u64);

impl Budget {
    fn spend(&mut self, work: usize) -> bool {
        let work = work as u64 + 1;
        let enough = self.0 >= work;
        self.0 = self.0.saturating_sub(work);
        enough
    }
}

/// The fullest form of a row whose anchor stands at `anchor`.
pub(super) fn at_anchor(
    row: &Row,
    text: &[u8],
    anchor: usize,
    budget: &mut Budget,
) -> Option<Reading> {
    row.forms.iter().find_map(|form| {
        let (piece, offset) = form.anchor?;
        read_form(form, text, anchor, piece, offset, budget)
    })
}

fn read_form(
    form: &Form,
    text: &[u8],
    anchor: usize,
    piece: usize,
    offset: usize,
    budget: &mut Budget,
) -> Option<Reading> {
    let Piece::Words(words) = form.pieces.get(piece)? else {
        return None;
    };
    // The piece's own words before the anchor, then everything before the piece.
    let start = words_before(text, anchor, &words[..offset])?;
    let end = words_at(text, anchor, &words[offset..])?;
    let mut holes = Vec::new();
    let end = forward(&form.pieces[piece + 1..], text, end, &mut holes, budget)?;
    let start = backward(&form.pieces[..piece], text, start, &mut holes, budget)?;
    if !agree(&holes, text) || !are_files(&holes, text) {
        return None;
    }
    let words = matched(form, &(start..end), &holes);
    Some(Reading {
        cut: is_cut(text, end),
        words,
        eaten: form.words - words,
        holes,
        place: start..end,
    })
}

/// A colon is all that stands behind it on its line.
fn is_cut(text: &[u8], end: usize) -> bool {
    let rest = text[end..kinds::line_end(text, end)].trim_ascii();
    rest == b":"
}

/// Bytes of words that really stand there: quotes that were eaten do not count.
fn matched(form: &Form, place: &Range<usize>, holes: &[(&'static str, Range<usize>)]) -> usize {
    let held: usize = holes.iter().map(|(_, hole)| hole.len()).sum();
    form.words.min(place.len().saturating_sub(held))
}

/// A hole that stands twice holds the same in both places.
fn agree(holes: &[(&'static str, Range<usize>)], text: &[u8]) -> bool {
    holes.iter().enumerate().all(|(at, (name, range))| {
        holes[..at]
            .iter()
            .filter(|(other, _)| other == name)
            .all(|(_, other)| text[other.clone()] == text[range.clone()])
    })
}

/// What stands where a file's name should is no exception's name.
fn are_files(holes: &[(&'static str, Range<usize>)], text: &[u8]) -> bool {
    holes.iter().all(|(name, range)| {
        kinds::kind(name) != Kind::Path || !kinds::is_thrown(&text[range.clone()])
    })
}

/// A row that is all of `range`, whatever its anchor.
pub(super) fn whole(
    row: &Row,
    text: &[u8],
    range: Range<usize>,
    budget: &mut Budget,
) -> Option<Reading> {
    let inside = &text[..range.end];
    row.forms.iter().find_map(|form| {
        let mut holes = Vec::new();
        let end = forward(&form.pieces, inside, range.start, &mut holes, budget)?;
        (end == range.end && agree(&holes, text)).then(|| Reading {
            words: matched(form, &range, &holes),
            eaten: 0,
            holes,
            place: range.clone(),
            cut: false,
        })
    })
}

/// Reads pieces from `at` on; gives the end.
pub(super) fn forward(
    pieces: &[Piece],
    text: &[u8],
    at: usize,
    holes: &mut Vec<(&'static str, Range<usize>)>,
    budget: &mut Budget,
) -> Option<usize> {
    let Some((first, rest)) = pieces.split_first() else {
        return Some(at);
    };
    match (first, rest.first()) {
        (Piece::Words(words), _) => {
            let end = words_at(text, at, words)?;
            // A full stop at the end of a message stands at the end of a word.
            let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'/';
            if rest.is_empty() && words.ends_with(b".") && text.get(end).is_some_and(is_inside) {
                return None;
            }
            forward(rest, text, end, holes, budget)
        }
        (Piece::Hole(name, kind), None) => {
            let end = kind.extent(text, at)?;
            budget.spend(end - at).then_some(())?;
            holes.push((name, at..end));
            Some(end)
        }
        (Piece::Hole(name, kind), Some(Piece::Hole(..))) => {
            let end = kind.extent(text, at)?;
            holes.push((name, at..end));
            forward(rest, text, end, holes, budget)
        }
        (Piece::Hole(name, kind), Some(Piece::Words(words))) => {
            let limit = hole_limit(*kind, text, at);
            let mark = holes.len();
            let head = head(words);
            for end in at + 1..=limit {
                if !starts(text, end, head) {
                    continue;
                }
                budget.spend(end - at).then_some(())?;
                if !kind.allows(&text[at..end]) {
                    return None;
                }
                if words_at(text, end, words).is_none() {
                    continue;
                }
                holes.push((name, at..end));
                if let Some(end) = forward(rest, text, end, holes, budget) {
                    return Some(end);
                }
                holes.truncate(mark);
            }
            // Markdown and chats eat quotes: then the value ends where its kind does.
            is_quote(head).then_some(())?;
            let end = kind.extent(text, at)?;
            budget.spend(end - at).then_some(())?;
            holes.push((name, at..end));
            let read = forward(rest, text, end, holes, budget);
            if read.is_none() {
                holes.truncate(mark);
            }
            read
        }
    }
}

/// Reads pieces that end at `end`; gives the beginning.
pub(super) fn backward(
    pieces: &[Piece],
    text: &[u8],
    end: usize,
    holes: &mut Vec<(&'static str, Range<usize>)>,
    budget: &mut Budget,
) -> Option<usize> {
    let Some((last, rest)) = pieces.split_last() else {
        return Some(end);
    };
    match (last, rest.last()) {
        (Piece::Words(words), _) => {
            let start = words_before(text, end, words)?;
            backward(rest, text, start, holes, budget)
        }
        (Piece::Hole(name, kind), None | Some(Piece::Hole(..))) => {
            let start = kind.beginning(text, end)?;
            budget.spend(end - start).then_some(())?;
            let value = &text[start..end];
            if *kind == Kind::Path && !kinds::is_file(value) || !kind.allows(value) {
                return None;
            }
            holes.push((name, start..end));
            backward(rest, text, start, holes, budget)
        }
        (Piece::Hole(name, kind), Some(Piece::Words(words))) => {
            let floor = if kind.spans_lines() {
                end.saturating_sub(VALUE_BYTES_MAX * 4)
            } else {
                kinds::line_start(text, end).max(end.saturating_sub(VALUE_BYTES_MAX))
            };
            let mark = holes.len();
            let tail = words.last().copied().unwrap_or_default();
            for start in (floor..end).rev() {
                if !ends(text, start, tail) {
                    continue;
                }
                budget.spend(end - start).then_some(())?;
                if !kind.allows(&text[start..end]) {
                    return None;
                }
                if words_before(text, start, words).is_none() {
                    continue;
                }
                holes.push((name, start..end));
                if let Some(start) = backward(rest, text, start, holes, budget) {
                    return Some(start);
                }
                holes.truncate(mark);
            }
            is_quote(tail).then_some(())?;
            let start = kind.beginning(text, end)?;
            budget.spend(end - start).then_some(())?;
            holes.push((name, start..end));
            let read = backward(rest, text, start, holes, budget);
            if read.is_none() {
                holes.truncate(mark);
            }
            read
        }
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"')
}

fn hole_limit(kind: Kind, text: &[u8], at: usize) -> usize {
    if kind.spans_lines() {
        text.len().min(at + VALUE_BYTES_MAX * 4)
    } else {
        kinds::line_end(text, at).min(at + VALUE_BYTES_MAX)
    }
}

/// The byte by which words are looked for: their first that cannot be left out.
fn head(words: &[u8]) -> u8 {
    words.first().copied().unwrap_or_default()
}

/// Whether words that begin with `head` may begin here.
fn starts(text: &[u8], at: usize, head: u8) -> bool {
    match (head, text.get(at)) {
        (b'\'' | b'"', byte) => byte.is_some_and(|&byte| is_quote(byte)),
        (b' ' | b'\n' | b'\t', byte) => byte.is_some_and(u8::is_ascii_whitespace),
        (head, byte) => byte == Some(&head),
    }
}

/// Whether words that end with `tail` may end here.
fn ends(text: &[u8], at: usize, tail: u8) -> bool {
    let byte = at.checked_sub(1).and_then(|at| text.get(at));
    match tail {
        b'\'' | b'"' => byte.is_some_and(|&byte| is_quote(byte)),
        b' ' | b'\n' | b'\t' => byte.is_none_or(u8::is_ascii_whitespace),
        tail => byte == Some(&tail),
    }
}

/// How much of a line may stand before a message's further lines: a time, a level, a container's name.
const PREFIX_MAX: usize = 160;

/// The words, from `at` on; gives their end.
pub(super) fn words_at(text: &[u8], at: usize, words: &[u8]) -> Option<usize> {
    let (mut place, mut word) = (at, 0);
    while word < words.len() {
        let want = words[word];
        if want.is_ascii_whitespace() {
            let run = words[word..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let breaks = words[word..word + run].contains(&b'\n');
            word += run;
            let blanks = text[place..]
                .iter()
                .take(PREFIX_MAX)
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            // Only one line end unless the words have it so themselves.
            if blanks == 0 && !(breaks && word == words.len() && place == text.len()) {
                return None;
            }
            place += blanks;
            if breaks {
                let next = words[word..]
                    .iter()
                    .position(u8::is_ascii_whitespace)
                    .map_or(words.len(), |at| word + at);
                place = past_prefix(text, place, &words[word..next])?;
            }
            continue;
        }
        match text.get(place) {
            Some(&found) if found == want => place += 1,
            Some(b'\'' | b'"') if want == b'\'' || want == b'"' => place += 1,
            // Markdown and chats eat quotes.
            _ if want == b'\'' => {}
            _ => return None,
        }
        word += 1;
    }
    Some(place)
}

/// Past what a log puts before a line.
fn past_prefix(text: &[u8], place: usize, next: &[u8]) -> Option<usize> {
    let end = kinds::line_end(text, place).min(place + PREFIX_MAX);
    if next.is_empty() || text[place..].starts_with(next) {
        return Some(place);
    }
    super::rows::find(&text[place..end], next).map(|at| place + at)
}

/// The words that end at `end`; gives their beginning.
pub(super) fn words_before(text: &[u8], end: usize, words: &[u8]) -> Option<usize> {
    let (mut place, mut word) = (end, words.len());
    while word > 0 {
        let want = words[word - 1];
        if want.is_ascii_whitespace() {
            let run = words[..word]
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let breaks = words[word - run..word].contains(&b'\n');
            word -= run;
            let blanks = text[..place]
                .iter()
                .rev()
                .take(PREFIX_MAX)
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let broken = text[place - blanks..place].contains(&b'\n');
            place -= blanks;
            if breaks && !broken {
                place = before_prefix(text, place).unwrap_or(place);
            } else if blanks == 0 {
                return None;
            }
            continue;
        }
        match place.checked_sub(1).map(|at| text[at]) {
            Some(found) if found == want => place -= 1,
            Some(b'\'' | b'"') if want == b'\'' || want == b'"' => place -= 1,
            _ if want == b'\'' => {}
            _ => return None,
        }
        word -= 1;
    }
    Some(place)
}

/// The end of the line above, where what stands before this place on its line looks like what a log puts there.
fn before_prefix(text: &[u8], place: usize) -> Option<usize> {
    let start = kinds::line_start(text, place);
    let prefix = &text[start..place];
    (start > 0 && prefix.len() <= PREFIX_MAX && !prefix.contains(&b'/')).then(|| start - 1)
}
