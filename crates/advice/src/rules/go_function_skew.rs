//! `go-function-skew`: functions of a shared package have another size on each side: the code differs, unseen by Go.

use sayso_facts::go::{ExportKind, SizeDifference};

use super::go_steps::{count, skewed};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-function-skew",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "functions of a shared package have another size on each side: the code differs, unseen by Go",
    loaders: &[Speaker::Go],
    page: page!("go-function-skew"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let sentence = |first: &SizeDifference, path: &str| {
        format!(
            "{} has {} of code in the host and {} in {path}",
            first.symbol,
            count(first.here, "byte"),
            count(first.there, "byte")
        )
    };
    let advice = "if that was not meant: build both sides from the same code";
    skewed(context, findings, &RULE, ExportKind::Function, sentence, |finding| finding.advice(advice));
}
