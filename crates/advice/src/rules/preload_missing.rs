//! `preload-missing`: a preload was not found or not sound.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "preload-missing",
    phase: Phase::Search,
    level: Level::Warning,
    summary: "a library named in LD_PRELOAD, ld.so.preload or LD_AUDIT is not loaded",
    loaders: BOTH,
    messages: &["glibc/preload-ignored", "glibc/audit-ignored"],
    page: page!("preload-missing"),
    check: Some(check),
    hear,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for trouble in context.troubles_with(RULE.messages) {
        let name = trouble.failure.field("object").unwrap_or_default();
        let source = trouble.failure.field("source").map_or("LD_AUDIT".to_owned(), show);
        let error = trouble.text("error");
        let causes = causes::find(context, name, None, context.probes(trouble.failure.search));
        let mut finding = Finding::new(
            &RULE,
            Subject::Name(name.to_vec()),
            format!("{} from {source} is not loaded ({error}); the program starts without it", show(name)),
        );
        for cause in causes.iter().filter(|cause| **cause != Cause::Nowhere) {
            finding = finding.because(cause.sentence(context));
        }
        finding = match source.as_str() {
            "/etc/ld.so.preload" => finding.advice(format!("remove {} from /etc/ld.so.preload, or install it", show(name))),
            _ => finding.fix("take it out of the environment", format!("unset {source}")),
        };
        findings.add(finding.evidence(trouble.failure.search).explains(trouble.events()));
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, error) = (heard.text("object"), heard.text("error"));
    let source = match heard.text("source") {
        source if source.is_empty() => "the environment".to_owned(),
        source => source,
    };
    let hearing = Hearing::new(Likelihood::Certain).why(format!("{object}, which {source} asks to load first, does not load here ({error}); the program runs on without it"));
    let hearing = if source.starts_with('/') {
        hearing.fix("see what the file asks for", format!("cat {}", quoted(&source)))
    } else {
        hearing.fix("run without it", format!("env -u {source} PROGRAM"))
    };
    Some(if error.contains("wrong ELF class") {
        hearing
            .advice("the variable reaches programs of the other word size as well: for these the line is harmless noise")
            .advice("write lib$LIB-style paths (LD_PRELOAD='/usr/$LIB/libx.so') and install both word sizes")
    } else {
        hearing.advice("install the library, or take it out where it is set (profile, service file, /etc/ld.so.preload)")
    })
}
