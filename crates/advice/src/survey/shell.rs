//! The little of the shell's language that shell-form commands and the last lines of entry scripts are written in.
//!
//! Only what is certain is read: simple commands, joined by `;`, `&&`, `||`, `|` and line ends. Everything that a shell decides while
//! it runs (control structures, substitutions, functions) ends the reading, and the caller is told so.

/// A word after quotes and known variables were taken care of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    pub(super) text: Vec<u8>,
    /// Nothing in it is left to the running shell.
    pub(super) known: bool,
    /// It is `"$@"` or `$*`: all arguments of the script.
    pub(super) all_arguments: bool,
}

/// What stands in front of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    Start,
    /// `;` or a line end
    Then,
    And,
    Or,
    Pipe,
    /// `&`: the one before runs in the background
    Background,
}

/// `A=b program argument`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) joint: Joint,
    pub(super) assignments: Vec<(Vec<u8>, Word)>,
    pub(super) words: Vec<Word>,
}

/// What could be read of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// All of it was read.
    pub(super) whole: bool,
}

enum Token {
    Word(Word),
    Joint(Joint),
    /// Something that only a shell can decide.
    Opaque,
}

/// Reserved words: what begins with one is decided while the shell runs.
const RESERVED: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "function", "select", "{", "}", "!", "[[", "((", "time", "in",
];

/// Reads a text; `variable` gives what is known of a variable.
pub(super) fn read(text: &[u8], variable: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Script {
    let mut reader = Reader {
        text,
        at: 0,
        variable,
    };
    let mut script = Script {
        commands: Vec::new(),
        whole: true,
    };
    let mut command = Command {
        joint: Joint::Start,
        assignments: Vec::new(),
        words: Vec::new(),
    };
    while let Some(token) = reader.token() {
        match token {
            Token::Opaque => {
                script.whole = false;
                return script;
            }
            Token::Joint(joint) => {
                if command.is_empty() {
                    // An empty line; of two joints the first one counts (`a &&` and a line end).
                    if command.joint == Joint::Start && script.commands.is_empty() {
                        continue;
                    }
                    if joint != Joint::Then {
                        script.whole = false;
                        return script;
                    }
                    continue;
                }
                let next = Command {
                    joint,
                    assignments: Vec::new(),
                    words: Vec::new(),
                };
                script.commands.push(std::mem::replace(&mut command, next));
            }
            Token::Word(word) => {
                if command.words.is_empty() {
                    if word.known
                        && RESERVED
                            .iter()
                            .any(|reserved| reserved.as_bytes() == word.text)
                    {
                        script.whole = false;
                        return script;
                    }
                    if let Some((name, value)) = assignment(&word) {
                        command.assignments.push((name, value));
                        continue;
                    }
                }
                command.words.push(word);
            }
        }
    }
    if !command.is_empty() {
        script.commands.push(command);
    }
    script
}

impl Command {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assignments.is_empty()
    }
}

