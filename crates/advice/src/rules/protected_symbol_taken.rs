//! `protected-symbol-taken`: a program copies, or takes the address of, what its library keeps to itself.

use super::prelude::*;

/// Their object is the library that has the symbol; the first two are warnings.
pub(crate) const MESSAGES: &[&str] = &[
    "glibc/copy-of-protected",
    "glibc/direct-reference-to-protected",
    "glibc/indirect-access",
    "glibc/copy-of-protected-refused",
    "glibc/direct-reference-refused",
];

/// ld.so ends the process with these.
const REFUSALS: &[&str] = MESSAGES.split_at(WARNINGS).1;
const WARNINGS: usize = 2;

const RELINK: &str = "build the program as position-independent code with -mno-direct-extern-access (GCC 12 and newer) or -fno-direct-access-external-data (clang)";
const OPEN: &str = "or build the library without protected visibility for this symbol (-fvisibility=protected, or the attribute)";

pub(super) static RULE: Rule = Rule {
    name: "protected-symbol-taken",
    phase: Phase::Relocate,
    level: Level::Warning,
    summary: "a program copies, or takes the address of, a protected symbol of a library",
    loaders: GLIBC,
    messages: MESSAGES,
    page: page!("protected-symbol-taken"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

/// What the program does, and what comes of it.
fn told(message: &str, object: &str, symbol: &str) -> (String, &'static str) {
    if message.contains("copy") {
        (
            format!("the program copies the variable {symbol}, which {object} keeps to itself (protected)"),
            "the program and the library each use a variable of their own: what one writes, the other does not see",
        )
    } else {
        (
            format!("the program has its own address for the function {symbol}, which {object} keeps to itself (protected)"),
            "the same function has two addresses: comparing pointers to it goes wrong",
        )
    }
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    let warnings: Vec<_> = context.troubles_with(&MESSAGES[..WARNINGS]).collect();
    for_troubles(context, findings, &RULE, |trouble, object| {
        let symbol = trouble.text("symbol");
        let is_same = |other: &Trouble<'_>| other.text("symbol") == symbol;
        let refused = REFUSALS.contains(&trouble.failure.message.id);
        // A refusal comes behind its warning, and tells both.
        let warning = warnings.iter().find(|warning| refused && is_same(warning));
        if !refused && context.troubles_with(REFUSALS).any(is_same) {
            return None;
        }
        let what = warning.map_or(trouble.failure.message.id, |warning| warning.failure.message.id);
        let (message, effect) = told(what, object, &symbol);
        let mut finding = Finding::new(&RULE, subject_of(context, trouble), message);
        if refused {
            finding = finding
                .level(Level::Error)
                .because(format!("{object} was built to refuse that (GNU_PROPERTY_1_NEEDED_INDIRECT_EXTERN_ACCESS)"));
        } else {
            finding = finding.because(effect);
        }
        if let Some(warning) = warning {
            finding = finding.explains(warning.events());
        }
        Some(finding.advice(RELINK).advice(OPEN))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    let refused = REFUSALS.iter().any(|message| heard.says(message));
    let why = if heard.says("glibc/indirect-access") {
        format!("{object} was built so that no program may copy or point to {symbol} directly, and this program does")
    } else {
        let message = MESSAGES.iter().find(|message| heard.says(message))?;
        let (what, effect) = told(message, &object, &symbol);
        format!("{what}; {}", if refused { "the library was built to refuse that" } else { effect })
    };
    Some(Hearing::new(Likelihood::Certain).why(why).advice(RELINK).advice(OPEN))
}
