//! `sums-file-changed`: a file's bytes are not those that the list of checksums tells.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-file-changed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a file's bytes are not those that the list of checksums tells",
    loaders: &[],
    page: page!("sums-file-changed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
