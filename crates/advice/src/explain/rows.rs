//! Every message of every loader, made ready to be looked for: the words by which a row is found, and its parts in order.
//!
//! All anchors stand in one automaton, so a text is looked at once however many rows there are.

use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use sayso_loader::Message;
use sayso_loader::messages::{FRAMES, PARTS, Part, TABLES, localised, shapes};

use super::alias;
use super::elsewhere;
use super::kinds::{Kind, kind};

/// What a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A whole sentence of a loader.
    Sentence,
    /// What a loader says of one file inside a sentence.
    Part,
    /// Words of another tool.
    Elsewhere,
}

/// A part of a row, with the words as they are looked for: quotes are `'` and `"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words.
    Words(Vec<u8>),
    /// A hole.
    Hole(&'static str, Kind),
}

/// One message.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) message: &'static Message,
    pub(super) role: Role,
    /// Its words as they are written.
    #[cfg(test)]
    pub(super) template: &'static str,
    /// ISO 639 code of its words.
    pub(super) language: &'static str,
    /// The words by which it is found; `None`: it is only read as a whole.
    pub(super) anchor: Option<Vec<u8>>,
    /// Fields that its words stand for.
    pub(super) fields: Vec<(&'static str, Vec<u8>)>,
    /// It counts only where a word of Windows' loader stands near it.
    pub(super) windows: bool,
    /// Its forms, the fullest first.
    pub(super) forms: Vec<Form>,
    /// Its words are common ones: it counts only inside a frame or a wrapper, or as a whole text.
    pub(super) weak: bool,
}

/// One sequence of parts, and where in it the anchor stands.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) pieces: Vec<Piece>,
    /// The piece that holds the anchor, and how far into it the anchor begins; `None` in a row that is only read as a whole.
    pub(super) anchor: Option<(usize, usize)>,
    /// Bytes of words in all.
    pub(super) words: usize,
}

/// All rows, and the automaton over their anchors.
#[expect(clippy::struct_field_names, reason = "the rows are what it holds")]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) automaton: AhoCorasick,
    /// For each pattern of the automaton, the rows that it may be.
    pub(super) by_pattern: Vec<Vec<usize>>,
    /// Rows that stand around another: `{message}` is the hole for it.
    pub(super) frames: Vec<Around>,
}

/// What stands before and behind a sentence.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) message: &'static Message,
    pub(super) before: Vec<Piece>,
    pub(super) after: Vec<Piece>,
}

/// Shorter words than these find too much.
const ANCHOR_MIN: usize = 4;

/// Made once.
pub(super) fn rows() -> &'static Rows {
    static ROWS: OnceLock<Rows> = OnceLock::new();
    ROWS.get_or_init(|| {
        let sentences = TABLES
            .iter()
            .copied()
            .flatten()
            .map(|message| (*message, Role::Sentence));
        let parts = PARTS
            .iter()
            .copied()
            .flatten()
            .map(|message| (*message, Role::Part));
        let others = elsewhere::TABLE
            .iter()
            .map(|message| (*message, Role::Elsewhere));
        let mut rows: Vec<Row> = sentences
            .chain(parts)
            .chain(others)
            .map(|(message, role)| Row::new(message, message.template, role, "en"))
            .collect();
        let is_frame = |message: &Message| {
            FRAMES
                .iter()
                .copied()
                .flatten()
                .any(|frame| frame.id == message.id)
        };
        let (frames, translated): (Vec<_>, Vec<_>) = localised::translations()
            .iter()
            .partition(|translation| is_frame(translation.of));
        rows.extend(translated.into_iter().map(|translation| {
            Row::new(
                translation.of,
                translation.template,
                Role::Sentence,
                translation.language,
            )
        }));
        rows.extend(alias::aliases().iter().map(|alias| Row {
            fields: alias.fields.clone(),
            windows: alias.windows,
            weak: alias.template.starts_with("{path}") || alias.template.ends_with(": {path}"),
            ..Row::new(alias.of, &alias.template, Role::Sentence, "en")
        }));
        let (automaton, by_pattern) = automaton(&rows);
        let frames = FRAMES
            .iter()
            .copied()
            .flatten()
            .chain(alias::FRAMES)
            .map(|message| around(message, message.template))
            .chain(
                frames
                    .into_iter()
                    .map(|translation| around(translation.of, translation.template)),
            )
            .collect();
        Rows {
            rows,
            automaton,
            by_pattern,
            frames,
        }
    })
}

/// The automaton over all anchors, and the rows that each of its patterns may be.
fn automaton(rows: &[Row]) -> (AhoCorasick, Vec<Vec<usize>>) {
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let mut patterns: Vec<&[u8]> = Vec::new();
    let mut by_pattern: Vec<Vec<usize>> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let Some(words) = row.anchor.as_deref() else {
            continue;
        };
        let pattern = *known.entry(words).or_insert_with(|| {
            patterns.push(words);
            by_pattern.push(Vec::new());
            by_pattern.len() - 1
        });
        by_pattern[pattern].push(at);
    }
    // Short literals by the hundred: the automaton cannot be too large, and an empty one finds nothing.
    let automaton = AhoCorasick::new(&patterns).unwrap_or_else(|_| {
        AhoCorasick::new([""; 0]).expect("an automaton of nothing can be built")
    });
    (automaton, by_pattern)
}

