//! `go-gcflags-differ`: one side was built with -gcflags that change what packages export.

use super::go_steps::{DIFFERENT, is_standard};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-gcflags-differ",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "one side was built with -gcflags that change what packages export",
    loaders: &[Speaker::Go],
    hears: DIFFERENT,
    page: page!("go-gcflags-differ"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !is_standard(&heard.text("package")) {
        return None;
    }
    let package = heard.text("package");
    let likelihood = if [
        "internal/abi",
        "internal/bytealg",
        "runtime/internal/atomic",
    ]
    .contains(&package.as_str())
    {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    Some(
        Hearing::new(likelihood)
            .why("one side was built for a debugger (-gcflags=all=-N -l)")
            .fix(
                "look for -gcflags on one side only",
                "go version -m HOST PLUGIN | grep -e -gcflags -e :",
            ),
    )
}
