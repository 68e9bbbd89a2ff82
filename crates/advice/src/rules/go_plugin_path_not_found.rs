//! `go-plugin-path-not-found`: the path given to plugin.Open leads to no file.

use super::go_steps::{judged, word};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-path-not-found",
    phase: Phase::Find,
    level: Level::Error,
    summary: "the path given to plugin.Open leads to no file",
    loaders: &[Speaker::Go],
    messages: &["go/realpath-failed"],
    page: page!("go-plugin-path-not-found"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = heard.text("name");
    let name = if name.is_empty() {
        "the path".to_owned()
    } else {
        name
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!(
                "{name} leads to no file, seen from the working directory of the process"
            ))
            .fix(
                "see which part of it is missing",
                format!("namei -l {}", word(&name)),
            )
            .advice("give the full path, or build it from the program's own place (os.Executable)"),
    )
}
