//! `go-variable-size-skew`: a variable of a shared package has another size on each side: memory will be misread.

use sayso_facts::go::{ExportKind, SizeDifference};

use super::go_steps::{count, skewed};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-variable-size-skew",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a variable of a shared package has another size on each side: memory will be misread",
    loaders: &[Speaker::Go],
    page: page!("go-variable-size-skew"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let sentence = |first: &SizeDifference, path: &str| {
        format!(
            "{} has {} in the host and {} in {path}: the plugin will misread it",
            first.symbol,
            count(first.here, "byte"),
            count(first.there, "byte")
        )
    };
    skewed(context, findings, &RULE, ExportKind::Variable, sentence, |finding| {
        finding
            .because("the code of the package differs in a way that Go's hash does not cover")
            .advice("build both sides from the same code of that module")
    });
}
