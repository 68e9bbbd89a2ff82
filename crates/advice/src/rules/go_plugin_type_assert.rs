//! `go-plugin-type-assert`: what Lookup returned is of another type than the host asserts.

use super::go_steps::looked_up;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-type-assert",
    phase: Phase::Use,
    level: Level::Error,
    summary: "what Lookup returned is of another type than the host asserts",
    loaders: &[Speaker::Go],
    messages: &["go/assertion", "go/assertion-method", "go/assertion-nil"],
    hears: &["go/assertion-error", "go/assertion-method-error"],
    page: page!("go-plugin-type-assert"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    looked_up(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (found, wanted) = (heard.text("found"), heard.text("wanted"));
    let hearing = Hearing::new(Likelihood::Certain);
    let why = if heard.is("go/assertion-nil") {
        "the symbol is nil: Lookup failed before, and its error was not looked at".to_owned()
    } else if found.strip_prefix('*') == Some(wanted.as_str()) {
        format!("the symbol is a variable, and Lookup gives a pointer to it: {found}")
    } else if found == wanted {
        format!(
            "host and plugin each have a type {found} of their own: its package was compiled twice"
        )
    } else {
        format!("the plugin has it as {found}, and the host asserts {wanted}")
    };
    let hearing = hearing.why(why);
    let hearing = if found.is_empty() || found == wanted {
        hearing
    } else {
        hearing.advice(format!(
            "assert {found} in the host, or give the plugin's symbol the type that the host expects"
        ))
    };
    Some(hearing.fix(
        "check every name and type before the host runs",
        "sayso go HOST PLUGIN --lookup NAME:TYPE",
    ))
}
