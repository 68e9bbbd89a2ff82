//! `stale-cache`: ld.so.cache was written before the library came.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "stale-cache",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library lies in a directory of ld.so.conf, but ld.so.cache does not know it yet",
    loaders: GLIBC,
    messages: causes::MESSAGES,
    page: page!("stale-cache"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |_, cause| {
        let Cause::StaleCache { .. } = cause else {
            return None;
        };
        Some((cause.sentence(context), vec![command("write the cache anew", "ldconfig")]))
    });
}
