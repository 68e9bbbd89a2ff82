//! `vcruntime-missing`: the Visual C++ runtime is not installed.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "vcruntime-missing",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the Visual C++ runtime that the program was built with is not installed",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("vcruntime-missing"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = pe::file(heard);
    let code = pe::code(heard);
    let assembly = heard.text("assembly");
    if assembly.contains("Microsoft.VC") && code == 14001 {
        let year = if assembly.contains("VC80") { "2005" } else if assembly.contains("VC90") { "2008" } else { "2005 or 2008" };
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("the manifest asks for {assembly}: the Visual C++ {year} runtime, which is not installed"))
                .fix("install that runtime, of the program's own word size", format!("winget install Microsoft.VCRedist.{}.x86    (or .x64)", if year == "2008" { "2008" } else { "2005" })),
        );
    }
    if !matches!(code, 126 | 1157) || pe::is_debug_runtime(&name) {
        return None;
    }
    let known = packages::known_dll(pe::base(&name)).filter(|known| known.kind == "vcruntime")?;
    let mut hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{name} is {}", known.what))
        .decided_by("the program's word size: a 32-bit program needs the x86 package, also on 64-bit Windows");
    if pe::is_wine(heard) {
        hearing = hearing.fix("in the wine prefix", "winetricks -q vcrun2022");
    } else {
        for command in &known.commands {
            hearing = hearing.fix(known.advice, *command);
            if let Some(package) = command.strip_suffix(".x64") {
                hearing = hearing.fix("for a 32-bit program", format!("{package}.x86"));
            }
        }
    }
    Some(
        hearing
            .advice("as the maker: install the Redistributable with the program, or link the runtime statically (/MT)")
            .not_helpful(format!("downloading {} alone from some site: of the wrong word size (then 0xc000007b), never updated, often worse", pe::base(&name)))
            .not_helpful("copying it into System32: the installer looks after versions, the copy does not"),
    )
}
