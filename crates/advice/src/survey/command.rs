//! Does it start? The command of an image, followed from the container runtime through scripts, shells and wrappers to the program
//! that is meant.
//!
//! The first command is looked up as runc does it (`libcontainer/standard_init_linux.go`, measured with runc 1.1.5): a name without a
//! slash in `PATH`, as the container's user, in its working directory. Whatever that command then starts, and that can be read from the
//! image, is looked up in turn: what `env`, `tini`, `sh -c` and the last line of an entry script name. What a program decides while it
//! runs is said to be unknown, never guessed.

use sayso_facts::Binary;
use sayso_loader::messages::{Fields, shell as message};
use sayso_loader::request::Start as Begin;
use sayso_loader::session::Opened;
use sayso_loader::{Gap, Request, Session, Trace, Verdict};
use sayso_world::{Errno, FileKind, Machine, TargetPath, World};

use super::entry::{Entry, set};
use super::process::Process;
use super::shell::{self, Joint, Word};
use super::tools::{self, Behind};
use crate::answer::{Answer, Asking, Format, Outcome};
use crate::finding::{Finding, Subject};
use crate::limits::{COMMANDS_MAX, SHELL_TEXT_MAX};
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

/// Who looks a command up, for the words in which a failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Runtime,
    Shell,
    Env,
    Other,
}

