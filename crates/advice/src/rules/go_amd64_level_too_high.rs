//! `go-amd64-level-too-high`: a Go file was compiled for a newer processor than this one.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-amd64-level-too-high",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "a Go file was compiled for a newer processor than this one",
    loaders: &[Speaker::Go],
    page: page!("go-amd64-level-too-high"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let cpu = u32::from(context.session.world().machine().cpu.level);
    for (object, program) in context.go_programs() {
        let level = program
            .build_info
            .as_ref()
            .and_then(|info| info.setting("GOAMD64"))
            .and_then(|level| level.strip_prefix('v')?.parse::<u32>().ok());
        if let Some(level) = level.filter(|level| *level > cpu) {
            let step = context.trace.object(*object).step;
            let message = format!(
                "{} was built with GOAMD64=v{level}, and this processor offers x86-64-v{cpu}",
                context.path(*object)
            );
            findings.add(
                Finding::new(&RULE, Subject::Object(*object), message)
                    .because("the first newer instruction ends the process with SIGILL")
                    .advice(format!(
                        "build it with GOAMD64=v{cpu}, the level of the oldest machine that runs it"
                    ))
                    .step(step),
            );
        }
    }
}
