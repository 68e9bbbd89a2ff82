//! `needed-absolute-path`: a need with a slash is no name but a place.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "needed-absolute-path",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a needed library is given as a path, so that it is never searched for",
    loaders: BOTH,
    messages: &[],
    page: page!("needed-absolute-path"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for object in context.mapped() {
        for need in object.image.needed().filter(|need| need.contains(&b'/') && !need.starts_with(b"$")) {
            // Nix writes such paths on purpose, and its store never moves.
            if need.starts_with(b"/nix/store/") || need.starts_with(b"/gnu/store/") {
                continue;
            }
            let name = TargetPath::new(need);
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::Object(object.id),
                    format!("{} needs {} by its path: no search, no other place will do", context.path(object.id), show(need)),
                )
                .because("a library linked by its path has no soname of its own, so that the linker wrote down the path")
                .fix("name the library only", format!("sayso fix --replace-needed {}={} {}", quoted(need), quoted(name.file_name()), quoted(&object.path)))
                .advice("or give the library a soname (-Wl,-soname,libX.so.1) and link again"),
            );
        }
    }
}
