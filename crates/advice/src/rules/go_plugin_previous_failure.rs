//! `go-plugin-previous-failure`: the same file failed before, and package plugin gives the same error for ever.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-previous-failure",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the same file failed before, and package plugin gives the same error for ever",
    loaders: &[Speaker::Go],
    hears: &["go/different-version-again", "go/already-loaded-again"],
    page: page!("go-plugin-previous-failure"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Likely).why("the same file failed before in this process, and the old error is given again: the first failure is what counts").advice("mend the plugin, and start the host again"))
}
