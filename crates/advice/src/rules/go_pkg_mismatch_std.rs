//! `go-pkg-mismatch-std`: a package of Go's standard library was compiled otherwise for the plugin than for its host.

use super::go_steps::{is_standard, judged, plugin_file};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-pkg-mismatch-std",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a package of Go's standard library was compiled otherwise for the plugin than for its host",
    loaders: &[Speaker::Go],
    messages: &[
        "go/different-version",
        "go/different-version-again",
        "go/different-version-old",
    ],
    page: page!("go-pkg-mismatch-std"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let package = heard.text("package");
    if !is_standard(&package) {
        return None;
    }
    let plugin = plugin_file(heard);
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{package} is of Go's standard library: plugin and host were not built by the same toolchain with the same flags"))
            .decided_by(format!("sayso go HOST {plugin}"))
            .fix("see what differs, and the command that builds the plugin as its host was built", format!("sayso go HOST {plugin}"))
            .fix("or compare release and flags by hand", format!("go version -m HOST; go version -m {plugin}")),
    )
}
