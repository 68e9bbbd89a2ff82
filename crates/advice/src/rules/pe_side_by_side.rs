//! `pe-side-by-side`: an assembly of the manifest is missing.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-side-by-side",
    also: &["side-by-side"],
    phase: Phase::Search,
    level: Level::Error,
    summary: "the program's manifest asks for an assembly that is not installed, or is wrong",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-side-by-side"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !matches!(pe::code(heard), 14001 | 14003) {
        return None;
    }
    let assembly = heard.text("assembly");
    let what = if assembly.is_empty() { "an assembly (a DLL with a version)".to_owned() } else { assembly.clone() };
    Some(
        Hearing::new(if assembly.contains("Microsoft.VC") { Likelihood::Likely } else { Likelihood::Certain })
            .why(format!("the program's manifest asks for {what} that is not installed; mostly it is the Visual C++ runtime of 2005 or 2008"))
            .decided_by("sxstrace trace -logfile:sxs.etl; start the program; sxstrace parse -logfile:sxs.etl -outfile:sxs.txt: the last lines name the assembly")
            .fix("the usual ones (VC80: 2005, VC90: 2008), in the program's word size", "winget install Microsoft.VCRedist.2008.x86 Microsoft.VCRedist.2005.x86")
            .advice("\"Microsoft.VC90.DebugCRT\" is a debug build's: build the release")
            .not_helpful("copying msvcr90.dll beside the program: it is looked for as an assembly, with its manifest"),
    )
}
