//! `library-wrong-machine`: the library is there, for another processor.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-wrong-machine",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there, but built for another processor",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-wrong-machine"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let (path, wanted) = match cause {
            Cause::WrongMachine { path, wanted, class: false, .. } | Cause::ElsewhereWrongMachine { path, wanted, .. } => (path, wanted),
            // Only the class differs, and the loader does not say so: musl, and a file found twice.
            Cause::WrongMachine { path, wanted, .. } if lost.trouble.failure.message.id != "glibc/wrong-class" => (path, wanted),
            _ => return None,
        };
        let mut fixes = vec![advice(format!("install {} for {wanted}", show(lost.name)))];
        fixes.extend(packages::install(context, lost.name));
        fixes.push(command("see what it is", format!("file -L {}", quoted(path))));
        Some((cause.sentence(context), fixes))
    });
}
