//! `sbom-file-missing`: the bill of materials names a file that is not there.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-file-missing",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "the bill of materials names a file that is not there",
    loaders: &[],
    page: page!("sbom-file-missing"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
