//! `go-earlier-plugin-differs`: two plugins bring different versions of a package that their host lacks.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-earlier-plugin-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "two plugins bring different versions of a package that their host lacks",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-earlier-plugin-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Possible)
            .why("another plugin, opened before, brought another version of the package"),
    )
}
