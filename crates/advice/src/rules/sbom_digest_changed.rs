//! `sbom-digest-changed`: a file's bytes are not those that the bill of materials tells.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-digest-changed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a file's bytes are not those that the bill of materials tells",
    loaders: &[],
    page: page!("sbom-digest-changed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
