//! `elf-cannot-read`: a directory under a library's name, or a file that cannot be read.

use super::prelude::*;
use sayso_world::FileKind;

pub(super) static RULE: Rule = Rule {
    name: "elf-cannot-read",
    phase: Phase::Map,
    level: Level::Error,
    summary: "what bears the library's name is a directory, or its tables lie outside the file",
    loaders: BOTH,
    messages: &["glibc/cannot-read"],
    page: page!("elf-cannot-read"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let path = TargetPath::new(trouble.failure.field("object")?);
        let what = match context.stat(&path) {
            Some(stat) if stat.kind == FileKind::Directory => "is a directory",
            Some(_) => "is cut off: its program headers lie outside the file",
            None => "cannot be read",
        };
        Some(
            Finding::new(&RULE, subject_of(context, trouble), format!("{object} {what}"))
                .because("the loader stops there and does not look further on")
                .fix("see what is there", format!("ls -ld {}", quoted(&path))),
        )
    });
}
