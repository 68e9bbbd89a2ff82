//! `objc-duplicate-class`: one Objective-C class in two libraries.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "objc-duplicate-class",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "two loaded libraries define the same Objective-C class",
    loaders: DYLD,
    messages: &["dyld/objc-duplicate-class"],
    page: page!("objc-duplicate-class"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (symbol, first, second) = (heard.text("symbol"), heard.text("first"), heard.text("second"));
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("the class {symbol} is in {first} and in {second}: one of them is used for both, and which one is chance; a warning, unless the two differ"))
            .advice("load one copy of the library: an environment (conda, pip) and a bundle often bring one each")
            .advice("in an app: link the framework into the app or into the library, not into both"),
    )
}
