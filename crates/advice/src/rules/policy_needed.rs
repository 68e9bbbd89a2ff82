//! `policy-needed`: an artifact needs a library that the policy forbids, or lacks one that it requires.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-needed",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an artifact needs a library that the policy forbids, or lacks one that it requires",
    loaders: &[],
    page: page!("policy-needed"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
