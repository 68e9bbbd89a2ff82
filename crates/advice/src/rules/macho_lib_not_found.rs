//! `macho-lib-not-found`: a library of macOS is nowhere that dyld looks.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-lib-not-found",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a library that a Mach-O file names is not where dyld looks",
    loaders: DYLD,
    messages: macho::LOADS,
    page: page!("macho-lib-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = macho::library(heard);
    if macho::has_other_reason(heard) || macho::says(heard, macho::RESTRICTED) {
        return None;
    }
    let likelihood = if name.starts_with("@rpath/") || macho::says(heard, &["dyld/no-run-paths", "dyld/no-run-paths-used"]) {
        Likelihood::Possible
    } else {
        Likelihood::Certain
    };
    let requirer = macho::requirer(heard);
    let asked = if requirer.is_empty() { "FILE".into() } else { quoted(&requirer) };
    let homebrew = ["/usr/local/opt/", "/opt/homebrew/", "/usr/local/Cellar/", "/usr/local/lib/"].iter().any(|place| name.starts_with(place));
    let hearing = Hearing::new(likelihood)
        .why(format!("{name}{} does not exist in any of the places that dyld tries", macho::asker(heard)))
        .decided_by(format!("ls -l {}; otool -L {asked}", quoted(&name)));
    let mut hearing = if homebrew {
        hearing.advice("Homebrew has removed or renamed that version: install what depends on it again (`brew reinstall`), so that it is linked against today's")
    } else {
        hearing
    };
    hearing.fixes.extend(packages::brew(&name));
    if name.starts_with("@executable_path") || name.starts_with("@loader_path") {
        hearing = hearing.advice("put the library into the bundle at that place (Contents/Frameworks), and sign the bundle again");
    }
    Some(
        hearing
            .fix("or name the place where it really is, and sign again", format!("install_name_tool -change {} /path/{} {asked} && codesign --force -s - {asked}", quoted(&name), quoted(macho::file_name(&name))))
            .not_helpful(format!("linking another version's file to {}: from 12 on dyld no longer compares the versions, and the symbols are missing next", macho::file_name(&name)))
            .not_helpful("DYLD_LIBRARY_PATH in a profile: programs of the system, and those with a hardened runtime, never see it"),
    )
}
