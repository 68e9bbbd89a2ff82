//! `go-c-shared-on-musl`: a c-shared Go library on musl: it cannot be opened, and crashes where it is linked.

use sayso_facts::go::Mode;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-c-shared-on-musl",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a c-shared Go library on musl: it cannot be opened, and crashes where it is linked",
    loaders: &[Speaker::Go],
    page: page!("go-c-shared-on-musl"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    if context.family() != Family::Musl {
        return;
    }
    for (object, program) in context.go_programs() {
        if program.mode == Mode::CShared {
            let step = context.trace.object(*object).step;
            let at_start =
                step == 0 && matches!(context.request.start, sayso_loader::Start::Exec { .. });
            let why = if at_start {
                "it is loaded at the start, and crashes in its initialiser, which musl gives no arguments"
            } else {
                "musl refuses its static thread-local storage after the start"
            };
            let message = format!(
                "{} is a c-shared Go library, and they do not work on musl",
                context.path(*object)
            );
            findings.add(
                Finding::new(&RULE, Subject::Object(*object), message)
                    .because(why)
                    .advice("use glibc, or start the Go code as a process of its own")
                    .step(step),
            );
        }
    }
}
