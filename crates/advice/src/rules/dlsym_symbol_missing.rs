//! `dlsym-symbol-missing`: dlsym finds nothing.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dlsym-symbol-missing",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "dlsym looks for a symbol that neither the library nor its needs export",
    loaders: BOTH,
    messages: &["glibc/dlsym-undefined", "glibc/next-from-nowhere", "musl/dlsym-symbol-not-found"],
    page: page!("dlsym-symbol-missing"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let symbol = trouble.text("symbol");
        if symbol.is_empty() {
            return Some(Finding::new(&RULE, subject_of(context, trouble), "RTLD_NEXT has a meaning only in code of a loaded object"));
        }
        // musl names no object: the step tells which handle was asked.
        let object = if object.is_empty() { "the library" } else { object };
        let finding = Finding::new(&RULE, subject_of(context, trouble), format!("{object} exports no {symbol}"));
        let mangled = context
            .object_called(trouble.failure.field("object").unwrap_or_default())
            .and_then(|id| mangled_twin(&context.trace.object(id).image, symbol.as_bytes()));
        Some(match mangled {
            Some(twin) => finding
                .because(format!("it exports {twin}, the C++ name of a function {symbol}"))
                .advice("declare the function extern \"C\""),
            None => finding
                .fix("see what it exports", format!("nm -D --defined-only {}", quoted(trouble.failure.field("object").unwrap_or_default())))
                .advice("the symbol may be hidden (-fvisibility=hidden) or removed by a version script"),
        })
    });
}

/// The C++ name of a plain function of this name.
fn mangled_twin(image: &sayso_facts::elf::Image, symbol: &[u8]) -> Option<String> {
    let prefix = [format!("_Z{}", symbol.len()).as_bytes(), symbol].concat();
    (1..image.symbol_count())
        .filter_map(|at| image.symbol(at))
        .filter(|found| found.shndx != 0)
        .map(|found| image.string(found.name))
        .find(|name| name.starts_with(&prefix))
        .map(show)
}
