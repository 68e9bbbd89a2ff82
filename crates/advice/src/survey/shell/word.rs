//! Words of a shell's text: quotes taken away, what is to be put in for variables and substitutions kept apart.

use std::fmt;

use super::Assignment;

/// A word, in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::survey) struct Word {
    pub(in crate::survey) pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::survey) struct Piece {
    pub(in crate::survey) part: Part,
    /// Within quotes: what it comes to stays one word.
    pub(in crate::survey) quoted: bool,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::survey) enum Part {
    Text(Vec<u8>),
    Variable {
        name: Vec<u8>,
        change: Change,
    },
    /// `$(…)`: its text.
    Output(Vec<u8>),
    /// `"$@"`, `$*`: all arguments.
    Arguments,
    /// Patterns, arithmetic and all else that only the running shell knows.
    Unknown,
}

/// `${NAME…}`: what is done with the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::survey) enum Change {
    None,
    /// `:-`, and `-` (`only_unset`).
    Otherwise {
        word: Word,
        only_unset: bool,
    },
    /// `:+`, and `+`.
    Instead {
        word: Word,
        if_set: bool,
    },
    /// `%`: this text away from the end; `%/*`: the last component.
    WithoutEnd {
        pattern: Vec<u8>,
        longest: bool,
    },
    /// `##*/` and its like.
    WithoutStart {
        pattern: Vec<u8>,
        longest: bool,
    },
}

/// `${A:-${B:-…}}`: so many within one another.
const NESTED_MAX: usize = 8;

impl Word {
    /// A word that is only text.
    pub(in crate::survey) fn of(text: &[u8]) -> Word {
        Word {
            pieces: vec![Piece {
                part: Part::Text(text.to_vec()),
                quoted: false,
            }],
        }
    }

    /// Its text, if it is nothing else and stands without quotes.
    pub(super) fn plain(&self) -> Option<&[u8]> {
        match &self.pieces[..] {
            [
                Piece {
                    part: Part::Text(text),
                    quoted: false,
                },
            ] => Some(text),
            _ => None,
        }
    }

    /// `NAME=value`, `NAME+=value`
    pub(in crate::survey) fn assignment(&self) -> Option<Assignment> {
        let (first, rest) = self.pieces.split_first()?;
        let Part::Text(text) = &first.part else {
            return None;
        };
        let at = text.iter().position(|&b| b == b'=')?;
        let name = text[..at].strip_suffix(b"+");
        let appends = name.is_some();
        let name = name.unwrap_or(&text[..at]);
        if first.quoted || !is_name(name) {
            return None;
        }
        let mut pieces = Vec::new();
        if at + 1 < text.len() {
            pieces.push(Piece {
                part: Part::Text(text[at + 1..].to_vec()),
                quoted: false,
            });
        }
        pieces.extend_from_slice(rest);
        Some(Assignment {
            name: name.to_vec(),
            value: Word { pieces },
            appends,
        })
    }

    fn push(&mut self, part: Part, quoted: bool) {
        if let (
            Part::Text(more),
            Some(Piece {
                part: Part::Text(text),
                quoted: before,
            }),
        ) = (&part, self.pieces.last_mut())
            && *before == quoted
        {
            text.extend_from_slice(more);
            return;
        }
        self.pieces.push(Piece { part, quoted });
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let shown = match &piece.part {
                Part::Text(bytes) if piece.quoted => format!("'{}'", text(bytes)),
                Part::Text(bytes) => text(bytes),
                Part::Variable {
                    name,
                    change: Change::None,
                } => format!("${}", text(name)),
                Part::Variable { name, change } => {
                    let name = text(name);
                    match change {
                        Change::Otherwise { word, .. } => format!("${{{name}:-{word}}}"),
                        Change::Instead { word, .. } => format!("${{{name}:+{word}}}"),
                        Change::WithoutEnd { pattern, .. } => {
                            format!("${{{name}%{}}}", text(pattern))
                        }
                        Change::WithoutStart { pattern, .. } => {
                            format!("${{{name}#{}}}", text(pattern))
                        }
                        Change::None => String::new(),
                    }
                }
                Part::Output(inner) => format!("$({})", text(inner)),
                Part::Arguments => "$@".into(),
                Part::Unknown => "?".into(),
            };
            if piece.quoted && !matches!(piece.part, Part::Text(_)) {
                write!(f, "\"{shown}\"")?;
            } else {
                f.write_str(&shown)?;
            }
        }
        Ok(())
    }
}

