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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let symbol = heard.text("symbol");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("the program keeps its own copy of {symbol}, and the library's {symbol} has another size now: a warning, until somebody reads past the end"))
            .advice("build the program again against the library that is installed"),
    )
}
