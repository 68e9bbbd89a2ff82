//! What a shell's text comes to, as far as that is sure: variables, the working directory and the environment are followed command by
//! command; of the programs only those are asked that do nothing but tell a path (`dirname`, `readlink -f`, `pwd` …).
//!
//! What stands in a block that may not be reached is not done, but whatever it could change is unknown afterwards.

mod value;

use std::collections::HashSet;

use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::{FileKind, Machine, TargetPath};

use value::is_all_arguments;

use super::command::Stage;
use super::entry::set;
use super::shell::{self, Assignment, Command, Joint, Script};
use crate::limits::SHELL_TEXT_MAX;

/// Substitutions and read-in files within one another.
const NESTED_MAX: usize = 4;

/// A command that is reached.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) words: Vec<Vec<u8>>,
    /// The process that it is started in.
    pub(super) machine: Machine,
    /// Variables of its environment that are not known.
    pub(super) unknown: Vec<Vec<u8>>,
    /// Which command of the text it is.
    pub(super) at: usize,
    pub(super) line: usize,
    /// It stands behind `exec`.
    pub(super) ends: bool,
    /// It is reached for certain, and so written.
    pub(super) sure: bool,
}

/// What came of a text.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    pub(super) reached: Vec<Reached>,
    /// How the commands are joined, for all of them.
    pub(super) joints: Vec<Joint>,
    /// It was read to its end, and nothing of it depends on what happens.
    pub(super) whole: bool,
    /// It was read to its end.
    pub(super) read: bool,
}

/// Works a text out. `name` is what `$0` stands for, `arguments` what `"$@"` does.
pub(super) fn evaluate(
    session: &Session<'_>,
    stage: &Stage,
    name: &[u8],
    arguments: &[Vec<u8>],
    text: &[u8],
) -> Evaluated {
    let script = shell::read(&text[..text.len().min(SHELL_TEXT_MAX)]);
    let mut run = Run::new(session, stage, name, arguments);
    run.functions.clone_from(&script.functions);
    let mut told = Evaluated {
        joints: script
            .commands
            .iter()
            .map(|command| command.joint)
            .collect(),
        whole: script.whole && text.len() <= SHELL_TEXT_MAX,
        read: script.whole && text.len() <= SHELL_TEXT_MAX,
        ..Evaluated::default()
    };
    run.script(&script, &mut told);
    told
}

/// The shell, as far as it is known.
struct Run<'s, 'w> {
    session: &'s Session<'w>,
    name: Vec<u8>,
    /// `None`: changed in a way that is not known.
    arguments: Option<Vec<Vec<u8>>>,
    machine: Machine,
    /// Variables that are not exported.
    locals: Vec<(Vec<u8>, Vec<u8>)>,
    /// Variables, exported or not, whose value is not known.
    unknown: HashSet<Vec<u8>>,
    /// Those of them that are exported.
    unknown_exported: HashSet<Vec<u8>>,
    functions: Vec<Vec<u8>>,
    directory_known: bool,
    /// Something was run that may have changed anything.
    anything: bool,
    exports_all: bool,
    nested: usize,
}

/// How a command that is no program went.
enum Went {
    Well,
    Unknown,
    /// Nothing after it is reached.
    Ended,
}

impl<'s, 'w> Run<'s, 'w> {
    fn new(
        session: &'s Session<'w>,
        stage: &Stage,
        name: &[u8],
        arguments: &[Vec<u8>],
    ) -> Run<'s, 'w> {
        Run {
            session,
            name: name.to_vec(),
            arguments: Some(arguments.to_vec()),
            machine: stage.machine.clone(),
            locals: Vec::new(),
            unknown: stage.unknown.iter().cloned().collect(),
            unknown_exported: stage.unknown.iter().cloned().collect(),
            functions: Vec::new(),
            directory_known: true,
            anything: false,
            exports_all: false,
            nested: 0,
        }
    }

