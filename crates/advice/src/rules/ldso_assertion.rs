//! `ldso-assertion`: the file contradicts itself, and the loader gives up.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "ldso-assertion",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file contradicts itself, so that an assertion inside the loader fails",
    loaders: GLIBC,
    messages: &["glibc/inconsistency", "glibc/verdef-revision", "glibc/verneed-revision"],
    page: page!("ldso-assertion"),
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let by = trouble.failure.by.map_or_else(|| object.to_owned(), |id| context.path(id));
        let finding = Finding::new(
            &RULE,
            trouble.failure.by.map_or_else(|| subject_of(context, trouble), Subject::Object),
            format!("{by} contradicts itself: a damaged file, not a fault of the loader"),
        );
        Some(if trouble.text("assertion").contains("needed") {
            finding
                .because("it asks for versions of a library that it does not list as needed, which a patchelf --remove-needed or --replace-needed leaves behind")
                .advice("take the file as it was built, and edit it with a newer patchelf")
        } else {
            finding.advice("install or build the file again")
        })
    });
}
