//! `executable-stack`: works today, refused by dlopen from glibc 2.41 on.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "executable-stack",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "the file asks for an executable stack; from glibc 2.41 on dlopen refuses it",
    loaders: BOTH,
    messages: &[],
    page: page!("executable-stack"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    const PT_GNU_STACK: u32 = 0x6474_e551;
    const PF_X: u32 = 1;
    for object in context.mapped() {
        let header = object.image.header();
        let (asks, how) = match object.image.segment(PT_GNU_STACK) {
            Some(stack) => (stack.flags & PF_X != 0, "asks for an executable stack"),
            // Without the mark x86 assumes that old code wants one; newer architectures do not.
            None => (matches!(header.machine, 3 | 62) && object.image.dynamic().is_some(), "does not say that it can do without an executable stack (no PT_GNU_STACK)"),
        };
        if asks {
            let path = context.path(object.id);
            findings.add(
                Finding::new(&RULE, Subject::Object(object.id), format!("{path} {how}"))
                    .because("from glibc 2.41 on dlopen refuses such a library; SELinux and others refuse it earlier")
                    .fix("clear the mark (almost always set by accident)", format!("sayso fix --clear-execstack {}", quoted(&object.path)))
                    .advice("or relink it: -Wl,-z,noexecstack"),
            );
        }
    }
}
