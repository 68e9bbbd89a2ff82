//! What `sums` answers: a list held against files, or files that were summed.

use sayso_advice::integrity::sums::Malformed;
use sayso_advice::integrity::{Algorithm, Held, State};

/// The answer of one run.
#[derive(Debug, Clone)]
pub struct Sums {
    /// The list, as the user named it; `None`: it went to standard output.
    pub list: Option<String>,
    /// The algorithm that was asked for, or the usual one.
    pub algorithm: Algorithm,
    /// It was verified rather than written.
    pub verified: bool,
    /// Every file, in the order of the list, those that it does not name at its end.
    pub files: Vec<Held>,
    /// Lines that could not be read.
    pub malformed: Vec<Malformed>,
    /// Files beside listed ones that the list does not name, where nobody asked for them: a remark, not a fault.
    pub beside: usize,
}

impl Sums {
    /// Everything is as the list says.
    pub fn holds(&self) -> bool {
        self.malformed.is_empty()
            && self
                .files
                .iter()
                .all(|file| matches!(file.state, State::Same(_)))
    }
}

/// The state in one word, as JSON has it.
pub(crate) fn word(state: &State) -> &'static str {
    match state {
        State::Same(_) => "same",
        State::Changed(_) => "changed",
        State::Missing => "missing",
        State::Unreadable(_) => "unreadable",
        State::Extra => "extra",
    }
}
