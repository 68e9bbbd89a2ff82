//! `glibc-musl-libc-needed`: a musl library in a glibc process.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "glibc-musl-libc-needed",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a library built for musl is loaded into a glibc process",
    loaders: GLIBC,
    messages: causes::MESSAGES,
    page: page!("glibc-musl-libc-needed"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if *cause != Cause::MuslLibc {
            return None;
        }
        let asker = lost.asker.map_or("the library".to_owned(), |id| context.path(id));
        Some((
            format!("{asker} was built for musl (it needs {}), and this process runs under glibc", show(lost.name)),
            vec![
                advice("get the build for glibc (the gnu or manylinux one)"),
                advice("do not install musl for it: two C libraries in one process do not work"),
            ],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    (!hearing::is_alpine(heard) && hearing::is_musl_libc(&lost.name)).then(|| {
        Hearing::new(Likelihood::Certain)
            .why(format!("the object was built for musl (Alpine): it needs {}, and this system has glibc", lost.name))
            .advice("get the build for glibc: a musllinux wheel or an Alpine package does not fit here")
            .not_helpful(format!("installing musl for the sake of {}: two C libraries in one process do not work", lost.name))
    })
}
