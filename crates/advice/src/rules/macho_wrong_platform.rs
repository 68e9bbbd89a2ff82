//! `macho-wrong-platform`: a Mach-O file for another of Apple's systems.

use super::prelude::*;
use super::macho;

pub(super) static RULE: Rule = Rule {
    name: "macho-wrong-platform",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file was built for another of Apple's platforms than the process runs on",
    loaders: DYLD,
    messages: macho::PLATFORM,
    page: page!("macho-wrong-platform"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, macho::PLATFORM) {
        return None;
    }
    let name = macho::library(heard);
    let (have, need) = (macho::said(heard, "have"), macho::said(heard, "need"));
    let sides = if have.is_empty() || need.is_empty() { String::new() } else { format!(": built for {have}, wanted for {need}") };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{name} belongs to another of Apple's platforms{sides}"))
            .decided_by(format!("vtool -show-build {}", quoted(&name)))
            .advice("build it for this platform: iOS, its simulator, Catalyst and macOS each need a build of their own (an XCFramework holds several)"),
    )
}
