//! `sums-line-malformed`: a line of the list of checksums cannot be read.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-line-malformed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a line of the list of checksums cannot be read",
    loaders: &[],
    page: page!("sums-line-malformed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
