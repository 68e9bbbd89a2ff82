//! What the loader does, step by step, each step with its reason as data. A predicted trace and a recorded one are the same type.

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_world::{Errno, FileId, TargetPath};

use crate::messages::Failure;
use crate::request::{Family, Release};

/// Index into [`Trace::objects`], in the order of mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u32);

/// Index into [`Trace::events`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub u32);

/// Everything that happened, and how it ended.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Which loader was modelled; `None` when the kernel refused before any loader ran, or for a static program.
    pub loader: Option<LoaderUsed>,
    /// Every object in the order it was mapped; the program (or the library that was asked about) first, then the interpreter where it counts as an object.
    pub objects: Vec<Object>,
    /// Every step in the loader's order.
    pub events: Vec<Event>,
    /// One outcome for each step of the request, in order.
    pub steps: Vec<StepOutcome>,
    /// How the start ended (a failed step does not change it, unless it ends the process).
    pub verdict: Verdict,
    /// Everything that is wrong, in the order in which the user would meet it after mending what comes before. The first is the verdict's.
    pub problems: Vec<EventId>,
    /// What the loader really prints before it ends or hands over, warnings and failures, in order.
    pub printed: Vec<EventId>,
    /// The base namespace's objects in the loader's own list order (`l_next`) when the start is over: what debuggers and `ldd` show.
    pub load_order: Vec<ObjectId>,
    /// Symbols that the tree of a library alone leaves to its host.
    pub expected_from_host: Vec<ExpectedSymbol>,
    /// Strong function references that nobody defines and that are only looked for when they are called: not a failure of the start.
    pub unbound_lazily: Vec<ExpectedSymbol>,
    /// What the loader prints and goes on after.
    pub warnings: Vec<EventId>,
    /// What a loader run as a command prints to standard output (`ld.so --list`, `ldd`), addresses left out as `(0x…)`.
    pub output: Option<Vec<u8>>,
}

/// The loader that was modelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderUsed {
    /// glibc or musl.
    pub family: Family,
    /// Its release.
    pub release: Release,
    /// Its path (`PT_INTERP`, or where the world keeps it).
    pub path: TargetPath,
    /// The release was read from the file (false: assumed, the newest known).
    pub release_known: bool,
}

/// One object mapped into the process.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its number.
    pub id: ObjectId,
    /// The name it is asked for (`DT_NEEDED` text, dlopen argument, the program's path).
    pub name: Vec<u8>,
    /// Where the loader found it, in the loader's own spelling (`l_name`).
    pub path: TargetPath,
    /// Identity.
    pub file: FileId,
    /// What the file says.
    pub image: Arc<Image>,
    /// Who asked for it first; `None` for the program.
    pub needed_by: Option<ObjectId>,
    /// Why it was looked for where it was found.
    pub rule: SearchRule,
    /// Link-map namespace (0 is the program's).
    pub namespace: u32,
    /// 0 for the start, else the step (1-based) that mapped it.
    pub step: usize,
    /// A stand-in for something that was not found: the model goes on after a failure, the real loader does not.
    pub missing: bool,
}

/// Why a path was tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SearchRule {
    /// The program itself, or the library asked about.
    Given,
    /// The name holds a slash: taken as a path.
    AsGiven,
    /// `LD_PRELOAD`, `--preload`, or `/etc/ld.so.preload`: what named it (its search rule is in the probes).
    Preload(PreloadSource),
    /// `DT_RPATH` of an object in the asker's chain.
    Rpath { of: ObjectId },
    /// `LD_LIBRARY_PATH` or `--library-path`.
    LibraryPath,
    /// `DT_RUNPATH` of the asker (musl: of an ancestor too).
    Runpath { of: ObjectId },
    /// `ld.so.cache`.
    Cache,
    /// The loader's built-in directories.
    DefaultDirectory,
    /// musl's `/etc/ld-musl-ARCH.path`.
    PathFile,
    /// `PT_INTERP`: the loader itself.
    Interpreter,
    /// musl: the name is one of those that mean libc itself.
    LibcItself,
    /// Already in the process under this name, soname or inode.
    AlreadyLoaded(Identity),
}

/// What made an object count as already loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Identity {
    Name,
    Soname,
    Inode,
}

/// What named a preload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PreloadSource {
    Variable,
    Option,
    File,
}

/// One path tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// As the loader spells it.
    pub path: TargetPath,
    /// Why it was tried.
    pub because: SearchRule,
    /// What came of it.
    pub outcome: ProbeOutcome,
}

/// What came of one path tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// Taken.
    Found(FileId),
    /// Could not be opened.
    Errno(Errno),
    /// Opened and passed over: another class or machine.
    Skipped(SkipReason),
    /// Opened and fatal.
    Fatal,
    /// Not tried: the directory is known not to exist (glibc remembers).
    KnownAbsent,
}

