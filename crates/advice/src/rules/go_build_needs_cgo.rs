//! `go-build-needs-cgo`: a plugin is to be built, and cgo is off.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-build-needs-cgo",
    phase: Phase::Elsewhere,
    level: Level::Error,
    summary: "a plugin is to be built, and cgo is off",
    loaders: &[Speaker::Go],
    hears: &["go/buildmode-needs-cgo", "go/loadinternal-cgo"],
    page: page!("go-build-needs-cgo"),
    hear,
    ..Rule::BLANK
};

fn hear(_: &Heard) -> Option<Hearing> {
    Some(
        Hearing::new(Likelihood::Certain)
            .why("cgo is off: CGO_ENABLED=0, no C compiler in PATH, or a build for another machine")
            .fix("see why", "go env CGO_ENABLED CC GOOS GOARCH")
            .fix("build with cgo", "CGO_ENABLED=1 go build -buildmode=plugin"),
    )
}
