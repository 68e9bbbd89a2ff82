//! `dlopen-misused`: wrong flags or handles.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dlopen-misused",
    phase: Phase::Find,
    level: Level::Error,
    summary: "dlopen, dlsym or dlclose were called with flags or a handle that they do not accept",
    loaders: &[Speaker::Glibc, Speaker::Musl, Speaker::Bionic, Speaker::Dyld],
    messages: &[
        "glibc/invalid-mode",
        "glibc/no-namespace",
        "glibc/not-open",
        "glibc/dlmopen-global",
        "glibc/dlmopen-null",
        "musl/not-loaded",
        "musl/exiting",
        "musl/invalid-handle",
        "musl/unsupported-request",
    ],
    hears: &["bionic/not-loaded", "dyld/dlsym-invalid-handle", "dyld/dlclose-invalid-handle", "dyld/invalid-handle-old"],
    page: page!("dlopen-misused"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for_troubles(context, findings, &RULE, |trouble, _| {
        let (message, fix) = match trouble.failure.message.id {
            "glibc/invalid-mode" => ("the flags hold neither RTLD_LAZY nor RTLD_NOW", "add RTLD_NOW"),
            "glibc/dlmopen-global" => ("RTLD_GLOBAL has no meaning in a namespace of its own", "leave RTLD_GLOBAL out"),
            "glibc/dlmopen-null" => ("the program itself cannot be opened in another namespace", "name a library"),
            "musl/not-loaded" => ("RTLD_NOLOAD only looks, and the library is not loaded", "open it without RTLD_NOLOAD first"),
            "musl/exiting" => ("the program is ending, and musl opens nothing any more", "open libraries before exit"),
            "musl/unsupported-request" => ("musl does not know this request", "ask for something else"),
            "glibc/no-namespace" => ("all 16 namespaces of the process are in use", "open fewer libraries with dlmopen, or close some"),
            _ => ("the handle is not open: it was closed before, or never opened", "close each handle once"),
        };
        Some(Finding::new(&RULE, subject_of(context, trouble), format!("step {}: {message}", trouble.step)).advice(fix))
    });
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let why = match heard.message.id {
        "glibc/invalid-mode" => "the flags of dlopen name neither RTLD_LAZY nor RTLD_NOW",
        "glibc/no-namespace" => "all sixteen namespaces of dlmopen are in use",
        "glibc/not-open" | "musl/invalid-handle" | "dyld/dlsym-invalid-handle" | "dyld/dlclose-invalid-handle" | "dyld/invalid-handle-old" => "the handle is not open: it was closed before, or never given",
        _ => "dlopen or dlsym was called in a way that it does not allow",
    };
    Some(Hearing::new(Likelihood::Certain).why(why).advice("it is the calling program's mistake: report it there, with a trace of the calls (`ltrace -e dlopen+dlsym+dlclose PROGRAM`)"))
}
