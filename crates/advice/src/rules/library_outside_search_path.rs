//! `library-outside-search-path`: the library is on the machine, where nobody looks.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-outside-search-path",
    also: &["lib-search-path"],
    phase: Phase::Search,
    level: Level::Error,
    summary: "a copy is on the machine, in a directory that is not searched",
    loaders: ELF,
    messages: causes::MESSAGES,
    hears: &["bionic/needed-library-not-found", "bionic/program-needs-library", "bionic/library-not-found", "bionic/could-not-load", "rtld/needed-not-found", "rtld/not-found"],
    page: page!("library-outside-search-path"),
    check: Some(check),
    hear,
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
                format!("sayso fix --add-runpath {} {}", run_path_element(context, asker, &directory), quoted(&asker.path)),
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

/// Directories that hold libraries and are not searched unless somebody says so.
const APART: &[&str] = &["/usr/local/", "/opt/", "/home/", "/root/", "./", "../", "~/"];

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    let name = &lost.name;
    if lost.is_path() || hearing::is_glibc_loader(name) || hearing::is_musl_libc(name) || lost.is_of_glibc() {
        return None;
    }
    let known = packages::known_soname(name);
    let stocked = packages::stock(name).is_some() || !packages::other_numbers(name).is_empty();
    let apart = |path: &Option<String>| path.as_ref().is_some_and(|path| APART.iter().any(|directory| path.starts_with(directory)));
    // Nobody packages it, and who needs it was not installed by a package: it was built here.
    let own = !stocked && known.is_none() && (apart(&lost.program) || apart(&lost.requirer));
    let in_its_own_folder = known.as_ref().is_some_and(|known| known.what.contains("lies in"));
    let likelihood = if in_its_own_folder { Likelihood::Likely } else { Likelihood::Possible };
    let why = match &known {
        Some(known) if in_its_own_folder => format!("{name} is of {}", known.what),
        _ if own => format!("nobody packages {name}, and who needs it was put here by hand: it may be on the machine{}, in a directory that is not searched", hearing::inside(heard)),
        _ => format!("{name} may be on the machine{}, in a directory that is not searched (after `make install` without ldconfig, in a service that lacks your LD_LIBRARY_PATH)", hearing::inside(heard)),
    };
    let mut hearing = Hearing::new(likelihood)
        .why(why)
        .decided_by(format!("find / -name '{name}' -not -path '/proc/*' 2>/dev/null: a line is the directory that is not searched"));
    if let Some(known) = known.filter(|_| in_its_own_folder) {
        hearing = hearing.advice(known.advice);
        for command in &known.commands {
            hearing = hearing.fix("so", *command);
        }
    }
    let asker = lost.requirer.or(lost.program).filter(|asker| asker.starts_with('/') || asker.starts_with('.'));
    if heard.speaker() == Speaker::Glibc {
        hearing = hearing.fix("if it lies in /usr/local/lib or a directory of ld.so.conf, let the cache know it", "sudo ldconfig");
    }
    hearing = hearing.fix("for one run", format!("LD_LIBRARY_PATH=DIRECTORY {}", asker.as_ref().map_or("PROGRAM".into(), quoted)));
    if let Some(asker) = asker {
        hearing = hearing.fix("for good, in the file that needs it", format!("sayso fix --add-runpath DIRECTORY {}", quoted(asker)));
    }
    Some(hearing.not_helpful("export LD_LIBRARY_PATH in your shell for a service or a sudo command: neither gets your variables"))
}
