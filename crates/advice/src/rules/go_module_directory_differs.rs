//! `go-module-directory-differs`: a shared module was compiled in another folder on each side, or vendored on one.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-module-directory-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a shared module was compiled in another folder on each side, or vendored on one",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-module-directory-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Likely).why("without -trimpath the folder counts: vendored on one side, or another module cache").advice("build both sides with -trimpath"))
}
