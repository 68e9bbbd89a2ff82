//! `go-module-version-differs`: a shared module has another version on each side.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-module-version-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a shared module has another version on each side",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-module-version-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Likely).why("its module has another version on each side"))
}
