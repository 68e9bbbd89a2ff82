//! `ldso-assertion`: the file contradicts itself, and the loader gives up.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "ldso-assertion",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file contradicts itself, so that an assertion inside the loader fails",
    loaders: &[Speaker::Glibc, Speaker::Bionic],
    messages: &["glibc/inconsistency", "glibc/verdef-revision", "glibc/verneed-revision"],
    hears: &["bionic/verneed-without-need"],
    page: page!("ldso-assertion"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let named = || context.object_called(trouble.failure.field("object")?);
        let loose = || context.mapped().find(|object| has_loose_need(object)).map(|object| object.id);
        let culprit = trouble.failure.by.or_else(named).or_else(loose);
        let by = culprit.map_or_else(|| object.to_owned(), |id| context.path(id));
        let by = if by.is_empty() { show(context.subject_path()) } else { by };
        let subject = culprit.map_or_else(|| Subject::File(context.subject_path()), Subject::Object);
        let finding = Finding::new(&RULE, subject, format!("{by} contradicts itself: a damaged file, not a fault of the loader"));
        Some(if trouble.text("assertion").contains("needed") {
            finding
                .because("it asks for versions of a library that it does not list as needed, which a patchelf --remove-needed or --replace-needed leaves behind")
                .advice("take the file as it was built, and edit it with a newer patchelf")
        } else {
            finding.advice("install or build the file again")
        })
    });
}

/// Versions are needed from a file that is not needed itself (`elf/dl-version.c: find_needed` then finds nothing).
fn has_loose_need(object: &Object) -> bool {
    let image = &object.image;
    image.version_needs().iter().any(|need| {
        let file = image.string(need.file);
        !image.needed().any(|needed| needed == file)
    })
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let assertion = heard.text("assertion");
    let hearing = Hearing::new(Likelihood::Certain).why(match heard.text("object") {
        object if !object.is_empty() => format!("{object} has a record of versions that ld.so cannot read: the file is damaged, or an editor left it inconsistent"),
        _ => format!("ld.so found something in a file that cannot be ({assertion}): the file is damaged, or an editor left it inconsistent"),
    });
    Some(
        hearing
            .decided_by("readelf -VW FILE; sayso check FILE")
            .advice("take the file as its maker built it; tools that remove or replace a needed library must take its version needs off too (patchelf 0.10 and older did not)")
            .advice("if ld.so and libc.so.6 come from different places (a bundled libc), take both from one"),
    )
}
