//! `token-in-secure-program`: `$ORIGIN` in a need of a privileged program, or one that expands to nothing.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "token-in-secure-program",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a needed name holds $ORIGIN, which a privileged program may not use",
    loaders: GLIBC,
    messages: &["glibc/token-in-secure-need", "glibc/empty-token"],
    page: page!("token-in-secure-program"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let message = if trouble.failure.message.id == "glibc/empty-token" {
            format!("{object} holds a token that expands to nothing here")
        } else {
            format!("{object} holds a token, and the program runs with rights that its caller does not have")
        };
        Some(
            Finding::new(&RULE, subject_of(context, trouble), message)
                .advice("name the library without a path, and install it in a system directory"),
        )
    });
}
