//! The part of the shell's language that entry scripts and wrappers are written in, read without running anything.
//!
//! A text becomes a list of simple commands, each with the knowledge whether it is in a block that may not be reached (`if`, a loop, a
//! `case`) or in a function's body. What the words come to is worked out by [`super::evaluate`], in the order in which a shell would.
//! Text that is no shell's language as it is known here ends the reading, and the caller is told so.

mod word;

pub(super) use word::{Change, Part, Piece, Word};

use word::Words;

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
    pub(super) assignments: Vec<Assignment>,
    pub(super) words: Vec<Word>,
    /// Number of its line, from 1.
    pub(super) line: usize,
    /// It is in a block that may not be reached, or may be reached several times.
    pub(super) conditional: bool,
    /// It is in the body of a function.
    pub(super) in_function: bool,
}

/// `NAME=value`, `NAME+=value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: Vec<u8>,
    pub(super) value: Word,
    pub(super) appends: bool,
}

/// What could be read of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Script {
    pub(super) commands: Vec<Command>,
    /// Names of its functions.
    pub(super) functions: Vec<Vec<u8>>,
    /// All of it was read.
    pub(super) whole: bool,
}

/// What ends with a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    If,
    Loop,
    Case,
    Brace,
    Paren,
    /// The braces of a function.
    Function,
}

/// What a reserved word at a command's place does.
enum Reserved {
    Opens(Block),
    Closes(&'static [Block]),
    /// `then`, `do`, `!`: a command follows.
    Passes,
    /// `for`, `select`: a name and a list follow.
    List,
    Case,
    /// `[[`: up to `]]`.
    Test,
    Function,
}

fn reserved(word: &[u8]) -> Option<Reserved> {
    Some(match word {
        b"if" => Reserved::Opens(Block::If),
        b"while" | b"until" => Reserved::Opens(Block::Loop),
        b"for" | b"select" => Reserved::List,
        b"case" => Reserved::Case,
        b"{" => Reserved::Opens(Block::Brace),
        b"then" | b"else" | b"elif" | b"do" | b"!" | b"time" => Reserved::Passes,
        b"fi" => Reserved::Closes(&[Block::If]),
        b"done" => Reserved::Closes(&[Block::Loop]),
        b"esac" => Reserved::Closes(&[Block::Case]),
        b"}" => Reserved::Closes(&[Block::Brace, Block::Function]),
        b"[[" => Reserved::Test,
        b"function" => Reserved::Function,
        _ => return None,
    })
}

/// Reads a text.
pub(super) fn read(text: &[u8]) -> Script {
    let mut reader = Reader {
        words: Words::of(text),
        script: Script::default(),
        blocks: Vec::new(),
        command: empty(Joint::Start, 1),
    };
    reader.script.whole = reader.all().is_some() && reader.blocks.is_empty();
    reader.script
}

fn empty(joint: Joint, line: usize) -> Command {
    Command {
        joint,
        assignments: Vec::new(),
        words: Vec::new(),
        line,
        conditional: false,
        in_function: false,
    }
}

struct Reader<'a> {
    words: Words<'a>,
    script: Script,
    blocks: Vec<Block>,
    command: Command,
}

/// Blocks within blocks that are followed.
const BLOCKS_MAX: usize = 64;

