//! `go-plugin-not-implemented`: the host was built without cgo, or for a system without plugins.

use super::go_steps::judged;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-not-implemented",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the host was built without cgo, or for a system without plugins",
    loaders: &[Speaker::Go],
    messages: &["go/not-implemented"],
    page: page!("go-plugin-not-implemented"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("the host was built without cgo (CGO_ENABLED=0, or no C compiler), or for Windows: package plugin does nothing there")
            .fix("see how it was built", "go version -m HOST | grep -e CGO_ENABLED -e GOOS")
            .fix("build the host with cgo", "CGO_ENABLED=1 go build"),
    )
}
