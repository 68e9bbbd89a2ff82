//! `library-wrong-machine`: the library is there, for another processor.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "library-wrong-machine",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the library is there, but built for another processor",
    loaders: &[Speaker::Glibc, Speaker::Musl, Speaker::Bionic, Speaker::Rtld, Speaker::Runtime],
    messages: causes::MESSAGES,
    hears: &["bionic/machine", "bionic/machine-old", "rtld/unsupported-machine", "java/so-architecture"],
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
    if heard.message.id.ends_with("/machine") || heard.message.id.ends_with("/machine-old") || heard.is("rtld/unsupported-machine") || heard.says("java/so-architecture") && !heard.is("glibc/wrong-class") {
        let (have, need) = (heard.text("have"), heard.text("need"));
        let sides = if have.is_empty() || need.is_empty() { String::new() } else { format!(": it is for {have}, and {need} is wanted") };
        return Some(
            // Java has read the file's header: so it is there, whatever dlopen says.
            Hearing::new(Likelihood::Certain)
                .why(format!("{} was built for another processor{sides}", if name.is_empty() { "the library" } else { &name }))
                .decided_by(format!("file -L {}", if name.is_empty() { "FILE".into() } else { quoted(&name) }))
                .advice("get the build for this processor (Android: the right folder under lib/, abiFilters; Java: the right classifier of the native jar)"),
        );
    }
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
