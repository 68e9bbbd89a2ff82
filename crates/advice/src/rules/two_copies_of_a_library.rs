//! `two-copies-of-a-library`: the same library twice in one process.

use super::prelude::*;
use sayso_world::hash::FastMap;

pub(super) static RULE: Rule = Rule {
    name: "two-copies-of-a-library",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "two versions or copies of one library are loaded into one process",
    loaders: BOTH,
    messages: &[],
    page: page!("two-copies-of-a-library"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut first: FastMap<(u32, &[u8]), ObjectId> = FastMap::default();
    for object in context.mapped().skip(1) {
        let Some(base) = base(object) else {
            continue;
        };
        let other = *first.entry((object.namespace, base)).or_insert(object.id);
        if other == object.id || context.trace.object(other).file == object.file {
            continue;
        }
        let asked = |id| context.chain(context.trace.object(id).needed_by);
        let mut finding = Finding::new(
            &RULE,
            Subject::Object(object.id),
            format!("{} and {} are both loaded", context.path(other), context.path(object.id)),
        );
        for id in [other, object.id] {
            if let Some(chain) = asked(id) {
                finding = finding.because(format!("{} is {chain}", context.name(id)));
            }
        }
        findings.add(
            finding
                .because("the first one answers for the symbols of both, so that one half may run with the other's data")
                .advice("build all parts against one version"),
        );
    }
}

/// `libssl` of `libssl.so.1.1`: the name of the library without its version.
fn base(object: &Object) -> Option<&[u8]> {
    let name = object.image.soname().unwrap_or(object.path.file_name());
    let at = name.windows(3).position(|window| window == b".so")?;
    (name[at + 3..].is_empty() || name[at + 3] == b'.').then(|| &name[..at])
}
