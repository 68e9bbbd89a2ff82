//! `crash-during-load`: the process dies without a word.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "crash-during-load",
    phase: Phase::Init,
    level: Level::Error,
    summary: "the process dies of a signal while loading, without a message",
    loaders: BOTH,
    messages: &["glibc/crash", "glibc/endless", "musl/crash", "kernel/killed"],
    hears: &["elsewhere/app-code-segfault", "go/bus-error"],
    page: page!("crash-during-load"),
    check: Some(check),
    hear,
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
                if trouble.failure.message.id == "glibc/endless" {
                    format!("loading {whose} does not come to an end: {}", trouble.text("why"))
                } else {
                    format!("loading {whose} ends with signal {}: {}", trouble.text("signal"), trouble.text("why"))
                },
            )
            .advice("compare the file with its package (dpkg -V, rpm -V)")
            .advice("copy, install or build the file again; replace libraries by rename, never by writing into them"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let signal = heard.text("signal");
    let bus = signal.contains("BUS") || signal == "7" || heard.message.template.contains("Bus error");
    let likelihood = if bus { Likelihood::Likely } else { Likelihood::Possible };
    let why = if bus {
        "a bus error while a file is loaded: the file is shorter than its headers promise, or was overwritten while it was mapped"
    } else {
        "the process died without a word: if that was before the program's own first line, a file is cut or was overwritten while it was mapped; else it is the program's own fault"
    };
    Some(
        Hearing::new(likelihood)
            .why(why)
            .decided_by("LD_DEBUG=all PROGRAM 2>&1 | tail -3: the last file named is the one; then sayso check FILE")
            .advice("install or copy that file again, and replace libraries by rename (install, mv), never by writing into them")
            .not_helpful("more memory, ulimit"),
    )
}
