//! `policy-machine`: an artifact holds an object of another machine than its name promises.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-machine",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an artifact holds an object of another machine than its name promises",
    loaders: &[],
    page: page!("policy-machine"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
