//! `soname-gap`: another major version of the library is here.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "soname-gap",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the machine has the library, but under another version of its soname",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("soname-gap"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::OtherVersion { paths } = cause else {
            return None;
        };
        let name = show(lost.name);
        let mut fixes: Vec<Fix> = packages::install(context, lost.name).into_iter().collect();
        fixes.push(advice("get or build the program for the version that is here"));
        fixes.push(advice("do not link the one name to the other: the number says that they are not compatible"));
        Some((
            format!("{name} is not here; another version is: {}", causes::list(paths)),
            fixes,
        ))
    });
}
