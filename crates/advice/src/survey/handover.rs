//! What a shell hands over to: the commands of a text behind `-c`, and the last line of an entry script.

use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use super::behind::basename;
use super::command::Stage;
use super::evaluate::{Reached, evaluate};
use super::shell::Joint;
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
    session: &Session<'_>,
    stage: &Stage,
    voice: &Voice,
    text: &[u8],
    arguments: &[Vec<u8>],
) -> Vec<Stage> {
    let told = evaluate(session, stage, voice.name.as_bytes(), arguments, text);
    let last = told.joints.len().saturating_sub(1);
    let stages = told.reached.iter().map(|reached| {
        // A command that fails ends the text only where nothing but `&&` follows it.
        let mut behind = told.joints.iter().skip(reached.at + 1);
        let only_and = behind.all(|joint| *joint == Joint::And);
        let decides = told.whole && (only_and || reached.at == last);
        let mut next = stage.then(reached, voice.caller(0, reached.ends));
        next.told_by = format!("{} -c", voice.name);
        next.decisive &= decides;
        next
    });
    stages.collect()
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
            unknown: stage.unknown.clone(),
        }];
    };
    let Opened::NotElf(bytes) = &*session.open_once(&stat) else {
        return Vec::new();
    };
    let in_script = Voice {
        name: show(path),
        ..voice.clone()
    };
    let told = evaluate(session, stage, path, arguments, bytes);
    let stages = if told.read {
        let last = told.joints.len().saturating_sub(1);
        // The command that it ends with, and those that it hands over to on the way.
        let hands_over = |reached: &&Reached| reached.ends || reached.at == last;
        let mut stages = Vec::new();
        for reached in told.reached.iter().filter(hands_over) {
            let mut next = stage.then(reached, in_script.caller(reached.line, reached.ends));
            let name = reached.words.first().map_or(&b""[..], Vec::as_slice);
            // What a program makes of the end of a script that does not hand over is not known.
            next.decisive &= reached.ends || name.contains(&b'/') || told.whole;
            stages.push(next);
        }
        stages
    } else {
        the_last_line(session, stage, &in_script, bytes, arguments)
    };
    let mut stages: Vec<Stage> = stages;
    for stage in &mut stages {
        stage.told_by = format!("the last line of {}", show(path));
    }
    // A flag is for the script to make something of.
    stages.retain(|stage| {
        !stage
            .arguments
            .first()
            .is_some_and(|name| name.starts_with(b"-"))
    });
    stages
}

/// Of a script that is not understood, its last line: `exec "$@"`, `exec /app/server`.
fn the_last_line(
    session: &Session<'_>,
    stage: &Stage,
    voice: &Voice,
    bytes: &[u8],
    arguments: &[Vec<u8>],
) -> Vec<Stage> {
    let text = &bytes[..bytes.len().min(SHELL_TEXT_MAX)];
    let Some((line, last)) = last_line(text) else {
        return Vec::new();
    };
    let mut stages = shell_text(session, stage, voice, last, arguments);
    // What the script did before may change the arguments, PATH or the environment.
    let has = |what: &[u8]| text.windows(what.len()).any(|window| window == what);
    let changes = [
        "set --", "shift", "PATH=", "\n. ", "source ", "LD_", "cd ", "export ",
    ];
    let sure =
        bytes.len() <= SHELL_TEXT_MAX && !changes.iter().any(|change| has(change.as_bytes()));
    for stage in &mut stages {
        if let Caller::Shell { line: at, .. } = &mut stage.caller {
            *at = line;
        }
        stage.decisive &= sure;
        if has(b"LD_LIBRARY_PATH") {
            stage.unknown.push(b"LD_LIBRARY_PATH".to_vec());
        }
    }
    stages.retain(|stage| {
        let name = stage.arguments.first().cloned().unwrap_or_default();
        // A function of its own is no program.
        !has(&[&name[..], b"()"].concat()) && !has(&[&name[..], b" ()"].concat())
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