/// A command that is still to be looked at.
struct Stage {
    arguments: Vec<Vec<u8>>,
    told_by: String,
    caller: Caller,
    /// What the caller calls itself in its texts.
    caller_name: String,
    machine: Machine,
    decisive: bool,
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
        caller_name: String::new(),
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
        look_up(session, &word, stage.caller)
    };
    let path = match found {
        Ok(path) => path,
        Err(finding) => {
            let trace = Trace::refused(&message::RUNC_PATH, Fields::new().with("path", &word));
            let said = sentence(
                session,
                stage,
                &TargetPath::new(&word),
                Errno::ENOENT,
                false,
            );
            return (
                link(refusal(&stage.arguments, trace, *finding), Some(said)),
                None,
            );
        }
    };
    let answer = Asking {
        steps: Vec::new(),
        argument_0: None,
        ..asking.clone()
    }
    .command(session, &path, stage.arguments.clone());
    let said = match &answer.trace.verdict {
        Verdict::Fails { failure, .. } if answer.trace.loader.is_none() => {
            Some(sentence(session, stage, &path, errno_of(failure), true))
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

/// An error's text as Go prints it.
fn go_text(errno: Errno) -> String {
    errno.glibc_text().to_lowercase()
}

/// What the caller prints. `found`: the look-up went well, and execve refused.
fn sentence(
    session: &Session<'_>,
    stage: &Stage,
    path: &TargetPath,
    errno: Errno,
    found: bool,
) -> String {
    let machine = session.world().machine();
    let word = stage.arguments.first().cloned().unwrap_or_default();
    let fields = |path: &[u8]| {
        Fields::new()
            .with("path", path)
            .with("reason", errno.glibc_text())
    };
    let show_text = |bytes: Vec<u8>| crate::show_lines(&bytes);
    match stage.caller {
        Caller::Runtime if !found => show_text(message::RUNC_PATH.format(&fields(&word))),
        Caller::Runtime => {
            let reason = go_text(errno);
            let absolute = path.join_to(&machine.working_directory);
            let fields = Fields::new().with("reason", &reason);
            show_text(match session.lookup(&absolute) {
                // os/exec: findExecutable stats the file first, and then looks at its bits.
                Err(errno) => message::RUNC_STAT.format(
                    &Fields::new()
                        .with("path", &word)
                        .with("file", path)
                        .with("reason", go_text(errno)),
                ),
                Ok(stat) if stat.kind == FileKind::Directory || stat.mode & 0o111 == 0 => {
                    message::RUNC_DENIED.format(&fields.with("path", &word))
                }
                Ok(_) => message::RUNC_EXEC.format(&fields.with("path", path)),
            })
        }
        Caller::Shell => {
            let text = match errno {
                Errno::ENOENT if stage.caller_name.contains("bash") && !found => {
                    message::COMMAND_NOT_FOUND.format(&fields(&word))
                }
                Errno::ENOENT => message::NOT_FOUND.format(&fields(&word)),
                _ => format!("{}: {}", show(&word), errno.glibc_text()).into_bytes(),
            };
            format!("{}: {}", stage.caller_name, show_text(text))
        }
        Caller::Env => show_text(
            message::ENV_ASCII.format(
                &Fields::new()
                    .with("path", &word)
                    .with("reason", errno.glibc_text()),
            ),
        ),
        Caller::Other => format!(
            "{}: {}: {}",
            stage.caller_name,
            show(&word),
            errno.glibc_text()
        ),
    }
}

/// A name in the directories of `PATH`: the first executable file. The runtime refuses one that a relative directory gives (Go's
/// `ErrDot`).
fn look_up(session: &Session<'_>, name: &[u8], caller: Caller) -> Result<TargetPath, Box<Finding>> {
    let machine = session.world().machine();
    let search = machine
        .variable(b"PATH")
        .unwrap_or(super::entry::DEFAULT_PATH)
        .to_vec();
    let directories = || search.split(|&b| b == b':').filter(|_| !search.is_empty());
    let mut unusable = None;
    for directory in directories().filter(|_| !name.is_empty()) {
        let relative = !directory.starts_with(b"/");
        if relative && caller == Caller::Runtime {
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
    let mut tool = basename(&arguments[0]).to_vec();
    if matches!(tool.as_slice(), b"busybox" | b"toybox") && arguments.len() > 1 {
        arguments.remove(0);
        tool.clone_from(&arguments[0]);
    }
    let shown = show(&tool);
    let next = |arguments: Vec<Vec<u8>>, caller: Caller| Stage {
        arguments,
        told_by: shown.clone(),
        caller,
        caller_name: shown.clone(),
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
            let mut stage = next(
                arguments,
                if tool == b"env" {
                    Caller::Env
                } else {
                    Caller::Other
                },
            );
            if bare {
                stage.machine.environment.clear();
            }
            for (key, value) in settings {
                set(&mut stage.machine, &key, &value);
            }
            if let Some(user) = user {
                let user = String::from_utf8_lossy(&user).into_owned();
                match sayso_world::users::credentials_of(session.world(), &user) {
                    Ok(credentials) => stage.machine.credentials = credentials,
                    Err(_) => gaps.push(gap(format!(
                        "{shown} is told to become {user}, whom the image does not know"
                    ))),
                }
            }
            vec![stage]
        }
        Behind::ShellText { text, arguments } => {
            let stages = shell_text(stage, &shown, &text, &arguments);
            if stages.is_empty() {
                gaps.push(gap(format!(
                    "what the text behind {shown} -c does is decided while it runs"
                )));
            }
            stages
        }
        Behind::ShellScript { path, arguments } => {
            let stages = shell_script(session, stage, &path, &arguments);
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

fn gap(what: String) -> Gap {
    Gap {
        name: "decided-at-run-time",
        what,
    }
}

fn basename(path: &[u8]) -> &[u8] {
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
        caller: Caller::Other,
        caller_name: language.to_lowercase(),
        machine: machine.clone(),
        decisive: stage.decisive,
    }]
}

/// The commands of a shell text that are sure to be reached.
fn shell_text(stage: &Stage, shell: &str, text: &[u8], arguments: &[Vec<u8>]) -> Vec<Stage> {
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
                    told_by: format!("{shell} -c"),
                    caller: Caller::Shell,
                    caller_name: shell_position(shell),
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

/// dash and bash as sh print their position.
fn shell_position(shell: &str) -> String {
    match shell {
        "bash" | "rbash" => "bash: line 1".into(),
        other => format!("{other}: 1"),
    }
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
fn shell_script(
    session: &Session<'_>,
    stage: &Stage,
    path: &[u8],
    arguments: &[Vec<u8>],
) -> Vec<Stage> {
    let absolute = TargetPath::new(path).join_to(&stage.machine.working_directory);
    let Ok(stat) = session.lookup(&absolute) else {
        return vec![Stage {
            arguments: vec![absolute.as_bytes().to_vec()],
            told_by: "the shell's script".into(),
            caller: Caller::Shell,
            caller_name: "sh: 0".into(),
            machine: stage.machine.clone(),
            decisive: stage.decisive,
        }];
    };
    let Opened::NotElf(bytes) = &*session.open_once(&stat) else {
        return Vec::new();
    };
    let text = &bytes[..bytes.len().min(SHELL_TEXT_MAX)];
    let Some(last) = last_line(text) else {
        return Vec::new();
    };
    let mut stages = shell_text(stage, &show(path), last, arguments);
    // What the script did before may change the arguments, PATH or the environment.
    let has = |what: &[u8]| text.windows(what.len()).any(|window| window == what);
    let changes = [
        "set --", "shift", "PATH=", "\n. ", "source ", "LD_", "cd ", "export ",
    ];
    let sure =
        bytes.len() <= SHELL_TEXT_MAX && !changes.iter().any(|change| has(change.as_bytes()));
    for stage in &mut stages {
        stage.told_by = format!("the last line of {}", show(path));
        stage.caller_name = show(path);
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

/// The last line with a command, if it begins at the margin and is `exec …` or a path.
fn last_line(text: &[u8]) -> Option<&[u8]> {
    let line = text
        .split(|&b| b == b'\n')
        .rfind(|line| !line.trim_ascii().is_empty() && !line.trim_ascii().starts_with(b"#"))?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (line.starts_with(b"exec ") || line.starts_with(b"/") || line.starts_with(b"\"$@\""))
        .then_some(line)
}
