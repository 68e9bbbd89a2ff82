//! `elf-cannot-read`: a directory under a library's name, or a file that cannot be read.

use super::prelude::*;
use sayso_world::FileKind;

pub(super) static RULE: Rule = Rule {
    name: "elf-cannot-read",
    phase: Phase::Map,
    level: Level::Error,
    summary: "what bears the library's name is a directory, or its tables lie outside the file",
    loaders: &[Speaker::Glibc, Speaker::Bionic],
    messages: &["glibc/cannot-read"],
    hears: &["bionic/cannot-read"],
    page: page!("elf-cannot-read"),
    check: Some(check),
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, reason) = (heard.text("object"), heard.text("reason"));
    let directory = reason.contains("Is a directory") || reason.contains("Error 21");
    let hearing = Hearing::new(Likelihood::Certain).decided_by(format!("ls -ld {}", quoted(&object)));
    Some(if directory {
        hearing
            .why(format!("{object} is a directory, where a library is wanted"))
            .advice("name the file in it, or remove the directory: the search stops at the first thing of that name")
    } else {
        hearing
            .why(format!("{object} could be opened, and not be read to the end of its headers"))
            .advice("install the file again; if that does not mend it, look at the disk (`dmesg | tail`)")
    })
}
