//! `preload-missing`: a preload was not found or not sound.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "preload-missing",
    phase: Phase::Search,
    level: Level::Warning,
    summary: "a library named in LD_PRELOAD, ld.so.preload or LD_AUDIT is not loaded",
    loaders: BOTH,
    messages: &["glibc/preload-ignored", "glibc/audit-ignored"],
    page: page!("preload-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for trouble in context.troubles_with(RULE.messages) {
        let name = trouble.failure.field("object").unwrap_or_default();
        let source = trouble.failure.field("source").map_or("LD_AUDIT".to_owned(), show);
        let error = trouble.text("error");
        let causes = causes::find(context, name, None, context.probes(trouble.failure.search));
        let mut finding = Finding::new(
            &RULE,
            Subject::Name(name.to_vec()),
            format!("{} from {source} is not loaded ({error}); the program starts without it", show(name)),
        );
        for cause in causes.iter().filter(|cause| **cause != Cause::Nowhere) {
            finding = finding.because(cause.sentence(context));
        }
        finding = match source.as_str() {
            "/etc/ld.so.preload" => finding.advice(format!("remove {} from /etc/ld.so.preload, or install it", show(name))),
            _ => finding.fix("take it out of the environment", format!("unset {source}")),
        };
        findings.add(finding.evidence(trouble.failure.search).explains(trouble.events()));
    }
}
