//! `go-patch-release-skew`: host and plugin were built with different Go releases, and open each other all the same.

use super::go_steps::opened;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-patch-release-skew",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "host and plugin were built with different Go releases, and open each other all the same",
    loaders: &[Speaker::Go],
    page: page!("go-patch-release-skew"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (side, step, path) in opened(context) {
        let (Some(host), Some(plugin)) = (side.0.toolchain(), side.1.toolchain()) else {
            continue;
        };
        if host != plugin {
            let message = format!("{path} was built with {plugin} and its host with {host}");
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::File(TargetPath::new(path.as_bytes())),
                    message,
                )
                .because("no shared package differs between them today; one more import may")
                .advice(format!("build both with one release: GOTOOLCHAIN={host}"))
                .step(step),
            );
        }
    }
}
