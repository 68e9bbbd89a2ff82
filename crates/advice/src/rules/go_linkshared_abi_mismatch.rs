//! `go-linkshared-abi-mismatch`: a shared Go library (-linkshared) is of another build than the program.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-linkshared-abi-mismatch",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a shared Go library (-linkshared) is of another build than the program",
    loaders: &[Speaker::Go],
    hears: &["go/abi-mismatch", "go/abi-mismatch-death"],
    page: page!("go-linkshared-abi-mismatch"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(Hearing::new(Likelihood::Certain).why("the program was linked with -linkshared, and the shared Go library that it finds now is of another build").fix("see which file it finds", "ldd PROGRAM").advice("build the shared library and its programs again, together"))
}
