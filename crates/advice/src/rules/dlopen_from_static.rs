//! `dlopen-from-static`: a static program opens libraries.

use super::prelude::*;
use sayso_loader::Step;

pub(super) static RULE: Rule = Rule {
    name: "dlopen-from-static",
    phase: Phase::Init,
    level: Level::Warning,
    summary: "a statically linked program opens a library",
    loaders: BOTH,
    messages: &[],
    hears: &["musl/static-dlopen", "go/static-dlopen-warning"],
    page: page!("dlopen-from-static"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

const ET_EXEC: u16 = 2;
const DF_1_PIE: u64 = 0x0800_0000;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let opens = context
        .request
        .steps
        .iter()
        .any(|step| matches!(step, Step::Dlopen { .. } | Step::Dlmopen { .. }));
    let Some(image) = opens.then(|| context.image(&context.subject_path())).flatten() else {
        return;
    };
    let is_program = image.header().kind == ET_EXEC || image.dynamic().is_some_and(|dynamic| dynamic.flags_1 & DF_1_PIE != 0);
    if is_program && image.interpreter().is_none() {
        let path = context.subject_path();
        let troubles = context.troubles_with(&["musl/static-dlopen"]);
        let level = if context.met("musl/static-dlopen") { Level::Error } else { Level::Warning };
        findings.add(
            Finding::new(&RULE, Subject::File(path.clone()), format!("{} is linked statically: under glibc dlopen works only with the very glibc it was linked with, under musl never", show(&path)))
                .level(level)
                .explains(troubles.flat_map(Trouble::events))
                .advice("link the program dynamically, or build the library into it"),
        );
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let musl = heard.is("musl/static-dlopen");
    Some(
        Hearing::new(if heard.surroundings.go { Likelihood::Possible } else { Likelihood::Certain })
            .why(if musl {
                "a statically linked program asks musl to open a library, which a static musl never does"
            } else {
                "the linker warns: a statically linked program that opens libraries (also for names and users: getaddrinfo, getpwnam) needs, where it runs, the very glibc it was linked with"
            })
            .advice("link the program dynamically, or build the code into it")
            .fix("in Go, keep names and users in Go itself", "CGO_ENABLED=0 go build -tags netgo,osusergo")
            .not_helpful("copying libraries beside the program: the two C libraries stay two"),
    )
}
