//! `static-tls-exhausted`: no room for initial-exec thread storage.

use super::prelude::*;

/// `DF_STATIC_TLS` of `DT_FLAGS`.
const STATIC_TLS: u64 = 0x10;

pub(super) static RULE: Rule = Rule {
    name: "static-tls-exhausted",
    phase: Phase::Tls,
    level: Level::Error,
    summary: "a library opened later has initial-exec thread storage, and the room for it is used up",
    loaders: &[Speaker::Glibc, Speaker::Rtld],
    messages: &["glibc/static-tls"],
    hears: &["rtld/static-tls"],
    page: page!("static-tls-exhausted"),
    check: Some(check),
    hear,
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

fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    let file = quoted(&object);
    let hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{object} is opened later, and wants its thread variables in the block that is laid out at the start, where no room is left"))
        .fix("have it loaded at the start", format!("LD_PRELOAD={file} PROGRAM"))
        .fix("or set more room aside (glibc 2.32 and later)", "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 PROGRAM");
    let hearing = if heard.wrappers.iter().any(|wrapper| wrapper.name.starts_with("python")) {
        hearing.advice("in Python: import the package that brings it before all others (for libgomp: scikit-learn, torch, xgboost)")
    } else {
        hearing
    };
    Some(
        hearing
            .advice("or build it without -ftls-model=initial-exec (jemalloc: --disable-initial-exec-tls)")
            .not_helpful("more memory: it is room in one small block that is short"),
    )
}
