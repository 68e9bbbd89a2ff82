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
