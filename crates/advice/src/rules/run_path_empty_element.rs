//! `run-path-empty-element`: an empty element means the working directory.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "run-path-empty-element",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a run path holds an empty element, which glibc takes for the working directory",
    loaders: GLIBC,
    messages: &[],
    page: page!("run-path-empty-element"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    if context.family() == Family::Musl {
        return;
    }
    for object in context.mapped() {
        let Some((kind, list)) = run_path(object) else {
            continue;
        };
        if !list.is_empty() && list.split(|&b| b == b':').any(<[u8]>::is_empty) {
            let path = context.path(object.id);
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::Object(object.id),
                    format!("the {kind} of {path} holds an empty element (\"{}\"): whatever directory the program is started in is searched", show(list)),
                )
                .fix("set it without", format!("sayso fix --set-runpath {} {}", quoted(without(list, |element| !element.is_empty())), quoted(&object.path))),
            );
        }
    }
}

/// The list with only the elements that `keep` accepts.
pub(super) fn without(list: &[u8], keep: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let kept: Vec<&[u8]> = list.split(|&b| b == b':').filter(|element| keep(element)).collect();
    kept.join(&b':')
}
