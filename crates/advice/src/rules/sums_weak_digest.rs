//! `sums-weak-digest`: the list of checksums tells only digests that can be forged.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sums-weak-digest",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "the list of checksums tells only digests that can be forged",
    loaders: &[],
    page: page!("sums-weak-digest"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
