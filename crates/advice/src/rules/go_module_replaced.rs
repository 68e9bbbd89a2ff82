//! `go-module-replaced`: a shared module is replaced on one side.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-module-replaced",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a shared module is replaced on one side",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-module-replaced"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Possible).why("a replace line on one side only"))
}
