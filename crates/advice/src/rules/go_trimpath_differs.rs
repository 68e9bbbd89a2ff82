//! `go-trimpath-differs`: one side was built with -trimpath and the other without.

use super::go_steps::{is_standard, names_all};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-trimpath-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with -trimpath and the other without",
    loaders: &[Speaker::Go],
    hears: &[
        "go/different-version",
        "go/different-version-again",
        "go/different-version-old",
    ],
    page: page!("go-trimpath-differs"),
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
    Some(
        Hearing::new(likelihood)
            .why("one side was built with -trimpath and the other without")
            .fix(
                "look for -trimpath on one side only",
                "go version -m HOST PLUGIN | grep -e -trimpath -e :",
            ),
    )
}
