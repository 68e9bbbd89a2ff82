//! Does it start? The command of an image, followed from the container runtime through scripts, shells and wrappers to the program
//! that is meant.
//!
//! The first command is looked up as runc does it (`libcontainer/standard_init_linux.go`, measured with runc 1.1.5): a name without a
//! slash in `PATH`, as the container's user, in its working directory. Whatever that command then starts, and that can be read from the
//! image, is looked up in turn: what `env`, `tini`, `sh -c` and the last line of an entry script name. What a program decides while it
//! runs is said to be unknown, never guessed.

use sayso_loader::messages::{Fields, kernel, shell as message};
use sayso_loader::request::Start as Begin;
use sayso_loader::{Gap, Request, Session, Trace, Verdict};
use sayso_world::{Errno, FileKind, Machine, TargetPath, World};

use super::behind::{behind, gap};
use super::busybox::missing_applet;
use super::entry::Entry;
use super::evaluate::Reached;
use super::process::Process;
use super::search::look_up;
use super::words::{Caller, go_text, sentence};
use crate::answer::{Answer, Asking, Format, Outcome};
use crate::finding::{Finding, Subject};
use crate::limits::COMMANDS_MAX;
use crate::rules::survey as rule;
use crate::show;

/// What becomes of an image's command.
#[derive(Debug, Default)]
pub struct Start {
    /// Every command that was looked at, in the order in which they run.
    pub links: Vec<Link>,
    /// It starts, as far as the loader goes; `None`: the image names no command, or it cannot be known.
    pub starts: Option<bool>,
    /// What cannot be read from the image, in sentences.
    pub gaps: Vec<Gap>,
}

/// One command of the chain.
#[derive(Debug)]
pub struct Link {
    /// What is run.
    pub arguments: Vec<Vec<u8>>,
    /// Where that is written: `Entrypoint`, `Cmd`, `sh -c`, `tini`, …
    pub told_by: String,
    /// What comes of it.
    pub answer: Answer,
    /// What is printed if it fails, in the words of who starts it.
    pub said: Option<String>,
    /// If this one fails, the start fails; otherwise it is not known whether it is reached.
    pub decisive: bool,
}

impl Start {
    /// The first link that fails and decides.
    pub fn failure(&self) -> Option<&Link> {
        self.links
            .iter()
            .find(|link| link.decisive && link.answer.outcome() == Outcome::Fails)
    }
}

/// A command that is still to be looked at.
pub(super) struct Stage {
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) told_by: String,
    pub(super) caller: Caller,
    pub(super) machine: Machine,
    pub(super) decisive: bool,
    /// Variables of its environment that are not known.
    pub(super) unknown: Vec<Vec<u8>>,
}

impl Stage {
    /// A command that a shell's text reaches, which this stage began.
    pub(super) fn then(&self, reached: &Reached, caller: Caller) -> Stage {
        let unknown = |name: &[u8]| reached.unknown.iter().any(|unknown| unknown == name);
        let is_found = reached.words[0].contains(&b'/') || !unknown(b"PATH");
        Stage {
            arguments: reached.words.clone(),
            told_by: String::new(),
            caller,
            machine: reached.machine.clone(),
            decisive: self.decisive
                && reached.sure
                && is_found
                && !DECIDING.iter().any(|name| unknown(name)),
            unknown: reached.unknown.clone(),
        }
    }
}

/// Variables that decide what a loader finds.
const DECIDING: &[&[u8]] = &[b"LD_LIBRARY_PATH", b"LD_PRELOAD"];

/// Follows the command of an image. The world's machine is replaced by the one that the entry describes.
pub fn start(world: &dyn World, entry: &Entry, asking: &Asking) -> Start {
    let mut start = Start::default();
    let arguments = entry.arguments();
    if arguments.is_empty() {
        return start;
    }
    let told_by = match (entry.entrypoint.is_empty(), entry.cmd.is_empty()) {
        (false, true) => "Entrypoint",
        (true, _) => "Cmd",
        _ => "Entrypoint and Cmd",
    };
    let mut machine = world.machine().clone();
    let refused = match prepare(world, entry, &mut machine) {
        Ok(()) => None,
        Err(refused) => Some(*refused),
    };
    if let Some((trace, finding)) = refused {
        let said = verdict_text(&trace);
        start.links.push(Link {
            answer: refusal(&arguments, trace, finding),
            arguments,
            told_by: told_by.into(),
            said,
            decisive: true,
        });
        start.starts = Some(false);
        return start;
    }
    let waiting = vec![Stage {
        arguments,
        told_by: told_by.into(),
        caller: Caller::Runtime,
        machine,
        decisive: true,
        unknown: Vec::new(),
    }];
    follow(world, waiting, asking, &mut start);
    start.starts = verdict(&start.links);
    start
}

