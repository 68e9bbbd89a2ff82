//! Does it start? The command of an image, followed from the container runtime through scripts, shells and wrappers to the program
//! that is meant.
//!
//! The first command is looked up as runc does it (`libcontainer/standard_init_linux.go`, measured with runc 1.1.5): a name without a
//! slash in `PATH`, as the container's user, in its working directory. Whatever that command then starts, and that can be read from the
//! image, is looked up in turn: what `env`, `tini`, `sh -c` and the last line of an entry script name. What a program decides while it
//! runs is said to be unknown, never guessed.

use sayso_facts::Binary;
use sayso_loader::messages::{Fields, kernel, shell as message};
use sayso_loader::request::Start as Begin;
use sayso_loader::session::Opened;
use sayso_loader::{Gap, Request, Session, Trace, Verdict};
use sayso_world::{Errno, FileKind, Machine, TargetPath, World};

use super::entry::{Entry, set};
use super::handover::{Voice, shell_script, shell_text};
use super::process::Process;
use super::tools::{self, Behind};
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
}

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
    let mut waiting = vec![Stage {
        arguments,
        told_by: told_by.into(),
        caller: Caller::Runtime,
        machine,
        decisive: true,
    }];
    while !waiting.is_empty() && start.links.len() < COMMANDS_MAX {
        let stage = waiting.remove(0);
        let process = Process::new(world, stage.machine.clone());
        let session = Session::new(&process);
        let (link, path) = judge(&session, &stage, asking);
        if let (Some(path), Outcome::Loads) = (path, link.answer.outcome()) {
            let mut next = behind(&session, &stage, &path, &mut start.gaps);
            next.append(&mut waiting);
            waiting = next;
        }
        start.links.push(link);
    }
    start.starts = verdict(&start.links);
    start
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
    let answer = Asking {
        steps: Vec::new(),
        argument_0: None,
        ..asking.clone()
    }
    .command(session, &path, stage.arguments.clone());
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

/// The applet that a busybox is asked for and does not hold: its names stand one behind the other in the file.
fn missing_applet(
    session: &Session<'_>,
    path: &TargetPath,
    arguments: &[Vec<u8>],
) -> Option<String> {
    let absolute = path.join_to(&session.world().machine().working_directory);
    let real = session.world().canonical(&absolute).ok()?;
    if real.file_name() != b"busybox" {
        return None;
    }
    let called = basename(arguments.first()?);
    let applet = match (called, arguments.get(1)) {
        (b"busybox", Some(word)) if !word.starts_with(b"-") => basename(word),
        (b"busybox", _) => return None,
        (called, _) => called,
    };
    let bytes = session.world().read(&session.lookup(&real).ok()?).ok()?;
    let names = applets(&bytes)?;
    (!names.contains(&applet)).then(|| show(applet))
}

