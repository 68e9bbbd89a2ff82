//! `elf-damaged`: the file loads, and contradicts itself.

use super::prelude::*;
use sayso_facts::elf::Scope;

pub(super) static RULE: Rule = Rule {
    name: "elf-damaged",
    phase: Phase::Lint,
    level: Level::Note,
    summary: "tables of the file lie outside it or contradict one another",
    loaders: BOTH,
    messages: &[],
    page: page!("elf-damaged"),
    check: Some(check),
    ..Rule::BLANK
};

/// Anomalies that are told of one file; the others are counted.
const TOLD: usize = 3;

fn check(context: &Context<'_>, findings: &mut Findings) {
    let path = context.subject_path();
    let (image, subject) = match context.subject() {
        Some(object) => (object.image.clone(), Subject::Object(object.id)),
        None => match context.image(&path) {
            Some(image) => (image, Subject::File(path.clone())),
            None => return,
        },
    };
    // No section headers at all is a choice (sstrip), not damage.
    let has_sections = image.header().shoff != 0;
    let mut anomalies = image.anomalies();
    anomalies.retain(|anomaly| has_sections || anomaly.scope == Scope::Loaders);
    if anomalies.is_empty() {
        return;
    }
    let mut finding = Finding::new(&RULE, subject, format!("{} is damaged, or a tool has rewritten it badly", show(&path)));
    for anomaly in anomalies.iter().take(TOLD) {
        let place = anomaly.offset.map_or(String::new(), |offset| format!(" (at byte {offset:#x})"));
        finding = finding.because(format!("{}{place}", show(&anomaly.what)));
    }
    if anomalies.len() > TOLD {
        finding = finding.because(format!("and {} more", anomalies.len() - TOLD));
    }
    findings.add(finding.advice("install or build the file again"));
}
