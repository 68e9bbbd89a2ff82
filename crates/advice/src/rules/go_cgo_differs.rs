//! `go-cgo-differs`: one side was built with cgo and the other without.

use super::go_steps::DIFFERENT;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-cgo-differs",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with cgo and the other without",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-cgo-differs"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !["net", "os/user", "runtime/cgo"].contains(&heard.text("package").as_str()) {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Possible).why("one side was built with cgo and the other without"),
    )
}
