//! `sbom-package-file-changed`: a packaged file is not as its package brought it.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-package-file-changed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a packaged file is not as its package brought it",
    loaders: &[],
    page: page!("sbom-package-file-changed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
