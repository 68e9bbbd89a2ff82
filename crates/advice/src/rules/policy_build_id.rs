//! `policy-build-id`: two artifacts hold the same build, or an object has no build id.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-build-id",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "two artifacts hold the same build, or an object has no build id",
    loaders: &[],
    page: page!("policy-build-id"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
