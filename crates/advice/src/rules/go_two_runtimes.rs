//! `go-two-runtimes`: two Go runtimes in one process.

use sayso_facts::go::Mode;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-two-runtimes",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "two Go runtimes in one process",
    loaders: &[Speaker::Go],
    page: page!("go-two-runtimes"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let runtimes: Vec<_> = context
        .go_programs()
        .iter()
        .filter(|(_, program)| matches!(program.mode, Mode::CShared | Mode::Executable))
        // What plugin.Open gets is judged by rules of its own.
        .filter(|(object, _)| {
            let step = context.trace.object(*object).step.checked_sub(1);
            let step = step.and_then(|at| context.request.steps.get(at));
            !matches!(step, Some(sayso_loader::Step::PluginOpen { .. }))
        })
        // A program built with -linkshared has the runtime of that library.
        .filter(|(_, program)| !program.links_packages())
        .collect();
    if let [(first, _), (second, _), ..] = runtimes.as_slice() {
        let step = context.trace.object(*second).step;
        let message = format!(
            "{} and {} each bring a Go runtime into the process",
            context.path(*first),
            context.path(*second)
        );
        findings.add(Finding::new(&RULE, Subject::Object(*second), message).because("two collectors, schedulers and sets of signal handlers: Go does not support that").advice("put all Go code into one library, or into a process of its own").step(step));
    }
}
