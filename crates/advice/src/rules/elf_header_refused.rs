//! `elf-header-refused`: an ELF file with a header that the loader does not accept.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "elf-header-refused",
    phase: Phase::Map,
    level: Level::Error,
    summary: "a field of the ELF header is not what the loader accepts",
    loaders: &[Speaker::Glibc, Speaker::Bionic, Speaker::Rtld],
    messages: &[
        "glibc/wrong-endian",
        "glibc/wrong-ident-version",
        "glibc/wrong-version",
        "glibc/wrong-osabi",
        "glibc/wrong-abi-version",
        "glibc/nonzero-padding",
        "glibc/wrong-phentsize",
        "glibc/misaligned-load",
        "glibc/misaligned-load-old",
        "glibc/misaligned-align-old",
    ],
    hears: &["bionic/not-little-endian", "bionic/no-section-headers", "bionic/no-hash", "rtld/unsupported-version", "rtld/phentsize"],
    page: page!("elf-header-refused"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let what = match trouble.failure.message.id {
            "glibc/wrong-endian" => "has the other byte order: it is built for another processor",
            "glibc/wrong-osabi" => "is marked for another operating system (EI_OSABI)",
            "glibc/wrong-abi-version" => "asks for a newer loader (EI_ABIVERSION)",
            "glibc/misaligned-load" | "glibc/misaligned-load-old" | "glibc/misaligned-align-old" => {
                "has a segment that cannot be mapped: address and file offset disagree modulo the page"
            }
            _ => "has a damaged file header",
        };
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} {what}"))
                .fix("look at the header", format!("readelf -hlW {}", quoted(trouble.failure.field("object")?)))
                .advice("install or build the file again; a tool that rewrote it may have broken it"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    let why = if heard.is("bionic/no-section-headers") {
        format!("{object} was stripped of its section headers, which Android wants since 7")
    } else if heard.is("bionic/no-hash") {
        format!("{object} was linked with a hash table that this Android does not know (link with -Wl,--hash-style=both)")
    } else if heard.is("glibc/wrong-endian") || heard.is("bionic/not-little-endian") {
        format!("{object} is for a processor of the other byte order")
    } else if heard.is("glibc/wrong-osabi") || heard.is("glibc/wrong-abi-version") {
        format!("{object} was made for another operating system or a newer C library")
    } else {
        format!("the header of {object} is damaged, or a tool has written it wrongly")
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(why)
            .decided_by(format!("readelf -hW {}", quoted(&object)))
            .advice("get the build for this system, or install the file again"),
    )
}
