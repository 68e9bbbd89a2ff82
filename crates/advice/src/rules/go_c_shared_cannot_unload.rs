//! `go-c-shared-cannot-unload`: a c-shared Go library cannot be unloaded.

use sayso_facts::go::Mode;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-c-shared-cannot-unload",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "a c-shared Go library cannot be unloaded",
    loaders: &[Speaker::Go],
    page: page!("go-c-shared-cannot-unload"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (object, program) in context.go_programs() {
        if program.mode == Mode::CShared {
            let message = format!(
                "{} is a Go library: dlclose says that it went well, and leaves it in the process",
                context.path(*object)
            );
            findings.add(
                Finding::new(&RULE, Subject::Object(*object), message)
                    .advice("load it once; for new code, start the process again")
                    .step(context.trace.object(*object).step),
            );
        }
    }
}
