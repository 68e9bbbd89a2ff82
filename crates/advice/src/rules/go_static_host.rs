//! `go-static-host`: a program that opens plugins is linked statically.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-static-host",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "a program that opens plugins is linked statically",
    loaders: &[Speaker::Go],
    hears: &["go/static-dlopen-warning"],
    page: page!("go-static-host"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("the program is linked statically: plugin.Open will kill it")
            .advice("link the host dynamically: no -extldflags=-static"),
    )
}
