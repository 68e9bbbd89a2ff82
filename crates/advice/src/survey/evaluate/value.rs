//! What words come to: variables, their changes, and what the few programs print that only tell a path.

use std::collections::HashSet;

use sayso_world::{Architecture, TargetPath};

use super::{NESTED_MAX, Run, Went};
use crate::survey::behind::basename;
use crate::survey::shell::{self, Change, Joint, Part, Word};

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

impl Run<'_, '_> {
    /// A variable's value; `None`: not known.
    pub(super) fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
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
    pub(super) fn text(&self, word: &Word) -> Option<Vec<u8>> {
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
    pub(super) fn one(&self, word: &Word) -> Option<Vec<u8>> {
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
    pub(super) fn spread(&self, words: &[Word]) -> Option<Vec<Vec<u8>>> {
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
                    spread.push(word.to_string().into_bytes());
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
                let name = machine_name(self.machine.architecture)?;
                Some(name.as_bytes().to_vec())
            }
            _ => None,
        }
    }
}

/// What `uname -m` prints.
fn machine_name(architecture: Architecture) -> Option<&'static str> {
    Some(match architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
        Architecture::Riscv64 => "riscv64",
        Architecture::Ppc64le => "ppc64le",
        Architecture::S390x => "s390x",
        _ => return None,
    })
}

fn is_literal(pattern: &[u8]) -> bool {
    !pattern.iter().any(|b| b"*?[\\$\"'`".contains(b))
}

pub(super) fn is_all_arguments(word: &Word) -> bool {
    matches!(&word.pieces[..], [piece] if piece.part == Part::Arguments)
}

/// Words that stand before a command's name.
fn is_prefix(word: &[u8]) -> bool {
    matches!(word, b"exec" | b"command")
}

/// The folder of a path, as `dirname` prints it.
pub(super) fn dirname(path: &[u8]) -> &[u8] {
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
