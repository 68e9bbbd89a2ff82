//! `go-host-cannot-open-plugins`: a Go program has package plugin in it and cannot open any.

use sayso_facts::go::PluginSupport;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-host-cannot-open-plugins",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a Go program has package plugin in it and cannot open any",
    loaders: &[Speaker::Go],
    page: page!("go-host-cannot-open-plugins"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (object, program) in context.go_programs() {
        let (why, fix) = match program.plugin_support() {
            PluginSupport::NotImplemented => (
                "was built without cgo: every call gives \"plugin: not implemented\"",
                "build it with CGO_ENABLED=1 and a C compiler",
            ),
            PluginSupport::Static => (
                "is linked statically: the first plugin ends it",
                "link it dynamically: no -extldflags=-static",
            ),
            _ => continue,
        };
        let message = format!(
            "{} has package plugin in it and {why}",
            context.path(*object)
        );
        findings.add(Finding::new(&RULE, Subject::Object(*object), message).advice(fix));
    }
}