/// Why a file that opened was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// `EI_CLASS` is the other one.
    WrongClass,
    /// `e_machine` is another one.
    WrongMachine {
        /// The file's `e_machine`.
        machine: u16,
    },
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The kernel's execve went on to another file (script interpreter).
    ScriptInterpreter {
        /// The script
        script: TargetPath,
        /// its interpreter
        interpreter: TargetPath,
    },
    /// A name was looked for.
    Search {
        /// The name.
        name: Vec<u8>,
        /// Who asked.
        asker: Option<ObjectId>,
        /// Every path tried, in order.
        probes: Vec<Probe>,
        /// Which object answered, if any.
        result: Option<ObjectId>,
    },
    /// An object was mapped.
    Mapped(ObjectId),
    /// A required version was looked for in an object.
    Version {
        /// who requires it
        by: ObjectId,
        /// in which object
        object: ObjectId,
        /// version
        version: Vec<u8>,
        /// marked weak
        weak: bool,
        /// found
        found: bool,
    },
    /// A symbol reference was bound (recorded when the session asks for bindings).
    Bound {
        /// who refers to it
        by: ObjectId,
        /// symbol
        symbol: Vec<u8>,
        /// version asked
        version: Option<Vec<u8>>,
        /// definer
        to: ObjectId,
    },
    /// The loader prints this and goes on.
    Warning(Failure),
    /// Something is wrong. The first one ends the real process (or the step).
    Problem(Failure),
}

/// How the start ended.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It loads: control reaches the program's entry point (initialisers are a gap of their own).
    Loads,
    /// It does not.
    Fails {
        /// The first thing that is wrong, with the loader's words.
        failure: Failure,
        /// Its event.
        at: EventId,
    },
    /// It cannot be known from the files, for these reasons.
    Unknown {
        /// The reasons.
        gaps: Vec<Gap>,
    },
}

/// A named thing that no file can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Kebab-case name.
    pub name: &'static str,
    /// One sentence.
    pub what: String,
}

/// What one step gave.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// The failure, or `None`: it went well.
    pub failure: Option<Failure>,
    /// The process did not survive the step (a crash, or a fatal loader error); later steps did not happen.
    pub process_ended: bool,
    /// Objects newly mapped and kept by this step.
    pub objects: Vec<ObjectId>,
    /// What `dlsym` found.
    pub symbol_in: Option<ObjectId>,
    /// Events of this step: a range of [`Trace::events`].
    pub events: std::ops::Range<u32>,
    /// What could not be known.
    pub gaps: Vec<Gap>,
    /// What Go's runtime did, for `plugin.Open` and `Lookup`.
    pub go: Option<Box<GoOutcome>>,
}

/// What `plugin.Open` or `Lookup` came to, beyond its text ([`StepOutcome::failure`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoOutcome {
    /// How it ended.
    pub end: GoEnd,
    /// The file behind the path given, every link followed; `None` if there is none (or for `Lookup`).
    pub file: Option<TargetPath>,
    /// The object that `dlopen` gave.
    pub object: Option<ObjectId>,
    /// `moduledata.pluginpath` of the plugin that Go looked at: it need not be the one in the file that was asked for.
    pub plugin_path: Option<String>,
    /// Every package whose hash differs, in the order in which Go compares them. Go names the first and looks no further.
    pub differing: Vec<DifferingPackage>,
    /// Number of packages compared.
    pub compared: usize,
    /// Number of init tasks that run before `plugin.Open` returns: any of them may panic or exit, which no file can tell. `None`: before
    /// Go 1.21 the number is not in the file.
    pub init_tasks: Option<u64>,
    /// The plugin was open already: nothing was loaded, and no init task runs.
    pub already_open: bool,
    /// The Go type of what `Lookup` returns.
    pub go_type: Option<String>,
}

/// How a Go step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GoEnd {
    /// `plugin.Open` returns a plugin unless an init task fails; `Lookup` returns the symbol, and the assertion holds.
    Opens,
    /// It returns an error.
    Error,
    /// The whole program dies; nothing can recover it.
    Dies,
    /// It cannot be known: see [`StepOutcome::gaps`].
    #[default]
    Unknown,
}

/// A package that was compiled otherwise for the plugin than for what the process holds already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingPackage {
    /// The package's path.
    pub package: String,
    /// What the plugin was linked with.
    pub plugin_hash: sayso_facts::go::Hash,
    /// What the process holds.
    pub host_hash: sayso_facts::go::Hash,
    /// Whose hash that is: the program's, or that of a plugin opened before (also of one whose opening failed, because it stays mapped).
    pub provider: ObjectId,
    /// Go's error names this one: it is the first.
    pub named_by_go: bool,
}

/// A symbol that a library leaves to its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedSymbol {
    /// The object that refers to it.
    pub by: ObjectId,
    /// Its name.
    pub name: Vec<u8>,
    /// The version asked for.
    pub version: Option<Vec<u8>>,
}

impl Trace {
    /// Nothing happened: what findings that rest on no trace are shown with.
    pub fn nothing() -> Trace {
        crate::kernel::empty_trace()
    }
    /// A start that ended before any loader ran, with these words: what a container runtime refuses.
    pub fn refused(message: &'static crate::Message, fields: crate::messages::Fields) -> Trace {
        let failure = Failure {
            message,
            fields,
            frame: crate::messages::Frame::Plain,
            exit_status: message.exit_status,
            by: None,
            search: None,
        };
        let id = EventId(0);
        Trace {
            events: vec![Event::Problem(failure.clone())],
            problems: vec![id],
            printed: vec![id],
            verdict: Verdict::Fails { failure, at: id },
            ..crate::kernel::empty_trace()
        }
    }
    /// One object.
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }
    /// One event.
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0 as usize]
    }
}