/// What starting one file of an image leads to, in the process that the world's machine describes.
pub(super) fn followed(world: &dyn World, path: &TargetPath, asking: &Asking) -> Start {
    let stage = Stage {
        arguments: vec![path.as_bytes().to_vec()],
        told_by: show(path),
        caller: Caller::Runtime,
        machine: world.machine().clone(),
        decisive: true,
        unknown: Vec::new(),
    };
    let mut start = Start::default();
    follow(world, vec![stage], asking, &mut start);
    start
}

fn follow(world: &dyn World, mut waiting: Vec<Stage>, asking: &Asking, start: &mut Start) {
    while !waiting.is_empty() && start.links.len() < COMMANDS_MAX {
        let stage = waiting.remove(0);
        let process = Process::new(world, stage.machine.clone());
        let session = Session::new(&process);
        let (link, path) = judge(&session, &stage, asking);
        if link.answer.outcome() == Outcome::Fails {
            start.gaps.extend(untold_environment(&stage));
        }
        if let (Some(path), Outcome::Loads) = (path, link.answer.outcome()) {
            let mut next = behind(&session, &stage, &path, &mut start.gaps);
            next.append(&mut waiting);
            waiting = next;
        }
        start.links.push(link);
    }
}

/// It fails with what is known of its environment, and that is not all.
fn untold_environment(stage: &Stage) -> Option<Gap> {
    let name = DECIDING
        .iter()
        .find(|name| stage.unknown.iter().any(|unknown| unknown == *name))?;
    Some(gap(format!(
        "{} is started by a script that sets {} while it runs ({})",
        show(stage.arguments.first()?),
        show(name),
        stage.told_by
    )))
}

fn verdict(links: &[Link]) -> Option<bool> {
    let mut known = true;
    for link in links {
        match link.answer.outcome() {
            Outcome::Loads => {}
            Outcome::Fails if link.decisive => return Some(false),
            Outcome::Fails | Outcome::Unknown => known = false,
        }
    }
    (known && !links.is_empty()).then_some(true)
}

type Refused = Box<(Trace, Finding)>;

/// User and working directory, as engine and runtime set them up before anything runs.
fn prepare(world: &dyn World, entry: &Entry, machine: &mut Machine) -> Result<(), Refused> {
    entry.apply(machine);
    machine.credentials = entry.credentials(world).map_err(|fault| {
        use sayso_world::users::UserFault;
        let (text, field, name) = match &fault {
            UserFault::User(name) => (&message::ENGINE_USER, "user", name),
            UserFault::Group(name) => (&message::ENGINE_GROUP, "group", name),
        };
        let finding = Finding::new(
            &rule::IMAGE_USER_UNKNOWN,
            Subject::Name(entry.user.clone()),
            format!("the image runs as {}, and {fault}", show(&entry.user)),
        )
        .because("an engine looks the name up in the image's own files, not on the machine")
        .fix(
            "make it in the image",
            format!("RUN useradd --system {name}    # Alpine: adduser -S {name}"),
        )
        .advice("or give the number: USER 1000");
        Box::new((
            Trace::refused(text, Fields::new().with(field, name)),
            finding,
        ))
    })?;
    let directory = machine.working_directory.clone();
    // The runtime makes what is missing (os.MkdirAll), so only something else in the way is an error.
    let mut at = directory.clone();
    loop {
        match world.lookup(&at) {
            Ok(stat) if stat.kind == FileKind::Directory => return Ok(()),
            Ok(_) => break,
            Err(_) if at.as_bytes() == b"/" => return Ok(()),
            Err(_) => at = at.parent(),
        }
    }
    let finding = Finding::new(
        &rule::IMAGE_DIRECTORY_UNUSABLE,
        Subject::File(at.clone()),
        format!(
            "the working directory is {}, and {} is a file",
            show(&directory),
            show(&at)
        ),
    )
    .advice("name a folder in WORKDIR: one that is missing is made, a file stays in the way");
    let fields = Fields::new()
        .with("path", &at)
        .with("reason", go_text(Errno::ENOTDIR));
    Err(Box::new((
        Trace::refused(&message::RUNC_DIRECTORY, fields),
        finding,
    )))
}