/// A template that stands around another sentence, taken apart at that hole.
fn around(message: &'static Message, template: &'static str) -> Around {
    let (before, after) = split(template, "message");
    Around {
        message,
        before,
        after,
    }
}

/// The pieces before and behind a hole (all of them before, if it is not there).
pub(super) fn split(template: &'static str, hole: &str) -> (Vec<Piece>, Vec<Piece>) {
    let pieces = shapes(template)
        .first()
        .map(|parts| pieces(parts))
        .unwrap_or_default();
    let at = pieces
        .iter()
        .position(|piece| matches!(piece, Piece::Hole(name, _) if *name == hole));
    match at {
        Some(at) => (pieces[..at].to_vec(), pieces[at + 1..].to_vec()),
        None => (pieces, Vec::new()),
    }
}

/// Words with their quotes as [`super::plain::Plain`] writes them; words that follow each other become one.
pub(super) fn pieces(parts: &[Part]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        match part {
            Part::Field(name) => pieces.push(Piece::Hole(name, kind(name))),
            Part::Literal(literal) => {
                let words = super::plain::Plain::words(literal);
                match pieces.last_mut() {
                    Some(Piece::Words(known)) => known.extend(words),
                    _ => pieces.push(Piece::Words(words)),
                }
            }
        }
    }
    pieces
}

impl Row {
    fn new(
        message: &'static Message,
        template: &'static str,
        role: Role,
        language: &'static str,
    ) -> Row {
        let forms: Vec<Vec<Piece>> = shapes(template).iter().map(|parts| pieces(parts)).collect();
        let anchor = anchor(template, &forms);
        let forms: Vec<Form> = forms
            .into_iter()
            .map(|pieces| {
                let at = anchor.as_deref().and_then(|anchor| {
                    pieces
                        .iter()
                        .enumerate()
                        .find_map(|(at, piece)| match piece {
                            Piece::Words(words) => find(words, anchor).map(|offset| (at, offset)),
                            Piece::Hole(..) => None,
                        })
                });
                let words = pieces
                    .iter()
                    .map(|piece| {
                        if let Piece::Words(words) = piece {
                            words.len()
                        } else {
                            0
                        }
                    })
                    .sum();
                Form {
                    pieces,
                    anchor: at,
                    words,
                }
            })
            .collect();
        let weak = is_weak(message, &forms);
        Row {
            message,
            role,
            #[cfg(test)]
            template,
            language,
            fields: Vec::new(),
            windows: false,
            forms,
            anchor,
            weak,
        }
    }
}

/// Words that others say, too.
const COMMON: &[&str] = &[
    "shell/not-found",
    "windows/exit-plain",
    "bionic/undefined-symbol",
];

/// Whether a row says too little to be found by itself in any text.
fn is_weak(message: &Message, forms: &[Form]) -> bool {
    let family = message.id.split('/').next().unwrap_or_default();
    if family == "kernel" {
        return true;
    }
    let least = forms
        .iter()
        .map(|form| form.words)
        .min()
        .unwrap_or_default();
    let has_hole = forms.iter().any(|form| {
        form.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Hole(..)))
    });
    match family {
        "elsewhere" => elsewhere::is_broad(message),
        _ if has_hole => least < 9 || COMMON.contains(&message.id),
        // Nobody else speaks of plugins in Go's words.
        "go" => least < 20,
        _ => least < 26,
    }
}

/// The longest chunk of words that stands in every form; two of a length: the first.
fn anchor(template: &'static str, forms: &[Vec<Piece>]) -> Option<Vec<u8>> {
    let mut best: Option<Vec<u8>> = None;
    // The last form is the one without any optional group.
    for part in shapes(template).last()? {
        let Part::Literal(literal) = part else {
            continue;
        };
        let words = super::plain::Plain::words(literal);
        for chunk in chunks(&words) {
            let chunk = &words[chunk];
            let everywhere = forms.iter().all(|form| {
                form.iter().any(
                    |piece| matches!(piece, Piece::Words(words) if find(words, chunk).is_some()),
                )
            });
            if everywhere
                && chunk.len() >= ANCHOR_MIN
                && best.as_ref().is_none_or(|best| best.len() < chunk.len())
            {
                best = Some(chunk.to_vec());
            }
        }
    }
    best
}

/// Stretches of words that stand in every text exactly so: between quotes (which people change) and runs of blanks (where lines are
/// broken), and without blanks at their ends.
fn chunks(words: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let is_seam = |at: usize| {
        let byte = words[at];
        b"'\"\n\t".contains(&byte)
            || (byte == b' '
                && (words.get(at + 1).is_none_or(u8::is_ascii_whitespace)
                    || at == 0
                    || words[at - 1].is_ascii_whitespace()))
    };
    for at in 0..=words.len() {
        if at == words.len() || is_seam(at) {
            if at > start {
                found.push(start..at);
            }
            start = at + 1;
        }
    }
    found
}

/// Where a stretch of bytes stands in another.
pub(super) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    if what.is_empty() || what.len() > text.len() {
        return None;
    }
    text.windows(what.len()).position(|found| found == what)
}
