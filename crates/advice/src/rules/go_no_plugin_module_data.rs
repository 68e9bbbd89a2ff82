//! `go-no-plugin-module-data`: after dlopen the runtime has no new module: the host dies.

use super::go_steps::judged;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-no-plugin-module-data",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "after dlopen the runtime has no new module: the host dies",
    loaders: &[Speaker::Go],
    messages: &["go/no-module-data"],
    page: page!("go-no-plugin-module-data"),
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
            .why("the host's runtime never saw the plugin: another Go release, a file that is no Go plugin, a static host, or one that failed before")
            .decided_by("sayso go HOST PLUGIN")
            .fix("compare the releases", "go version HOST PLUGIN")
            .fix("see which of the four it is, and the build command", "sayso go HOST PLUGIN"),
    )
}
