//! `policy-symbols`: an object exports or asks for symbols that the policy does not want.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-symbols",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an object exports or asks for symbols that the policy does not want",
    loaders: &[],
    page: page!("policy-symbols"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
