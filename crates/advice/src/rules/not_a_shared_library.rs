//! `not-a-shared-library`: an ELF file of the wrong kind.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "not-a-shared-library",
    phase: Phase::Map,
    level: Level::Error,
    summary: "an ELF file, but not one that can be loaded as a library",
    loaders: &[Speaker::Glibc, Speaker::Bionic, Speaker::Rtld],
    messages: &[
        "glibc/wrong-type",
        "glibc/no-loadable-segments",
        "glibc/executable-as-library",
        "glibc/pie-as-library",
        "glibc/noopen",
        "glibc/no-dynamic-section",
    ],
    hears: &["bionic/unexpected-type", "bionic/no-dynamic", "rtld/unsupported-type"],
    page: page!("not-a-shared-library"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let (what, fix) = match trouble.failure.message.id {
            "glibc/wrong-type" | "bionic/unexpected-type" | "rtld/unsupported-type" => ("is an object file or a core dump, not a linked library", "link it: cc -shared -o libX.so X.o"),
            "glibc/executable-as-library" | "glibc/pie-as-library" => {
                ("is a program, and programs cannot be loaded as libraries", "build the code as a library: -shared instead of -pie")
            }
            "glibc/noopen" => ("forbids dlopen (it was linked with -z nodlopen)", "link the program against it, or relink it without -z nodlopen"),
            "glibc/no-dynamic-section" => {
                ("has no dynamic section: a file of debug information, or a static program", "open the library itself, not its .debug file")
            }
            _ => ("has no segment to load", "install or build the file again"),
        };
        Some(Finding::new(&RULE, subject_of(context, trouble), format!("{object} {what}")).advice(fix))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    let (what, mend) = match heard.message.id {
        "glibc/wrong-type" | "bionic/unexpected-type" | "rtld/unsupported-type" => ("an object file or a core dump", "link it: cc -shared -o libX.so X.o"),
        "glibc/no-loadable-segments" | "glibc/no-dynamic-section" | "bionic/no-dynamic" => ("an ELF file without code to load: a debug file, or one linked statically", "load the library itself, not its .debug file"),
        "glibc/noopen" => ("linked so that it cannot be opened later (-z nodlopen)", "link against it in place of opening it"),
        _ => ("a program, not a library", "build the code that is to be shared with -shared in place of -pie"),
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} is {what}"))
            .decided_by(format!("readelf -hdW {}", quoted(&object)))
            .advice(mend)
            .not_helpful("renaming it to .so: the loader goes by the header"),
    )
}
