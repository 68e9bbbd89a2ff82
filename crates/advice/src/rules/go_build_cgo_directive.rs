//! `go-build-cgo-directive`: a //go:cgo_ directive stands in a file that a person wrote.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-cgo-directive",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "a //go:cgo_ directive stands in a file that a person wrote",
    loaders: &[Speaker::Go],
    hears: &["go/cgo-directive"],
    page: page!("go-build-cgo-directive"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("only cgo itself may write this directive")
            .advice("use #cgo LDFLAGS: in the comment before import \"C\""),
    )
}
