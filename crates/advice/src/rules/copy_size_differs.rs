//! `copy-size-differs`: a variable copied into the program has another size in the library.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "copy-size-differs",
    phase: Phase::Relocate,
    level: Level::Warning,
    summary: "a variable that is copied into the program has another size in the library",
    loaders: GLIBC,
    messages: &["glibc/copy-size"],
    page: page!("copy-size-differs"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, _| {
        Some(
            Finding::new(
                &RULE,
                trouble.failure.by.map_or_else(|| subject_of(context, trouble), Subject::Object),
                format!("the variable {} has another size in the library than when the program was linked", trouble.text("symbol")),
            )
            .because("the program holds its own copy; whoever uses the longer form reads or writes past its end")
            .advice("link the program again against the library that is here"),
        )
    });
}
