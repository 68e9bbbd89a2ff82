//! `go-plugin-runtime-corrupt`: the runtime finds the plugin's tables inconsistent, and the host dies.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-runtime-corrupt",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the runtime finds the plugin's tables inconsistent, and the host dies",
    loaders: &[Speaker::Go],
    hears: &[
        "go/module-overlap",
        "go/bad-symbol-table",
        "go/invalid-function-symbol-table",
        "go/invalid-runtime-symbol-table",
        "go/address-range-invalid",
    ],
    page: page!("go-plugin-runtime-corrupt"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain).why("the plugin's tables are not what the host's runtime expects: another Go release, or a file that was changed after linking").fix("compare the releases", "go version HOST PLUGIN").advice("build it with the host's release, and leave out packers, obfuscators and objcopy"))
}
