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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, provider, symbol) = (heard.text("object"), heard.text("provider"), heard.text("symbol"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} uses {symbol} of {provider} without saying that it needs that library, so the two are set up in the wrong order"))
            .fix("add the need", format!("patchelf --add-needed {} {}", quoted(provider.rsplit('/').next().unwrap_or(&provider)), quoted(&object)))
            .advice("or link it again with that library on the command line"),
    )
}
