//! `virtual-environment-broken`: a virtual environment and its interpreter do not belong together.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "virtual-environment-broken",
    phase: Phase::Runtime,
    level: Level::Warning,
    summary: "a virtual environment and its interpreter do not belong together",
    loaders: RUNTIME,
    hears: &[],
    page: page!("virtual-environment-broken"),
    of_images: true,
    hear: |_| None,
    ..Rule::BLANK
};
