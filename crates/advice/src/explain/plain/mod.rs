//! The pasted text made plain, with a way back to where each byte stood.
//!
//! People paste terminals, JSON logs, web pages. So before anything is looked for, escapes are undone (JSON strings, HTML entities,
//! doubled backslashes), colours and carriage returns are taken out, and quotes become `'` and `"`. What was changed is kept as a
//! list of runs, so that every place in the plain text is a place in the pasted one. Bytes that need no change cost one look each.

mod escapes;
mod letters;
mod wide;

use std::ops::Range;

use escapes::unescape;
use letters::tidy;

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
        if let Some(order) = wide::order(text) {
            plain = wide::decode(text, order);
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

    /// Something is written shorter than it was pasted.
    pub(super) fn has_escapes(&self) -> bool {
        self.runs.iter().any(|run| run.written > 1)
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
