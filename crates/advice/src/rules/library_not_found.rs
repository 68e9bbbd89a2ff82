//! `library-not-found`: the library is nowhere on the machine.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-not-found",
    also: &["lib-not-found"],
    phase: Phase::Search,
    level: Level::Error,
    summary: "a needed library is nowhere on the machine",
    loaders: ELF,
    messages: causes::MESSAGES,
    hears: &["bionic/needed-library-not-found", "bionic/program-needs-library", "bionic/library-not-found", "bionic/could-not-load", "rtld/needed-not-found", "rtld/not-found"],
    page: page!("library-not-found"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        if *cause != Cause::Nowhere || lost.given || lost.trouble.failure.message.id == "glibc/wrong-class" {
            return None;
        }
        let fixes = packages::install(context, lost.name)
            .unwrap_or_else(|| advice(format!("install the package that has {}, or put the library beside the program", show(lost.name))));
        Some((
            format!("{} was found nowhere: not where the loader looks, and not in the usual places", show(lost.name)),
            vec![fixes],
        ))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    let name = &lost.name;
    let of_another_libc = if hearing::is_alpine(heard) { hearing::is_glibc_loader(name) } else { hearing::is_musl_libc(name) };
    if of_another_libc {
        return None;
    }
    if lost.is_path() {
        let asker = lost.requirer.or(lost.program)?;
        return Some(
            Hearing::new(Likelihood::Likely)
                .why(format!("{asker} needs {name} by that very path, and there is no such file: nothing is searched for a name with a slash"))
                .decided_by(format!("ls -lL {}; readelf -dW {} | grep NEEDED", quoted(name), quoted(&asker)))
                .fix("let it be searched for by its name", format!("sayso fix --replace-needed {}={} {}", quoted(name), quoted(name.rsplit('/').next().unwrap_or(name)), quoted(&asker)))
                .advice("or put the file where the path says"),
        );
    }
    let known = packages::known_soname(name);
    let stock = packages::stock(name);
    let old = stock.is_some_and(packages::Stock::gone) || known.as_ref().is_some_and(|known| known.kind == "gap");
    let in_its_own_folder = known.as_ref().is_some_and(|known| known.what.contains("lies in"));
    let unversioned = stock.is_none() && known.is_none() && !name.contains(".so.") && lost.program.is_none() && lost.requirer.is_none();
    let likelihood = if old || unversioned || in_its_own_folder || lost.is_of_glibc() { Likelihood::Possible } else { Likelihood::Likely };
    let what = known.as_ref().map_or(String::new(), |known| format!(" It is {}.", known.what));
    let mut hearing = Hearing::new(likelihood)
        .why(format!("{name}{} is nowhere that is searched, and probably not installed.{what}", lost.asker()))
        .decided_by(format!("find / -name '{}*' -not -path '/proc/*' 2>/dev/null: no line, no library", lost.stem()));
    if let Some(known) = &known {
        for command in &known.commands {
            hearing = hearing.fix(known.advice, *command);
        }
        if known.commands.is_empty() {
            hearing = hearing.advice(known.advice);
        }
    }
    if known.as_ref().is_none_or(|known| !matches!(known.kind, "driver" | "vendor")) {
        hearing.fixes.extend(packages::install_for(heard, name));
    }
    Some(
        hearing
            .not_helpful(format!("linking another version's file to the name {name}: it loads, and then lacks symbols or crashes"))
            .not_helpful("copying the one file from another machine: it brings neither its own needs nor their versions"),
    )
}