impl Reader<'_> {
    /// `None`: only a shell can tell.
    fn all(&mut self) -> Option<()> {
        loop {
            self.words.blanks();
            let Some(byte) = self.words.peek() else {
                self.end(Joint::Then);
                return Some(());
            };
            match byte {
                b'\n' => {
                    self.words.at += 1;
                    self.end(Joint::Then);
                    self.words.here_documents()?;
                }
                b';' if self.words.starts(b";;") || self.words.starts(b";&") => {
                    self.words.at += 2;
                    self.end(Joint::Then);
                    if self.blocks.last() != Some(&Block::Case) {
                        return None;
                    }
                    self.pattern()?;
                }
                b';' => self.joint(1, Joint::Then),
                b'&' if self.words.starts(b"&&") => self.joint(2, Joint::And),
                b'&' if !self.words.starts(b"&>") => self.joint(1, Joint::Background),
                b'|' if self.words.starts(b"||") => self.joint(2, Joint::Or),
                b'|' => self.joint(1, Joint::Pipe),
                b'(' if self.words.starts(b"((") && self.command.is_empty() => {
                    self.words.past(b"))")?;
                    self.end(Joint::Then);
                }
                b'(' if self.command.is_empty() => {
                    self.words.at += 1;
                    self.open(Block::Paren)?;
                }
                b'(' => self.function()?,
                b')' => {
                    self.words.at += 1;
                    self.end(Joint::Then);
                    (self.blocks.pop() == Some(Block::Paren)).then_some(())?;
                }
                b'<' | b'>' | b'&' => self.words.redirection()?,
                digit if digit.is_ascii_digit() && self.words.redirects_number() => {
                    self.words.at += 1;
                }
                _ => self.word()?,
            }
        }
    }

    fn joint(&mut self, length: usize, joint: Joint) {
        self.words.at += length;
        self.end(joint);
    }

    /// The command ends here; what follows is joined to it so.
    fn end(&mut self, joint: Joint) {
        let line = self.words.line();
        if self.command.is_empty() {
            // An empty line; of two joints the first one counts (`a &&` and a line end).
            if joint != Joint::Then || self.command.joint == Joint::Start {
                self.command.joint = joint;
            }
            return;
        }
        let mut command = std::mem::replace(&mut self.command, empty(joint, line));
        command.in_function = self.blocks.contains(&Block::Function);
        command.conditional = !self.blocks.is_empty();
        self.script.commands.push(command);
    }

    fn open(&mut self, block: Block) -> Option<()> {
        (self.blocks.len() < BLOCKS_MAX).then(|| self.blocks.push(block))
    }

    fn word(&mut self) -> Option<()> {
        if self.command.is_empty() {
            self.command.line = self.words.line();
        }
        let word = self.words.word()?;
        if self.command.words.is_empty() {
            if let Some(name) = word.plain()
                && self.command.assignments.is_empty()
                && let Some(reserved) = reserved(name)
            {
                return self.reserved(reserved);
            }
            if let Some(assignment) = word.assignment() {
                if self.words.peek() == Some(b'(') && assignment.value.pieces.is_empty() {
                    // An array.
                    self.words.past(b")")?;
                }
                self.command.assignments.push(assignment);
                return Some(());
            }
        }
        self.command.words.push(word);
        Some(())
    }

    fn reserved(&mut self, reserved: Reserved) -> Option<()> {
        match reserved {
            Reserved::Opens(block) => self.open(block),
            Reserved::Passes => Some(()),
            Reserved::Closes(blocks) => {
                let last = self.blocks.pop()?;
                // What stands behind `}` on its line is a redirection, or a joint.
                blocks.contains(&last).then_some(())
            }
            Reserved::List => {
                self.open(Block::Loop)?;
                // The variable may be anything afterwards.
                self.words.blanks();
                let name = self.words.word()?;
                let value = Word {
                    pieces: vec![Piece {
                        part: Part::Unknown,
                        quoted: true,
                    }],
                };
                self.command.assignments.push(Assignment {
                    name: name.plain()?.to_vec(),
                    value,
                    appends: false,
                });
                self.words.list_of_loop()
            }
            Reserved::Case => {
                self.words.blanks();
                self.words.word()?;
                self.words.blanks_and_lines();
                (self.words.word()?.plain() == Some(b"in")).then_some(())?;
                self.open(Block::Case)?;
                self.pattern()
            }
            Reserved::Test => self.words.past(b"]]").map(|()| {
                // It stands for a command whose outcome is not known.
                self.command.words.push(Word::of(b"["));
            }),
            Reserved::Function => {
                self.words.blanks();
                let name = self.words.word()?;
                self.body(name.plain()?.to_vec())
            }
        }
    }

    /// `a|b)` of a `case`, or its end.
    fn pattern(&mut self) -> Option<()> {
        self.words.blanks_and_lines();
        if self.words.at_word(b"esac") {
            return Some(());
        }
        self.words.past(b")")
    }

    /// `name() {`
    fn function(&mut self) -> Option<()> {
        let [name] = &self.command.words[..] else {
            return None;
        };
        let name = name.plain()?.to_vec();
        self.command.words.clear();
        self.body(name)
    }

    fn body(&mut self, name: Vec<u8>) -> Option<()> {
        self.words.blanks();
        if self.words.peek() == Some(b'(') {
            self.words.at += 1;
            self.words.blanks();
            (self.words.peek() == Some(b')')).then_some(())?;
            self.words.at += 1;
        }
        self.words.blanks_and_lines();
        (self.words.word()?.plain() == Some(b"{")).then_some(())?;
        self.script.functions.push(name);
        self.open(Block::Function)
    }
}

