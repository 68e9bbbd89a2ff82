//! `macho-restricted-env`: what a restricted program of macOS may not use.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-restricted-env",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the program is restricted, and dyld ignores or refuses what it was told by environment or path",
    loaders: DYLD,
    messages: macho::RESTRICTED,
    page: page!("macho-restricted-env"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::RESTRICTED) || macho::says(heard, macho::SIGNATURE) || macho::says(heard, macho::ARCHITECTURE) {
        return None;
    }
    let name = macho::library(heard);
    let sandbox = heard.ids().any(|id| id.starts_with("dyld/sandbox"));
    let hearing = Hearing::new(Likelihood::Certain);
    Some(if sandbox {
        hearing
            .why(format!("the program's sandbox does not let it read {name}"))
            .advice("put the library into the program's bundle or container, or give the program the entitlement for that folder")
    } else if heard.says("dyld/protected-system-library") {
        hearing
            .why(format!("{name} would replace one of the system's own libraries, which this program may not"))
            .advice("take DYLD_LIBRARY_PATH away, or the file out of its folder")
            .fix("see what is set", "env | grep DYLD_")
    } else {
        hearing
            .why("the program is restricted (set-user-id, hardened runtime, or one of the system's): dyld takes no relative paths, no @ paths and no DYLD_ variables from outside".to_owned())
            .decided_by("codesign -dvv --entitlements - PROGRAM; ls -lO PROGRAM")
            .advice("name libraries by full paths, or by @loader_path in files whose signature allows it")
            .advice("for your own program: sign it without the hardened runtime, or with com.apple.security.cs.allow-dyld-environment-variables")
            .advice("start programs directly: /bin/sh, /usr/bin/env and other system programs drop DYLD_ variables on the way")
    })
}
