//! `go-build-internal-linking`: Go's own linker was asked for, and the C linker is needed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-internal-linking",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "Go's own linker was asked for, and the C linker is needed",
    loaders: &[Speaker::Go],
    hears: &["go/internal-linking"],
    page: page!("go-build-internal-linking"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("-linkmode=internal was asked for, and this build needs the C linker"),
    )
}
