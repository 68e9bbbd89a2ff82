//! `macho-inserted-library`: DYLD_INSERT_LIBRARIES names what does not load.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-inserted-library",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a library of DYLD_INSERT_LIBRARIES does not load, and the program ends",
    loaders: DYLD,
    messages: &["dyld/inserted-library", "dyld/inserted-library-old", "dyld/inserted-library-hardened"],
    page: page!("macho-inserted-library"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = macho::library(heard);
    Some(
        Hearing::new(Likelihood::Likely)
            .why(format!("DYLD_INSERT_LIBRARIES asks every program to load {name} first, and here it does not load"))
            .fix("run without it", "env -u DYLD_INSERT_LIBRARIES PROGRAM")
            .advice("find where it is set: a profile, launchctl getenv DYLD_INSERT_LIBRARIES, an IDE")
            .advice("if it is wanted: build it for the processor of every program that is started (universal), and sign it"),
    )
}
