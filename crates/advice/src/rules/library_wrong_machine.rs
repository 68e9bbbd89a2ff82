//! `library-wrong-machine`: the library is there, for another processor.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-wrong-machine",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there, but built for another processor",
    loaders: BOTH,
    messages: causes::MESSAGES,
    page: page!("library-wrong-machine"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_lost(context, findings, &RULE, |lost, cause| {
        let (path, wanted) = match cause {
            Cause::WrongMachine { path, wanted, class: false, .. } | Cause::ElsewhereWrongMachine { path, wanted, .. } => (path, wanted),
            // Only the class differs, and the loader does not say so: musl, and a file found twice.
            Cause::WrongMachine { path, wanted, .. } if lost.trouble.failure.message.id != "glibc/wrong-class" => (path, wanted),
            _ => return None,
        };
        let mut fixes = vec![advice(format!("install {} for {wanted}", show(lost.name)))];
        fixes.extend(packages::install(context, lost.name));
        fixes.push(command("see what it is", format!("file -L {}", quoted(path))));
        Some((cause.sentence(context), fixes))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = heard.text("object");
    if hearing::is_exec_format(heard) {
        return Some(
            Hearing::new(Likelihood::Possible)
                .why(format!("{name} may be built for another word size than the program"))
                .decided_by(format!("file -L {}", quoted(&name))),
        );
    }
    let lost = hearing::missing(heard)?;
    if lost.is_path() || heard.speaker() != Speaker::Glibc {
        return None;
    }
    // What every machine with glibc has for its own programs is missing: the program is of another kind.
    let likelihood = if lost.is_of_glibc() { Likelihood::Likely } else { Likelihood::Rare };
    let why = if lost.is_of_glibc() {
        format!("{name} is part of glibc, which every program of this machine uses: the program is of another word size or processor, or runs in a root without a C library")
    } else {
        format!("a {name} may be here for another word size or processor: the loader skips those without a word")
    };
    let mut hearing = Hearing::new(likelihood)
        .why(why)
        .decided_by(format!("file -L {} and the path of any {name}", lost.program.as_ref().map_or("PROGRAM".into(), quoted)));
    if lost.is_of_glibc() {
        hearing = hearing
            .fix("a 32-bit program on Debian or Ubuntu", "dpkg --add-architecture i386 && apt-get update && apt-get install libc6:i386")
            .fix("a 32-bit program on Fedora or RHEL", "dnf install glibc.i686");
    }
    Some(hearing)
}
