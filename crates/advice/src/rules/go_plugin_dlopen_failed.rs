//! `go-plugin-dlopen-failed`: the C loader refuses the plugin's file, before Go has looked at it.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-dlopen-failed",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the C loader refuses the plugin's file, before Go has looked at it",
    loaders: &[Speaker::Go],
    page: page!("go-plugin-dlopen-failed"),
    // The C loader's own words stand in the text: their rule hears them.
    hear: crate::explain::nothing,
    ..Rule::BLANK
};