    /// Goes through the commands; false: the rest is not reached.
    fn script(&mut self, script: &Script, told: &mut Evaluated) -> bool {
        // How the last command went; and whether an alternative was passed, behind which nothing is certain.
        let (mut well, mut alternative) = (true, false);
        for (at, command) in script.commands.iter().enumerate() {
            if command.in_function {
                continue;
            }
            let decided = match command.joint {
                Joint::And => well,
                Joint::Or => false,
                _ => true,
            };
            if command.conditional || !decided {
                told.whole &= !command.conditional;
                alternative |= command.joint == Joint::Or && self.runs(command);
                let reached = (!command.conditional)
                    .then(|| self.reached(command, at))
                    .flatten();
                self.maybe(command);
                told.reached.extend(reached.map(|reached| Reached {
                    sure: false,
                    ..reached
                }));
                continue;
            }
            if let Some(mut reached) = self.reached(command, at) {
                reached.sure &= !alternative;
                let ends = reached.ends;
                told.reached.push(reached);
                well = true;
                if ends {
                    return false;
                }
                continue;
            }
            match self.builtin(command, told) {
                Went::Well => well = true,
                Went::Unknown => well = false,
                Went::Ended => return false,
            }
        }
        true
    }

    /// It is a program, or a command that is not known.
    fn runs(&self, command: &Command) -> bool {
        let first = command.words.first();
        first.is_some_and(|word| self.one(word).is_none_or(|word| !is_builtin(&word)))
    }

    /// The program that a command starts, in its environment.
    fn reached(&self, command: &Command, at: usize) -> Option<Reached> {
        let mut words = self.spread(&command.words)?;
        let first = words.first()?.clone();
        let (mut ends, mut sure) = (false, true);
        match first.as_slice() {
            b"exec" => {
                words.remove(0);
                let mut from = 0;
                while let Some(word) = words.get(from).filter(|word| word.starts_with(b"-")) {
                    // `exec -a NAME PROGRAM`
                    from += if word == b"-a" { 2 } else { 1 };
                }
                words.drain(..from.min(words.len()));
                ends = true;
            }
            b"command" => {
                words.remove(0);
                if words.first().is_none_or(|word| word.starts_with(b"-")) {
                    return None;
                }
            }
            _ if is_builtin(&first) || self.functions.contains(&first) => return None,
            _ => {}
        }
        if words.is_empty() {
            return None;
        }
        let mut inner = Run {
            session: self.session,
            name: self.name.clone(),
            arguments: self.arguments.clone(),
            machine: self.machine.clone(),
            locals: self.locals.clone(),
            unknown: self.unknown.clone(),
            unknown_exported: self.unknown_exported.clone(),
            functions: Vec::new(),
            ..*self
        };
        inner.exports_all = true;
        for assignment in &command.assignments {
            inner.assign(assignment);
        }
        sure &= self.directory_known && !self.anything;
        let mut unknown: Vec<Vec<u8>> = inner.unknown_exported.into_iter().collect();
        unknown.sort();
        Some(Reached {
            words,
            machine: inner.machine,
            unknown,
            at,
            line: command.line,
            ends,
            sure,
        })
    }

    /// A command that may have been done: what it could have changed is not known.
    fn maybe(&mut self, command: &Command) {
        let names = command
            .assignments
            .iter()
            .filter(|_| command.words.is_empty());
        for assignment in names {
            self.forget(&assignment.name.clone());
        }
        let Some(first) = command.words.first() else {
            return;
        };
        let Some(first) = self.one(first) else {
            return;
        };
        match first.as_slice() {
            b"cd" | b"pushd" | b"popd" => self.directory_known = false,
            b"shift" => self.arguments = None,
            b"set" if self.changes_arguments(command) => self.arguments = None,
            b"export" | b"unset" | b"readonly" | b"declare" | b"typeset" | b"read" | b"local" => {
                for word in &command.words[1..] {
                    let name = match word.assignment() {
                        Some(assignment) => assignment.name,
                        None => match self.one(word) {
                            Some(name) => name,
                            None => continue,
                        },
                    };
                    self.forget(&name);
                    if first == b"export" {
                        self.unknown_exported.insert(name);
                    }
                }
            }
            b"." | b"source" | b"eval" => self.anything = true,
            _ if self.functions.contains(&first) => self.anything = true,
            _ => {}
        }
    }

