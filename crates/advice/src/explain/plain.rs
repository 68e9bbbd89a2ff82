//! The pasted text made plain, with a way back to where each byte stood.
//!
//! People paste terminals, JSON logs, web pages. So before anything is looked for, escapes are undone (JSON strings, HTML entities,
//! doubled backslashes), colours and carriage returns are taken out, and quotes become `'` and `"`. What was changed is kept as a
//! list of runs, so that every place in the plain text is a place in the pasted one. Bytes that need no change cost one look each.

use std::ops::Range;

/// A stretch of the plain text that stands in the original as it is, or one letter that was written otherwise.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where it begins in the plain text.
    plain: u32,
    /// Where it begins in the original.
    original: u32,
    /// Bytes of the original that stand for the whole run; 0: as many as it has itself.
    written: u32,
}

/// A text and the way back.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    /// The plain text.
    pub(super) bytes: Vec<u8>,
    runs: Vec<Run>,
}

impl Plain {
    /// Undoes everything that hides a message.
    pub(super) fn new(text: &[u8]) -> Plain {
        let text = &text[..text.len().min(crate::limits::TEXT_BYTES_MAX)];
        let mut plain = Plain {
            bytes: Vec::new(),
            runs: Vec::new(),
        };
        if let Some(order) = wide(text) {
            plain = decode_wide(text, order);
        } else {
            plain.bytes = text.to_vec();
            plain.runs.push(Run {
                plain: 0,
                original: 0,
                written: 0,
            });
        }
        if plain.bytes.contains(&b'\\') || plain.bytes.contains(&b'&') {
            plain = unescape(&plain);
        }
        if plain
            .bytes
            .iter()
            .any(|&byte| byte < 0x20 && byte != b'\n' || byte == b'`' || byte >= 0x80)
        {
            plain = tidy(&plain);
        }
        plain
    }

    /// The words of a template, written as a plain text writes them.
    pub(super) fn words(literal: &str) -> Vec<u8> {
        let plain = Plain {
            bytes: literal.as_bytes().to_vec(),
            runs: vec![Run {
                plain: 0,
                original: 0,
                written: 0,
            }],
        };
        tidy(&plain).bytes
    }

    /// Where a range of the plain text stands in the original.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = self.at(range.start).0;
        let end = if range.end > range.start {
            self.at(range.end - 1).1
        } else {
            start
        };
        start..end.max(start)
    }

    /// Start and end in the original of what makes the byte at this place.
    fn at(&self, place: usize) -> (usize, usize) {
        let after = self.runs.partition_point(|run| run.plain as usize <= place);
        let Some(run) = after.checked_sub(1).and_then(|at| self.runs.get(at)) else {
            return (0, 0);
        };
        if run.written > 0 {
            let start = run.original as usize;
            return (start, start + run.written as usize);
        }
        let start = run.original as usize + (place - run.plain as usize);
        (start, start + 1)
    }

    /// The text with some line ends taken out (`None`) or made blanks: for text that was wrapped.
    pub(super) fn joined(&self, join: impl Fn(usize) -> Option<Option<u8>>) -> Plain {
        let mut out = Builder::on(self);
        let mut at = 0;
        while at < self.bytes.len() {
            match (self.bytes[at] == b'\n').then(|| join(at)).flatten() {
                Some(Some(byte)) => {
                    let mut end = at + 1;
                    while matches!(self.bytes.get(end), Some(b' ' | b'\t')) {
                        end += 1;
                    }
                    out.letter(at..end, &[byte]);
                    at = end;
                }
                Some(None) => {
                    out.skip(at..at + 1);
                    at += 1;
                }
                None => {
                    out.keep(at..at + 1);
                    at += 1;
                }
            }
        }
        out.done()
    }
}

/// Makes one plain text from another, and the runs of the new one lead to the original of the first.
struct Builder<'p> {
    from: &'p Plain,
    bytes: Vec<u8>,
    runs: Vec<Run>,
    /// End in `from` of what was kept last without a break.
    kept: usize,
    /// The run of `from` in which the last place was.
    cursor: usize,
}

