//! `ifunc-relink`: a resolver that would run before its library is ready.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "ifunc-relink",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "an IFUNC symbol comes from a library that is not relocated yet",
    loaders: GLIBC,
    messages: &["glibc/ifunc-relink"],
    page: page!("ifunc-relink"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let provider = trouble.text("provider");
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} uses the IFUNC symbol {} of {provider} without needing {provider}", trouble.text("symbol")),
            )
            .fix("add the need", format!("patchelf --add-needed {} {}", quoted(TargetPath::new(provider.as_bytes()).file_name()), quoted(trouble.failure.field("object")?))),
        )
    });
}
