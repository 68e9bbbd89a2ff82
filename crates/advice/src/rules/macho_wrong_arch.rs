//! `macho-wrong-arch`: a Mach-O file for another processor.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-wrong-arch",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file was built for another processor than the process runs as",
    loaders: DYLD,
    messages: macho::ARCHITECTURE,
    page: page!("macho-wrong-arch"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::ARCHITECTURE) || macho::says(heard, macho::SIGNATURE) {
        return None;
    }
    let name = macho::library(heard);
    let (have, need) = (macho::said(heard, "have"), macho::said(heard, "need"));
    let sides = if have.is_empty() || need.is_empty() { String::new() } else { format!(" (it has '{have}', the process needs '{need}')") };
    let process_is_arm = need.contains("arm64") || need.is_empty() && have.contains("x86_64");
    let hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{name} was built for another processor than this process runs as{sides}"))
        .decided_by(format!("file {}; and of the program that loads it: file \"$(command -v PROGRAM)\"", quoted(&name)));
    let hearing = if process_is_arm {
        hearing
            .advice("install the arm64 (or universal) build of the library, with arm64 tools: an Intel Homebrew in /usr/local, an Intel Python or Node brings Intel libraries")
            .fix("or run the whole program under Rosetta", "arch -x86_64 PROGRAM")
    } else {
        hearing
            .advice("the process runs as Intel (under Rosetta): start the arm64 build of the program, in a terminal that is not opened with Rosetta")
            .fix("see which the terminal is", "arch; sysctl -n sysctl.proc_translated")
    };
    let python = heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("python"));
    let hearing = if python { hearing.fix("in Python, install the wheel for this interpreter's processor again", "python -m pip install --force-reinstall --no-cache-dir PACKAGE") } else { hearing };
    let node = heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("node")) || name.contains(".node");
    let hearing = if node { hearing.fix("in Node, install the modules again for this processor", "rm -rf node_modules && npm ci") } else { hearing };
    Some(
        hearing
            .not_helpful("lipo: it joins builds that exist, and makes none")
            .not_helpful("softwareupdate --install-rosetta, if the process is arm64 already: one process cannot mix the two"),
    )
}
