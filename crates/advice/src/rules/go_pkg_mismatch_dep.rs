//! `go-pkg-mismatch-dep`: a package of a module was compiled otherwise for the plugin than for its host.

use super::go_steps::{is_standard, judged, module_root, plugin_file, word};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-pkg-mismatch-dep",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a package of a module was compiled otherwise for the plugin than for its host",
    loaders: &[Speaker::Go],
    messages: &[
        "go/different-version",
        "go/different-version-again",
        "go/different-version-old",
    ],
    page: page!("go-pkg-mismatch-dep"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    judged(context, findings, &RULE);
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let package = heard.text("package");
    if package.is_empty() || is_standard(&package) {
        return None;
    }
    let plugin = plugin_file(heard);
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{package} was compiled otherwise for the plugin than for the host; everything that it imports is equal"))
            .decided_by(format!("sayso go HOST {plugin}"))
            .fix("see every differing package, the cause, and the commands that mend it", format!("sayso go HOST {plugin}"))
            .fix("or compare the module's version by hand", format!("go version -m HOST | grep {m}; go version -m {plugin} | grep {m}", m = word(&module_root(&package))))
            .advice("take the host's version of the module, and build both sides with -trimpath"),
    )
}
