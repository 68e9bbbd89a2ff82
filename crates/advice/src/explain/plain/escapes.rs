//! What JSON, HTML and quotations write in place of letters.

use std::ops::Range;

use super::{Builder, Plain};

/// How far a line's backslashes are escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// A string of JSON or of a program: `\n` is a line end.
    All,
    /// Windows paths may stand in it: only `\\` and `\"` are undone.
    Doubled,
}

/// JSON strings, HTML entities, doubled backslashes.
pub(super) fn unescape(from: &Plain) -> Plain {
    let text = &from.bytes;
    let mut out = Builder::on(from);
    let mut line = 0;
    while line < text.len() {
        let end = text[line..]
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(text.len(), |at| line + at + 1);
        unescape_line(text, line..end, &mut out);
        line = end;
    }
    out.done()
}

fn unescape_line(text: &[u8], range: Range<usize>, out: &mut Builder<'_>) {
    let line = &text[range.clone()];
    if !line.iter().any(|&byte| byte == b'\\' || byte == b'&') {
        return out.keep(range);
    }
    let escapes = escapes(line);
    let (mut at, mut kept) = (range.start, range.start);
    while at < range.end {
        let found = match text[at] {
            b'\\' => backslash(&text[range.start..range.end], at - range.start, escapes),
            b'&' => entity(&text[at..range.end]),
            _ => None,
        };
        let Some((length, letter)) = found else {
            at += 1;
            continue;
        };
        out.keep(kept..at);
        let mut buffer = [0; 4];
        out.letter(at..at + length, letter.encode_utf8(&mut buffer).as_bytes());
        at += length;
        kept = at;
    }
    out.keep(kept..range.end);
}

/// All of them are taken for escapes where each of them could be one, and the line looks like a program's quotation.
fn escapes(line: &[u8]) -> Escapes {
    // fish speaks of "Windows line endings (\r\n)".
    if crate::explain::rows::find(line, b"(\\r\\n)").is_some() {
        return Escapes::Doubled;
    }
    let mut at = 0;
    let mut breaks = false;
    while let Some(next) = line[at..].iter().position(|&byte| byte == b'\\') {
        at += next;
        match line.get(at + 1) {
            Some(b'n' | b't' | b'u' | b'r' | b'"') => breaks = true,
            Some(b'\\' | b'/' | b'b' | b'f' | b'x' | b'e' | b'0'..=b'3' | b'\'') => {}
            _ => return Escapes::Doubled,
        }
        // `C:\new` is a path, `C:\\new` may be one that was quoted.
        if at >= 2
            && line[at - 1] == b':'
            && line[at - 2].is_ascii_alphabetic()
            && !at
                .checked_sub(3)
                .is_some_and(|at| line[at].is_ascii_alphanumeric())
            && line.get(at + 1) != Some(&b'\\')
        {
            return Escapes::Doubled;
        }
        at += 2;
        if at >= line.len() {
            break;
        }
    }
    let quoted =
        line.contains(&b'"') || line.windows(2).any(|pair| pair == b"b'" || pair == b"\\n");
    if breaks && quoted {
        Escapes::All
    } else {
        Escapes::Doubled
    }
}

fn backslash(line: &[u8], at: usize, escapes: Escapes) -> Option<(usize, char)> {
    let text = &line[at..];
    let next = *text.get(1)?;
    if next == b'"' {
        return Some((2, '"'));
    }
    // Rust's `{:?}` and others escape it, too.
    if next == b'\'' {
        return Some((2, '\''));
    }
    // A word processor has made the quote behind it a typographic one.
    if let Some(quote) = typographic(&text[1..]) {
        return Some((1 + quote.len_utf8(), quote));
    }
    if next == b'\\' {
        // A quotation may stand in a quotation: `\\n`, `\\\"`.
        return match (escapes, text.get(2)) {
            // … but fish speaks of "Windows line endings (\r\n)".
            // … and `\\\\needs` is a folder's name that was quoted twice.
            (Escapes::All, Some(b'n'))
                if !line[..at].ends_with(b"\\\\r") && !line[..at].ends_with(b"\\") =>
            {
                Some((3, '\n'))
            }
            (_, Some(b'\'')) => Some((3, '\'')),
            (_, Some(b'"')) => Some((3, '"')),
            (_, Some(b'\\')) if text.get(3) == Some(&b'"') => Some((4, '"')),
            _ => Some((2, '\\')),
        };
    }
    if escapes == Escapes::Doubled {
        return None;
    }
    Some(match next {
        b'n' => (2, '\n'),
        b't' => (2, '\t'),
        b'r' => (2, '\r'),
        b'/' => (2, '/'),
        b'\'' => (2, '\''),
        b'e' => (2, '\u{1b}'),
        b'x' => (4, char::from(hex(text.get(2..4)?)? as u8)),
        b'0' if text.get(1..4) == Some(b"033") => (4, '\u{1b}'),
        b'u' => return unicode(text),
        _ => return None,
    })
}

/// A typographic quote at the beginning of a text.
fn typographic(text: &[u8]) -> Option<char> {
    ['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']
        .into_iter()
        .find(|quote| text.starts_with(quote.encode_utf8(&mut [0; 4]).as_bytes()))
}

/// `\u2018`, or two of them for one letter.
fn unicode(text: &[u8]) -> Option<(usize, char)> {
    let high = hex(text.get(2..6)?)?;
    if let Some(letter) = char::from_u32(high) {
        return Some((6, letter));
    }
    let low = (text.get(6..8)? == b"\\u")
        .then(|| text.get(8..12))
        .flatten()
        .and_then(hex)?;
    let pair = [high as u16, low as u16];
    let letter = char::decode_utf16(pair).next()?.ok()?;
    Some((12, letter))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

fn entity(text: &[u8]) -> Option<(usize, char)> {
    const ENTITIES: &[(&[u8], char)] = &[
        (b"&lt;", '<'),
        (b"&gt;", '>'),
        (b"&amp;", '&'),
        (b"&quot;", '"'),
        (b"&apos;", '\''),
        (b"&nbsp;", ' '),
        (b"&lsquo;", '\''),
        (b"&rsquo;", '\''),
        (b"&ldquo;", '"'),
        (b"&rdquo;", '"'),
        (b"&#39;", '\''),
        (b"&#039;", '\''),
        (b"&#x27;", '\''),
        (b"&#34;", '"'),
        (b"&#x22;", '"'),
        (b"&#x2F;", '/'),
        (b"&#96;", '\''),
        (b"&#x60;", '\''),
        (b"&#10;", '\n'),
    ];
    ENTITIES
        .iter()
        .find(|(name, _)| text.starts_with(name))
        .map(|(name, letter)| (name.len(), *letter))
}
