//! What terminals and word processors put between and in place of letters.

use super::{Builder, Plain};

/// Colours, carriage returns, typographic quotes, blanks that look like blanks and are others.
pub(super) fn tidy(from: &Plain) -> Plain {
    let text = &from.bytes;
    let mut out = Builder::on(from);
    let (mut at, mut kept) = (0, 0);
    while at < text.len() {
        let byte = text[at];
        let change: Option<(usize, Option<&[u8]>)> = match byte {
            0x1b => Some((control_sequence(&text[at..]), None)),
            b'\r' if text.get(at + 1) == Some(&b'\n') || at + 1 == text.len() => Some((1, None)),
            // A progress bar that was written over.
            b'\r' => Some((1, Some(b"\n"))),
            b'`' => Some((1, Some(b"'"))),
            b'\t' | b'\n' | 0x20..=0x7f => None,
            0..=0x1f => Some((1, None)),
            _ => letter(&text[at..]),
        };
        let Some((length, written)) = change else {
            at += 1;
            continue;
        };
        out.keep(kept..at);
        let end = (at + length).min(text.len());
        match written {
            Some(written) => out.letter(at..end, written),
            None => out.skip(at..end),
        }
        at = end;
        kept = end;
    }
    out.keep(kept..text.len());
    out.done()
}

/// Length of an ANSI or OSC sequence.
fn control_sequence(text: &[u8]) -> usize {
    const OSC_MAX: usize = 2048;
    match text.get(1) {
        Some(b'[') => {
            let end = text
                .iter()
                .take(64)
                .skip(2)
                .position(|byte| (0x40..=0x7e).contains(byte));
            end.map_or(2, |at| at + 3)
        }
        Some(b']') => {
            let end = text
                .iter()
                .take(OSC_MAX)
                .skip(2)
                .position(|&byte| byte == 0x07 || byte == 0x1b);
            match end {
                Some(at) if text[at + 2] == 0x07 => at + 3,
                Some(at) => at + 4,
                None => 2,
            }
        }
        Some(_) => 2,
        None => 1,
    }
}

/// A letter of several bytes that stands for one of ASCII.
fn letter(text: &[u8]) -> Option<(usize, Option<&'static [u8]>)> {
    const LETTERS: &[(&str, &[u8])] = &[
        ("\u{2018}", b"'"),
        ("\u{2019}", b"'"),
        ("\u{201a}", b"'"),
        ("\u{201b}", b"'"),
        ("\u{2032}", b"'"),
        ("\u{b4}", b"'"),
        ("\u{201c}", b"\""),
        ("\u{201d}", b"\""),
        ("\u{201e}", b"\""),
        ("\u{ab}", b"\""),
        ("\u{bb}", b"\""),
        ("\u{a0}", b" "),
        ("\u{202f}", b" "),
        ("\u{2009}", b" "),
        ("\u{3000}", b" "),
        ("\u{2013}", b"-"),
        ("\u{2011}", b"-"),
    ];
    const HIDDEN: &[&str] = &["\u{feff}", "\u{200b}", "\u{200e}", "\u{200f}", "\u{ad}"];
    if let Some((from, to)) = LETTERS
        .iter()
        .find(|(from, _)| text.starts_with(from.as_bytes()))
    {
        return Some((from.len(), Some(to)));
    }
    // A multiplication sign where a number begins: 0×c000007b.
    if text.starts_with("\u{d7}".as_bytes()) && text.get(2).is_some_and(u8::is_ascii_hexdigit) {
        return Some((2, Some(b"x")));
    }
    HIDDEN
        .iter()
        .find(|from| text.starts_with(from.as_bytes()))
        .map(|from| (from.len(), None))
}
