//! `symver-not-defined-in-file`: the version is there, the symbol in it is not.

use super::prelude::*;
use super::symbols::{Kind, MESSAGES};

pub(super) static RULE: Rule = Rule {
    name: "symver-not-defined-in-file",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the library defines the version that is needed, but not this symbol in it",
    loaders: GLIBC,
    messages: MESSAGES,
    page: page!("symver-not-defined-in-file"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for missing in context.missing_symbols() {
        let Kind::NotInFile { file } = &missing.kind else {
            continue;
        };
        if missing.symbols.iter().any(|(_, version)| *version == Some(b"GLIBC_PRIVATE")) {
            continue;
        }
        let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
        findings.add(
            Finding::new(
                &RULE,
                subject,
                format!("{} was linked against a {} that defines {}; the one found here does not", show(missing.object), show(file), missing.names()),
            )
            .because("the two are different builds of the library, though both carry the version's name")
            .step(missing.step)
.explains(missing.events.iter().copied())
            .advice(format!("use the {} that it was linked against, or link it again against the one here", show(file))),
        );
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol, version, file) = (heard.text("object"), heard.text("symbol"), heard.text("version"), heard.text("file"));
    if version.is_empty() || version == "GLIBC_PRIVATE" {
        return None;
    }
    let library = if file.is_empty() { "the library that it was linked against".to_owned() } else { file };
    let likelihood = if heard.is("glibc/link-time-reference") { Likelihood::Certain } else { Likelihood::Possible };
    Some(
        Hearing::new(likelihood)
            .why(format!("{object} was linked against a build of {library} that has {symbol} in {version}; the one found here has the version without that symbol"))
            .decided_by(format!("LD_DEBUG=libs PROGRAM 2>&1 | grep {}; then readelf --dyn-syms -W FILE | grep {symbol}", hearing::stem(&library)))
            .advice(format!("let the build of {library} be found that {object} was linked against: take foreign directories out of LD_LIBRARY_PATH (conda, Nix, a vendor's)"))
            .advice("or update both packages together, or link the object again here"),
    )
}
