//! `policy-run-path`: a run path leads where the policy does not want it.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-run-path",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a run path leads where the policy does not want it",
    loaders: &[],
    page: page!("policy-run-path"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
