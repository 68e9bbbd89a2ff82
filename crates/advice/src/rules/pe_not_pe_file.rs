//! `pe-not-pe-file`: no DLL under a DLL's name.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-not-pe-file",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is no Windows file at all",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-not-pe-file"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    if !matches!(code, 193 | 11 | 191 | 1151 | 1150) {
        return None;
    }
    let name = pe::file(heard);
    let foreign = [".so", ".dylib", ".so.0", ".so.1"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let likelihood = match code {
        _ if foreign => Likelihood::Certain,
        1151 => Likelihood::Certain,
        1150 => Likelihood::Likely,
        _ => Likelihood::Possible,
    };
    if code == 1150 {
        return Some(Hearing::new(likelihood).why(format!("{} names a newer Windows than this one as the least it runs on", pe::the_file(heard))).advice("take an older release of the program, or a newer Windows"));
    }
    let hearing = Hearing::new(likelihood)
        .why(format!("{} may be no Windows file at all: a library of Linux or macOS, a pointer of Git LFS, a download page, a cut file", pe::the_file(heard)))
        .decided_by(format!("powershell -c \"Format-Hex '{}' | Select-Object -First 1\": a Windows file begins with 4D 5A (MZ), Linux' with 7F 45 4C 46", if name.is_empty() { "FILE" } else { &name }));
    Some(
        hearing
            .fix("a pointer of Git LFS", "git lfs pull")
            .advice("another system's file: install the Windows build (node_modules and wheels cannot be copied between systems, nor between Windows and WSL)"),
    )
}
