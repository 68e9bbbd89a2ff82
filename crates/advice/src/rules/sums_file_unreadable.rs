//! `sums-file-unreadable`: a file of the list of checksums cannot be read.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-file-unreadable",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a file of the list of checksums cannot be read",
    loaders: &[],
    page: page!("sums-file-unreadable"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
