//! `sums-file-not-listed`: a file lies in a folder that was named, and the list of checksums does not name it.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-file-not-listed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a file lies in a folder that was named, and the list of checksums does not name it",
    loaders: &[],
    page: page!("sums-file-not-listed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
