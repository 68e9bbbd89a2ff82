//! `musl-glibc-loader-needed`: a glibc library in a musl process.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "musl-glibc-loader-needed",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a library built for glibc is loaded into a musl process",
    loaders: MUSL,
    messages: causes::MESSAGES,
    page: page!("musl-glibc-loader-needed"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if *cause != Cause::GlibcLoader {
            return None;
        }
        let asker = lost.asker.map_or("the library".to_owned(), |id| context.path(id));
        Some((
            format!("{asker} was built for glibc (it needs glibc's loader, {}), and this process runs under musl", show(lost.name)),
            vec![
                advice("get the build for musl (a musllinux wheel, an Alpine package), or build it here"),
                advice("or run the whole program on a system with glibc (debian:stable-slim)"),
            ],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    (hearing::is_alpine(heard) && hearing::is_glibc_loader(&lost.name)).then(|| {
        Hearing::new(Likelihood::Certain)
            .why(format!("{} was built for glibc: it asks for glibc's loader, {}, and this system has musl", lost.requirer.as_deref().unwrap_or("the object"), lost.name))
            .advice("get the build for musl (Alpine), or take an image with glibc (debian:stable-slim)")
            .fix("for simple libraries, a shim", "apk add gcompat")
            .not_helpful(format!("linking {} to musl's loader: the name is then found, and glibc's symbols are not", lost.name))
    })
}
