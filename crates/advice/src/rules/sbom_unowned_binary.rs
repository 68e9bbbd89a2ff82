//! `sbom-unowned-binary`: a binary that neither a file nor a package of the bill of materials covers.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-unowned-binary",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a binary that neither a file nor a package of the bill of materials covers",
    loaders: &[],
    page: page!("sbom-unowned-binary"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
