//! One entry of the catalogue.

use std::fmt;

use sayso_loader::request::Family;

use crate::context::Context;
use crate::finding::Findings;

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
    /// The loaders it is about; empty: the kernel.
    pub loaders: &'static [Family],
    /// Ids of the loader messages it explains. With any, the rule runs only if one of them is in the trace; a rule without
    /// messages looks at every trace.
    pub messages: &'static [&'static str],
    /// Its page, Markdown.
    pub page: &'static str,
    /// Looks at the trace and adds findings.
    pub check: fn(&Context<'_>, &mut Findings),
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
