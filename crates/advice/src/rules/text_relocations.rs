//! `text-relocations`: the code itself is patched while loading.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "text-relocations",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "the file has relocations in its code, which hardened systems refuse",
    loaders: BOTH,
    messages: &[],
    page: page!("text-relocations"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    const DF_TEXTREL: u64 = 4;
    for object in context.mapped() {
        let marked = object
            .image
            .dynamic()
            .is_some_and(|dynamic| dynamic.textrel || dynamic.flags & DF_TEXTREL != 0);
        if marked {
            findings.add(
                Finding::new(&RULE, Subject::Object(object.id), format!("{} has relocations in its code (DT_TEXTREL)", context.path(object.id)))
                    .because("the loader must make code writable for them: SELinux refuses that, and the pages are no longer shared")
                    .advice("compile all of its sources with -fPIC and link it again (-Wl,-z,text names the object at fault)"),
            );
        }
    }
}
