//! What a shell's text comes to, as far as that is sure: variables, the working directory and the environment are followed command by
//! command; of the programs only those are asked that do nothing but tell a path (`dirname`, `readlink -f`, `pwd` …).
//!
//! What stands in a block that may not be reached is not done, but whatever it could change is unknown afterwards.

use std::collections::HashSet;

use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::{FileKind, Machine, TargetPath};

use super::behind::basename;
use super::command::Stage;
use super::entry::set;
use super::shell::{self, Assignment, Change, Command, Joint, Part, Script, Word};
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

/// Variables that a shell or a runtime sets by itself, so that one that is not seen being set is not empty.
const SET_BY_OTHERS: &[&str] = &[
    "HOME",
    "HOSTNAME",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "UID",
    "EUID",
    "GROUPS",
    "PPID",
    "IFS",
    "OPTIND",
    "OPTARG",
    "REPLY",
    "SHLVL",
    "SHELL",
    "SHELLOPTS",
    "OSTYPE",
    "HOSTTYPE",
    "MACHTYPE",
    "TERM",
    "USER",
    "LOGNAME",
    "OLDPWD",
    "_",
    "BASH",
    "BASHPID",
    "BASH_VERSION",
    "BASHOPTS",
    "BASH_VERSINFO",
    "FUNCNAME",
    "PIPESTATUS",
    "DIRSTACK",
    "PATH",
    "ZSH_VERSION",
];

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
            b"unset" => {
                for name in rest {
                    self.machine.environment.retain(|(known, _)| known != name);
                    self.locals.retain(|(known, _)| known != name);
                    self.unknown.remove(name);
                    self.unknown_exported.remove(name);
                }
            }
            b"set" => {
                if rest.iter().any(|word| {
                    word == b"-a" || word == b"-o" && rest.contains(&b"allexport".to_vec())
                }) {
                    self.exports_all = true;
                } else if self.changes_arguments(command) {
                    let at = rest
                        .iter()
                        .position(|word| word == b"--")
                        .map_or(0, |at| at + 1);
                    let known = command.words[1..]
                        .iter()
                        .all(|word| self.one(word).is_some() || is_all_arguments(word));
                    self.arguments = known
                        .then(|| rest[at..].to_vec())
                        .filter(|_| self.arguments.is_some());
                }
            }
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
            b"." | b"source" => {
                if !self.reads_in(rest, told) {
                    self.anything = true;
                    told.whole = false;
                }
            }
            b"eval" => {
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

    /// A variable's value; `None`: not known.
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"0" | b"BASH_SOURCE" => return Some(self.name.clone()),
            b"PWD" => {
                return self
                    .directory_known
                    .then(|| self.machine.working_directory.as_bytes().to_vec());
            }
            [digit @ b'1'..=b'9'] => {
                let at = usize::from(digit - b'1');
                return Some(
                    self.arguments
                        .as_ref()?
                        .get(at)
                        .cloned()
                        .unwrap_or_default(),
                );
            }
            _ => {}
        }
        if self.unknown.contains(name) {
            return None;
        }
        let local = self.locals.iter().find(|(known, _)| known == name);
        if let Some((_, value)) = local {
            return Some(value.clone());
        }
        match self.machine.variable(name) {
            Some(value) => Some(value.to_vec()),
            None if self.anything || SET_BY_OTHERS.iter().any(|known| known.as_bytes() == name) => {
                None
            }
            None => Some(Vec::new()),
        }
    }

    fn is_set(&self, name: &[u8]) -> bool {
        self.machine.variable(name).is_some() || self.locals.iter().any(|(known, _)| known == name)
    }

    /// What a word comes to where it stays one word, as behind `=`. `None`: not known.
    fn text(&self, word: &Word) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for piece in &word.pieces {
            text.extend(self.part(&piece.part)?);
        }
        Some(text)
    }

    fn part(&self, part: &Part) -> Option<Vec<u8>> {
        match part {
            Part::Text(text) => Some(text.clone()),
            Part::Variable { name, change } => self.changed(name, change),
            Part::Output(inner) => self.output(inner),
            Part::Arguments => Some(self.arguments.as_ref()?.join(&b' ')),
            Part::Unknown => None,
        }
    }

    fn changed(&self, name: &[u8], change: &Change) -> Option<Vec<u8>> {
        match change {
            Change::None => self.variable(name),
            Change::Otherwise { word, only_unset } => {
                // What nobody is seen to set is taken to be unset here: that is what the word is for.
                if !self.unknown.contains(name) && !self.is_set(name) && !name[0].is_ascii_digit() {
                    return self.text(word);
                }
                let value = self.variable(name)?;
                if value.is_empty() && !only_unset {
                    self.text(word)
                } else {
                    Some(value)
                }
            }
            Change::Instead { word, if_set } => {
                let value = self.variable(name)?;
                if value.is_empty() && !(*if_set && self.is_set(name)) {
                    Some(Vec::new())
                } else {
                    self.text(word)
                }
            }
            Change::WithoutEnd { pattern, longest } => {
                let value = self.variable(name)?;
                match pattern.as_slice() {
                    b"/*" => {
                        let at = if *longest {
                            value.iter().position(|&b| b == b'/')
                        } else {
                            value.iter().rposition(|&b| b == b'/')
                        };
                        Some(at.map_or(value.clone(), |at| value[..at].to_vec()))
                    }
                    literal if is_literal(literal) => {
                        Some(value.strip_suffix(literal).unwrap_or(&value).to_vec())
                    }
                    _ => None,
                }
            }
            Change::WithoutStart { pattern, longest } => {
                let value = self.variable(name)?;
                match pattern.as_slice() {
                    b"*/" => {
                        let at = if *longest {
                            value.iter().rposition(|&b| b == b'/')
                        } else {
                            value.iter().position(|&b| b == b'/')
                        };
                        Some(at.map_or(value.clone(), |at| value[at + 1..].to_vec()))
                    }
                    literal if is_literal(literal) => {
                        Some(value.strip_prefix(literal).unwrap_or(&value).to_vec())
                    }
                    _ => None,
                }
            }
        }
    }

    /// The value of a word that is one word; `None` if it is not known, or may be several.
    fn one(&self, word: &Word) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for piece in &word.pieces {
            if piece.part == Part::Arguments {
                return None;
            }
            let value = self.part(&piece.part)?;
            let is_text = matches!(piece.part, Part::Text(_));
            if !piece.quoted && !is_text && value.iter().any(u8::is_ascii_whitespace) {
                return None;
            }
            text.extend(value);
        }
        Some(text)
    }

    /// Words as the command gets them; `None` if the command's name is not known.
    fn spread(&self, words: &[Word]) -> Option<Vec<Vec<u8>>> {
        let mut spread: Vec<Vec<u8>> = Vec::new();
        for word in words {
            if is_all_arguments(word) {
                spread.extend(self.arguments.as_ref()?.iter().cloned());
                continue;
            }
            match self.one(word) {
                // An unquoted variable that is empty leaves no word.
                Some(text) if text.is_empty() && word.pieces.iter().all(|piece| !piece.quoted) => {}
                Some(text) => spread.push(text),
                // An unknown word in the middle stands for itself: only the first one is looked up.
                None if spread.iter().any(|word| !is_prefix(word)) => {
                    spread.push(word.to_string().into_bytes())
                }
                None => return None,
            }
        }
        Some(spread)
    }

    /// What `$(…)` prints, where that is a path and nothing but a path.
    fn output(&self, inner: &[u8]) -> Option<Vec<u8>> {
        if self.nested >= NESTED_MAX {
            return None;
        }
        let script = shell::read(inner);
        if !script.whole || !script.functions.is_empty() {
            return None;
        }
        let mut run = Run {
            session: self.session,
            name: self.name.clone(),
            arguments: self.arguments.clone(),
            machine: self.machine.clone(),
            locals: self.locals.clone(),
            unknown: self.unknown.clone(),
            unknown_exported: HashSet::new(),
            functions: self.functions.clone(),
            nested: self.nested + 1,
            ..*self
        };
        let mut text: Option<Vec<u8>> = None;
        for command in &script.commands {
            if command.conditional
                || !matches!(command.joint, Joint::Start | Joint::Then | Joint::And)
                || text.is_some()
            {
                return None;
            }
            let words: Vec<Vec<u8>> = command
                .words
                .iter()
                .map(|word| run.one(word))
                .collect::<Option<_>>()?;
            if words.first().is_some_and(|first| first == b"cd") {
                match run.change_directory(command) {
                    Went::Well if run.directory_known => continue,
                    _ => return None,
                }
            }
            text = Some(run.prints(&words)?);
        }
        text
    }

    /// What a program that only tells something prints, without its line end.
    fn prints(&self, words: &[Vec<u8>]) -> Option<Vec<u8>> {
        let (first, rest) = words.split_first()?;
        let operands: Vec<&Vec<u8>> = rest.iter().filter(|word| !word.starts_with(b"-")).collect();
        let options: Vec<&Vec<u8>> = rest.iter().filter(|word| word.starts_with(b"-")).collect();
        let absolute = |path: &[u8]| {
            let known = self.directory_known || path.starts_with(b"/");
            known.then(|| TargetPath::new(path).join_to(&self.machine.working_directory))
        };
        let real = |path: &[u8]| {
            let path = absolute(path)?;
            Some(
                self.session
                    .world()
                    .canonical(&path)
                    .ok()?
                    .as_bytes()
                    .to_vec(),
            )
        };
        match (basename(first), &operands[..]) {
            (b"dirname", [path]) => Some(dirname(path).to_vec()),
            (b"basename", [path]) => {
                Some(basename(path.strip_suffix(b"/").unwrap_or(path)).to_vec())
            }
            (b"basename", [path, ending]) => {
                let name = basename(path);
                Some(
                    name.strip_suffix(ending.as_slice())
                        .unwrap_or(name)
                        .to_vec(),
                )
            }
            (b"realpath", [path])
                if options
                    .iter()
                    .all(|option| option.as_slice() == b"-e" || option.as_slice() == b"--") =>
            {
                real(path)
            }
            (b"readlink", [path])
                if options.iter().any(|option| {
                    matches!(option.as_slice(), b"-f" | b"-e" | b"-m" | b"-nf" | b"-fn")
                }) =>
            {
                real(path)
            }
            (b"readlink", [path]) if options.is_empty() => {
                let target = self.session.world().read_link(&absolute(path)?).ok()?;
                Some(target.as_bytes().to_vec())
            }
            (b"pwd", []) if options.iter().any(|option| option.as_slice() == b"-P") => real(b"."),
            (b"pwd", []) => self
                .directory_known
                .then(|| self.machine.working_directory.as_bytes().to_vec()),
            (b"echo", _) if options.is_empty() => Some(rest.join(&b' ')),
            (b"printf", [format, text])
                if format.as_slice() == b"%s" || format.as_slice() == b"%s\\n" =>
            {
                Some((*text).clone())
            }
            (b"uname", []) if options.is_empty() || options == [b"-s"] => Some(b"Linux".to_vec()),
            (b"uname", []) if options == [b"-m"] => {
                use sayso_world::Architecture;
                Some(
                    match self.machine.architecture {
                        Architecture::X86_64 => &b"x86_64"[..],
                        Architecture::Aarch64 => b"aarch64",
                        Architecture::Riscv64 => b"riscv64",
                        Architecture::Ppc64le => b"ppc64le",
                        Architecture::S390x => b"s390x",
                        _ => return None,
                    }
                    .to_vec(),
                )
            }
            _ => None,
        }
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

fn is_literal(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| b"*?[\\$\"'`".contains(b))
}

