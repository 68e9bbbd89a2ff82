//! `go-experiment-differs`: host and plugin were compiled with different GOEXPERIMENTs.

use super::go_steps::DIFFERENT;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-experiment-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "host and plugin were compiled with different GOEXPERIMENTs",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-experiment-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package") != "internal/goexperiment" {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Likely)
            .why("host and plugin were compiled with different GOEXPERIMENTs"),
    )
}
