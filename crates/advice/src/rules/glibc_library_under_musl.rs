//! `glibc-library-under-musl`: it loads, as long as it asks for nothing that only glibc has.

use super::prelude::*;
use super::symbols::is_built_for_glibc;

pub(super) static RULE: Rule = Rule {
    name: "glibc-library-under-musl",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a file built for glibc is loaded into a musl process",
    loaders: MUSL,
    messages: &[],
    page: page!("glibc-library-under-musl"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    // Where it fails, the failure's own rule says the same.
    if context.family() != Family::Musl || context.met("musl/symbol-not-found") {
        return;
    }
    for object in context.mapped() {
        if is_built_for_glibc(&object.image) {
            let path = context.path(object.id);
            let finding = Finding::new(
                &RULE,
                Subject::Object(object.id),
                format!("{path} was built for glibc (it asks for GLIBC_ versions), and the process runs under musl"),
            )
            .because("musl takes libc.so.6 for itself and checks no versions; the two differ in what they define and in the layout of some types");
            findings.add(finding.advice("get the build for musl, or build it on this system"));
        }
    }
}
