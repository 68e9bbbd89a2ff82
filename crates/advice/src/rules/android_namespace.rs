//! `android-namespace`: Android does not let an app use the library.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "android-namespace",
    phase: Phase::Search,
    level: Level::Error,
    summary: "an Android app may not use this library of the system",
    loaders: &[Speaker::Bionic],
    messages: &["bionic/not-accessible"],
    page: page!("android-namespace"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, requirer) = (heard.text("object"), heard.text("requirer"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{object} is there, and apps may not use it: since Android 7 only the NDK's public libraries are open to them ({requirer} needs it)"))
            .advice("bring a copy of the library in the app's own lib/ folder, or use the NDK's public interface")
            .advice("a vendor's public library: name it in the manifest, <uses-native-library android:name=\"libX.so\"/> (Android 12 and later)")
            .not_helpful("copying the phone's file into the app: it needs the rest of that phone's system"),
    )
}
