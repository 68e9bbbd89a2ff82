//! What a shell hands over to: the commands of a text behind `-c`, and the last line of an entry script.

use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::{Machine, TargetPath};

use super::command::{Stage, basename};
use super::entry::set;
use super::shell::{self, Joint, Word};
use super::words::{Caller, Shell};
use crate::limits::SHELL_TEXT_MAX;
use crate::show;

/// A shell that speaks: which one, and what it calls itself.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub(super) shell: Shell,
    pub(super) name: String,
}

impl Voice {
    /// Of the shell that was found at `path` (or is a script's interpreter), called by this name.
    pub(super) fn of(
        session: &Session<'_>,
        path: &TargetPath,
        called: &[u8],
        busybox: bool,
    ) -> Voice {
        let machine = session.world().machine();
        let behind = |path: &TargetPath| {
            let real = session
                .world()
                .canonical(&path.join_to(&machine.working_directory))
                .ok()?;
            Some(real.file_name().to_vec())
        };
        let own = TargetPath::new(called);
        let real = if called.contains(&b'/') {
            behind(&own)
        } else {
            behind(path)
        };
        let shell = match real.as_deref() {
            _ if busybox => Shell::Busybox,
            Some(b"bash") => Shell::Bash,
            _ if basename(called) == b"bash" => Shell::Bash,
            _ => Shell::Dash,
        };
        Voice {
            shell,
            name: show(called),
        }
    }

    fn caller(&self, line: usize, exec: bool) -> Caller {
        Caller::Shell {
            shell: self.shell,
            name: self.name.clone(),
            line,
            exec,
        }
    }
}

