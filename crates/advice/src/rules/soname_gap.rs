//! `soname-gap`: another major version of the library is here.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "soname-gap",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the machine has the library, but under another version of its soname",
    loaders: ELF,
    messages: causes::MESSAGES,
    hears: &["bionic/needed-library-not-found", "bionic/program-needs-library", "bionic/library-not-found", "bionic/could-not-load", "rtld/needed-not-found", "rtld/not-found"],
    page: page!("soname-gap"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let Cause::OtherVersion { paths } = cause else {
            return None;
        };
        let name = show(lost.name);
        let mut fixes: Vec<Fix> = packages::install(context, lost.name).into_iter().collect();
        fixes.push(advice("get or build the program for the version that is here"));
        fixes.push(advice("do not link the one name to the other: the number says that they are not compatible"));
        Some((
            format!("{name} is not here; another version is: {}", causes::list(paths)),
            fixes,
        ))
    });
}

/// The number in a soname says which of several incompatible libraries it is.
fn hear(heard: &Heard) -> Option<Hearing> {
    let lost = hearing::missing(heard)?;
    let name = &lost.name;
    if lost.is_path() || !name.contains(".so.") || hearing::is_glibc_loader(name) || hearing::is_musl_libc(name) {
        return None;
    }
    let known = packages::known_soname(name);
    let stock = packages::stock(name);
    let others: Vec<String> = packages::other_numbers(name)
        .into_iter()
        .filter(|(_, stock)| !stock.gone())
        .map(|(other, stock)| format!("{other} ({})", stock.releases()))
        .take(3)
        .collect();
    let kind = known.as_ref().map(|known| known.kind);
    let likelihood = match (kind, stock) {
        (Some("gap"), _) => Likelihood::Likely,
        (Some("driver" | "vendor" | "slim"), _) => return None,
        (_, Some(stock)) if stock.gone() => Likelihood::Likely,
        (_, None) if !others.is_empty() => Likelihood::Likely,
        (Some("new" | "compat" | "python"), _) => Likelihood::Possible,
        (_, Some(stock)) if stock.recent() => Likelihood::Possible,
        (_, Some(_)) => return None,
        (_, None) => Likelihood::Rare,
    };
    let what = known.as_ref().map_or(String::new(), |known| format!(": it is {}", known.what));
    let here = match (stock, others.is_empty()) {
        (Some(stock), false) if stock.gone() => format!("; {} had it, and today there is {}", stock.releases(), enumerate(&others)),
        (Some(stock), true) if stock.gone() => format!("; {} had it, later ones have not", stock.releases()),
        (None, false) => format!("; distributions have {}", enumerate(&others)),
        _ => String::new(),
    };
    let mut hearing = Hearing::new(likelihood)
        .why(format!("the library may be here under another number than {name}{}{what}{here}", lost.asker()))
        .decided_by(format!("ldconfig -p | grep {}", lost.stem()))
        .advice("get or build the program for this distribution's release");
    if let Some(known) = &known {
        for command in &known.commands {
            hearing = hearing.fix(known.advice, *command);
        }
        if known.commands.is_empty() {
            hearing = hearing.advice(known.advice);
        }
    } else {
        hearing.fixes.extend(packages::install_for(heard, name));
    }
    let linked = others.first().map_or("the newer file".to_owned(), |other| other.split(' ').next().unwrap_or_default().to_owned());
    Some(
        hearing
            .not_helpful(format!("ln -s {linked} {name}: the number says that the two are not compatible; it loads, and then lacks versions or crashes"))
            .not_helpful("forcing single packages of another release in: they bring that release's needs with them"),
    )
}
