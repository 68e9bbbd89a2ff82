//! How answers are shown: text for people, JSON for programs. Wire types live here only; the domain types know nothing of them.
//!
//! Everything is a pure function from a judged trace to text; printing is the caller's.
#![forbid(unsafe_code)]
#![expect(
    clippy::format_push_string,
    reason = "an answer is laid out once, for a person: clear lines matter more than one allocation"
)]

pub mod fix;
pub mod go;
pub mod json;
mod names;
pub mod style;
pub mod sums;
pub mod text;
pub mod words;

pub use names::{demangled, readable};
pub use style::Style;

use sayso_advice::Finding;
use sayso_loader::{Request, Start, Trace, Verdict};
use sayso_world::TargetPath;

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
}
