//! `go-code-differs`: the code of a shared package was changed between the two builds.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-code-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the code of a shared package was changed between the two builds",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-code-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Possible).why(
        "its code was changed between the two builds (the host's own module, a replaced folder)",
    ))
}