fn refusal(arguments: &[Vec<u8>], trace: Trace, finding: Finding) -> Answer {
    let path = TargetPath::new(arguments.first().cloned().unwrap_or_default());
    Answer {
        named: path.clone(),
        request: Request {
            start: Begin::Exec {
                path,
                arguments: arguments.to_vec(),
            },
            steps: Vec::new(),
            loader: None,
            release: None,
        },
        trace,
        findings: vec![finding],
        format: Format::Other,
    }
}

fn judge(session: &Session<'_>, stage: &Stage, asking: &Asking) -> (Link, Option<TargetPath>) {
    let word = stage.arguments.first().cloned().unwrap_or_default();
    let link = |answer: Answer, said: Option<String>| Link {
        arguments: stage.arguments.clone(),
        told_by: stage.told_by.clone(),
        said,
        answer,
        decisive: stage.decisive,
    };
    let found = if word.contains(&b'/') {
        Ok(TargetPath::new(&word))
    } else {
        look_up(session, &word, stage.caller == Caller::Runtime)
    };
    let path = match found {
        Ok(path) => path,
        Err(finding) => {
            let trace = Trace::refused(&message::RUNC_PATH, Fields::new().with("path", &word));
            let said = sentence(&stage.caller, &word, None, Errno::ENOENT);
            return (
                link(refusal(&stage.arguments, trace, *finding), Some(said)),
                None,
            );
        }
    };
    if let Some(applet) = missing_applet(session, &path, &stage.arguments) {
        let finding = Finding::new(
            &rule::COMMAND_NOT_IN_PATH,
            Subject::File(path.clone()),
            format!(
                "{} is busybox, and this busybox has no applet {applet}",
                show(&path)
            ),
        )
        .fix("see what it has", "busybox --list")
        .advice(format!("install the real {applet}, or a busybox with it"));
        let fields = Fields::new()
            .with("path", &applet)
            .with("reason", "applet not found");
        let trace = Trace::refused(&kernel::OTHER, fields);
        let said = Some(format!("{applet}: applet not found"));
        return (link(refusal(&stage.arguments, trace, finding), said), None);
    }
    let mut answer = Asking {
        steps: Vec::new(),
        argument_0: None,
        ..asking.clone()
    }
    .command(session, &path, stage.arguments.clone());
    super::injected::spare(&mut answer);
    let said = match &answer.trace.verdict {
        Verdict::Fails { failure, .. } if answer.trace.loader.is_none() => {
            let found = session.lookup(&path.join_to(&session.world().machine().working_directory));
            Some(sentence(
                &stage.caller,
                &word,
                Some((&path, found)),
                errno_of(failure),
            ))
        }
        Verdict::Fails { failure, .. } => Some(crate::show_lines(&failure.text())),
        _ => None,
    };
    let fine = answer.outcome() == Outcome::Loads;
    (link(answer, said), fine.then_some(path))
}

fn verdict_text(trace: &Trace) -> Option<String> {
    match &trace.verdict {
        Verdict::Fails { failure, .. } => Some(crate::show_lines(&failure.text())),
        _ => None,
    }
}

/// The errno behind one of the kernel's refusals.
fn errno_of(failure: &sayso_loader::Failure) -> Errno {
    let reason = failure.field("reason").unwrap_or_default();
    [
        Errno::ENOENT,
        Errno::EACCES,
        Errno::ENOEXEC,
        Errno::ELIBBAD,
        Errno::ELOOP,
        Errno::ENOTDIR,
        Errno::EIO,
    ]
    .into_iter()
    .find(|errno| errno.glibc_text().as_bytes() == reason)
    .unwrap_or(Errno::EIO)
}
