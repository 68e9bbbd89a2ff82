//! `lazy-symbol-missing`: it starts, and ends when the function is called.

use super::prelude::*;
use sayso_loader::Verdict;

pub(super) static RULE: Rule = Rule {
    name: "lazy-symbol-missing",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "nobody defines a function that is looked for only when it is called",
    loaders: GLIBC,
    messages: &[],
    page: page!("lazy-symbol-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    // Of a start that fails anyway, what is unbound has the same cause: a library that is missing, or another build of it.
    if !matches!(context.trace.verdict, Verdict::Loads) {
        return;
    }
    let mut holders: Vec<ObjectId> = Vec::new();
    for symbol in &context.trace.unbound_lazily {
        if !holders.contains(&symbol.by) {
            holders.push(symbol.by);
        }
    }
    for by in holders {
        let names: Vec<String> = context
            .trace
            .unbound_lazily
            .iter()
            .filter(|symbol| symbol.by == by)
            .map(|symbol| show(&symbol.name))
            .collect();
        let path = context.path(by);
        findings.add(
            Finding::new(
                &RULE,
                Subject::Object(by),
                format!("nobody defines {}, which {path} calls", enumerate_some(&names, crate::limits::SYMBOLS_NAMED_MAX)),
            )
            .because("the loader looks for a function when it is first called, and then ends the process with \"symbol lookup error\"")
            .fix("have everything looked for at the start", format!("LD_BIND_NOW=1 {}", program(context)))
            .advice("link it again with every library that it uses (-Wl,-z,defs says at link time what is missing)"),
        );
    }
}