/// The names of a busybox's applets: a sorted run of strings in its file, in which `cat` is one. `None`: there is no such run.
fn applets(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    const ANCHOR: &[u8] = b"\0cat\0";
    const LONGEST: usize = 32;
    // A run of fewer names is something else that happens to hold the word.
    const FEWEST: usize = 8;
    let is_name = |name: &[u8]| {
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"[_-.".contains(b);
        (1..=LONGEST).contains(&name.len()) && name.iter().all(plain)
    };
    let runs = bytes
        .windows(ANCHOR.len())
        .enumerate()
        .filter(|(_, window)| *window == ANCHOR);
    let run = |at: usize| {
        let ahead = bytes[at + 1..].split(|&b| b == 0);
        let behind = bytes[..at].rsplit(|&b| b == 0);
        let mut names: Vec<&[u8]> = Vec::new();
        for name in ahead {
            if !is_name(name) || names.last().is_some_and(|last| *last >= name) {
                break;
            }
            names.push(name);
        }
        let mut first: &[u8] = b"cat";
        for name in behind {
            if !is_name(name) || name >= first {
                break;
            }
            names.push(name);
            first = name;
        }
        names
    };
    runs.map(|(at, _)| run(at))
        .max_by_key(Vec::len)
        .filter(|names| names.len() >= FEWEST)
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

/// A name in the directories of `PATH`: the first executable file. The runtime refuses one that a relative directory gives (Go's
/// `ErrDot`).
fn look_up(
    session: &Session<'_>,
    name: &[u8],
    by_runtime: bool,
) -> Result<TargetPath, Box<Finding>> {
    let machine = session.world().machine();
    let search = machine
        .variable(b"PATH")
        .unwrap_or(super::entry::DEFAULT_PATH)
        .to_vec();
    let directories = || search.split(|&b| b == b':').filter(|_| !search.is_empty());
    let mut unusable = None;
    for directory in directories().filter(|_| !name.is_empty()) {
        let relative = !directory.starts_with(b"/");
        if relative && by_runtime {
            continue;
        }
        let directory = if directory.is_empty() {
            &b"."[..]
        } else {
            directory
        };
        let path = TargetPath::new(directory).join(name);
        let Ok(stat) = session.lookup(&path.join_to(&machine.working_directory)) else {
            continue;
        };
        if stat.kind == FileKind::Regular && stat.executable {
            return Ok(path);
        }
        unusable.get_or_insert((path, stat));
    }
    let shown = show(name);
    let folders: Vec<String> = directories().map(show).collect();
    let finding = Finding::new(
        &rule::COMMAND_NOT_IN_PATH,
        Subject::Name(name.to_vec()),
        format!("there is no executable file {shown} in any directory of PATH"),
    )
    .because(format!(
        "PATH is {}",
        if folders.is_empty() {
            "empty".into()
        } else {
            folders.join(":")
        }
    ));
    let finding = match unusable {
        Some((path, stat)) if stat.kind == FileKind::Directory => {
            finding.because(format!("{} is a directory", show(&path)))
        }
        Some((path, stat)) => finding
            .because(format!(
                "{} is there, and may not be executed (mode {:o})",
                show(&path),
                stat.mode & 0o7777
            ))
            .fix(
                "give it",
                format!("chmod +x {}", crate::rules::quoted(&path)),
            ),
        None => elsewhere(session, name)
            .into_iter()
            .fold(finding, |finding, path| {
                finding
                    .because(format!("{} exists", show(&path)))
                    .fix("name it with its path", show(&path))
            }),
    };
    Err(Box::new(if name.contains(&b' ') {
        finding.advice("the whole command stands in one word: write a list, [\"program\", \"argument\"], or the shell form without brackets")
    } else {
        finding.advice(
            "install it in the final stage, name it with its path, or set PATH (ENV PATH=…)",
        )
    }))
}

/// The same name in the usual places.
fn elsewhere(session: &Session<'_>, name: &[u8]) -> Option<TargetPath> {
    const USUAL: &[&str] = &[
        "/app",
        "/app/bin",
        "/usr/local/bin",
        "/usr/bin",
        "/bin",
        "/usr/sbin",
        "/sbin",
        "/opt/bin",
        "/go/bin",
        "/",
    ];
    let here = session.world().machine().working_directory.clone();
    std::iter::once(here)
        .chain(USUAL.iter().map(|usual| TargetPath::from(*usual)))
        .map(|directory| directory.join(name))
        .find(|path| {
            session
                .lookup(path)
                .is_ok_and(|stat| stat.kind == FileKind::Regular && stat.mode & 0o111 != 0)
        })
}

/// What a command that starts will start in turn.
fn behind(
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
            let caller = if tool == b"env" {
                let name = if busybox { "env".into() } else { show(&called) };
                Caller::Env { busybox, name }
            } else {
                Caller::Other {
                    name: shown.clone(),
                }
            };
            let mut stage = next(arguments, caller);
            if bare {
                stage.machine.environment.clear();
            }
            for (key, value) in settings {
                set(&mut stage.machine, &key, &value);
            }
            gaps.extend(user.and_then(|user| become_user(session, &mut stage, &user, &shown)));
            vec![stage]
        }
        Behind::ShellText { text, arguments } => {
            let stages = shell_text(stage, &voice, &text, &arguments);
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

fn gap(what: String) -> Gap {
    Gap {
        name: "decided-at-run-time",
        what,
    }
}

pub(super) fn basename(path: &[u8]) -> &[u8] {
    path.rsplit(|&b| b == b'/').next().unwrap_or(path)
}

/// The program at the end of the links and of the scripts' first lines is busybox.
fn is_busybox(session: &Session<'_>, path: &TargetPath, called: &[u8]) -> bool {
    // Behind a script, `called` is its interpreter.
    let candidates = [TargetPath::new(called), path.clone()];
    let machine = session.world().machine();
    candidates
        .iter()
        .filter(|path| path.as_bytes().contains(&b'/'))
        .find_map(|path| {
            session
                .world()
                .canonical(&path.join_to(&machine.working_directory))
                .ok()
        })
        .is_some_and(|real| real.file_name() == b"busybox")
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
    }]
}
