//! `go-cover-differs`: one side was built with -cover.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-cover-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with -cover",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-cover-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Rare).why("one side was built with -cover"))
}
