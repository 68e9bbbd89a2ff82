//! `run-path-relative`: a relative element depends on the working directory.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "run-path-relative",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a run path holds a relative directory, which depends on where the program is started",
    loaders: BOTH,
    messages: &[],
    page: page!("run-path-relative"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for object in context.mapped() {
        let element = relative_element(object);
        // A privileged process has a rule of its own; whether it is one costs a system call.
        if let Some((kind, element)) = element.filter(|_| !is_privileged(context)) {
            let path = context.path(object.id);
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::Object(object.id),
                    format!("the {kind} of {path} holds the relative directory {}: it is looked for where the program is started, not where it lies", show(&element)),
                )
                .fix("start it at the file's own directory", format!("sayso fix --set-runpath '$ORIGIN/{}' {}", show(&element), quoted(&object.path))),
            );
        }
    }
}

/// The first relative element of the run path that counts.
pub(super) fn relative_element(object: &Object) -> Option<(&'static str, Vec<u8>)> {
    let (kind, list) = run_path(object)?;
    list.split(|&b| b == b':')
        .find(|element| !element.is_empty() && element[0] != b'/' && element[0] != b'$')
        .map(|element| (kind, element.to_vec()))
}
