//! `sums-file-missing`: the list of checksums names a file that is not there.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-file-missing",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "the list of checksums names a file that is not there",
    loaders: &[],
    page: page!("sums-file-missing"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
