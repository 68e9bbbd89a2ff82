//! `policy-size`: an artifact is much larger than recorded.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-size",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an artifact is much larger than recorded",
    loaders: &[],
    page: page!("policy-size"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
