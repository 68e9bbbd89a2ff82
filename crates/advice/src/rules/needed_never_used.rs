//! `needed-never-used`: a need that gives nothing.

use super::prelude::*;
use super::symbols::defines_hashed;
use sayso_facts::elf::gnu_hash;

pub(super) static RULE: Rule = Rule {
    name: "needed-never-used",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "the file needs a library of which it uses no symbol",
    loaders: BOTH,
    messages: &[],
    page: page!("needed-never-used"),
    check: Some(check),
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let Some(subject) = context.subject() else {
        return;
    };
    let image = &subject.image;
    let mut unused: Vec<&Object> = image
        .needed()
        .filter_map(|need| context.object_called(need))
        .map(|id| context.trace.object(id))
        .filter(|object| !object.missing && object.id != subject.id && !is_loader_or_libc(object))
        .collect();
    for at in 1..image.symbol_count() {
        if unused.is_empty() {
            return;
        }
        // A copy relocation is a definition of the program's own, and yet comes from the library: every name counts.
        let Some(symbol) = image.symbol(at) else {
            continue;
        };
        let name = image.string(symbol.name);
        let hash = gnu_hash(name);
        unused.retain(|object| !defines_hashed(&object.image, name, hash));
    }
    for object in unused {
        let (path, need) = (context.path(subject.id), show(&object.name));
        findings.add(
            Finding::new(&RULE, Subject::Object(object.id), format!("{path} needs {need}, and uses no symbol of it"))
                .advice("link with -Wl,--as-needed; if only its initialiser is wanted, leave it")
                .fix("or take the need out", format!("sayso fix --remove-needed {} {}", quoted(&object.name), quoted(&subject.path))),
        );
    }
}

/// The loader and libc are needed by their nature.
fn is_loader_or_libc(object: &Object) -> bool {
    object.name.starts_with(b"ld-") || object.name.starts_with(b"libc.") || object.name.starts_with(b"linux-vdso")
}
