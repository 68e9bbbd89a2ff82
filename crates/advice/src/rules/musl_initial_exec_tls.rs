//! `musl-initial-exec-tls`: musl gives no static thread storage to libraries opened later.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "musl-initial-exec-tls",
    phase: Phase::Tls,
    level: Level::Error,
    summary: "a library opened later has initial-exec thread storage, which musl never allows",
    loaders: MUSL,
    messages: &["musl/initial-exec-tls"],
    page: page!("musl-initial-exec-tls"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} was compiled with the initial-exec model of thread storage, and musl opens such a library only at the start"),
            )
            .advice("build it without -ftls-model=initial-exec (Go: -buildmode=c-shared cannot be opened under musl)")
            .advice("or link the program against it, or preload it, so that it is there from the start"),
        )
    });
}
