//! `go-failed-plugin-poisons`: a plugin that failed before stays in the process, and answers for packages of later ones.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-failed-plugin-poisons",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a plugin that failed before stays in the process, and answers for packages of later ones",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-failed-plugin-poisons"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if heard.text("package").is_empty() || is_standard(&heard.text("package")) {
        return None;
    }
    Some(Hearing::new(Likelihood::Possible).why("if the package is the plugin's own: a plugin that failed before in the same process still answers for it").advice("start the host again and open the good plugin first"))
}
