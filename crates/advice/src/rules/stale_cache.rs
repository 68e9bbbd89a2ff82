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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    if lost.is_path() || lost.is_of_glibc() || heard.speaker() != Speaker::Glibc {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Rare)
            .why(format!("{} may lie in a directory of ld.so.conf that the cache has not been told of", lost.name))
            .decided_by(format!("ldconfig -v 2>/dev/null | grep {}: a line, and ldconfig -p has none", lost.stem()))
            .fix("build the cache again", "sudo ldconfig"),
    )
}
