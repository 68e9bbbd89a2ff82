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

fn hear(heard: &Heard) -> Option<Hearing> {
    // The C linker says it of every program; Go's own build folder or a file of package plugin tells that it is Go's.
    let is_go = heard.surroundings.go;
    Some(
        Hearing::new(if is_go { Likelihood::Certain } else { Likelihood::Possible })
            .why("the program is linked statically: plugin.Open will kill it")
            .advice("link the host dynamically: no -extldflags=-static"),
    )
}
