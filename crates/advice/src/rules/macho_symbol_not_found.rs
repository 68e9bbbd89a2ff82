//! `macho-symbol-not-found`: a symbol that no library of macOS exports.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-symbol-not-found",
    phase: Phase::Relocate,
    level: Level::Error,
    summary: "a symbol that a Mach-O file needs is not exported by the library it is expected in",
    loaders: DYLD,
    messages: &[
        "dyld/symbol-not-found", "dyld/symbol-not-found-quoted", "dyld/symbol-not-found-old", "dyld/weak-definition-expected", "dyld/flat-namespace",
        "dyld/flat-namespace-quoted", "dyld/weak-definition", "dyld/weak-definition-quoted", "dyld/weak-definition-in-cache", "dyld/weak-library-symbol",
        "dyld/missing-lazy-symbol-called", "dyld/missing-symbol-called", "dyld/lazy-load-symbol",
    ],
    page: page!("macho-symbol-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let symbol = heard.text("symbol");
    let (requirer, provider, os) = (macho::requirer(heard), heard.text("provider"), heard.text("os"));
    let who = if requirer.is_empty() { "the program".to_owned() } else { requirer.clone() };
    let named = if symbol.is_empty() { "a function".to_owned() } else { symbol.clone() };
    let file = if requirer.is_empty() { "FILE".into() } else { quoted(&requirer) };
    let hearing = Hearing::new(Likelihood::Certain);
    let hearing = if provider == "unknown" {
        hearing
            .why(format!("{named} is expected in a library that was not found at all: it is weakly linked, or (macOS 13, SDK 14 and later) named by @rpath while no file has a run path"))
            .decided_by(format!("otool -L {file}; otool -l {file} | grep -A2 LC_RPATH"))
            .fix("add the missing run path, and sign again", format!("install_name_tool -add_rpath @loader_path/../Frameworks {file} && codesign --force -s - {file}"))
    } else if heard.message.id.starts_with("dyld/flat-namespace") || provider.contains("flat namespace") || provider.contains("dynamic lookup") {
        hearing
            .why(format!("{who} was linked to find {named} in whatever is loaded (-undefined dynamic_lookup), and nothing loaded exports it"))
            .decided_by(format!("nm -u {file} | grep {}", quoted(&symbol)))
            .advice("if it is a module (Python, Ruby, Node): load it in the host and the release that it was built for, or build it again")
            .advice("if the library that has it is missing on the link line: add it, and link without -undefined dynamic_lookup")
    } else if provider.starts_with("/usr/lib/") || provider.starts_with("/System/") {
        hearing
            .why(format!("{who} needs {named} of the system's {provider}: it was built for a newer macOS{}", if os.is_empty() { String::new() } else { format!(" ({os})") }))
            .decided_by(format!("vtool -show-build {file}; sw_vers"))
            .advice("bring macOS up to date, or get the build for this macOS")
            .fix("when building: name the oldest macOS that it has to run on", "MACOSX_DEPLOYMENT_TARGET=12.0 make")
    } else if provider.is_empty() {
        hearing
            .why(format!("{named}, which {who} needs, is exported by none of the libraries that it was linked against"))
            .decided_by(format!("otool -L {file}; nm -u {file}"))
            .advice("build it again against the libraries that are here")
    } else {
        hearing
            .why(format!("{provider} was found and loaded, and does not export {named}, which {who} needs: another release of the library, or another copy than it was linked against"))
            .decided_by(format!("nm -gU {} | grep {}; otool -L {file}", quoted(&provider), quoted(&symbol)))
            .advice("install matching releases of both, or build the one against the other again")
            .advice("if another copy should have been found: look at DYLD_LIBRARY_PATH, and at the order of the run paths")
    };
    Some(hearing.not_helpful("adding a run path, where the text names a real file after \"Expected in\": that library was found"))
}
