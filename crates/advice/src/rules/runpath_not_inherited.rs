//! `runpath-not-inherited`: a run path knows the library, but not for this asker.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "runpath-not-inherited",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is in the RUNPATH of another object, which does not count for the one that asks",
    loaders: GLIBC,
    messages: causes::MESSAGES,
    page: page!("runpath-not-inherited"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::NotInherited { path, of, rpath_shadowed } = cause else {
            return None;
        };
        let (of, asker) = (context.path(*of), lost.asker.map(|asker| context.trace.object(asker)));
        let asker_name = lost.asker.map(|asker| context.path(asker)).unwrap_or_default();
        let why = if *rpath_shadowed {
            format!("{} is in the RPATH of {of}, which does not count because of a RUNPATH", show(path))
        } else {
            format!("{} is in the RUNPATH of {of}, but it is {asker_name} that asks, and a RUNPATH counts only for its own object", show(path))
        };
        let mut fixes = Vec::new();
        if let Some(asker) = asker {
            let directory = path.parent();
            let origin = asker.path.parent();
            let element = if directory == origin { "$ORIGIN".to_owned() } else { show(&directory) };
            fixes.push(command(
                "give the asker a run path of its own",
                format!("sayso fix --add-runpath '{element}' {}", quoted(&asker.path)),
            ));
        }
        fixes.push(advice("or link the program with -Wl,--disable-new-dtags: an RPATH is inherited by what it loads"));
        fixes.push(command("for one run", format!("LD_LIBRARY_PATH={} {}", quoted(path.parent()), program(context))));
        Some((why, fixes))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    if lost.is_path() || lost.is_of_glibc() || heard.speaker() != Speaker::Glibc || packages::stock(&lost.name).is_some() {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Rare)
            .why(format!("{} may be needed by a library that has no run path of its own: the program's RUNPATH counts for the program's own needs only", lost.name))
            .decided_by("sayso check PROGRAM"),
    )
}
