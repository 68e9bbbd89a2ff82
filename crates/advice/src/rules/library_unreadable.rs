//! `library-unreadable`: the library is there, and the user may not read it.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-unreadable",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there, but this user may not read it",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-unreadable"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |_, cause| {
        let Cause::Unreadable { path, directory, .. } = cause else {
            return None;
        };
        let typed = quoted(path);
        let fix = match directory {
            Some(directory) => command("let this user pass", format!("chmod o+x {}", quoted(directory))),
            None => command("let this user read it", format!("chmod a+r {typed}")),
        };
        Some((
            cause.sentence(context),
            vec![fix, command("see owner and mode of every directory", format!("namei -l {typed}"))],
        ))
    });
}
