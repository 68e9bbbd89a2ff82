//! `elf-wrong-class`: 32-bit and 64-bit mixed.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "elf-wrong-class",
    phase: Phase::Map,
    level: Level::Error,
    summary: "a 32-bit library for a 64-bit process, or the reverse",
    loaders: GLIBC,
    messages: &["glibc/wrong-class"],
    page: page!("elf-wrong-class"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let bits = trouble.text("bits");
        let other = if bits == "32" { "64" } else { "32" };
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} was found only as a {bits}-bit file, and the process is {other}-bit"),
            )
            .advice(format!("install the {other}-bit library beside it")),
        )
    });
}