impl Command {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assignments.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let script = read(text.as_bytes());
        let mut told: Vec<String> = script
            .commands
            .iter()
            .map(|command| {
                let mut words: Vec<String> = Vec::new();
                for assignment in &command.assignments {
                    words.push(format!(
                        "{}={}",
                        String::from_utf8_lossy(&assignment.name),
                        assignment.value
                    ));
                }
                words.extend(command.words.iter().map(ToString::to_string));
                let place = match (command.in_function, command.conditional) {
                    (true, _) => "f:",
                    (_, true) => "?:",
                    _ => "",
                };
                format!("{place}{:?} {}", command.joint, words.join(" "))
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
        check("cd /x && exec $APP", "Start cd /x | And exec $APP");
        check(
            "A=1 \"$APP\" 'a b' >/dev/null 2>&1",
            "Start A=1 \"$APP\" 'a b'",
        );
        check(
            "a; b || c\nd & e",
            "Start a | Then b | Or c | Then d | Background e",
        );
        check("exec \"$@\"", "Start exec \"$@\"");
        check(
            "exec ${APP} ${NOPE:-x} $NOPE",
            "Start exec $APP ${NOPE:-x} $NOPE",
        );
        check(
            "exec java $OPTS -jar a.jar # why",
            "Start exec java $OPTS -jar a.jar",
        );
        check("a | b", "Start a | Pipe b");
        check("a &&\n b", "Start a | And b");
        check("a; $(b \"c)\")", "Start a | Then $(b \"c)\")");
        check("a; `b`", "Start a | Then $(b)");
        check("X=`dirname \"$0\"`", "Start X=$(dirname \"$0\")");
        check("cat <<X\na (\nX\nb", "Start cat | Then b");
        check("L=${L:+$L:}/x", "Start L=${L:+$L:}/x");
        check("", "");
    }

    #[test]
    fn blocks_are_passed_through() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("if true; then a; fi; b", "?:Start true | ?:Then a | Then b");
        check(
            "for x in 1 2; do a; done\nb",
            "?:Start x=\"?\" | ?:Then a | Then b",
        );
        check(
            "case \"$1\" in\n a|b) c ;;\n *) d;;\nesac\ne",
            "?:Start c | ?:Then d | Then e",
        );
        check("f() { a; }\nb", "f:Start a | Then b");
        check("function f {\n a\n}\nf", "f:Then a | Then f");
        check("(a; b) && c", "?:Start a | ?:Then b | And c");
        check("[[ -n $A && -d /x ]] && b", "Start [ | And b");
        check("A=(1 2)\nb", "Start A= | Then b");
        check("{ a; } >/x; b", "?:Start a | Then b");
    }

    #[test]
    fn what_is_no_shell_text_ends_the_reading() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("a 'open", "…");
        check("a; fi", "Start a | …");
        check("if a; then b", "?:Start a | ?:Then b | …");
        check("a; $(b", "Start a | …");
        check("cat <<X\nno end", "Start cat | …");
        let deep = |depth: usize| {
            read(&[b"(".repeat(depth), b"a".to_vec(), b")".repeat(depth)].concat()).whole
        };
        assert!(deep(1) && !deep(BLOCKS_MAX + 1));
        let braces = |depth: usize| read("{ ".repeat(depth).as_bytes()).commands.len();
        assert_eq!(braces(BLOCKS_MAX + 1), 0);
    }
}
