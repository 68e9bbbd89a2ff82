//! `android-refused`: what Android asks of a file beyond other systems.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "android-refused",
    phase: Phase::Map,
    level: Level::Error,
    summary: "Android refuses the file for a reason of its own: page size, position-independent code",
    loaders: &[Speaker::Bionic],
    messages: &["bionic/page-size", "bionic/only-pie", "bionic/only-pie-old"],
    page: page!("android-refused"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    let hearing = Hearing::new(Likelihood::Certain);
    Some(if heard.is("bionic/page-size") {
        hearing
            .why(format!("{object} was linked for pages of {} bytes, and this device has pages of {}", heard.text("have"), heard.text("need")))
            .fix("link it again for 16 KiB pages (NDK 28 and later do so)", "-Wl,-z,max-page-size=16384")
            .advice("or bring the package that holds it up to date: Google Play asks for 16 KiB since November 2025")
    } else {
        hearing.why("Android runs position-independent programs only, since 5".to_owned()).fix("build it so", "cc -fPIE -pie …")
    })
}
