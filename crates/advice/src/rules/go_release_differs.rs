//! `go-release-differs`: host and plugin were built with different Go releases.

use super::go_steps::{is_standard, names_all};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-release-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "host and plugin were built with different Go releases",
    loaders: &[Speaker::Go],
    hears: &[
        "go/different-version",
        "go/different-version-again",
        "go/different-version-old",
    ],
    page: page!("go-release-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !is_standard(&heard.text("package")) {
        return None;
    }
    let likelihood = if names_all(&heard.text("package")) {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    Some(Hearing::new(likelihood).why("host and plugin were built with different Go releases"))
}
