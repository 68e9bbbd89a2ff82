//! `ldso-misused`: ld.so was run as a command in a way it does not accept.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "ldso-misused",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the loader was run as a command with arguments it does not accept",
    loaders: BOTH,
    messages: &[
        "glibc/loads-itself",
        "glibc/loads-itself-old",
        "glibc/cannot-execute",
        "glibc/missing-program",
        "glibc/unknown-option",
        "musl/command-cannot-load",
        "musl/command-not-dynamic",
        "musl/command-usage",
    ],
    page: page!("ldso-misused"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, _| {
        let message = match trouble.failure.message.id {
            "glibc/loads-itself" | "glibc/loads-itself-old" => "the program given to the loader is the loader itself".to_owned(),
            "glibc/cannot-execute" => format!("{} cannot be started: {}", trouble.text("program"), trouble.text("error")),
            "glibc/unknown-option" => format!("this release of the loader has no option {}", trouble.text("option")),
            "musl/command-cannot-load" => format!("{} cannot be loaded: {}", trouble.text("object"), trouble.text("reason")),
            "musl/command-not-dynamic" => format!("{} is no dynamic program", trouble.text("object")),
            _ => "no program was named".to_owned(),
        };
        Some(
            Finding::new(&RULE, Subject::File(context.subject_path()), message)
                .advice("run the loader as: ld.so [OPTION]… PROGRAM [ARGUMENT]…"),
        )
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    // A log's or a program's "cannot load X: …" around another loader's sentence is that one's.
    if !RULE.messages.contains(&heard.message.id) {
        return None;
    }
    let loader = heard.text("loader");
    let why = match heard.message.id {
        "glibc/loads-itself" | "glibc/loads-itself-old" => "ld.so was asked to run itself".to_owned(),
        "glibc/cannot-execute" => format!("ld.so was asked to run {}, which the kernel refuses", heard.text("program")),
        _ => "the loader was run as a command, and not as it wants".to_owned(),
    };
    let loader = if loader.is_empty() { "/lib64/ld-linux-x86-64.so.2".to_owned() } else { loader };
    Some(Hearing::new(Likelihood::Certain).why(why).fix("see what it takes", format!("{} --help", quoted(loader))))
}
