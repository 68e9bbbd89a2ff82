//! `undefined-symbol-cxx11-abi`: two `std::string`s.

use super::prelude::*;
use super::symbols::{Kind, MESSAGES};

pub(super) static RULE: Rule = Rule {
    name: "undefined-symbol-cxx11-abi",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "the two sides were compiled with different ABIs of std::string",
    loaders: BOTH,
    messages: MESSAGES,
    page: page!("undefined-symbol-cxx11-abi"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for missing in context.missing_symbols() {
        let Kind::Cxx11 { defined_by } = missing.kind else {
            continue;
        };
        let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
        let wants_new = missing.symbols.iter().any(|(name, _)| {
            [&b"__cxx11"[..], b"B5cxx11"].iter().any(|mark| name.windows(mark.len()).any(|window| window == *mark))
        });
        let (wanted, other, flag) = if wants_new { ("new", "old", 0) } else { ("old", "new", 1) };
        findings.add(
            Finding::new(
                &RULE,
                subject,
                format!(
                    "{} asks for {} with the {wanted} std::string, and {} defines it with the {other} one",
                    show(missing.object),
                    missing.names(),
                    context.path(defined_by)
                ),
            )
            .step(missing.step)
.explains(missing.events.iter().copied())
            .fix("compile it with the other ABI", format!("c++ -D_GLIBCXX_USE_CXX11_ABI={flag} …"))
            .advice("or get a build of both from one source"),
        );
    }
}
