//! One entry of the catalogue.

use std::fmt;

use sayso_loader::Message;
use sayso_loader::request::Family;

use crate::context::Context;
use crate::explain::{Heard, Hearing};
use crate::finding::Findings;

/// What a rule does with a trace: it looks, and adds findings.
pub type Check = fn(&Context<'_>, &mut Findings);

/// One rule: a name that is never reused, a page, and a look at the trace.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; names explain themselves and are never reused.
    pub name: &'static str,
    /// At which stage of loading it belongs.
    pub phase: Phase,
    /// The level of its findings, unless a finding says otherwise.
    pub level: Level,
    /// One sentence.
    pub summary: &'static str,
    /// What the same failure is called elsewhere (in tables of other tools, in older texts); found by `sayso rules` too.
    pub also: &'static [&'static str],
    /// Whose words or deeds it is about.
    pub loaders: &'static [Speaker],
    /// Ids of the messages it explains. With any, the rule looks only at traces, and hears only texts, that hold one of them;
    /// a rule without messages looks at every trace and hears no text.
    pub messages: &'static [&'static str],
    /// Ids of messages that it explains in texts only: no trace is looked at for their sake.
    pub hears: &'static [&'static str],
    /// Its page, Markdown.
    pub page: &'static str,
    /// Looks at the trace and adds findings; `None`: the rule explains texts only (a loader that is not modelled, a failure that is
    /// not a loader's).
    pub check: Option<Check>,
    /// Its findings come from a whole image ([`crate::survey`]), not from one trace.
    pub of_images: bool,
    /// Hears a pasted text that holds one of its messages; `None`: it cannot be this.
    pub hear: fn(&Heard) -> Option<Hearing>,
}

impl Rule {
    /// What a rule is unless it says otherwise: it looks at no trace, and hears its messages as one of several.
    pub const BLANK: Rule = Rule {
        name: "",
        also: &[],
        phase: Phase::Lint,
        level: Level::Error,
        summary: "",
        loaders: &[],
        messages: &[],
        hears: &[],
        page: "",
        check: None,
        of_images: false,
        hear: crate::explain::one_of_several,
    };
    /// Whether it has something to say about a text that holds this message.
    pub fn answers(&self, id: &str) -> bool {
        self.messages.contains(&id) || self.hears.contains(&id)
    }
}

/// Whose words a message is, or whose deeds a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Speaker {
    /// The kernel, and the shells and runtimes that pass its errors on.
    Kernel,
    /// glibc's ld.so
    Glibc,
    /// musl's ldso
    Musl,
    /// Android's linker
    Bionic,
    /// rtld of the BSDs
    Rtld,
    /// macOS's dyld
    Dyld,
    /// Windows' loader
    Windows,
    /// wine's loader
    Wine,
    /// Go's plugin package and runtime
    Go,
    /// A language runtime that checks before or after the loader: Node, Ruby, PHP, Perl, Python, Java, .NET …
    Runtime,
    /// No loader: a linker, a compiler, an application …
    Other,
}

impl Speaker {
    /// By the family of a message's id (what stands before its slash).
    pub fn of(message: &Message) -> Speaker {
        match message.id.split('/').next().unwrap_or_default() {
            "kernel" | "shell" => Speaker::Kernel,
            "glibc" => Speaker::Glibc,
            "musl" => Speaker::Musl,
            "bionic" => Speaker::Bionic,
            "rtld" => Speaker::Rtld,
            "dyld" => Speaker::Dyld,
            "windows" => Speaker::Windows,
            "wine" => Speaker::Wine,
            "go" => Speaker::Go,
            "elsewhere" => Speaker::Other,
            _ => Speaker::Runtime,
        }
    }
    /// The lower-case word that stands in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Speaker::Kernel => "kernel",
            Speaker::Glibc => "glibc",
            Speaker::Musl => "musl",
            Speaker::Bionic => "bionic",
            Speaker::Rtld => "rtld",
            Speaker::Dyld => "dyld",
            Speaker::Windows => "windows",
            Speaker::Wine => "wine",
            Speaker::Go => "go",
            Speaker::Runtime => "runtime",
            Speaker::Other => "other",
        }
    }
}

impl From<Family> for Speaker {
    fn from(family: Family) -> Speaker {
        match family {
            Family::Glibc => Speaker::Glibc,
            Family::Musl => Speaker::Musl,
        }
    }
}

/// The stage of loading that a rule is about, in the order in which a program goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The kernel's execve.
    Exec,
    /// The given file itself.
    Find,
    /// Reading and mapping one file.
    Map,
    /// Looking for needed libraries.
    Search,
    /// Version needs.
    Version,
    /// Relocation and symbols.
    Relocate,
    /// Thread-local storage.
    Tls,
    /// Initialisers, and what comes after.
    Init,
    /// A check of the language's own, before or after the loader: Go's package hashes, Node's module version.
    Runtime,
    /// What the process does with a library that it has: symbol look-ups, type assertions.
    Use,
    /// Not a loader's failure.
    Elsewhere,
    /// Trouble that is not there yet.
    Lint,
}

impl Phase {
    /// The lower-case word that stands in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Exec => "exec",
            Phase::Find => "find",
            Phase::Map => "map",
            Phase::Search => "search",
            Phase::Version => "version",
            Phase::Relocate => "relocate",
            Phase::Tls => "tls",
            Phase::Init => "init",
            Phase::Runtime => "runtime",
            Phase::Use => "use",
            Phase::Elsewhere => "elsewhere",
            Phase::Lint => "lint",
        }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// It does not load, or a step fails.
    Error,
    /// It loads here, but something is wrong or will soon be.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// The lower-case word that stands in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
