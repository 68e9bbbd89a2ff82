//! `macho-not-a-library`: no Mach-O library.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-not-a-library",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is no Mach-O file, or not one that can be loaded as a library",
    loaders: DYLD,
    messages: macho::NO_LIBRARY,
    page: page!("macho-not-a-library"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::NO_LIBRARY) || macho::says(heard, macho::ARCHITECTURE) || macho::says(heard, macho::SIGNATURE) {
        return None;
    }
    let name = macho::library(heard);
    let file = quoted(&name);
    let kind = ["dyld/link-bundle", "dyld/link-executable", "dyld/dlopen-executable", "dyld/executable-old", "dyld/file-type", "dyld/file-type-old", "dyld/not-a-library", "dyld/static-library", "dyld/closure-not-a-library"];
    let hearing = Hearing::new(Likelihood::Certain).decided_by(format!("file {file}; head -c 200 {file}"));
    Some(if macho::says(heard, &kind) {
        hearing
            .why(format!("{name} is a Mach-O file of another kind: a program, a bundle, an object file or a static library"))
            .advice("link it with -dynamiclib (a bundle, made with -bundle, can be opened, and not be linked against)")
    } else {
        hearing
            .why(format!("{name} has a library's name, and is no Mach-O file: another system's library (ELF, PE), a pointer of Git LFS, a download page"))
            .fix("a pointer of Git LFS", "git lfs pull")
            .advice("another system's file: get the build for macOS (node_modules and wheels cannot be copied between systems)")
    })
}
