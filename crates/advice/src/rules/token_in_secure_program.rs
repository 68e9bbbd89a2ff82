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
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} is named with a token such as $ORIGIN, which a set-user-id program may not use"))
            .advice("install the library in a system directory and name it without a path, or drop the set-user-id bit"),
    )
}
