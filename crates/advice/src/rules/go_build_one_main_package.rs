//! `go-build-one-main-package`: go build was given no main package, or several.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-one-main-package",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "go build was given no main package, or several",
    loaders: &[Speaker::Go],
    hears: &["go/buildmode-one-main-package"],
    page: page!("go-build-one-main-package"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("several packages were named, or one that is not called main"),
    )
}
