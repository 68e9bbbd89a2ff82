//! `go-trimpath-differs`: one side was built with -trimpath and the other without.

use super::go_steps::{DIFFERENT, heard_of_all};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-trimpath-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with -trimpath and the other without",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-trimpath-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let hearing = heard_of_all(heard, "one side was built with -trimpath and the other without")?;
    Some(hearing.fix(
        "look for -trimpath on one side only",
        "go version -m HOST PLUGIN | grep -e -trimpath -e :",
    ))
}
