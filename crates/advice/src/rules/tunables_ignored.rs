//! `tunables-ignored`: `GLIBC_TUNABLES` holds something that ld.so does not understand.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "tunables-ignored",
    phase: Phase::Search,
    level: Level::Warning,
    summary: "GLIBC_TUNABLES holds something that ld.so does not understand",
    loaders: GLIBC,
    messages: &["glibc/tunables-invalid", "glibc/tunable-value-invalid"],
    page: page!("tunables-ignored"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for trouble in context.troubles_with(RULE.messages) {
        let (name, value) = (trouble.text("name"), trouble.text("value"));
        let summary = if name.is_empty() {
            format!("GLIBC_TUNABLES={value} is no list of NAME=VALUE between colons, and counts for nothing")
        } else {
            format!("{name}={value} in GLIBC_TUNABLES is no number, and counts for nothing")
        };
        findings.add(
            Finding::new(&RULE, Subject::Name(b"GLIBC_TUNABLES".to_vec()), summary)
                .fix("see which tunables there are, with their bounds", "ld.so --list-tunables")
                .explains(trouble.events()),
        );
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (name, value) = (heard.text("name"), heard.text("value"));
    let why = if name.is_empty() {
        format!("GLIBC_TUNABLES={value} is no list of NAME=VALUE between colons; the program runs without any of it")
    } else {
        format!("{value} is no number, so {name} keeps its usual value; the program runs on")
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(why)
            .fix("see which tunables there are, with their bounds", "ld.so --list-tunables")
            .not_helpful("reinstalling anything: only the variable is at fault"),
    )
}
