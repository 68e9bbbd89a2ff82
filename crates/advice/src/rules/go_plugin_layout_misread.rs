//! `go-plugin-layout-misread`: the host reads the plugin's module with the layout of another Go release, and dies.

use super::go_steps::judged;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-layout-misread",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the host reads the plugin's module with the layout of another Go release, and dies",
    loaders: &[Speaker::Go],
    messages: &["go/nil-dereference"],
    page: page!("go-plugin-layout-misread"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let is_of_plugin = heard
        .surroundings
        .paths
        .iter()
        .any(|path| path.contains("plugin"));
    Some(Hearing::new(if is_of_plugin { Likelihood::Likely } else { Likelihood::Rare }).why("if plugin.lastmoduleinit stands in the stack: host and plugin were built by other Go releases, and the host misreads the plugin's module").fix("compare the releases", "go version HOST PLUGIN"))
}
