//! `dll-dependency-not-found`: Windows' error 126.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "dll-dependency-not-found",
    also: &["pe-dll-dependency-not-found"],
    phase: Phase::Search,
    level: Level::Error,
    summary: "a DLL that the named file needs, or the file itself, is in none of the folders that are searched",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("dll-dependency-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = pe::file(heard);
    let code = pe::code(heard);
    if !matches!(code, 126 | 1157) || pe::is_debug_runtime(&name) {
        return None;
    }
    let known = packages::known_dll(pe::base(&name));
    if known.as_ref().is_some_and(|known| known.kind == "vcruntime") {
        return None;
    }
    // A dialogue, and wine, name the missing one; an error number never does.
    let named = heard.message.id.starts_with("windows/dialogue-") || heard.is("wine/library-not-found");
    let python = heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("python"));
    let what = known.as_ref().map_or(String::new(), |known| format!("; it is {}", known.what));
    let mut hearing = Hearing::new(Likelihood::Certain).why(if named {
        format!("{name} is in none of the folders that are searched{what}")
    } else {
        format!("{} may be there: error 126 says so also of every DLL further down that is missing, and names none{what}", pe::the_file(heard))
    });
    hearing = hearing.decided_by(pe::dependents(heard));
    if let Some(known) = &known {
        hearing = known.commands.iter().fold(hearing, |hearing, command| hearing.fix(known.advice, *command));
        if known.commands.is_empty() {
            hearing = hearing.advice(known.advice);
        }
    }
    if pe::is_wine(heard) {
        hearing = hearing.advice("copy the missing DLL from the program's own installer beside the program, or let winetricks install the runtime that holds it");
    } else {
        if !named {
            hearing = hearing.fix("most often it is the Visual C++ runtime", "winget install Microsoft.VCRedist.2015+.x64");
        }
        if python {
            hearing = hearing
                .fix("Python 3.8 and later do not search PATH for an extension's DLLs: name the folder", "python -c \"import os; os.add_dll_directory(r'C:\\path\\to\\bin'); import MODULE\"")
                .advice("in conda: activate the environment first; its Library\\bin must be in PATH");
        } else {
            hearing = hearing.advice("put the missing DLL beside the program, or its folder into PATH (where the program searches PATH)");
        }
    }
    Some(
        hearing
            .not_helpful("checking the path of the named file again and again: it is found; a DLL behind it is not")
            .not_helpful("single DLLs from download sites: the wrong version or word size comes next")
            .not_helpful("regsvr32: it registers COM classes, it installs nothing"),
    )
}
