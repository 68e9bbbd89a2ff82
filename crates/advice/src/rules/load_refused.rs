//! `load-refused`: complaints that have no page of their own.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "load-refused",
    phase: Phase::Init,
    level: Level::Error,
    summary: "the loader gives up for a reason that has no page of its own",
    loaders: BOTH,
    messages: &[],
    page: page!("load-refused"),
    check: Some(check),
    ..Rule::BLANK
};

/// Messages that are meant to come here: lack of memory, and what follows from it.
#[cfg(test)]
pub(super) const RARE: &[&str] = &[
    "musl/load-dependencies",
    "musl/record-dependencies",
    "musl/tlsdesc-memory",
    "musl/relro",
    "musl/function-descriptors",
    "musl/constructor-queue",
    "musl/inconsistent-after-fork",
    "musl/prepare-lazy",
    "musl/no-memory-for-text",
    "musl/tls-memory",
];

/// Every problem gets a finding: those that no other rule has explained come here.
fn check(context: &Context<'_>, findings: &mut Findings) {
    let problems: Vec<_> = context
        .troubles()
        .iter()
        .filter(|trouble| {
            trouble
                .event
                .is_none_or(|event| context.trace.problems.contains(&event) || trouble.step > 0)
        })
        .filter(|trouble| !findings.explain(trouble))
        .copied()
        .collect();
    for trouble in problems {
        findings.add(
            Finding::new(&RULE, subject_of(context, &trouble), show(trouble.failure.message.format(&trouble.failure.fields)))
                .because(format!("the loader says so in {}", trouble.failure.message.source))
                .step(trouble.step)
                .explains(trouble.events()),
        );
    }
}
