//! `static-tls-exhausted`: no room for initial-exec thread storage.

use super::prelude::*;

/// `DF_STATIC_TLS` of `DT_FLAGS`.
const STATIC_TLS: u64 = 0x10;

pub(super) static RULE: Rule = Rule {
    name: "static-tls-exhausted",
    phase: Phase::Tls,
    level: Level::Error,
    summary: "a library opened later has initial-exec thread storage, and the room for it is used up",
    loaders: GLIBC,
    messages: &["glibc/static-tls"],
    page: page!("static-tls-exhausted"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    const PT_TLS: u32 = 7;
    for_troubles(context, findings, &RULE, |trouble, object| {
        let size = |object: &Object| object.image.segment(PT_TLS).map_or(0, |segment| segment.memsz);
        let own = context
            .object_called(trouble.failure.field("object")?)
            .map(|id| size(context.trace.object(id)));
        let mut finding = Finding::new(
            &RULE,
            subject_of(context, trouble),
            match own {
                Some(own) if own > 0 => format!("{object} wants {own} bytes of static thread storage, more than is left for libraries opened later"),
                _ => format!("{object} wants static thread storage, and what is set aside for libraries opened later is used up"),
            },
        );
        let others: Vec<String> = context
            .trace
            .objects
            .iter()
            .filter(|other| other.step > 0 && size(other) > 0 && other.image.dynamic().is_some_and(|dynamic| dynamic.flags & STATIC_TLS != 0))
            .map(|other| format!("{} ({} bytes)", context.name(other.id), size(other)))
            .collect();
        if !others.is_empty() {
            finding = finding.because(format!("opened later with static storage: {}", enumerate_some(&others, 5)));
        }
        Some(
            finding
                .fix("have it loaded at the start, where there is always room", format!("LD_PRELOAD={} {}", quoted(trouble.failure.field("object")?), program(context)))
                .fix("or set more aside (glibc 2.32 and later)", "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 PROGRAM")
                .advice("or build it without -ftls-model=initial-exec"),
        )
    });
}
