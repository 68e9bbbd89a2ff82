//! What came of `sayso go`, for every format.

use sayso_advice::Finding;
use sayso_advice::go::{Judgement, Side};
use sayso_loader::Trace;
use sayso_world::TargetPath;

use crate::Outcome;

/// A host and what it says of each plugin.
#[derive(Debug, Clone)]
pub struct GoAnswer {
    /// The host as the user named it.
    pub host: TargetPath,
    /// What its file tells.
    pub side: Side,
    /// The C loader: "glibc 2.36".
    pub loader: Option<String>,
    /// The host itself does not start, with these words.
    pub refused: Option<Vec<u8>>,
    /// What is to be said of the host alone.
    pub findings: Vec<Finding>,
    /// Each plugin in the order given.
    pub plugins: Vec<PluginAnswer>,
}

/// One plugin.
#[derive(Debug, Clone)]
pub struct PluginAnswer {
    /// The file as the user named it.
    pub path: TargetPath,
    /// What `plugin.Open` does; `None`: it is never reached (the host does not start).
    pub judgement: Option<Judgement>,
    /// The trace that it is a step of, for names of objects.
    pub trace: Option<std::sync::Arc<Trace>>,
    /// Warnings, and what the C loader's rules say.
    pub findings: Vec<Finding>,
    /// What was looked up in it.
    pub lookups: Vec<LookupAnswer>,
    /// Packages that no other differing one explains, by `go list`; `None`: nobody asked.
    pub roots: Option<Vec<String>>,
    /// Earlier plugins that end the process: it is judged as in one that does not open them.
    pub without: Vec<TargetPath>,
}

/// One name that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupAnswer {
    /// The name.
    pub name: String,
    /// The type that the host asserts.
    pub wanted: Option<String>,
    /// The type that the plugin has.
    pub found: Option<String>,
    /// It is there, and the assertion holds; `None`: it cannot be known.
    pub ok: Option<bool>,
    /// The exact text of the error or panic; where it cannot be known, why.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The host can do without it.
    pub optional: bool,
}

impl PluginAnswer {
    /// How it ended, look-ups included.
    pub fn outcome(&self) -> Outcome {
        use sayso_loader::trace::GoEnd;
        let Some(judgement) = &self.judgement else {
            return Outcome::Fails;
        };
        let lookups = self.lookups.iter().map(LookupAnswer::outcome);
        let open = match judgement.told.end {
            GoEnd::Opens => Outcome::Loads,
            GoEnd::Unknown => Outcome::Unknown,
            GoEnd::Error | GoEnd::Dies => Outcome::Fails,
        };
        lookups.fold(open, Outcome::max)
    }
}

impl LookupAnswer {
    /// How it ended; an optional name may be missing, but not be of another type.
    pub fn outcome(&self) -> Outcome {
        match self.ok {
            Some(true) => Outcome::Loads,
            Some(false) if self.optional && self.found.is_none() => Outcome::Loads,
            Some(false) => Outcome::Fails,
            None => Outcome::Unknown,
        }
    }
}

impl GoAnswer {
    /// The worst of all.
    pub fn outcome(&self) -> Outcome {
        let host = if self.refused.is_some() {
            Outcome::Fails
        } else {
            Outcome::Loads
        };
        self.plugins
            .iter()
            .map(PluginAnswer::outcome)
            .fold(host, Outcome::max)
    }
}
