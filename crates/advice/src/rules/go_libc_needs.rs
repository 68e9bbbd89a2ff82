//! `go-libc-needs`: why a Go program needs the C library, and whether it could do without.

use sayso_facts::go::Mode;

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-libc-needs",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "why a Go program needs the C library, and whether it could do without",
    loaders: &[Speaker::Go],
    page: page!("go-libc-needs"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (object, program) in context.go_programs() {
        if program.mode != Mode::Executable
            || context
                .trace
                .object(*object)
                .image
                .needed()
                .next()
                .is_none()
        {
            continue;
        }
        let Some(needs) = crate::go::libc::needs(program) else {
            continue;
        };
        let path = context.path(*object);
        let message = format!(
            "{path} needs the C library for {}",
            enumerate(&needs.reasons)
        );
        let mut finding = Finding::new(&RULE, Subject::Object(*object), message);
        finding = match needs.own_code.as_slice() {
            [] if needs.opens_plugins => finding.because("plugins need cgo: CGO_ENABLED=0 would make every plugin.Open fail"),
            [] => finding.fix("it can do without: then it runs with any C library, or none", "CGO_ENABLED=0 go build"),
            own => finding.because(format!("CGO_ENABLED=0 would leave out the C code of {}: the build fails, or those packages do less", enumerate_some(own, 4))),
        };
        findings.add(finding);
    }
}
