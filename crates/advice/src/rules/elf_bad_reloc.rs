//! `elf-bad-reloc`: a relocation that this loader does not know.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "elf-bad-reloc",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "the file holds a relocation that this loader does not know",
    loaders: &[Speaker::Glibc, Speaker::Musl, Speaker::Bionic],
    messages: &["glibc/relocation-type", "glibc/plt-relocation-type", "musl/unsupported-relocation"],
    hears: &["bionic/relocation-type"],
    page: page!("elf-bad-reloc"),
    check: Some(check),
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} holds a relocation of a kind ({}) that this loader does not know: built for another processor or a newer system, or damaged", heard.text("type")))
            .decided_by(format!("readelf -hrW {} | head -40", quoted(&object)))
            .advice("get the build for this machine; if it was edited (stripped, patched, packed), take the file as it was built"),
    )
}
