//! `execstack-refused`: the library wants an executable stack and may not have one.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "execstack-refused",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the library asks for an executable stack, which is refused",
    loaders: GLIBC,
    messages: &["glibc/execstack-refused"],
    page: page!("execstack-refused"),
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let path = trouble.failure.field("object")?;
        let finding = Finding::new(
            &RULE,
            subject_of(context, trouble),
            format!("{object} asks for an executable stack, and this glibc does not grant one to a library opened later"),
        )
        .because("from glibc 2.41 on dlopen refuses such a library unless the stack is executable already");
        Some(
            finding
                .fix("clear the mark (almost always set by accident)", format!("patchelf --clear-execstack {}", quoted(path)))
                .advice("or relink it: -Wl,-z,noexecstack, and `.section .note.GNU-stack,\"\",@progbits` in assembler sources")
                .fix("or allow it for one run (glibc 2.41 and later)", "GLIBC_TUNABLES=glibc.rtld.execstack=2 PROGRAM"),
        )
    });
}
