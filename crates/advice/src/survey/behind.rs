//! What a command that starts will start in turn: the command behind a wrapper, a shell's text, an interpreter's file.

use sayso_facts::Binary;
use sayso_loader::session::Opened;
use sayso_loader::{Gap, Session};
use sayso_world::TargetPath;

use super::busybox::is_busybox;
use super::command::Stage;
use super::entry::set;
use super::handover::{Voice, shell_script, shell_text};
use super::tools::{self, Behind};
use super::words::Caller;
use crate::show;

/// What a command that starts will start in turn.
pub(super) fn behind(
    session: &Session<'_>,
    stage: &Stage,
    path: &TargetPath,
    gaps: &mut Vec<Gap>,
) -> Vec<Stage> {
    let Some(mut arguments) = unscripted(session, path, &stage.arguments) else {
        return Vec::new();
    };
    let called = arguments[0].clone();
    let mut tool = basename(&arguments[0]).to_vec();
    if matches!(tool.as_slice(), b"busybox" | b"toybox") && arguments.len() > 1 {
        arguments.remove(0);
        tool.clone_from(&arguments[0]);
    }
    let shown = show(&tool);
    let busybox = is_busybox(session, path, &called);
    let voice = Voice::of(session, path, &called, busybox);
    let next = |arguments: Vec<Vec<u8>>, caller: Caller| Stage {
        arguments,
        told_by: shown.clone(),
        caller,
        machine: stage.machine.clone(),
        decisive: stage.decisive,
        unknown: stage.unknown.clone(),
    };
    match tools::behind(&tool, &arguments) {
        Behind::Nothing => Vec::new(),
        Behind::Unknown => {
            gaps.push(gap(format!(
                "what {shown} makes of its arguments cannot be told"
            )));
            Vec::new()
        }
        Behind::Command {
            arguments,
            settings,
            bare,
            user,
        } => {
            let caller = starter(&tool, &called, busybox);
            let mut stage = next(arguments, caller);
            if bare {
                stage.machine.environment.clear();
                stage.unknown.clear();
            }
            for (key, value) in settings {
                set(&mut stage.machine, &key, &value);
                stage.unknown.retain(|unknown| *unknown != key);
            }
            gaps.extend(user.and_then(|user| become_user(session, &mut stage, &user, &shown)));
            vec![stage]
        }
        Behind::ShellText { text, arguments } => {
            let stages = shell_text(session, stage, &voice, &text, &arguments);
            let untold = stages.is_empty().then(|| {
                gap(format!(
                    "what the text behind {shown} -c does is decided while it runs"
                ))
            });
            gaps.extend(untold);
            stages
        }
        Behind::ShellScript { path, arguments } => {
            let stages = shell_script(session, stage, &voice, &path, &arguments);
            if stages.is_empty() {
                gaps.push(gap(format!(
                    "what the script {} does is decided while it runs",
                    show(&path)
                )));
            }
            stages
        }
        Behind::Program { path, language } => program(session, stage, &path, language),
    }
}

/// Who words it if the command behind this tool cannot be started.
fn starter(tool: &[u8], called: &[u8], busybox: bool) -> Caller {
    let name = match (tool, busybox) {
        (b"env", true) => "env".into(),
        (b"env", false) => show(called),
        _ => return Caller::Other { name: show(tool) },
    };
    Caller::Env { busybox, name }
}

/// The stage as another user, as `gosu` and `su-exec` hand over; a gap if the image does not know the user.
fn become_user(session: &Session<'_>, stage: &mut Stage, user: &[u8], tool: &str) -> Option<Gap> {
    let user = String::from_utf8_lossy(user);
    match sayso_world::users::credentials_of(session.world(), &user) {
        Ok(credentials) => {
            stage.machine.credentials = credentials;
            None
        }
        Err(_) => Some(gap(format!(
            "{tool} is told to become {user}, whom the image does not know"
        ))),
    }
}

pub(super) fn gap(what: String) -> Gap {
    Gap {
        name: "decided-at-run-time",
        what,
    }
}

pub(super) fn basename(path: &[u8]) -> &[u8] {
    path.rsplit(|&b| b == b'/').next().unwrap_or(path)
}

/// The command line that the kernel arrives at: a script's first line put in front, as often as need be.
fn unscripted(
    session: &Session<'_>,
    path: &TargetPath,
    arguments: &[Vec<u8>],
) -> Option<Vec<Vec<u8>>> {
    let here = &session.world().machine().working_directory;
    let (mut path, mut arguments) = (path.clone(), arguments.to_vec());
    for _ in 0..=sayso_loader::limits::SCRIPT_DEPTH_MAX {
        let stat = session.lookup(&path.join_to(here)).ok()?;
        let Opened::NotElf(bytes) = &*session.open_once(&stat) else {
            return Some(arguments);
        };
        let Binary::Script(line) = Binary::parse(bytes.clone()) else {
            return Some(arguments);
        };
        let mut next = vec![line.interpreter.clone()];
        next.extend(line.argument);
        next.push(path.as_bytes().to_vec());
        next.extend(arguments.into_iter().skip(1));
        (path, arguments) = (TargetPath::new(line.interpreter), next);
    }
    None
}

/// A file that an interpreter is to read: it must be there.
fn program(
    session: &Session<'_>,
    stage: &Stage,
    path: &[u8],
    language: &'static str,
) -> Vec<Stage> {
    let machine = &stage.machine;
    let absolute = TargetPath::new(path).join_to(&machine.working_directory);
    if session.lookup(&absolute).is_ok() {
        return Vec::new();
    }
    // Node completes names; Ruby, Perl and PHP do not, but a name without any dot may be a subcommand.
    if language == "Node" || !path.contains(&b'.') && !path.contains(&b'/') {
        let completed = ["", ".js", ".mjs", ".cjs", "/index.js", "/package.json"];
        let there = |ending: &&str| {
            let path = [absolute.as_bytes(), ending.as_bytes()].concat();
            session.lookup(&TargetPath::new(path)).is_ok()
        };
        if language != "Node" || completed.iter().any(there) || path == b"inspect" {
            return Vec::new();
        }
    }
    vec![Stage {
        arguments: vec![absolute.as_bytes().to_vec()],
        told_by: format!("{language}: {}", show(path)),
        caller: Caller::Other {
            name: language.to_lowercase(),
        },
        machine: machine.clone(),
        decisive: stage.decisive,
        unknown: stage.unknown.clone(),
    }]
}
