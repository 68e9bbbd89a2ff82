//! `go-plugin-dlopen-failed`: the C loader refuses the plugin's file, before Go has looked at it.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-dlopen-failed",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the C loader refuses the plugin's file, before Go has looked at it",
    loaders: &[Speaker::Go],
    hears: &["go/dlopen", "go/dlopen-old"],
    page: page!("go-plugin-dlopen-failed"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !heard.is("go/dlopen") && !heard.is("go/dlopen-old") {
        // The C loader's own words were read: their rule knows more.
        return None;
    }
    Some(
        Hearing::new(Likelihood::Likely)
            .why("the C loader refuses the file, before Go has looked at it")
            .fix(
                "see what it looked for, and where",
                format!(
                    "sayso check HOST --then 'dlopen {} now,global'",
                    heard.text("name")
                ),
            ),
    )
}
