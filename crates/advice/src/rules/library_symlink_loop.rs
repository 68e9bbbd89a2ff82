//! `library-symlink-loop`: the library's name is a link that leads nowhere.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-symlink-loop",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library's name is a symbolic link that leads in a circle or to nothing",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-symlink-loop"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let (Cause::Loop { path } | Cause::Dangling { path, .. }) = cause else {
            return None;
        };
        let mut fixes = vec![
            command("follow the link", format!("namei -l {}", quoted(path))),
            command("if the directory is ldconfig's, have its links made again", "ldconfig"),
        ];
        fixes.extend(packages::install(context, lost.name));
        Some((cause.sentence(context), fixes))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = heard.text("object");
    if !hearing::is_loop(heard) {
        let lost = hearing::missing(heard)?;
        return (heard.speaker() == Speaker::Glibc && lost.program.is_some()).then(|| Hearing::new(Likelihood::Rare).why(format!("a link called {name} may lead to itself: ld.so goes on searching, and reports the error of the last place")));
    }
    hearing::is_loop(heard).then(|| {
        Hearing::new(Likelihood::Certain)
            .why(format!("the path to {name} is a chain of symbolic links that never ends"))
            .fix("follow the links one by one", format!("namei -l {}", quoted(&name)))
            .advice("point the link at the file, or install the package again")
    })
}
