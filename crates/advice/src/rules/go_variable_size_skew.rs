//! `go-variable-size-skew`: a variable of a shared package has another size on each side: memory will be misread.

use sayso_facts::go::ExportKind;

use super::go_steps::{count, opened, skews};
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
    for (side, step, path) in opened(context) {
        let skews = skews(&side, ExportKind::Variable);
        if let Some(first) = skews.first() {
            let names: Vec<String> = skews.iter().map(|skew| skew.symbol.clone()).collect();
            let message = format!(
                "{} has {} in the host and {} in {path}: the plugin will misread it",
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
                    "variables of another size: {}",
                    enumerate_some(&names, 5)
                ))
                .because("the code of the package differs in a way that Go's hash does not cover")
                .advice("build both sides from the same code of that module")
                .step(step),
            );
        }
    }
}