    fn changes_arguments(&self, command: &Command) -> bool {
        let rest = &command.words[1..];
        rest.iter().any(|word| {
            self.one(word).is_none_or(|word| {
                !word.starts_with(b"-") && !word.starts_with(b"+") || word == b"--"
            })
        })
    }

    fn forget(&mut self, name: &[u8]) {
        self.unknown.insert(name.to_vec());
        let before = self.machine.environment.len();
        self.machine.environment.retain(|(known, _)| known != name);
        self.locals.retain(|(known, _)| known != name);
        if self.machine.environment.len() < before || self.exports_all {
            self.unknown_exported.insert(name.to_vec());
        }
    }

    fn builtin(&mut self, command: &Command, told: &mut Evaluated) -> Went {
        if command.words.is_empty() {
            for assignment in &command.assignments {
                self.assign(assignment);
            }
            return Went::Well;
        }
        let Some(words) = self.spread(&command.words) else {
            // A command whose very name is not known: a program, most likely.
            told.whole = false;
            return Went::Well;
        };
        let Some((first, rest)) = words.split_first() else {
            return Went::Well;
        };
        match first.as_slice() {
            b"cd" => return self.change_directory(command),
            b"export" | b"declare" | b"typeset" | b"readonly" | b"local" => {
                self.declare(
                    command,
                    first == b"export" || rest.iter().any(|word| word == b"-x"),
                );
            }
            b"unset" => rest.iter().for_each(|name| self.unset(name)),
            b"set" => self.set(command, rest),
            b"shift" => {
                let count = rest
                    .first()
                    .map_or(Some(1), |word| std::str::from_utf8(word).ok()?.parse().ok());
                self.arguments = self
                    .arguments
                    .take()
                    .and_then(|all| Some(all.get(count?..)?.to_vec()));
            }
            b"read" => {
                for name in rest.iter().filter(|name| !name.starts_with(b"-")) {
                    self.forget(&name.clone());
                }
                return Went::Unknown;
            }
            b"." | b"source" if self.reads_in(rest, told) => {}
            b"." | b"source" | b"eval" => {
                self.anything = true;
                told.whole = false;
            }
            b"exit" | b"return" => return Went::Ended,
            b"test" | b"[" | b"false" | b"type" | b"hash" | b"command" | b"kill" | b"wait" => {
                return Went::Unknown;
            }
            _ if self.functions.contains(first) => {
                self.anything = true;
                told.whole = false;
            }
            _ => {}
        }
        Went::Well
    }

    fn unset(&mut self, name: &[u8]) {
        self.machine.environment.retain(|(known, _)| known != name);
        self.locals.retain(|(known, _)| known != name);
        self.unknown.remove(name);
        self.unknown_exported.remove(name);
    }

    /// `set -a`, `set -- WORD …`
    fn set(&mut self, command: &Command, rest: &[Vec<u8>]) {
        let is = |wanted: &[u8]| rest.iter().any(|word| word == wanted);
        if is(b"-a") || is(b"-o") && is(b"allexport") {
            self.exports_all = true;
        } else if self.changes_arguments(command) {
            let at = rest.iter().position(|word| word == b"--");
            let at = at.map_or(0, |at| at + 1);
            let words = command.words[1..].iter();
            let mut words = words.map(|word| self.one(word).is_some() || is_all_arguments(word));
            let known = words.all(|known| known) && self.arguments.is_some();
            self.arguments = known.then(|| rest[at..].to_vec());
        }
    }

    fn change_directory(&mut self, command: &Command) -> Went {
        let words: Option<Vec<Vec<u8>>> = command.words[1..]
            .iter()
            .map(|word| self.one(word))
            .collect();
        let Some(words) = words else {
            self.directory_known = false;
            return Went::Well;
        };
        match words
            .iter()
            .find(|word| !word.starts_with(b"-") && !word.is_empty())
        {
            Some(to) if self.directory_known || to.starts_with(b"/") => {
                self.machine.working_directory =
                    plain(&TargetPath::new(to).join_to(&self.machine.working_directory));
                self.directory_known = true;
                // `cd nowhere && …` goes no further.
                let there = self.session.world().lookup(&self.machine.working_directory);
                if there.is_ok_and(|stat| stat.kind == FileKind::Directory) {
                    Went::Well
                } else {
                    Went::Unknown
                }
            }
            _ => {
                self.directory_known = false;
                Went::Well
            }
        }
    }

