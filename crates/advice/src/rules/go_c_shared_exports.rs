//! `go-c-shared-exports`: what a c-shared Go library exports to C, and whether its header says the same.

use sayso_facts::go::Mode;

use super::go_steps::{count, header};
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-c-shared-exports",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "what a c-shared Go library exports to C, and whether its header says the same",
    loaders: &[Speaker::Go],
    page: page!("go-c-shared-exports"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (object, program) in context.go_programs() {
        if program.mode == Mode::CShared {
            let exported = crate::go::c_abi::exports(program.image());
            if exported.is_empty() {
                continue;
            }
            let path = context.path(*object);
            let functions = count(exported.len() as u64, "C function");
            let mut finding = Finding::new(
                &RULE,
                Subject::Object(*object),
                format!(
                    "{path} exports {functions}: {}",
                    enumerate_some(&exported, 8)
                ),
            );
            if let Some((header, declared)) = header(context, *object) {
                let gone: Vec<String> = declared
                    .iter()
                    .filter(|name| !exported.contains(name))
                    .cloned()
                    .collect();
                let new: Vec<String> = exported
                    .iter()
                    .filter(|name| !declared.contains(name))
                    .cloned()
                    .collect();
                if !gone.is_empty() {
                    finding = finding.level(Level::Warning).because(format!("{header} declares {}, which the library does not export: it is of another build", enumerate_some(&gone, 8)));
                }
                if !new.is_empty() {
                    finding = finding.because(format!(
                        "{header} does not declare {}",
                        enumerate_some(&new, 8)
                    ));
                }
            }
            findings.add(finding.step(context.trace.object(*object).step));
        }
    }
}
