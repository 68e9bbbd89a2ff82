//! `pe-call-refused`: LoadLibraryEx was called wrongly.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-call-refused",
    phase: Phase::Find,
    level: Level::Error,
    summary: "the flags or the path of the call that should load the DLL do not go together",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-call-refused"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    matches!(code, 87 | 206).then(|| {
        Hearing::new(Likelihood::Likely).why(if code == 206 {
            "the path is longer than Windows takes (260 characters without the long form)"
        } else {
            "LoadLibraryEx was given flags that do not go together, or a relative path with a flag that wants a full one"
        })
        .advice(if code == 206 { "use a shorter folder, or switch long paths on (LongPathsEnabled) and let the program's manifest ask for them" } else { "give the full path, with backslashes; as the caller, do not mix LOAD_WITH_ALTERED_SEARCH_PATH with LOAD_LIBRARY_SEARCH_ flags" })
    })
}
