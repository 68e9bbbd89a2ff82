//! `macho-rpath-not-found`: no run path leads to the library.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-rpath-not-found",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a library is named by @rpath, and no run path leads to it",
    loaders: DYLD,
    messages: macho::LOADS,
    page: page!("macho-rpath-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = macho::library(heard);
    let none = macho::says(heard, &["dyld/no-run-paths", "dyld/no-run-paths-used"]);
    if !name.starts_with("@rpath/") && !none || macho::has_other_reason(heard) {
        return None;
    }
    let requirer = macho::requirer(heard);
    let asked = if requirer.is_empty() { "FILE".into() } else { quoted(&requirer) };
    let file = name.trim_start_matches("@rpath/");
    let why = if heard.says("dyld/no-run-paths") {
        format!("{name}{} is to be found by a run path, and neither the file nor those that loaded it have one", macho::asker(heard))
    } else if heard.says("dyld/no-run-paths-used") {
        format!("{name}{} is to be found by a run path, and those that there are cannot be used", macho::asker(heard))
    } else {
        format!("{name}{} lies in none of the run paths of the file and of those that loaded it", macho::asker(heard))
    };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(why)
            .decided_by(format!("otool -l {asked} | grep -A2 LC_RPATH; find the file: mdfind -name {}", quoted(macho::file_name(file))))
            .fix("add the run path (relative to the file), and sign again", format!("install_name_tool -add_rpath @loader_path/../Frameworks {asked} && codesign --force -s - {asked}"))
            .advice(format!("put {file} where a run path leads (in an app: Contents/Frameworks; in Xcode: Embed & Sign, Runpath Search Paths = @executable_path/../Frameworks)"))
            .advice("when linking: -Wl,-rpath,@loader_path/../lib")
            .not_helpful("DYLD_LIBRARY_PATH in a profile: system programs and hardened ones do not see it")
            .not_helpful("install_name_tool without signing again: on Apple silicon the file is then killed"),
    )
}
