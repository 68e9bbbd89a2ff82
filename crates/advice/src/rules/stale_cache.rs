//! `stale-cache`: ld.so.cache was written before the library came, or before it went.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "stale-cache",
    phase: Phase::Search,
    level: Level::Error,
    summary: "ld.so.cache and the files differ: a library that it does not know yet, or one that is gone",
    loaders: GLIBC,
    messages: causes::MESSAGES,
    page: page!("stale-cache"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        match cause {
            Cause::StaleCache { .. } => Some((cause.sentence(context), vec![command("write the cache anew", "ldconfig")])),
            Cause::CacheLeadsNowhere { .. } => Some((
                format!("{} is nowhere that is searched; {}", show(lost.name), cause.sentence(context)),
                vec![
                    advice("bring the library back: it was moved or deleted after the cache was written"),
                    command("then write the cache anew", "ldconfig"),
                ],
            )),
            _ => None,
        }
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
