//! `go-release-differs`: host and plugin were built with different Go releases.

use super::go_steps::{DIFFERENT, heard_of_all};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-release-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "host and plugin were built with different Go releases",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-release-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    heard_of_all(heard, "host and plugin were built with different Go releases")
}
