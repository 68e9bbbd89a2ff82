//! `go-plugin-already-loaded`: a plugin of the same path is open already, or the file brought no new plugin.

use super::go_steps::judged;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-already-loaded",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a plugin of the same path is open already, or the file brought no new plugin",
    loaders: &[Speaker::Go],
    messages: &[
        "go/already-loaded",
        "go/already-loaded-again",
        "go/already-loaded-old",
    ],
    page: page!("go-plugin-already-loaded"),
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
            .why("a plugin with the same plugin path is open: a copy, a rebuilt plugin, or another one whose main package has the same import path")
            .fix("give its main package another import path", "go mod edit -module=NAME_OF_ITS_OWN && go build -buildmode=plugin")
            .advice("or open it once, and keep what plugin.Open returned"),
    )
}
