//! `run-path-relative-in-secure-program`: anybody may choose the library of a privileged program.

use super::prelude::*;
use super::run_path_relative::relative_element;

pub(super) static RULE: Rule = Rule {
    name: "run-path-relative-in-secure-program",
    phase: Phase::Lint,
    level: Level::Error,
    summary: "a privileged program searches a directory that its caller chooses",
    loaders: GLIBC,
    messages: &[],
    page: page!("run-path-relative-in-secure-program"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for object in context.mapped() {
        let empty = run_path(object).is_some_and(|(_, list)| !list.is_empty() && list.split(|&b| b == b':').any(<[u8]>::is_empty));
        let element = relative_element(object).map(|(_, element)| element).or(empty.then(Vec::new));
        // Whether the program is privileged costs a system call: asked only where it matters.
        if let Some(element) = element.filter(|_| is_privileged(context)) {
            let path = context.path(object.id);
            let what = if element.is_empty() { "an empty element".to_owned() } else { format!("the relative directory {}", show(&element)) };
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::Object(object.id),
                    format!("the run path of {path} holds {what}, and the program runs with rights that its caller does not have"),
                )
                .because("the loader honours it even then: whoever starts the program from a directory of their own has their library run with those rights")
                .fix("remove it", format!("sayso fix --remove-runpath {}", quoted(&object.path))),
            );
        }
    }
}
