//! `go-toolchain-differs`: both sides name the same release and settings, and their standard libraries differ.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-toolchain-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "both sides name the same release and settings, and their standard libraries differ",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-toolchain-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Rare).why(
        "two makes of one release: a distribution's toolchain on one side, go.dev's on the other",
    ))
}
