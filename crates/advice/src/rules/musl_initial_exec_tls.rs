//! `musl-initial-exec-tls`: musl gives no static thread storage to libraries opened later.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "musl-initial-exec-tls",
    phase: Phase::Tls,
    level: Level::Error,
    summary: "a library opened later has initial-exec thread storage, which musl never allows",
    loaders: &[Speaker::Musl, Speaker::Bionic],
    messages: &["musl/initial-exec-tls"],
    hears: &["bionic/initial-exec-tls"],
    page: page!("musl-initial-exec-tls"),
    check: Some(check),
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} was compiled to find the thread variable {symbol} in the block that is laid out at the start; musl never gives that to a library that is opened later"))
            .advice("Go: a c-shared library cannot be opened under musl (golang/go#13492, golang/go#54805): link it into the program, or use glibc")
            .advice("others: build without -ftls-model=initial-exec, or link the program against the library")
            .fix("a way round: have it there from the start", format!("LD_PRELOAD={} PROGRAM", quoted(&object))),
    )
}
