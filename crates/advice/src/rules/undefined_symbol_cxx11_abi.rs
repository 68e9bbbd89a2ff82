//! `undefined-symbol-cxx11-abi`: two `std::string`s.

use super::prelude::*;
use super::symbols::{Kind, MESSAGES};

pub(super) static RULE: Rule = Rule {
    name: "undefined-symbol-cxx11-abi",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "the two sides were compiled with different ABIs of std::string",
    loaders: ELF,
    messages: MESSAGES,
    hears: &["bionic/undefined-symbol", "rtld/undefined-symbol"],
    page: page!("undefined-symbol-cxx11-abi"),
    check: Some(check),
    hear,
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

/// How the old `std::string` shows in a mangled name, and what else of C++ has it.
fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    let mangled = symbol.strip_prefix("_Z")?;
    let wants_new = symbol.contains("__cxx11") || symbol.contains("B5cxx11");
    let wants_old = !wants_new && has_old_string(mangled);
    if !wants_new && !wants_old {
        return None;
    }
    let (has, lacks, flag) = if wants_new { ("new", "old", 1) } else { ("old", "new", 0) };
    let torch = ["c10", "at", "torch"].iter().any(|name| symbol.contains(&format!("N{}{name}", name.len())));
    let hearing = Hearing::new(Likelihood::Likely)
        .why(format!("{object} was compiled with the {has} std::string (_GLIBCXX_USE_CXX11_ABI={flag}), and the library that should define {symbol} with the {lacks} one"))
        .decided_by(format!("nm -DC LIBRARY | grep NAME: the same function with {} in it", if wants_new { "std::string in place of std::__cxx11::basic_string" } else { "std::__cxx11::basic_string in place of std::string" }));
    let hearing = if torch {
        hearing
            .fix("see which one torch has", "python -c 'import torch; print(torch.compiled_with_cxx11_abi())'")
            .advice("build the extension again with the torch that is installed (torch.utils.cpp_extension passes the right flag), or take its build for this torch")
    } else {
        hearing
    };
    Some(
        hearing
            .fix("compile it with the other ABI", format!("c++ -D_GLIBCXX_USE_CXX11_ABI={} …", 1 - flag))
            .advice("or build both sides with one compiler and one setting")
            .not_helpful("a newer libstdc++: it holds both strings already; it is your two sides that differ"),
    )
}

/// `Ss` stands for the old `std::string` in a mangled name: among the parameters, not inside a name.
fn has_old_string(mangled: &str) -> bool {
    let bytes = mangled.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            // A name with its length before it.
            let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let length: usize = mangled[at..at + digits].parse().unwrap_or(usize::MAX);
            at = at.saturating_add(digits).saturating_add(length);
        } else if bytes[at..].starts_with(b"Ss") {
            return true;
        } else {
            at += 1;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_old_string;

    #[test]
    fn the_old_string_is_a_parameter_and_no_part_of_a_name() {
        assert!(has_old_string("N3c105ErrorC1ENS_14SourceLocationESs"));
        assert!(has_old_string("N6google8protobuf8internal13VerifyVersionEiiRKSs"));
        assert!(!has_old_string("N3foo6Ssabcd3barEv"));
        assert!(!has_old_string("3foov"));
        assert!(!has_old_string("99999999999999999999999Ss"));
    }
}
