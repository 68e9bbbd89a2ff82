//! `elf-bad-reloc`: a relocation that this loader does not know.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "elf-bad-reloc",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "the file holds a relocation that this loader does not know",
    loaders: BOTH,
    messages: &["glibc/relocation-type", "glibc/plt-relocation-type", "musl/unsupported-relocation"],
    page: page!("elf-bad-reloc"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let kind = trouble.text("type");
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} holds a relocation of type {kind}, which this loader does not know"))
                .because("it was linked for another or a newer architecture or loader, or it is damaged")
                .fix("look at its relocations", format!("readelf -rW {}", quoted(trouble.failure.field("object")?)))
                .advice("build it again with the linker of the system it is to run on"),
        )
    });
}
