//! `go-build-linkshared-plugin`: -linkshared and -buildmode=plugin exclude each other.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-linkshared-plugin",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "-linkshared and -buildmode=plugin exclude each other",
    loaders: &[Speaker::Go],
    hears: &["go/linkshared-cgo"],
    page: page!("go-build-linkshared-plugin"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain).why("-linkshared and plugins exclude each other"))
}
