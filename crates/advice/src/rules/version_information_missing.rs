//! `version-information-missing`: a library without versions stands in for one with them.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "version-information-missing",
    phase: Phase::Version,
    level: Level::Warning,
    summary: "the library found has no symbol versions, and the file was linked against one that has",
    loaders: GLIBC,
    messages: &["glibc/no-version-information"],
    page: page!("version-information-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let requirer = trouble.text("requirer");
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} has no symbol versions, and {requirer} was linked against a build that has them"),
            )
            .because("it is another build than the one linked against; it may lack symbols or behave otherwise")
            .advice("use the distribution's own library; a copy from elsewhere (conda, a vendor's folder) often comes first by LD_LIBRARY_PATH"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, requirer) = (heard.text("object"), heard.text("requirer"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{requirer} was linked against a build of the library with symbol versions, and {object} has none: a warning, the program goes on"))
            .decided_by(format!("ls -lL {}; which package brought it?", quoted(&object)))
            .advice("let the distribution's own library be found first: take the directory of this one out of LD_LIBRARY_PATH")
            .not_helpful("hiding the line (2>/dev/null): if the two builds differ, a symbol is missing next"),
    )
}