fn is_all_arguments(word: &Word) -> bool {
    matches!(&word.pieces[..], [piece] if piece.part == Part::Arguments)
}

/// Words that stand before a command's name.
fn is_prefix(word: &[u8]) -> bool {
    matches!(word, b"exec" | b"command")
}

/// The folder of a path, as `dirname` prints it.
fn dirname(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |at| at + 1);
    match path[..end].iter().rposition(|&b| b == b'/') {
        Some(at) => {
            let folder = path[..at]
                .iter()
                .rposition(|&b| b != b'/')
                .map_or(0, |at| at + 1);
            if folder == 0 { b"/" } else { &path[..folder] }
        }
        None if end == 0 && !path.is_empty() => b"/",
        None => b".",
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
mod tests {
    use super::*;
    use crate::survey::words::Caller;

    /// The commands that `/opt/x/run` with the arguments `one` and `two words` reaches, each with its `LD_LIBRARY_PATH`; a question mark:
    /// not certain; `…`: not all was read.
    fn told(text: &str) -> String {
        let world = sayso_fixture::parse(
            "machine: glibc 2.36 x86_64\nenv: KNOWN=yes\n/opt/x/lib dir\n/bin/x symlink -> ../opt/x/run\n/opt/x/run text \"\"\n/etc/set.sh text \"L=/etc/lib\\n\"",
        )
        .expect("a world")
        .memory();
        let session = Session::new(&world);
        let stage = Stage {
            arguments: Vec::new(),
            told_by: String::new(),
            caller: Caller::Runtime,
            machine: sayso_world::World::machine(&world).clone(),
            decisive: true,
            unknown: Vec::new(),
        };
        let arguments = [b"one".to_vec(), b"two words".to_vec()];
        let told = evaluate(&session, &stage, b"/bin/x", &arguments, text.as_bytes());
        let mut lines: Vec<String> = told
            .reached
            .iter()
            .map(|reached| {
                let words: Vec<String> = reached.words.iter().map(crate::show).collect();
                let path = reached.machine.variable(b"LD_LIBRARY_PATH");
                let path = match path {
                    Some(path) => format!(" [{}]", crate::show(path)),
                    None if reached.unknown.is_empty() => String::new(),
                    None => " [?]".into(),
                };
                let sure = if reached.sure { "" } else { "?" };
                format!("{sure}{}{path}", words.join(","))
            })
            .collect();
        if !told.read {
            lines.push("…".into());
        }
        lines.join(" | ")
    }

    #[test]
    fn what_a_wrapper_sets_is_known() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("exec ./app \"$@\"", "./app,one,two words");
        check("cd /opt/x && exec ./app $1", "./app,one");
        check("export LD_LIBRARY_PATH=/l\nexec /a", "/a [/l]");
        check("LD_LIBRARY_PATH=/l exec /a", "/a [/l]");
        check("LD_LIBRARY_PATH=/l /a; /b", "/a [/l] | /b");
        check("L=/l; export LD_LIBRARY_PATH=$L:$L2; /a", "/a [/l:]");
        check(
            "LD_LIBRARY_PATH=/l${NO:+:$NO}${KNOWN:+:$KNOWN} /a",
            "/a [/l:yes]",
        );
        check(
            "D=$(dirname \"$0\"); LD_LIBRARY_PATH=$D/lib /a",
            "/a [/bin/lib]",
        );
        check("D=$(readlink -f $0); exec ${D%/*}/app", "/opt/x/app");
        check("D=`dirname \\`readlink -f $0\\``; exec $D/app", "…");
        check(
            "D=$(cd \"$(dirname \"$(readlink -f \"$0\")\")\" && pwd -P); exec \"$D\"/app",
            "/opt/x/app",
        );
        check(
            "cd /opt/x/lib/..; LD_LIBRARY_PATH=$PWD/lib:$(pwd) /a",
            "/a [/opt/x/lib:/opt/x]",
        );
        check(". /etc/set.sh; LD_LIBRARY_PATH=$L /a", "/a [/etc/lib]");
        check(
            "set -- -x \"$@\"; shift; exec /a \"$@\"",
            "/a,one,two words",
        );
        check("set -a; LD_LIBRARY_PATH=/l; /a", "/a [/l]");
        check(
            "A=/l; A+=/m; LD_LIBRARY_PATH=$A /a; unset A; LD_LIBRARY_PATH=$A /b",
            "/a [/l/m] | /b []",
        );
        check("${APP:=/a} x; ${0##*/} y", "x,y");
        check(
            "X=$(basename $0 .sh); exec /opt/$X-$(uname -m)",
            "/opt/x-x86_64",
        );
    }

    #[test]
    fn what_a_shell_decides_is_not_made_up() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        check("if x; then L=/l; fi\nLD_LIBRARY_PATH=$L /a", "/a [?]");
        check("if x; then export LD_LIBRARY_PATH=/l; fi\n/a", "/a [?]");
        check("[ -d /l ] && export LD_LIBRARY_PATH=/l\n/a", "/a [?]");
        check("export LD_LIBRARY_PATH=$(find /l)\n/a", "/a [?]");
        check("export LD_LIBRARY_PATH=$HOME/l\n/a", "/a [?]");
        check("f() { export LD_LIBRARY_PATH=/l; }\nf\n/a", "?/a");
        check(". /nowhere\n/a", "?/a");
        check("eval x\n/a", "?/a");
        check("case $1 in one) cd /x;; esac\n./a", "?./a");
        check("/a || /b; /c", "/a | ?/b | ?/c");
        check("exit 0; /a", "");
        check("$UNKNOWN_TOOL; $HOME/a", "");
        check("/a 'open", "…");
    }

    #[test]
    fn substitutions_within_one_another_are_followed_so_far() {
        let nested = |depth: usize| {
            let text = format!("exec {}/x{}", "$(echo ".repeat(depth), ")".repeat(depth));
            told(&text)
        };
        assert_eq!(nested(NESTED_MAX), "/x");
        assert_eq!(nested(NESTED_MAX + 1), "");
    }

    #[test]
    fn a_long_text_is_read_so_far() {
        let padded = |length: usize| {
            let mut text = "# ".to_owned();
            text.extend(std::iter::repeat_n('x', length - "# \nexec /a".len()));
            text.push_str("\nexec /a");
            told(&text)
        };
        assert_eq!(padded(SHELL_TEXT_MAX), "/a");
        // Cut within the command, so what it names is not taken for certain: the whole text was not read.
        assert_eq!(padded(SHELL_TEXT_MAX + 1), "/ | …");
    }

    #[test]
    fn dirname_prints_what_the_real_one_prints() {
        let check = |path: &str, want: &str| {
            assert_eq!(crate::show(dirname(path.as_bytes())), want, "{path}");
        };
        check("/a/b", "/a");
        check("/a/b/", "/a");
        check("/a", "/");
        check("a", ".");
        check("a/b", "a");
        check("/", "/");
        check("//a//b//", "//a");
        check("", ".");
    }
}
