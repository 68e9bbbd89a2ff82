//! `soname-link-missing`: the library is here, and the link that has its soname for a name is not.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "soname-link-missing",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library's file is there, but not the link that is named after its soname",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("soname-link-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::LinkMissing { path } = cause else {
            return None;
        };
        let name = show(lost.name);
        let link = path.parent().join(lost.name);
        Some((
            format!("{} is the library that is wanted, but nothing is called {name}", show(path)),
            vec![
                command("make the link", format!("ln -s {} {}", quoted(path.file_name()), quoted(&link))),
                command("or let it be made from the sonames in a directory", format!("ldconfig -n {}", quoted(path.parent()))),
            ],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    if lost.is_path() || lost.is_of_glibc() || !lost.name.contains(".so.") {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Rare)
            .why(format!("the file may be here under a longer name, such as {}.2.13, without the link {}", lost.name, lost.name))
            .decided_by(format!("find / -name '{}*' 2>/dev/null", lost.stem()))
            .fix("let the link be made", "ldconfig"),
    )
}
