//! `library-outside-search-path`: the library is on the machine, where nobody looks.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-outside-search-path",
    phase: Phase::Search,
    level: Level::Error,
    summary: "a copy is on the machine, in a directory that is not searched",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-outside-search-path"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::Elsewhere { paths } = cause else {
            return None;
        };
        let directory = paths.first()?.parent();
        let typed = quoted(&directory);
        let mut fixes = Vec::new();
        if let Some(asker) = lost.asker.map(|id| context.trace.object(id)) {
            fixes.push(command(
                "tell the asker where to look",
                format!("patchelf --add-rpath {} {}", run_path_element(context, asker, &directory), quoted(&asker.path)),
            ));
        } else if lost.given {
            fixes.push(advice(format!("give dlopen the full path, {}", show(&paths[0]))));
        }
        fixes.push(command("for one run", format!("LD_LIBRARY_PATH={typed} {}", program(context))));
        if context.family() == Family::Glibc {
            fixes.push(command(
                "for the whole machine",
                format!("echo {typed} > /etc/ld.so.conf.d/local.conf && ldconfig"),
            ));
        }
        Some((cause.sentence(context), fixes))
    });
}

/// The directory as an element of a run path: relative to the asker where it is near, so that the pair can be moved.
fn run_path_element(context: &Context<'_>, asker: &Object, directory: &TargetPath) -> String {
    let machine = context.session.world().machine();
    let origin = asker.path.join_to(&machine.working_directory).parent();
    let near = |base: &TargetPath| {
        directory
            .as_bytes()
            .strip_prefix(base.as_bytes())
            .filter(|rest| base.as_bytes().len() > 1 && (rest.is_empty() || rest[0] == b'/'))
    };
    if let Some(rest) = near(&origin) {
        return format!("'$ORIGIN{}'", show(rest));
    }
    let above = origin.parent();
    match near(&above) {
        // "/usr/../lib" helps nobody: only for programs that live in a folder of their own.
        Some(rest) if !matches!(above.as_bytes(), b"/usr" | b"/usr/local") => format!("'$ORIGIN/..{}'", show(rest)),
        _ => quoted(directory),
    }
}
