//! `dlopen-file-not-found`: the very file that was to be opened does not exist.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dlopen-file-not-found",
    phase: Phase::Find,
    level: Level::Error,
    summary: "the library given to dlopen is itself absent",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("dlopen-file-not-found"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if !lost.given || *cause != Cause::Nowhere {
            return None;
        }
        let name = show(lost.name);
        let fix = if lost.name.contains(&b'/') {
            advice("check the path; a relative one starts at the working directory, not at the program")
        } else {
            advice(format!("give dlopen the full path, or put {name} into a directory that is searched"))
        };
        Some((format!("{name} is the file to be opened, and it is nowhere"), vec![fix]))
    });
}
