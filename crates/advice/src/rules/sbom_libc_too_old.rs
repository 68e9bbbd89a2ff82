//! `sbom-libc-too-old`: the glibc of the bill of materials is older than the versions that symbols need.

use super::prelude::*;

/// Its findings are made by [`crate::integrity`].
pub(crate) static RULE: Rule = Rule {
    name: "sbom-libc-too-old",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "the glibc of the bill of materials is older than the versions that symbols need",
    loaders: &[],
    page: page!("sbom-libc-too-old"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
