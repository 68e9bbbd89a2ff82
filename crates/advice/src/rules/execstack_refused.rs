//! `execstack-refused`: the library wants an executable stack and may not have one.

use super::prelude::*;
use sayso_loader::request::Release;

pub(super) static RULE: Rule = Rule {
    name: "execstack-refused",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the library asks for an executable stack, which is refused",
    loaders: GLIBC,
    messages: &["glibc/execstack-refused", "glibc/execstack-forbidden"],
    page: page!("execstack-refused"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for trouble in context.troubles_with(&["glibc/execstack-forbidden"]) {
        findings.add(
            Finding::new(
                &RULE,
                Subject::Name(b"GLIBC_TUNABLES".to_vec()),
                "the program asks for an executable stack, and the tunable glibc.rtld.execstack=0 forbids it",
            )
            .fix("clear the program's mark", format!("sayso fix --clear-execstack {}", program(context)))
            .explains(trouble.events()),
        );
    }
    for_troubles(context, findings, &RULE, |trouble, object| {
        let path = trouble.failure.field("object")?;
        let finding = Finding::new(
            &RULE,
            subject_of(context, trouble),
            format!("{object} asks for an executable stack, and this glibc does not grant one to a library opened later"),
        )
        .because("from glibc 2.41 on dlopen refuses such a library unless the stack is executable already");
        // 2.41 knew only 0 (never) and 1 (as the program asks) at first; 2 (for everybody) came with 2.42 and 2.41's stable branch.
        let has_compatible_mode = context.trace.loader.as_ref().is_some_and(|loader| loader.release >= Release(2, 42, 0));
        let finding = finding
                .fix("clear the mark (almost always set by accident)", format!("sayso fix --clear-execstack {}", quoted(path)))
                .advice("or relink it: -Wl,-z,noexecstack, and `.section .note.GNU-stack,\"\",@progbits` in assembler sources");
        Some(if has_compatible_mode {
            finding.fix("or allow it for one run (glibc 2.42 and later)", format!("GLIBC_TUNABLES=glibc.rtld.execstack=2 {}", program(context)))
        } else {
            finding
        })
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    if object.is_empty() {
        return Some(
            Hearing::new(Likelihood::Certain)
                .why("the program asks for an executable stack, and the tunable glibc.rtld.execstack=0 forbids it")
                .fix("take the mark off the program", "sayso fix --clear-execstack PROGRAM")
                .fix("or run it without the tunable", "env -u GLIBC_TUNABLES PROGRAM"),
        );
    }
    let file = if object.contains('/') { quoted(&object) } else { "FILE".into() };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} asks for an executable stack, and does not get it: glibc 2.41 and later refuse that to what is opened later; before, SELinux or WSL 1 did"))
            .decided_by(format!("readelf -lW {file} | grep GNU_STACK"))
            .fix("take the mark off (hardly any library needs it)", format!("sayso fix --clear-execstack {file}"))
            .fix("for one run, glibc 2.42 and later", "GLIBC_TUNABLES=glibc.rtld.execstack=2 PROGRAM")
            .advice("build it again: assembler files need a .note.GNU-stack section, or link with -z noexecstack")
            .not_helpful("an older glibc beside the new one: the mark is the fault, and one command takes it off"),
    )
}
