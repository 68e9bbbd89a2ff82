//! `policy-hardening`: an object lacks a protection that the policy asks for.

use super::prelude::*;

/// Its findings are made by [`crate::policy`].
pub(crate) static RULE: Rule = Rule {
    name: "policy-hardening",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "an object lacks a protection that the policy asks for",
    loaders: &[],
    page: page!("policy-hardening"),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