/// A variable's name.
pub(in crate::survey) fn is_name(name: &[u8]) -> bool {
    name.first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Where the reading is.
pub(super) struct Words<'a> {
    text: &'a [u8],
    pub(super) at: usize,
    /// Ends of the here-documents that begin behind this line, and whether tabs before them are dropped.
    documents: Vec<(Vec<u8>, bool)>,
    /// Line ends before `counted`, and that place.
    lines: (usize, usize),
    nested: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a [u8]) -> Words<'a> {
        Words {
            text,
            at: 0,
            documents: Vec::new(),
            lines: (0, 0),
            nested: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn ahead(&self, count: usize) -> u8 {
        self.text.get(self.at + count).copied().unwrap_or(0)
    }

    pub(super) fn starts(&self, with: &[u8]) -> bool {
        self.text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(with))
    }

    /// This word stands here, and nothing more of it.
    pub(super) fn at_word(&self, word: &[u8]) -> bool {
        self.starts(word)
            && !matches!(self.ahead(word.len()), b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')
    }

    /// Number of the line, from 1.
    pub(super) fn line(&mut self) -> usize {
        let (count, from) = self.lines;
        let to = self.at.min(self.text.len());
        // The reading never goes back.
        let more = self
            .text
            .get(from..to)
            .map_or(0, |passed| passed.split(|&b| b == b'\n').count() - 1);
        self.lines = (count + more, to.max(from));
        count + more + 1
    }

    /// Past blanks, comments and joined lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\\') if self.ahead(1) == b'\n' => self.at += 2,
                Some(b'#') => {
                    while self.peek().is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    pub(super) fn blanks_and_lines(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.at += 1;
        }
    }

    /// Past the next place where this stands outside of quotes; `None`: nowhere.
    pub(super) fn past(&mut self, end: &[u8]) -> Option<()> {
        while let Some(byte) = self.peek() {
            if self.starts(end) {
                self.at += end.len();
                return Some(());
            }
            match byte {
                b'\\' => self.at += 2,
                b'\'' | b'"' => self.past_quotes(byte)?,
                _ => self.at += 1,
            }
        }
        None
    }

    fn past_quotes(&mut self, quote: u8) -> Option<()> {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' && quote == b'"' { 2 } else { 1 };
            if byte == quote {
                return Some(());
            }
        }
        None
    }

    /// The rest of `for NAME in …`, up to the end of the list.
    pub(super) fn list_of_loop(&mut self) -> Option<()> {
        loop {
            self.blanks();
            match self.peek()? {
                b'\n' | b';' => return Some(()),
                _ if self.at_word(b"do") => return Some(()),
                _ => drop(self.word()?),
            }
        }
    }

    /// `2>`
    pub(super) fn redirects_number(&self) -> bool {
        matches!(self.ahead(1), b'<' | b'>')
    }

    /// `>file`, `2>&1`, `<file`, `<<END`: passed over with its target. `None`: a process substitution.
    pub(super) fn redirection(&mut self) -> Option<()> {
        let from = self.at;
        while matches!(self.peek(), Some(b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let sign = &self.text[from..self.at];
        let is_document = sign == b"<<";
        if self.peek() == Some(b'(') {
            return None;
        }
        let tabs = is_document && self.peek() == Some(b'-');
        if tabs {
            self.at += 1;
        }
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let target = self.word()?;
        if is_document {
            let mut end = Vec::new();
            for piece in target.pieces {
                match piece.part {
                    Part::Text(text) => end.extend(text),
                    _ => return None,
                }
            }
            self.documents.push((end, tabs));
        }
        Some(())
    }

    /// Past the here-documents that a line promised; `None`: one has no end.
    pub(super) fn here_documents(&mut self) -> Option<()> {
        for (end, tabs) in std::mem::take(&mut self.documents) {
            loop {
                let rest = self.text.get(self.at..)?;
                let length = rest.iter().position(|&b| b == b'\n');
                let mut line = &rest[..length.unwrap_or(rest.len())];
                while tabs && line.first() == Some(&b'\t') {
                    line = &line[1..];
                }
                let is_end = line == end.as_slice();
                match length {
                    Some(length) => self.at += length + 1,
                    None if is_end => self.at = self.text.len(),
                    None => return None,
                }
                if is_end {
                    break;
                }
            }
        }
        Some(())
    }

    /// The next word; `None`: its quotes or brackets never end.
    pub(super) fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    // Empty quotes are a word, too.
                    word.push(Part::Text(Vec::new()), true);
                    quoted = !quoted;
                    self.at += 1;
                }
                b'\'' if !quoted => {
                    let rest = &self.text[self.at + 1..];
                    let end = rest.iter().position(|&b| b == b'\'')?;
                    word.push(Part::Text(rest[..end].to_vec()), true);
                    self.at += end + 2;
                }
                b'\\' => {
                    let next = self.ahead(1);
                    let special = !quoted || matches!(next, b'$' | b'`' | b'"' | b'\\' | b'\n');
                    let mut text = Vec::new();
                    if !special {
                        text.push(b'\\');
                    }
                    if next != b'\n' && self.at + 1 < self.text.len() {
                        text.push(next);
                    }
                    // What a backslash protects is no pattern and no reserved word.
                    word.push(Part::Text(text), true);
                    self.at += 2;
                }
                b'`' => {
                    let rest = &self.text[self.at + 1..];
                    let end = rest.iter().position(|&b| b == b'`')?;
                    word.push(Part::Output(rest[..end].to_vec()), quoted);
                    self.at += end + 2;
                }
                b'$' => self.expansion(&mut word, quoted)?,
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
                    if !quoted =>
                {
                    break;
                }
                b'*' | b'?' if !quoted => {
                    word.push(Part::Unknown, false);
                    self.at += 1;
                }
                b'~' if !quoted && word.pieces.is_empty() => {
                    word.push(Part::Unknown, false);
                    self.at += 1;
                }
                _ => {
                    word.push(Part::Text(vec![byte]), quoted);
                    self.at += 1;
                }
            }
        }
        if quoted {
            return None;
        }
        tidy(&mut word);
        Some(word)
    }

    /// What begins with `$`.
    fn expansion(&mut self, word: &mut Word, quoted: bool) -> Option<()> {
        self.at += 1;
        let rest = &self.text[self.at..];
        match rest.first() {
            Some(b'(') if rest.starts_with(b"((") => {
                self.past(b"))")?;
                word.push(Part::Unknown, quoted);
            }
            Some(b'(') => {
                let inner = self.bracket(b'(', b')')?;
                word.push(Part::Output(inner.to_vec()), quoted);
            }
            Some(b'{') => {
                let inner = self.bracket(b'{', b'}')?;
                word.push(self.braced(inner), quoted);
            }
            Some(b'@' | b'*') => {
                self.at += 1;
                word.push(Part::Arguments, quoted);
            }
            Some(b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.at += 1;
                word.push(Part::Unknown, quoted);
            }
            Some(digit) if digit.is_ascii_digit() => {
                let name = vec![*digit];
                self.at += 1;
                word.push(variable(name), quoted);
            }
            // `$'…'` and `$"…"` are bash's.
            Some(b'\'' | b'"') if !quoted => return None,
            _ => {
                let end = rest
                    .iter()
                    .position(|&b| !(b.is_ascii_alphanumeric() || b == b'_'))
                    .unwrap_or(rest.len());
                let part = if end == 0 {
                    Part::Text(b"$".to_vec())
                } else {
                    variable(rest[..end].to_vec())
                };
                word.push(part, quoted);
                self.at += end;
            }
        }
        Some(())
    }

    /// What stands between here and the bracket that closes this one.
    fn bracket(&mut self, open: u8, close: u8) -> Option<&'a [u8]> {
        let from = self.at + 1;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 1,
                b'\'' if open == b'(' => {
                    self.past_quotes(byte)?;
                    continue;
                }
                b'"' if open == b'(' => {
                    self.past_double()?;
                    continue;
                }
                _ if byte == open => depth += 1,
                _ if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return self.text.get(from..self.at - 1);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }

    /// Past double quotes, and brackets within them that hold quotes of their own.
    fn past_double(&mut self) -> Option<()> {
        self.at += 1;
        let mut inner = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 1,
                b'$' if self.ahead(1) == b'(' => {
                    inner += 1;
                    self.at += 1;
                }
                b')' => inner = inner.saturating_sub(1),
                b'"' if inner == 0 => {
                    self.at += 1;
                    return Some(());
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }

    /// The inside of `${…}`.
    fn braced(&self, inner: &[u8]) -> Part {
        let end = inner
            .iter()
            .position(|&b| !(b.is_ascii_alphanumeric() || b == b'_'))
            .unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(end);
        if matches!(inner, b"@" | b"*") {
            return Part::Arguments;
        }
        // `${BASH_SOURCE[0]}` is the variable itself.
        rest = rest.strip_prefix(b"[0]").unwrap_or(rest);
        let is_variable = is_name(name) || (name.len() == 1 && name[0].is_ascii_digit());
        if !is_variable || self.nested >= NESTED_MAX {
            return Part::Unknown;
        }
        let within = |text: &[u8]| {
            let mut words = Words {
                nested: self.nested + 1,
                ..Words::of(text)
            };
            words.value()
        };
        let pattern = |longest: bool, text: &[u8]| (text.to_vec(), longest);
        let change = match rest {
            // `:?` ends the script if it is not set; then nothing else is started.
            [] | [b':', b'?', ..] | [b'?', ..] => Some(Change::None),
            [b':', b'-', word @ ..] => within(word).map(|word| Change::Otherwise {
                word,
                only_unset: false,
            }),
            [b'-', word @ ..] => within(word).map(|word| Change::Otherwise {
                word,
                only_unset: true,
            }),
            [b':', b'+', word @ ..] => within(word).map(|word| Change::Instead {
                word,
                if_set: false,
            }),
            [b'+', word @ ..] => within(word).map(|word| Change::Instead { word, if_set: true }),
            [b'%', b'%', text @ ..] => Some(pattern(true, text))
                .map(|(pattern, longest)| Change::WithoutEnd { pattern, longest }),
            [b'%', text @ ..] => Some(pattern(false, text))
                .map(|(pattern, longest)| Change::WithoutEnd { pattern, longest }),
            [b'#', b'#', text @ ..] => Some(pattern(true, text))
                .map(|(pattern, longest)| Change::WithoutStart { pattern, longest }),
            [b'#', text @ ..] => Some(pattern(false, text))
                .map(|(pattern, longest)| Change::WithoutStart { pattern, longest }),
            _ => None,
        };
        change.map_or(Part::Unknown, |change| Part::Variable {
            name: name.to_vec(),
            change,
        })
    }

    /// All of it as one word, blanks included, as behind `:-`.
    fn value(&mut self) -> Option<Word> {
        let mut all = Word::default();
        while let Some(byte) = self.peek() {
            if matches!(
                byte,
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
            ) {
                all.push(Part::Text(vec![byte]), true);
                self.at += 1;
            } else {
                let from = self.at;
                for piece in self.word()?.pieces {
                    all.push(piece.part, piece.quoted);
                }
                if self.at == from {
                    return None;
                }
            }
        }
        Some(all)
    }
}

/// Empty texts are only kept where they are the whole word.
fn tidy(word: &mut Word) {
    let is_empty = |piece: &Piece| matches!(&piece.part, Part::Text(text) if text.is_empty());
    if word.pieces.iter().all(is_empty) {
        word.pieces.truncate(1);
    } else {
        word.pieces.retain(|piece| !is_empty(piece));
    }
}

fn variable(name: Vec<u8>) -> Part {
    Part::Variable {
        name,
        change: Change::None,
    }
}
