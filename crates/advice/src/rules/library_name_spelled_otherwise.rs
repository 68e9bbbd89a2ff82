//! `library-name-spelled-otherwise`: the library is there under a name with other capitals or another Unicode form.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "library-name-spelled-otherwise",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there under a name with other capitals or another Unicode form",
    loaders: ELF,
    messages: causes::MESSAGES,
    check: Some(check),
    page: page!("library-name-spelled-otherwise"),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::OtherSpelling { path } = cause else {
            return None;
        };
        let asker = lost.asker.map_or_else(|| "FILE".to_owned(), |id| quoted(&context.trace.object(id).path));
        Some((
            format!("{} is asked for, and the file is called {}", show(lost.name), show(path)),
            vec![
                command("give it the name that is asked for", format!("mv {} {}", quoted(path), quoted(path.parent().join(lost.name)))),
                command("or ask for the name that it has", format!("sayso fix --replace-needed {}={} {asker}", quoted(lost.name), quoted(path.file_name()))),
            ],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    if lost.is_path() || lost.is_of_glibc() || !lost.name.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Rare)
            .why(format!("{} may be here with other capitals: macOS and Windows take such names for the same, Linux does not", lost.name))
            .decided_by(format!("find / -iname '{}*' 2>/dev/null", lost.stem()))
            .advice("give the file the name that is asked for"),
    )
}
