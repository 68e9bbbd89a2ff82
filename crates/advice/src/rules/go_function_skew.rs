//! `go-function-skew`: functions of a shared package have another size on each side: the code differs, unseen by Go.

use sayso_facts::go::ExportKind;

use super::go_steps::{count, opened, skews};
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
    for (side, step, path) in opened(context) {
        let skews = skews(&side, ExportKind::Function);
        if let Some(first) = skews.first() {
            let names: Vec<String> = skews.iter().map(|skew| skew.symbol.clone()).collect();
            let message = format!(
                "{} has {} of code in the host and {} in {path}",
                first.symbol,
                count(first.here, "byte"),
                count(first.there, "byte")
            );
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::File(TargetPath::new(path.as_bytes())),
                    message,
                )
                .because(format!(
                    "functions of another size: {}",
                    enumerate_some(&names, 5)
                ))
                .advice("if that was not meant: build both sides from the same code")
                .step(step),
            );
        }
    }
}
