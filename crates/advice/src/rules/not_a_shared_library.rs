//! `not-a-shared-library`: an ELF file of the wrong kind.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "not-a-shared-library",
    phase: Phase::Map,
    level: Level::Error,
    summary: "an ELF file, but not one that can be loaded as a library",
    loaders: BOTH,
    messages: &[
        "glibc/wrong-type",
        "glibc/no-loadable-segments",
        "glibc/executable-as-library",
        "glibc/pie-as-library",
        "glibc/noopen",
        "glibc/no-dynamic-section",
    ],
    page: page!("not-a-shared-library"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let (what, fix) = match trouble.failure.message.id {
            "glibc/wrong-type" => ("is an object file or a core dump, not a linked library", "link it: cc -shared -o libX.so X.o"),
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
