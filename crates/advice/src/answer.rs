//! One question with its answer: a file or a command line, what the loader does with it, and what that means.

use std::sync::Arc;

use sayso_facts::Binary;
use sayso_facts::elf::Image;
use sayso_loader::request::{Family, Release};
use sayso_loader::session::Opened;
use sayso_loader::{Request, Session, Start, Step, Trace, Verdict};
use sayso_world::{FileStat, TargetPath};

use crate::finding::Finding;
use crate::rule::Level;

/// One question with its answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The file as the user named it.
    pub named: TargetPath,
    /// What was asked of the loader.
    pub request: Request,
    /// What it does.
    pub trace: Trace,
    /// What that means.
    pub findings: Vec<Finding>,
    /// What kind of file it is.
    pub format: Format,
}

/// What kind of file was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An ELF file.
    Elf,
    /// A `#!` script.
    Script,
    /// Anything else.
    Other,
}

/// How a question ended, steps included: what decides the exit status and the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It loads, and every step went well.
    Loads,
    /// It cannot be known.
    Unknown,
    /// It does not load, or a step failed.
    Fails,
}

impl Answer {
    /// The exit status of a start that fails. A library alone is opened by somebody, who goes on.
    pub fn exit_status(&self) -> Option<i32> {
        match (&self.request.start, &self.trace.verdict) {
            (Start::Exec { .. }, Verdict::Fails { failure, .. }) => failure.exit_status,
            _ => None,
        }
    }
    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        match &self.trace.verdict {
            Verdict::Fails { .. } => return Outcome::Fails,
            Verdict::Unknown { .. } => return Outcome::Unknown,
            Verdict::Loads => {}
        }
        if self
            .trace
            .steps
            .iter()
            .any(|step| step.failure.is_some() || step.process_ended)
        {
            return Outcome::Fails;
        }
        // Steps that did not happen, though nothing failed, were not foretold.
        let untold = self.trace.steps.len() < self.request.steps.len();
        if untold || self.trace.steps.iter().any(|step| !step.gaps.is_empty()) {
            return Outcome::Unknown;
        }
        Outcome::Loads
    }
    /// Nothing to tell: it loads, and no finding was made.
    pub fn is_uneventful(&self) -> bool {
        self.outcome() == Outcome::Loads && self.findings.is_empty()
    }
}

/// How files are asked about: what the user said for all of them.
#[derive(Debug, Clone)]
pub struct Asking {
    /// What a program is called instead of its path.
    pub argument_0: Option<Vec<u8>>,
    /// What the process does next.
    pub steps: Vec<Step>,
    /// Loader for a library that does not say which.
    pub loader: Option<Family>,
    /// Rules of another release than the world's.
    pub release: Option<Release>,
    /// The lowest level of the findings that are looked for.
    pub least: Level,
}

impl Default for Asking {
    fn default() -> Asking {
        Asking {
            argument_0: None,
            steps: Vec::new(),
            loader: None,
            release: None,
            least: Level::Warning,
        }
    }
}

impl Asking {
    /// What the file is, what that asks of the loader, and what comes of it.
    pub fn file(&self, session: &Session<'_>, path: &TargetPath) -> Answer {
        // Held until it is judged: what is asked about once is kept by whoever holds it, and would be read again.
        let opened = opened(session, path);
        let (format, is_program) = kind_of(session, path, opened.as_ref());
        let start = if is_program {
            let name = self.argument_0.clone();
            Start::Exec {
                path: path.clone(),
                arguments: vec![name.unwrap_or_else(|| path.as_bytes().to_vec())],
            }
        } else {
            Start::Library(path.clone())
        };
        self.judge(session, path, start, format)
    }

    /// A command line, as execve would be given it.
    pub fn command(
        &self,
        session: &Session<'_>,
        path: &TargetPath,
        arguments: Vec<Vec<u8>>,
    ) -> Answer {
        let opened = opened(session, path);
        let (format, _) = kind_of(session, path, opened.as_ref());
        let start = Start::Exec {
            path: path.clone(),
            arguments,
        };
        self.judge(session, path, start, format)
    }

    /// Any start, shown under a name.
    pub fn judge(
        &self,
        session: &Session<'_>,
        named: &TargetPath,
        start: Start,
        format: Format,
    ) -> Answer {
        let request = Request {
            start,
            steps: self.steps.clone(),
            loader: self.loader,
            release: self.release,
        };
        let trace = session.predict(&request);
        let findings = crate::advise(session, &request, &trace, self.least);
        Answer {
            named: named.clone(),
            request,
            trace,
            findings,
            format,
        }
    }
}

/// What a file is, and whether it is something that execve is asked for rather than dlopen.
pub fn kind(session: &Session<'_>, path: &TargetPath) -> (Format, bool) {
    kind_of(session, path, opened(session, path).as_ref())
}

/// A file with its status, if there is one.
fn opened(session: &Session<'_>, path: &TargetPath) -> Option<(FileStat, Arc<Opened>)> {
    let machine = session.world().machine();
    let path = path.join_to(&machine.working_directory);
    let stat = session.lookup(&path).ok()?;
    let opened = session.open_once(&stat);
    Some((stat, opened))
}

fn kind_of(
    session: &Session<'_>,
    path: &TargetPath,
    opened: Option<&(FileStat, Arc<Opened>)>,
) -> (Format, bool) {
    let Some((stat, opened)) = opened else {
        return (Format::Other, true);
    };
    let executable = stat.mode & 0o111 != 0;
    match &**opened {
        Opened::Image(image) => {
            // The kernel starts a program whose byte order is mislabelled: it never looks at that.
            let architecture = session.world().machine().architecture;
            let native = sayso_loader::natively(image, architecture);
            let image = native.as_ref().unwrap_or(image);
            (Format::Elf, is_program(image, path, executable))
        }
        Opened::NotElf(bytes) => match Binary::parse(bytes.clone()) {
            Binary::Script(_) => (Format::Script, true),
            // A library by its name is judged as one even if somebody made it executable.
            _ => (Format::Other, executable && !is_library_name(path)),
        },
        Opened::Unreadable(_) => (Format::Other, true),
    }
}

/// It names its loader, or says that it is a program. A library may name a loader too (glibc's libc does, so that it can be run);
/// then its permissions tell.
pub fn is_program(image: &Image, path: &TargetPath, executable: bool) -> bool {
    const ET_EXEC: u16 = 2;
    const DF_1_PIE: u64 = 0x0800_0000;
    if image.header().kind == ET_EXEC
        || image
            .dynamic()
            .is_some_and(|dynamic| dynamic.flags_1 & DF_1_PIE != 0)
    {
        return true;
    }
    image.interpreter().is_some()
        && (executable || (image.soname().is_none() && !is_library_name(path)))
}

/// `libz.so`, `libz.so.1`
pub fn is_library_name(path: &TargetPath) -> bool {
    let name = path.file_name();
    name.ends_with(b".so") || name.windows(4).any(|window| window == b".so.")
}
