//! `policy-floor`: an artifact needs a newer system than the policy allows.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-floor",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an artifact needs a newer system than the policy allows",
    loaders: &[],
    page: page!("policy-floor"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
