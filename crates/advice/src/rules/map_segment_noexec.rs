//! `map-segment-noexec`: the kernel refuses to map the file.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "map-segment-noexec",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the library lies on a noexec mount, or a policy forbids mapping it",
    loaders: BOTH,
    messages: &["glibc/map-segment", "glibc/zero-fill"],
    page: page!("map-segment-noexec"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, object| {
        let path = TargetPath::new(trouble.failure.field("object")?);
        let noexec = context.stat(&path).is_some_and(|stat| stat.noexec);
        let message = if noexec {
            format!("{object} lies on a file system mounted with noexec: its code may not be mapped")
        } else {
            format!("the kernel would not map {object}")
        };
        let finding = Finding::new(&RULE, subject_of(context, trouble), message);
        Some(if noexec {
            finding
                .fix("see the mount", format!("findmnt -T {}", quoted(&path)))
                .advice("put the library elsewhere; a program that unpacks it into /tmp often takes another TMPDIR")
        } else {
            finding.advice("the file asks for more memory than there is, or is damaged; compare it with its package")
        })
    });
}
