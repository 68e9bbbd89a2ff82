//! `go-plugin-empty-path`: the runtime's last module is no plugin: a compiler inside the program registered it.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-plugin-empty-path",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "the runtime's last module is no plugin: a compiler inside the program registered it",
    loaders: &[Speaker::Go],
    hears: &["go/empty-plugin-path"],
    page: page!("go-plugin-empty-path"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain).why("a just-in-time compiler in the program (bytedance/sonic) registered a module while the plugin was being opened").fix("see whether it is in the host", "go version -m HOST | grep -e sonic").advice("open plugins before the compiler is first used, or build the host without it"))
}
