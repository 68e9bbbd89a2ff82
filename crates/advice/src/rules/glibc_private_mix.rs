//! `glibc-private-mix`: parts of two glibc builds in one process.

use super::prelude::*;
use super::version_not_found::{Versions, version_groups};

pub(super) static RULE: Rule = Rule {
    name: "glibc-private-mix",
    phase: Phase::Version,
    level: Level::Error,
    summary: "libraries of two different glibc builds meet in one process",
    loaders: GLIBC,
    messages: &["glibc/version-not-found", "glibc/undefined-symbol"],
    page: page!("glibc-private-mix"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for group in version_groups(context, |version| version == b"GLIBC_PRIVATE") {
        findings.add(finding(context, &group));
    }
    for missing in context.missing_symbols() {
        if missing.symbols.iter().any(|(_, version)| *version == Some(b"GLIBC_PRIVATE")) {
            let object = show(missing.object);
            let subject = missing.id.map_or(Subject::Name(missing.object.to_vec()), Subject::Object);
            findings.add(mend(
                context,
                Finding::new(&RULE, subject, format!("{object} belongs to another build of glibc than the libc.so.6 of this process")),
                missing.id,
            )
            .step(missing.step)
.explains(missing.events.iter().copied()));
        }
    }
}

fn finding(context: &Context<'_>, group: &Versions<'_>) -> Finding {
    let (library, requirer) = (show(group.library), show(group.requirer));
    let finding = Finding::new(
        &RULE,
        group.subject(context),
        format!("{requirer} and {library} come from two different builds of glibc"),
    )
    .because("GLIBC_PRIVATE names are for glibc's own parts, and fit only within one build");
    mend(context, finding, context.object_called(group.requirer)).step(group.step)
.explains(group.events.iter().copied())
}

fn mend(context: &Context<'_>, finding: Finding, by: Option<ObjectId>) -> Finding {
    let from_variable = context
        .trace
        .objects
        .iter()
        .any(|object| object.rule == sayso_loader::SearchRule::LibraryPath);
    let finding = match by.and_then(|id| context.chain(Some(id))) {
        Some(chain) => finding.because(format!("it is {chain}")),
        None => finding,
    };
    if from_variable {
        finding.fix("take the foreign directory out of the search", "unset LD_LIBRARY_PATH")
    } else {
        finding.advice("take libc, libpthread, libdl and ld.so from one package: remove bundled copies of glibc's parts")
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    if heard.text("version") != "GLIBC_PRIVATE" && !symbol.ends_with("@GLIBC_PRIVATE") {
        return None;
    }
    let who = match heard.text("requirer") {
        requirer if requirer.is_empty() => object.clone(),
        requirer => requirer,
    };
    let snap = [&object, &who].iter().any(|path| path.contains("/snap/"));
    let nix = [&object, &who].iter().any(|path| path.contains("/nix/store/"));
    let mut hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{who} and the libc.so.6 of this process come from two builds of glibc: GLIBC_PRIVATE names fit only within one build"))
        .decided_by("env | grep -e LD_ -e GTK_ -e GIO_; LD_DEBUG=libs PROGRAM 2>&1 | grep -e libc.so.6 -e libpthread -e ld-linux");
    hearing = if snap {
        hearing
            .fix("start it without the snap's environment (from a terminal that is no snap)", "env -u LD_LIBRARY_PATH -u LD_PRELOAD -u GTK_PATH -u GIO_MODULE_DIR PROGRAM")
            .advice("or install the editor or terminal that starts it as a package in place of a snap")
    } else if nix {
        hearing.advice("do not let a Nix path reach programs of the system, nor the other way round: unset LD_LIBRARY_PATH, and use programs of one world")
    } else {
        hearing.fix("take the foreign directory out of the search", "unset LD_LIBRARY_PATH LD_PRELOAD")
    };
    Some(
        hearing
            .advice("remove bundled copies of glibc's own parts (libc.so.6, libpthread.so.0, libdl.so.2, librt.so.1, libm.so.6, ld-linux): they come from the system, all of them, or all from the bundle with its own ld.so")
            .not_helpful("adding one more glibc library to the path: all parts must be of one build"),
    )
}