impl<'p> Builder<'p> {
    fn on(from: &'p Plain) -> Builder<'p> {
        Builder {
            from,
            bytes: Vec::with_capacity(from.bytes.len()),
            runs: Vec::new(),
            kept: usize::MAX,
            cursor: 0,
        }
    }
    /// As it is.
    fn keep(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if self.kept != range.start {
            let run = self.run(range.start, self.bytes.len());
            self.runs.push(run);
        }
        // The source's own seams inside the range.
        while let Some(&next) = self.from.runs.get(self.cursor + 1)
            && (next.plain as usize) < range.end
        {
            self.cursor += 1;
            let plain = self.bytes.len() + (next.plain as usize).saturating_sub(range.start);
            let plain = plain as u32;
            match self.runs.last_mut().filter(|last| last.plain == plain) {
                Some(last) => *last = Run { plain, ..next },
                None => self.runs.push(Run { plain, ..next }),
            }
        }
        self.bytes
            .extend_from_slice(&self.from.bytes[range.clone()]);
        self.kept = range.end;
    }
    /// Written in another way.
    fn letter(&mut self, range: Range<usize>, letter: &[u8]) {
        let original = self.from.original(range);
        self.runs.push(Run {
            plain: self.bytes.len() as u32,
            original: original.start as u32,
            written: original.len().max(1) as u32,
        });
        self.bytes.extend_from_slice(letter);
        self.kept = usize::MAX;
    }
    /// Not at all.
    fn skip(&mut self, _: Range<usize>) {
        self.kept = usize::MAX;
    }
    fn run(&mut self, place: usize, plain: usize) -> Run {
        while self
            .from
            .runs
            .get(self.cursor + 1)
            .is_some_and(|next| next.plain as usize <= place)
        {
            self.cursor += 1;
        }
        match self.from.runs.get(self.cursor) {
            Some(run) if run.written > 0 => Run {
                plain: plain as u32,
                ..*run
            },
            Some(run) => Run {
                plain: plain as u32,
                original: run.original + (place as u32 - run.plain),
                written: 0,
            },
            None => Run {
                plain: plain as u32,
                original: 0,
                written: 0,
            },
        }
    }
    fn done(self) -> Plain {
        Plain {
            bytes: self.bytes,
            runs: self.runs,
        }
    }
}

/// UTF-16, as PowerShell's `>` writes it: `true` for the little end first.
fn wide(text: &[u8]) -> Option<bool> {
    match text {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        // Without a mark: every second byte of the beginning is zero.
        _ if text.len() >= 16 => {
            let zero = |from: usize| {
                text[..16]
                    .iter()
                    .skip(from)
                    .step_by(2)
                    .all(|&byte| byte == 0)
            };
            (zero(1) && !zero(0)).then_some(true)
        }
        _ => None,
    }
}

fn decode_wide(text: &[u8], little: bool) -> Plain {
    let mut plain = Plain {
        bytes: Vec::new(),
        runs: Vec::new(),
    };
    let units = text.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let mut at = 0;
    for letter in char::decode_utf16(units) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        let written = 2 * letter.len_utf16();
        if letter != '\u{feff}' {
            plain.runs.push(Run {
                plain: plain.bytes.len() as u32,
                original: at as u32,
                written: written as u32,
            });
            let mut buffer = [0; 4];
            plain
                .bytes
                .extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
        }
        at += written;
    }
    plain
}

/// How far a line's backslashes are escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// A string of JSON or of a program: `\n` is a line end.
    All,
    /// Windows paths may stand in it: only `\\` and `\"` are undone.
    Doubled,
}

/// JSON strings, HTML entities, doubled backslashes.
fn unescape(from: &Plain) -> Plain {
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
    if super::rows::find(line, b"(\\r\\n)").is_some() {
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
    if next == b'\\' {
        // A quotation may stand in a quotation: `\\n`, `\\\"`.
        return match (escapes, text.get(2)) {
            // … but fish speaks of "Windows line endings (\r\n)".
            (Escapes::All, Some(b'n')) if !line[..at].ends_with(b"\\\\r") => Some((3, '\n')),
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

/// Colours, carriage returns, typographic quotes, blanks that look like blanks and are others.
fn tidy(from: &Plain) -> Plain {
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

#[cfg(test)]
mod tests {
    use super::Plain;

    fn plain(text: &str) -> String {
        String::from_utf8(Plain::new(text.as_bytes()).bytes).expect("text stays text")
    }

    #[test]
    fn what_hides_a_message_is_undone() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\r\nnext"), "red\nnext");
        assert_eq!(
            plain("{\"m\":\"a: \\\"b\\\"\\n\\u2018x\\u2019 \\u001b[1mC\"}"),
            "{\"m\":\"a: \"b\"\n'x' C\"}"
        );
        assert_eq!(
            plain("version \u{2018}G\u{2019} and `H'"),
            "version 'G' and 'H'"
        );
        assert_eq!(plain("C:\\new\\table.dll"), "C:\\new\\table.dll");
        assert_eq!(
            plain("\"C:\\\\new\\\\table.dll\""),
            "\"C:\\new\\table.dll\""
        );
        assert_eq!(plain("a &lt;b&gt; &amp; c"), "a <b> & c");
        assert_eq!(plain("0\u{d7}c000007b"), "0xc000007b");
        assert_eq!(plain("50%\r100%"), "50%\n100%");
        assert_eq!(
            plain("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ y"),
            "link y"
        );
    }

    #[test]
    fn every_place_leads_back() {
        let text = "\u{1b}[1mA\u{1b}[0m {\"x\":\"q\\nlibz.so\\u2019 tail\"}\r\nB \u{201c}C\u{201d}";
        let plain = Plain::new(text.as_bytes());
        for (word, original) in [
            ("libz.so", "libz.so"),
            ("tail", "tail"),
            ("B", "B"),
            ("C", "C"),
            ("so'", "so\\u2019"),
        ] {
            let at = plain
                .bytes
                .windows(word.len())
                .position(|found| found == word.as_bytes())
                .expect(word);
            let place = plain.original(at..at + word.len());
            assert_eq!(&text[place], original, "{word}");
        }
    }

    #[test]
    fn wide_text_is_read() {
        let text = "libz.so: file too short";
        let mut wide = vec![0xff, 0xfe];
        wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let plain = Plain::new(&wide);
        assert_eq!(plain.bytes, text.as_bytes());
        assert_eq!(plain.original(0..4), 2..10);
    }

    #[test]
    fn odd_ends_do_no_harm() {
        for text in [
            "\\",
            "\u{1b}",
            "\u{1b}[",
            "\u{1b}]x",
            "\\u12",
            "&",
            "\"\\ud800\\u",
            "\\n\\",
        ] {
            for end in 0..=text.len() {
                let _ = Plain::new(&text.as_bytes()[..end]);
            }
        }
    }
}
