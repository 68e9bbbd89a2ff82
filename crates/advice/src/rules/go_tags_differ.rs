//! `go-tags-differ`: host and plugin were built with different build tags.

use super::go_steps::DIFFERENT;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-tags-differ",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "host and plugin were built with different build tags",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-tags-differ"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let package = heard.text("package");
    let likelihood = if package == "net" || package == "os/user" {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    Some(Hearing::new(likelihood).why("host and plugin were built with different -tags"))
}
