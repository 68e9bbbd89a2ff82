//! `go-build-assembly-r15`: a host of plugins is compiled for dynamic linking, and an old assembly file uses R15.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-assembly-r15",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "a host of plugins is compiled for dynamic linking, and an old assembly file uses R15",
    loaders: &[Speaker::Go],
    hears: &["go/assembly-r15"],
    page: page!("go-build-assembly-r15"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain).why("assembly of a module uses R15, which a program with plugins needs").advice("update the module, or turn its assembly off with its tag (purego, noasm, appengine)"))
}