    fn declare(&mut self, command: &Command, exports: bool) {
        for word in &command.words[1..] {
            if let Some(assignment) = word.assignment() {
                let name = assignment.name.clone();
                self.assign(&assignment);
                if exports {
                    self.export(&name);
                }
            } else if let Some(name) = self.one(word)
                && !name.starts_with(b"-")
                && exports
            {
                self.export(&name);
            }
        }
    }

    fn export(&mut self, name: &[u8]) {
        if self.unknown.contains(name) {
            self.unknown_exported.insert(name.to_vec());
        } else if let Some(at) = self.locals.iter().position(|(known, _)| known == name) {
            let (name, value) = self.locals.remove(at);
            set(&mut self.machine, &name, &value);
        }
    }

    fn assign(&mut self, assignment: &Assignment) {
        let name = &assignment.name;
        let is_exported = self.exports_all
            || self.unknown_exported.contains(name)
            || self.machine.variable(name).is_some();
        let value = self.text(&assignment.value).and_then(|value| {
            if assignment.appends {
                Some([self.variable(name)?, value].concat())
            } else {
                Some(value)
            }
        });
        let Some(value) = value else {
            self.forget(name);
            if is_exported {
                self.unknown_exported.insert(name.clone());
            }
            return;
        };
        self.unknown.remove(name);
        self.unknown_exported.remove(name);
        if is_exported {
            set(&mut self.machine, name, &value);
        } else {
            self.locals.retain(|(known, _)| known != name);
            self.locals.push((name.clone(), value));
        }
    }

    /// `. FILE`: done as if it stood here. False: it is not known what it says.
    fn reads_in(&mut self, words: &[Vec<u8>], told: &mut Evaluated) -> bool {
        let Some(path) = words
            .first()
            .filter(|path| path.contains(&b'/') && self.directory_known)
        else {
            return false;
        };
        let path = TargetPath::new(path).join_to(&self.machine.working_directory);
        let Some(text) = script_text(self.session, &path).filter(|_| self.nested < NESTED_MAX)
        else {
            return false;
        };
        let script = shell::read(&text);
        if !script.whole {
            return false;
        }
        self.nested += 1;
        self.functions.extend(script.functions.iter().cloned());
        let mut inner = Evaluated::default();
        self.script(&script, &mut inner);
        self.nested -= 1;
        told.whole &= inner.reached.is_empty();
        true
    }
}

/// The text of a script, or of a file that one reads in.
pub(super) fn script_text(session: &Session<'_>, path: &TargetPath) -> Option<bytes::Bytes> {
    let stat = session.lookup(path).ok()?;
    if stat.kind != FileKind::Regular {
        return None;
    }
    match &*session.open_once(&stat) {
        // Of a bigger file an image holds no more than its first line.
        Opened::NotElf(bytes)
            if bytes.len() as u64 == stat.size && bytes.len() <= SHELL_TEXT_MAX =>
        {
            Some(bytes.clone())
        }
        _ => None,
    }
}

/// `.`, `..` and doubled slashes taken out, as a shell's own `cd` does before it asks the system.
fn plain(path: &TargetPath) -> TargetPath {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.as_bytes().split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    TargetPath::new([b"/", &parts.join(&b'/')[..]].concat())
}

/// Commands of the shell itself that start nothing.
fn is_builtin(name: &[u8]) -> bool {
    const BUILTINS: &[&str] = &[
        "set", "echo", "umask", "ulimit", "trap", "test", "[", "true", "false", "printf", "read",
        "shift", "unset", "wait", "kill", ":", "type", "hash", "alias", "local", "pwd", "times",
        "getopts", "exit", "return", "break", "continue", "shopt", "declare", "typeset",
        "readonly", "let", "jobs", "fg", "bg", "disown", "cd", "export", ".", "source", "eval",
        "exec", "command", "pushd", "popd", "unalias", "builtin", "enable",
    ];
    BUILTINS.iter().any(|builtin| builtin.as_bytes() == name)
}

#[cfg(test)]
mod tests;
