//! `macho-duplicate-load-command`: the same run path or library twice.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-duplicate-load-command",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file names a run path or a library twice, which macOS 15.4 and later refuse",
    loaders: DYLD,
    messages: macho::DUPLICATE,
    page: page!("macho-duplicate-load-command"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::DUPLICATE) {
        return None;
    }
    let (path, rpath) = (macho::library(heard), macho::said(heard, "path"));
    let requirer = macho::requirer(heard);
    let file = if requirer.is_empty() || path.contains('/') { quoted(&path) } else { quoted(&requirer) };
    let hearing = Hearing::new(Likelihood::Certain).decided_by(format!("otool -l {file} | grep -A2 LC_RPATH; otool -L {file}"));
    Some(if heard.says("dyld/duplicate-lc-rpath") {
        hearing
            .why(format!("a file holds the run path {rpath} twice: macOS 15.4 to 15.6 refuse that in libraries built with SDK 15.4 or newer, macOS 26 in files built with SDK 26 or newer"))
            .fix("take one of them away (each call removes one), and sign again", format!("install_name_tool -delete_rpath {} {file} && codesign --force -s - {file}", quoted(&rpath)))
            .advice("when building: two tools add the same -rpath (the compiler's wrapper and the build system); remove one")
    } else {
        hearing
            .why("a file names the same library twice: macOS 15.4 to 15.6 refuse that in libraries built with SDK 15 or newer, macOS 26 in files built with SDK 26 or newer".to_owned())
            .advice("link it again with the library once on the command line, or change one of the two names with install_name_tool -change")
    }
    .not_helpful("codesign --verify and otool -L: both say that the file is well"))
}
