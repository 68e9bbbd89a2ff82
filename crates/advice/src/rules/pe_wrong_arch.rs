//! `pe-wrong-arch`: a DLL of the other word size.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-wrong-arch",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the DLL is for another word size or processor than the process",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-wrong-arch"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    if !matches!(code, 193 | 11 | 216 | 191 | 192) {
        return None;
    }
    let name = pe::file(heard);
    let foreign = [".so", ".dylib"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let likelihood = match heard.message.id {
        _ if foreign => return None,
        "windows/machine-type-mismatch" | "windows/dialogue-16-bit" | "windows/dialogue-app-cannot-run" => Likelihood::Certain,
        _ if pe::is_bad_image_at_start(heard) => Likelihood::Possible,
        _ => Likelihood::Likely,
    };
    let file = if name.is_empty() { "FILE.dll".to_owned() } else { name };
    let hearing = Hearing::new(likelihood)
        .why(format!("{} is for another word size or processor than the process that loads it", pe::the_file(heard)))
        .decided_by(format!("dumpbin /headers \"{file}\" | findstr machine (8664: 64-bit, 14C: 32-bit, AA64: ARM64); and which the process is"));
    let hearing = if heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("python")) {
        hearing.fix("see what Python is", "python -c \"import struct; print(struct.calcsize('P') * 8)\"")
    } else {
        hearing
    };
    Some(
        hearing
            .advice("install the DLL's package in the word size of the process, or run the process in the other one (Python, Java, Office and IIS come in both)")
            .advice(".NET: set PlatformTarget to what the native DLL is (x64 or x86), not AnyCPU")
            .not_helpful("copying the DLL elsewhere: it is found; it is of the wrong kind"),
    )
}
