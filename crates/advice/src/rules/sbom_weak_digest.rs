//! `sbom-weak-digest`: of a file the bill of materials tells only digests that can be forged.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-weak-digest",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "of a file the bill of materials tells only digests that can be forged",
    loaders: &[],
    page: page!("sbom-weak-digest"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
