//! `pe-entry-point-not-found`: a DLL that lacks a function.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-entry-point-not-found",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "a DLL was found that does not export a function which is needed from it",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-entry-point-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !matches!(pe::code(heard), 127 | 182) {
        return None;
    }
    let (symbol, ordinal) = (heard.text("symbol"), heard.text("ordinal"));
    let name = pe::file(heard);
    let wanted = match (symbol.is_empty(), ordinal.is_empty()) {
        (false, _) => symbol.clone(),
        (_, false) => format!("number {ordinal}"),
        _ => "a function that is needed".to_owned(),
    };
    let which = if name.is_empty() { "a DLL that was found".to_owned() } else { name.clone() };
    let runtime = packages::known_dll(pe::base(&name));
    let mut hearing = Hearing::new(Likelihood::Certain).why(format!(
        "{wanted} is not exported by the DLL that was found for it ({which} is the file that lacks it or the one that asks, by the release of Windows): an older copy comes first, or this Windows is too old"
    ));
    hearing = if pe::is_wine(heard) {
        hearing
            .advice("wine's own DLL does not have that function yet: take a newer wine, or the maker's DLL (winetricks)")
            .decided_by("WINEDEBUG=+loaddll wine PROGRAM.exe: \"builtin\" is wine's, \"native\" the program's")
    } else {
        let stem = if name.is_empty() { "NAME.dll".to_owned() } else { pe::base(&name).to_owned() };
        hearing
            .decided_by(format!("where {stem}: the first line is the copy that is found; dumpbin /exports COPY | findstr {}", if symbol.is_empty() { "NAME" } else { &symbol }))
            .fix("take the older copy away, or its folder out of PATH", format!("where {stem}"))
    };
    if pe::base(&name).to_ascii_lowercase().starts_with("kernel32") || pe::base(&name).to_ascii_lowercase().starts_with("api-ms-win") || matches!(pe::base(&name).to_ascii_lowercase().as_str(), "user32.dll" | "ntdll.dll" | "advapi32.dll") {
        hearing = hearing.advice("the function is Windows' own: the program was built for a newer Windows than this one; take an older release of it");
    } else if let Some(known) = runtime {
        hearing = known.commands.iter().fold(hearing, |hearing, command| hearing.fix(format!("{}: {}", known.what, known.advice), *command));
    }
    Some(
        hearing
            .advice("install the program again, with all DLLs of one release")
            .not_helpful("downloading the DLL that is named: another version of it is what causes this"),
    )
}
