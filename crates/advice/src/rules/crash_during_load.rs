//! `crash-during-load`: the process dies without a word.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "crash-during-load",
    phase: Phase::Init,
    level: Level::Error,
    summary: "the process dies of a signal while loading, without a message",
    loaders: BOTH,
    messages: &["glibc/crash", "musl/crash", "kernel/killed"],
    page: page!("crash-during-load"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, _| {
        let by = trouble.failure.by;
        let whose = by.map_or_else(|| show(context.subject_path()), |id| context.path(id));
        Some(
            Finding::new(
                &RULE,
                by.map_or_else(|| Subject::File(context.subject_path()), Subject::Object),
                format!("loading {whose} ends with signal {}: {}", trouble.text("signal"), trouble.text("why")),
            )
            .advice("compare the file with its package (dpkg -V, rpm -V)")
            .advice("copy, install or build the file again; replace libraries by rename, never by writing into them"),
        )
    });
}
