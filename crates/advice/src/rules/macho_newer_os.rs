//! `macho-newer-os`: built for a newer macOS.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-newer-os",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file was built for a newer macOS than this one, with parts that it does not know",
    loaders: DYLD,
    messages: &[
        "dyld/unknown-load-command", "dyld/library-not-loaded", "dyld/symbol-not-found", "dyld/symbol-not-found-old",
    ],
    page: page!("macho-newer-os"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (os, name) = (heard.text("os"), macho::library(heard));
    let own = heard.is("dyld/unknown-load-command");
    if os.is_empty() && !own || macho::has_other_reason(heard) {
        return None;
    }
    let who = if own { name } else { macho::requirer(heard) };
    let built = if os.is_empty() { String::new() } else { format!(" ({os})") };
    Some(
        Hearing::new(if own { Likelihood::Certain } else { Likelihood::Possible })
            .why(format!("{who} was built for a newer macOS than this one{built}: dyld does not refuse it for that, but what it needs of the newer system is missing here"))
            .decided_by(format!("vtool -show-build {}; sw_vers", quoted(&who)))
            .advice("bring macOS up to date, or get the build for this macOS")
            .fix("when building: name the oldest macOS that it has to run on", "MACOSX_DEPLOYMENT_TARGET=12.0 make"),
    )
}
