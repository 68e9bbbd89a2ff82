//! `macho-compat-version`: the library is older than the one that was linked against.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "macho-compat-version",
    phase: Phase::Version,
    level: Level::Error,
    summary: "the library's compatibility version is lower than the file needs (macOS 11 and older)",
    loaders: DYLD,
    messages: &["dyld/incompatible-version", "dyld/closure-incompatible-version"],
    page: page!("macho-compat-version"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (requirer, object, have, need) = (heard.text("requirer"), heard.text("object"), heard.text("have"), heard.text("need"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{requirer} was linked against {object} of compatibility version {need} or newer, and the one found here is {have}; macOS 12 and later no longer compare these numbers"))
            .decided_by(format!("otool -L {}; otool -D {}", quoted(&requirer), quoted(&object)))
            .fix("bring the library up to date", format!("brew upgrade {}", packages::brew(&object).and_then(|fix| fix.command).and_then(|command| command.strip_prefix("brew install ").map(str::to_owned)).unwrap_or_else(|| "FORMULA".to_owned())))
            .advice("or build the program again against the library that is here")
            .advice("if DYLD_LIBRARY_PATH is set, an older copy may hide the right one: unset it")
            .not_helpful("renaming or linking files: the number is inside the library"),
    )
}
