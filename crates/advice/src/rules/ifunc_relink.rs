//! `ifunc-relink`: a resolver that would run before its library is ready.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "ifunc-relink",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "an IFUNC symbol comes from a library that is not relocated yet",
    loaders: GLIBC,
    messages: &["glibc/ifunc-relink", "glibc/ifunc-in-program"],
    page: page!("ifunc-relink"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let symbol = trouble.text("symbol");
        if trouble.failure.message.id == "glibc/ifunc-in-program" {
            return Some(
                Finding::new(
                    &RULE,
                    subject_of(context, trouble),
                    format!("{object} uses the IFUNC symbol {symbol} of the program itself, which is relocated last"),
                )
                .advice("move the symbol into a library that both need, or make it a plain function"),
            );
        }
        let provider = trouble.text("provider");
        Some(
            Finding::new(
                &RULE,
                subject_of(context, trouble),
                format!("{object} uses the IFUNC symbol {symbol} of {provider} without needing {provider}"),
            )
            .fix("add the need", format!("sayso fix --add-needed {} {}", quoted(TargetPath::new(provider.as_bytes()).file_name()), quoted(trouble.failure.field("object")?))),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, provider, symbol) = (heard.text("object"), heard.text("provider"), heard.text("symbol"));
    if provider.is_empty() {
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("{symbol} is an IFUNC symbol of the program itself, and {object} uses it before the program is set up"))
                .advice("move the symbol into a library that both need, or make it a plain function"),
        );
    }
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} uses {symbol} of {provider} without saying that it needs that library, so the two are set up in the wrong order"))
            .fix("add the need", format!("sayso fix --add-needed {} {}", quoted(provider.rsplit('/').next().unwrap_or(&provider)), quoted(&object)))
            .advice("or link it again with that library on the command line"),
    )
}
