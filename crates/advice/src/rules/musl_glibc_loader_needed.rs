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