/// The commands of a shell text that are sure to be reached.
pub(super) fn shell_text(
    stage: &Stage,
    voice: &Voice,
    text: &[u8],
    arguments: &[Vec<u8>],
) -> Vec<Stage> {
    let mut machine = stage.machine.clone();
    let environment = machine.environment.clone();
    let known = |name: &[u8]| {
        environment
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let script = shell::read(&text[..text.len().min(SHELL_TEXT_MAX)], &known);
    let mut stages: Vec<(usize, Stage)> = Vec::new();
    let mut reached = true;
    for (at, command) in script.commands.iter().enumerate() {
        match command.joint {
            Joint::Or => reached = false,
            Joint::Then | Joint::Background | Joint::Start | Joint::And | Joint::Pipe => {}
        }
        for (name, value) in &command.assignments {
            if command.words.is_empty() || value.known {
                set(&mut machine, name, &value.text);
            }
        }
        let Some(words) = spread(&command.words, arguments) else {
            reached = false;
            continue;
        };
        let Some(action) = action(&words, &mut machine) else {
            continue;
        };
        match action {
            Action::Opaque => reached = false,
            Action::Run { words, ends } => {
                let mut next = Stage {
                    arguments: words,
                    told_by: format!("{} -c", voice.name),
                    caller: voice.caller(0, ends),
                    machine: machine.clone(),
                    decisive: reached,
                };
                next.decisive &= stage.decisive;
                stages.push((at, next));
                if ends {
                    break;
                }
            }
        }
    }
    // A command that fails ends the text only where nothing but `&&` follows it.
    let last = script.commands.len().saturating_sub(1);
    for (at, stage) in &mut stages {
        let only_and = script
            .commands
            .iter()
            .skip(*at + 1)
            .all(|command| command.joint == Joint::And);
        stage.decisive &= script.whole && (only_and || *at == last);
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

/// Words with `"$@"` spread; `None` if the command's name is not known.
fn spread(words: &[Word], arguments: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let mut spread = Vec::new();
    for word in words {
        if word.all_arguments {
            spread.extend(arguments.iter().cloned());
        } else if word.known || !spread.is_empty() {
            // An unknown word in the middle stands for itself: only the first one is looked up.
            if !word.known && spread.iter().all(|word: &Vec<u8>| is_prefix(word)) {
                return None;
            }
            spread.push(word.text.clone());
        } else {
            return None;
        }
    }
    Some(spread)
}

/// Words that stand before a command's name.
fn is_prefix(word: &[u8]) -> bool {
    matches!(word, b"exec" | b"command")
}

enum Action {
    Run { words: Vec<Vec<u8>>, ends: bool },
    Opaque,
}

/// What a simple command does; `None`: a builtin that changes nothing that matters here.
fn action(words: &[Vec<u8>], machine: &mut Machine) -> Option<Action> {
    const QUIET: &[&str] = &[
        "set", "echo", "umask", "ulimit", "trap", "test", "[", "true", "false", "printf", "read",
        "shift", "unset", "wait", "kill", ":", "type", "hash", "alias", "local", "pwd", "times",
        "getopts", "exit", "return", "break", "continue", "shopt", "declare", "typeset",
        "readonly", "let", "jobs", "fg", "bg", "disown",
    ];
    let (first, rest) = words.split_first()?;
    match first.as_slice() {
        b"exec" => {
            let at = rest.iter().position(|word| !word.starts_with(b"-"))?;
            let words = rest[at..].to_vec();
            Some(Action::Run { words, ends: true })
        }
        b"command" if rest.first().is_some_and(|word| !word.starts_with(b"-")) => {
            Some(Action::Run {
                words: rest.to_vec(),
                ends: false,
            })
        }
        b"cd" => {
            if let Some(directory) = rest.first() {
                machine.working_directory =
                    TargetPath::new(directory).join_to(&machine.working_directory);
            }
            None
        }
        b"export" => {
            for word in rest {
                if let Some(at) = word.iter().position(|&b| b == b'=') {
                    set(machine, &word[..at], &word[at + 1..]);
                }
            }
            None
        }
        b"." | b"source" | b"eval" | b"command" => Some(Action::Opaque),
        _ if QUIET.iter().any(|quiet| quiet.as_bytes() == first) => None,
        _ => Some(Action::Run {
            words: words.to_vec(),
            ends: false,
        }),
    }
}

/// The last line of an entry script, which hands over: `exec "$@"`, `exec /app/server`.
pub(super) fn shell_script(
    session: &Session<'_>,
    stage: &Stage,
    voice: &Voice,
    path: &[u8],
    arguments: &[Vec<u8>],
) -> Vec<Stage> {
    let absolute = TargetPath::new(path).join_to(&stage.machine.working_directory);
    let Ok(stat) = session.lookup(&absolute) else {
        return vec![Stage {
            arguments: vec![absolute.as_bytes().to_vec()],
            told_by: "the shell's script".into(),
            caller: Caller::ShellReads {
                shell: voice.shell,
                name: voice.name.clone(),
            },
            machine: stage.machine.clone(),
            decisive: stage.decisive,
        }];
    };
    let Opened::NotElf(bytes) = &*session.open_once(&stat) else {
        return Vec::new();
    };
    let text = &bytes[..bytes.len().min(SHELL_TEXT_MAX)];
    let Some((line, last)) = last_line(text) else {
        return Vec::new();
    };
    let in_script = Voice {
        name: show(path),
        ..voice.clone()
    };
    let mut stages = shell_text(stage, &in_script, last, arguments);
    // What the script did before may change the arguments, PATH or the environment.
    let has = |what: &[u8]| text.windows(what.len()).any(|window| window == what);
    let changes = [
        "set --", "shift", "PATH=", "\n. ", "source ", "LD_", "cd ", "export ",
    ];
    let sure =
        bytes.len() <= SHELL_TEXT_MAX && !changes.iter().any(|change| has(change.as_bytes()));
    for stage in &mut stages {
        stage.told_by = format!("the last line of {}", show(path));
        if let Caller::Shell { line: at, .. } = &mut stage.caller {
            *at = line;
        }
        stage.decisive &= sure;
    }
    stages.retain(|stage| {
        let name = stage.arguments.first().cloned().unwrap_or_default();
        // A flag is for the script to make something of, and a function of its own is no program.
        !name.starts_with(b"-")
            && !has(&[&name[..], b"()"].concat())
            && !has(&[&name[..], b" ()"].concat())
    });
    stages
}

/// The last line with a command, with its number, if it begins at the margin and is `exec …` or a path.
fn last_line(text: &[u8]) -> Option<(usize, &[u8])> {
    let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    let is_empty =
        |line: &[u8]| line.trim_ascii().is_empty() || line.trim_ascii().starts_with(b"#");
    let at = lines.iter().rposition(|line| !is_empty(line))?;
    let line = lines[at].strip_suffix(b"\r").unwrap_or(lines[at]);
    let hands_over =
        line.starts_with(b"exec ") || line.starts_with(b"/") || line.starts_with(b"\"$@\"");
    hands_over.then_some((at + 1, line))
}
