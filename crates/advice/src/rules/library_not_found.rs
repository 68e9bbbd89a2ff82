//! `library-not-found`: the library is nowhere on the machine.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-not-found",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a needed library is nowhere on the machine",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-not-found"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if *cause != Cause::Nowhere || lost.given || lost.trouble.failure.message.id == "glibc/wrong-class" {
            return None;
        }
        let fixes = packages::install(context, lost.name)
            .unwrap_or_else(|| advice(format!("install the package that has {}, or put the library beside the program", show(lost.name))));
        Some((
            format!("{} was found nowhere: not where the loader looks, and not in the usual places", show(lost.name)),
            vec![fixes],
        ))
    });
}
