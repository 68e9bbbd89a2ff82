//! Peels what stands around a sentence: first the loader's own frame (`PROG: error while loading shared libraries: `), then the
//! shells, interpreters and runtimes that passed it on. From inside to outside, each layer recorded.

use std::ops::Range;
use std::sync::OnceLock;

use sayso_loader::Message;

use super::find::Found;
use super::kinds;
use super::read::{self, Budget};
use super::rows::{self, Piece};
use super::wrappers::{WRAPPERS, Wrapper};

/// What a layer is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peel {
    /// A loader's own.
    Frame(&'static Message),
    /// Somebody who passed it on.
    Wrapper(&'static Wrapper),
}

/// One thing that stands around a sentence.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) what: Peel,
    pub(super) holes: Vec<(&'static str, Range<usize>)>,
}

/// More layers than these nobody has.
const LAYERS_MAX: usize = 8;

struct Compiled {
    what: Peel,
    before: Vec<Piece>,
    after: Vec<Piece>,
    words: usize,
}

fn compiled() -> &'static [Compiled] {
    static COMPILED: OnceLock<Vec<Compiled>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let words = |pieces: &[Piece]| -> usize {
            pieces
                .iter()
                .map(|piece| {
                    if let Piece::Words(words) = piece {
                        words.len()
                    } else {
                        0
                    }
                })
                .sum()
        };
        let frames = rows::rows().frames.iter().map(|around| {
            (
                Peel::Frame(around.message),
                around.before.clone(),
                around.after.clone(),
            )
        });
        let wrappers = WRAPPERS
            .iter()
            .filter(|wrapper| wrapper.template.contains("{inner}"))
            .map(|wrapper| {
                let (before, after) = rows::split(wrapper.template, "inner");
                (Peel::Wrapper(wrapper), before, after)
            });
        let mut all: Vec<Compiled> = frames
            .chain(wrappers)
            .map(|(what, before, after)| Compiled {
                words: words(&before) + words(&after),
                what,
                before,
                after,
            })
            .collect();
        // The wordiest first: the plain `PROG: ` fits everywhere.
        all.sort_by_key(|one| std::cmp::Reverse(one.words));
        all
    })
}

/// Adds the layers of a message, and widens its place by them.
pub(super) fn peel(text: &[u8], found: &mut Found, budget: &mut Budget) {
    for _ in 0..LAYERS_MAX {
        let next = compiled().iter().find_map(|one| {
            if !fits(one, found) {
                return None;
            }
            around(text, one, found.place.clone(), budget)
        });
        let Some((layer, place)) = next else {
            break;
        };
        found.layers.push(layer);
        found.place = place;
    }
}

/// A loader's frame stands around its own sentences, once, and inside all wrappers.
fn fits(one: &Compiled, found: &Found) -> bool {
    match one.what {
        Peel::Wrapper(wrapper) => found
            .layers
            .iter()
            .filter(
                |layer| matches!(layer.what, Peel::Wrapper(known) if known.name == wrapper.name),
            )
            .count()
            < 2,
        Peel::Frame(frame) => {
            let family = |message: &Message| message.id.split('/').next().unwrap_or_default();
            let framed = found
                .layers
                .iter()
                .any(|layer| matches!(layer.what, Peel::Frame(_)));
            (family(frame) == family(found.row().message)
                || family(frame) == "shell" && family(found.row().message) == "kernel")
                && (!framed || matches!(family(frame), "dyld" | "shell" | "windows"))
                && found
                    .layers
                    .iter()
                    .all(|layer| matches!(layer.what, Peel::Frame(_)))
        }
    }
}

fn around(
    text: &[u8],
    one: &Compiled,
    place: Range<usize>,
    budget: &mut Budget,
) -> Option<(Layer, Range<usize>)> {
    // Quickly: the words that would stand directly before it.
    let mut holes = Vec::new();
    let start = if one.before.is_empty() {
        place.start
    } else {
        read::backward(&one.before, text, place.start, &mut holes, budget)?
    };
    let end = if one.after.is_empty() {
        place.end
    } else {
        read::forward(&one.after, text, place.end, &mut holes, budget)?
    };
    if start == place.start && end == place.end {
        return None;
    }
    // A path without quotes around it has blanks only where it begins like one.
    let is_words = |(name, range): &(&'static str, Range<usize>)| {
        let value = &text[range.clone()];
        let quoted = range.start > 0 && b"'\"".contains(&text[range.start - 1]);
        kinds::kind(name) == kinds::Kind::Path
            && !quoted
            && value.contains(&b' ')
            && !kinds::begins_like_a_path(value)
    };
    if matches!(one.what, Peel::Wrapper(_)) && holes.iter().any(is_words) {
        return None;
    }
    // A program's name stands at the beginning of its line or behind a log's prefix, never inside a word.
    let before = start.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text[start].is_ascii_alphanumeric()
    {
        return None;
    }
    if let Peel::Frame(frame) = one.what {
        let program = holes
            .iter()
            .find(|(name, _)| *name == "program")
            .map(|(_, range)| &text[range.clone()]);
        // `worker[412]: ` is syslog's as much as ksh's: ksh names a script.
        let script = holes
            .iter()
            .find(|(name, _)| *name == "script")
            .map(|(_, range)| &text[range.clone()]);
        let is_script =
            |name: &[u8]| name == b"ksh" || name.iter().any(|byte| b"./".contains(byte));
        if frame.id == "shell/frame-ksh-line" && !script.is_some_and(is_script) {
            return None;
        }
        let plain = frame.template == "{program}: {message}";
        if plain
            && !program.is_some_and(|name| {
                kinds::is_file(name) && (kinds::begins_like_a_path(name) || !name.contains(&b' '))
            })
        {
            return None;
        }
    }
    Some((
        Layer {
            what: one.what,
            holes,
        },
        start..end,
    ))
}
