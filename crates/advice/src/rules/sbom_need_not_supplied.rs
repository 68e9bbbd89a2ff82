//! `sbom-need-not-supplied`: a needed library that nothing in the bill of materials supplies.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-need-not-supplied",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a needed library that nothing in the bill of materials supplies",
    loaders: &[],
    page: page!("sbom-need-not-supplied"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