/// `NAME=value`
fn assignment(word: &Word) -> Option<(Vec<u8>, Word)> {
    let at = word.text.iter().position(|&b| b == b'=')?;
    let name = &word.text[..at];
    let is_name = !name.is_empty()
        && !name[0].is_ascii_digit()
        && name.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| {
        let value = Word {
            text: word.text[at + 1..].to_vec(),
            ..word.clone()
        };
        (name.to_vec(), value)
    })
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    variable: &'a dyn Fn(&[u8]) -> Option<Vec<u8>>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) -> Option<Token> {
        loop {
            let byte = *self.text.get(self.at)?;
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.peek(1) == b'\n' => self.at += 2,
                b'#' => {
                    while self.at < self.text.len() && self.text[self.at] != b'\n' {
                        self.at += 1;
                    }
                }
                b'\n' => return Some(self.joint(1, Joint::Then)),
                b';' if self.peek(1) != b';' => return Some(self.joint(1, Joint::Then)),
                b'&' if self.peek(1) == b'&' => return Some(self.joint(2, Joint::And)),
                b'&' if self.peek(1) != b'>' => return Some(self.joint(1, Joint::Background)),
                b'|' if self.peek(1) == b'|' => return Some(self.joint(2, Joint::Or)),
                b'|' => return Some(self.joint(1, Joint::Pipe)),
                b'(' | b')' | b'`' | b';' => return Some(Token::Opaque),
                b'<' | b'>' | b'&' => {
                    if !self.redirection() {
                        return Some(Token::Opaque);
                    }
                }
                digit if digit.is_ascii_digit() && matches!(self.peek(1), b'<' | b'>') => {
                    self.at += 1;
                }
                _ => return Some(self.word()),
            }
        }
    }

    fn joint(&mut self, length: usize, joint: Joint) -> Token {
        self.at += length;
        Token::Joint(joint)
    }

    /// `>file`, `2>&1`, `<file`: passed over with its target. False: a here-document or a process substitution.
    fn redirection(&mut self) -> bool {
        let from = self.at;
        while matches!(self.peek(0), b'<' | b'>' | b'&' | b'|') {
            self.at += 1;
        }
        if self.text[from..self.at].starts_with(b"<<") || self.peek(0) == b'(' {
            return false;
        }
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
        // No target follows `2>&1`'s number or `>&-` but the word itself, which is read and dropped.
        !matches!(self.word(), Token::Opaque)
    }

    fn word(&mut self) -> Token {
        let mut word = Word {
            known: true,
            ..Word::default()
        };
        let start = self.at;
        let mut quoted = false;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'"' => {
                    quoted = !quoted;
                    self.at += 1;
                }
                b'\'' if !quoted => {
                    let rest = &self.text[self.at + 1..];
                    let Some(end) = rest.iter().position(|&b| b == b'\'') else {
                        return Token::Opaque;
                    };
                    word.text.extend_from_slice(&rest[..end]);
                    self.at += end + 2;
                }
                b'\\' => {
                    let next = self.peek(1);
                    let special = !quoted || matches!(next, b'$' | b'`' | b'"' | b'\\' | b'\n');
                    if !special {
                        word.text.push(b'\\');
                    }
                    if next != b'\n' && self.at + 1 < self.text.len() {
                        word.text.push(next);
                    }
                    self.at += 2;
                }
                b'`' => return Token::Opaque,
                b'$' => {
                    if !self.expansion(&mut word, quoted, start) {
                        return Token::Opaque;
                    }
                }
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' if !quoted => break,
                b'(' | b')' if !quoted => return Token::Opaque,
                b'*' | b'?' | b'[' | b'~'
                    if !quoted && self.text[start..].len() > 1 && byte != b'[' =>
                {
                    word.known = false;
                    word.text.push(byte);
                    self.at += 1;
                }
                _ => {
                    word.text.push(byte);
                    self.at += 1;
                }
            }
        }
        if quoted {
            return Token::Opaque;
        }
        Token::Word(word)
    }

    /// What begins with `$`; false if only a shell can tell.
    fn expansion(&mut self, word: &mut Word, quoted: bool, start: usize) -> bool {
        let rest = &self.text[self.at + 1..];
        let (name, length) = match rest.first() {
            Some(b'(') => return false,
            Some(b'{') => {
                let Some(end) = rest.iter().position(|&b| b == b'}') else {
                    return false;
                };
                (&rest[1..end], end + 1)
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-' | b'0'..=b'9') => (&rest[..1], 1),
            _ => {
                let end = rest
                    .iter()
                    .position(|&b| !(b.is_ascii_alphanumeric() || b == b'_'))
                    .unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        if length == 0 {
            word.text.push(b'$');
            self.at += 1;
            return true;
        }
        let (name, fallback) = match name.windows(2).position(|pair| pair == b":-") {
            Some(at) => (&name[..at], Some(name[at + 2..].to_vec())),
            None => (name, None),
        };
        let alone = self.at == start || (quoted && self.at == start + 1);
        if matches!(name, b"@" | b"*") {
            word.all_arguments = alone;
            word.known = false;
        } else {
            match (self.variable)(name)
                .filter(|value| !value.is_empty() || fallback.is_none())
                .or(fallback)
            {
                // An unquoted value with blanks becomes several words.
                Some(value) if quoted || !value.iter().any(u8::is_ascii_whitespace) => {
                    word.text.extend_from_slice(&value);
                }
                _ => word.known = false,
            }
        }
        self.at += 1 + length;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let known = |name: &[u8]| (name == b"APP").then(|| b"/app/run".to_vec());
        let script = read(text.as_bytes(), &known);
        let word = |word: &Word| match (word.all_arguments, word.known) {
            (true, _) => "$@".to_owned(),
            (_, true) => String::from_utf8_lossy(&word.text).into_owned(),
            (_, false) => "?".to_owned(),
        };
        let mut told: Vec<String> = script
            .commands
            .iter()
            .map(|command| {
                let words: Vec<String> = command.words.iter().map(word).collect();
                format!("{:?} {}", command.joint, words.join(" "))
            })
            .collect();
        if !script.whole {
            told.push("…".into());
        }
        told.join(" | ")
    }

    #[test]
    fn simple_commands_are_read() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("exec /app/run --port 80", "Start exec /app/run --port 80");
        check("cd /x && exec $APP", "Start cd /x | And exec /app/run");
        check("A=1 \"$APP\" 'a b' >/dev/null 2>&1", "Start /app/run a b");
        check(
            "a; b || c\nd & e",
            "Start a | Then b | Or c | Then d | Background e",
        );
        check("exec \"$@\"", "Start exec $@");
        check("exec ${APP} ${NOPE:-x} $NOPE", "Start exec /app/run x ?");
        check(
            "exec java $OPTS -jar a.jar # why",
            "Start exec java ? -jar a.jar",
        );
        check("a | b", "Start a | Pipe b");
        check("a &&\n b", "Start a | And b");
    }

    #[test]
    fn what_only_a_shell_can_tell_ends_the_reading() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("if true; then a; fi", "…");
        check("a; $(b)", "Start a | …");
        check("a; `b`", "Start a | …");
        check("a 'open", "…");
        check("cat <<X", "…");
        check("(a)", "…");
        check("a; f() { b; }", "Start a | …");
        check("", "");
    }
}
