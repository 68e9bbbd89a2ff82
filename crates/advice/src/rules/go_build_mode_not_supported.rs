//! `go-build-mode-not-supported`: go build cannot make this kind of file for that system.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-mode-not-supported",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "go build cannot make this kind of file for that system",
    loaders: &[Speaker::Go],
    hears: &["go/buildmode-not-supported"],
    page: page!("go-build-mode-not-supported"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("go build cannot make this kind of file for that system")
            .fix("see what is built for", "go env GOOS GOARCH"),
    )
}
