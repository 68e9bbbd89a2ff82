//! `go-race-differs`: one side was built with -race, -msan or -asan.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-race-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with -race, -msan or -asan",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-race-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !is_standard(&heard.text("package")) {
        return None;
    }
    let package = heard.text("package");
    let likelihood = if package.ends_with("runtime/internal/sys")
        || package.ends_with("internal/runtime/sys")
        || package == "internal/race"
    {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    Some(Hearing::new(likelihood).why("one side was built with -race"))
}
