//! `library-only-for-newer-processor`: the only copy of a library is in a folder for better processors.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "library-only-for-newer-processor",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the only copy of a library is in a folder for better processors",
    loaders: GLIBC,
    messages: causes::MESSAGES,
    check: Some(check),
    page: page!("library-only-for-newer-processor"),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::NewerProcessorOnly { path, level } = cause else {
            return None;
        };
        Some((
            format!("the only {} is {}, where processors below {level} do not look", show(lost.name), show(path)),
            vec![
                advice("install the plain build of the library beside the special one"),
                advice(format!("or run only on processors of level {level} and above")),
            ],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    if lost.is_path() || lost.is_of_glibc() || heard.speaker() != Speaker::Glibc {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Rare)
            .why(format!("the only {} may lie in a glibc-hwcaps folder for better processors than this one", lost.name))
            .decided_by(format!("find / -path '*glibc-hwcaps*' -name '{}*' 2>/dev/null; /lib64/ld-linux-x86-64.so.2 --help | tail -20", lost.stem()))
            .advice("install the plain build of the library beside the special one"),
    )
}
