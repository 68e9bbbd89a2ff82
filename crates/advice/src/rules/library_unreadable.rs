//! `library-unreadable`: the library is there, and the user may not read it.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-unreadable",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there, but this user may not read it",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-unreadable"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |_, cause| {
        let Cause::Unreadable { path, directory, .. } = cause else {
            return None;
        };
        let typed = quoted(path);
        let fix = match directory {
            Some(directory) => command("let this user pass", format!("chmod o+x {}", quoted(directory))),
            None => command("let this user read it", format!("chmod a+r {typed}")),
        };
        Some((
            cause.sentence(context),
            vec![fix, command("see owner and mode of every directory", format!("namei -l {typed}"))],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = Some(heard.text("object")).filter(|name| !name.is_empty())?;
    if !hearing::is_denied(heard) {
        let lost = hearing::missing(heard)?;
        return (heard.speaker() == Speaker::Glibc && lost.program.is_some()).then(|| {
            Hearing::new(Likelihood::Rare)
                .why(format!("a {name} may be there and closed to this user: ld.so goes on searching, and reports the error of the last place"))
                .decided_by(format!("find / -name '{name}' -not -path '/proc/*' -exec namei -l {{}} + 2>/dev/null"))
        });
    }
    let hearing = Hearing::new(Likelihood::Certain).why(format!("{name} is there, and this user may not open it, or not search a directory on the way to it"));
    Some(if name.contains('/') {
        hearing
            .fix("see owner and mode of every directory on the way", format!("namei -l {}", quoted(&name)))
            .fix("let everybody read it", format!("chmod a+r {}", quoted(&name)))
            .not_helpful("sudo as a habit: the next user meets the same; a library needs to be readable, not owned")
    } else {
        hearing.decided_by(format!("find / -name '{name}' -not -path '/proc/*' -exec namei -l {{}} +"))
    }
    .advice("if the modes are right, a security module says no: look for a denial in `journalctl -k | grep -i -e apparmor -e avc`"))
}
