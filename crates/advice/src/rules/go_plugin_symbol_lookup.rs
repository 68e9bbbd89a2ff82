//! `go-plugin-symbol-lookup`: Lookup finds no such exported function or variable.

use super::go_steps::looked_up;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-symbol-lookup",
    phase: Phase::Use,
    level: Level::Error,
    summary: "Lookup finds no such exported function or variable",
    loaders: &[Speaker::Go],
    messages: &["go/symbol-not-found", "go/symbol-not-resolved"],
    page: page!("go-plugin-symbol-lookup"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    looked_up(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let symbol = heard.text("symbol");
    let lower = symbol
        .chars()
        .next()
        .is_some_and(|first| !first.is_uppercase());
    let why = if lower {
        format!("{symbol} begins with no capital letter, so it is not exported")
    } else {
        format!("package main of the plugin has no exported function or variable {symbol}")
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(why)
            .fix("see what it exports, with types", "sayso go HOST PLUGIN -v")
            .advice("export it from package main with a capital letter; constants, types, methods and generic functions are never found"),
    )
}
