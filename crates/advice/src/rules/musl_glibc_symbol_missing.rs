//! `musl-glibc-symbol-missing`: glibc's own symbols do not exist in musl.

use super::prelude::*;
use super::symbols::Kind;

pub(super) static RULE: Rule = Rule {
    name: "musl-glibc-symbol-missing",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "an object built for glibc runs under musl, which lacks symbols of glibc",
    loaders: MUSL,
    messages: &["musl/symbol-not-found"],
    page: page!("musl-glibc-symbol-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for missing in context.missing_symbols() {
        if missing.kind != Kind::GlibcUnderMusl {
            continue;
        }
        let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
        findings.add(
            Finding::new(
                &RULE,
                subject,
                format!("{} was built for glibc; musl has no {}", show(missing.object), missing.names()),
            )
            .step(missing.step)
.explains(missing.events.iter().copied())
            .advice("get the build for musl, or build it on this system")
            .advice("gcompat supplies some of these symbols, never all: a last resort"),
        );
    }
}
