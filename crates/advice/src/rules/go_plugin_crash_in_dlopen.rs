//! `go-plugin-crash-in-dlopen`: the C loader crashes on the plugin's file: it is cut off, or was overwritten.

use super::go_steps::judged;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-crash-in-dlopen",
    phase: Phase::Init,
    level: Level::Error,
    summary: "the C loader crashes on the plugin's file: it is cut off, or was overwritten",
    loaders: &[Speaker::Go],
    messages: &[
        "go/bus-error",
        "go/segmentation-violation",
        "go/unexpected-signal",
    ],
    page: page!("go-plugin-crash-in-dlopen"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let likelihood = if heard.is("go/bus-error") {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    Some(Hearing::new(likelihood).why("if plugin.Open or dlopen stands in the stack: the file is cut off, damaged, or was overwritten while it was open").fix("compare it with the original", "sha256sum PLUGIN ORIGINAL").advice("write a new file and rename it into place"))
}
