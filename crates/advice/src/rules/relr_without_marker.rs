//! `relr-without-marker`: packed relocations without the marker that glibc asks for.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "relr-without-marker",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the file has packed relocations (DT_RELR), but not the version need that goes with them",
    loaders: GLIBC,
    messages: &["glibc/relr-without-marker"],
    page: page!("relr-without-marker"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} has DT_RELR, but does not need GLIBC_ABI_DT_RELR"))
                .because("glibc refuses it, because an older glibc would run the file without relocating it")
                .advice("link it again with a linker that adds the marker (-z pack-relative-relocs of GNU ld 2.38 or lld 15)")
                .advice("or link it without packed relocations (-z nopack-relative-relocs)"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} has packed relocations, and its linker did not mark it as needing a glibc that knows them"))
            .fix("link it again without them", "cc -Wl,-z,nopack-relative-relocs …")
            .advice("or with a linker that adds the mark: GNU ld 2.38, lld 15, mold 1.5 and later"),
    )
}
