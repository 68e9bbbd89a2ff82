//! `sayso/gate/v1`.

use sayso_advice::policy::{Broken, Judged};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    policy: &'a str,
    keeps: bool,
    artifacts: usize,
    objects: usize,
    passed_over: usize,
    violations: Vec<ViolationRow<'a>>,
    let_through: Vec<LetThroughRow<'a>>,
    unused_exceptions: &'a [usize],
}

#[derive(Serialize)]
struct ViolationRow<'a> {
    rule: &'static str,
    level: &'static str,
    artifact: &'a str,
    object: &'a str,
    message: &'a str,
    because: &'a [String],
    names: &'a [String],
    fixes: Vec<FixRow<'a>>,
}

#[derive(Serialize)]
struct FixRow<'a> {
    summary: &'a str,
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct LetThroughRow<'a> {
    violation: ViolationRow<'a>,
    reason: &'a str,
}

/// The whole document.
pub fn gate(judged: &Judged, policy: &str) -> String {
    let document = Document {
        schema: "sayso/gate/v1",
        policy,
        keeps: judged.broken.is_empty(),
        artifacts: judged.artifacts,
        objects: judged.objects,
        passed_over: judged.passed_over,
        violations: judged.broken.iter().map(violation).collect(),
        let_through: judged
            .excepted
            .iter()
            .map(|(broken, reason)| LetThroughRow {
                violation: violation(broken),
                reason,
            })
            .collect(),
        unused_exceptions: &judged.unused,
    };
    super::line(&document) + "\n"
}

fn violation(broken: &Broken) -> ViolationRow<'_> {
    let finding = &broken.finding;
    ViolationRow {
        rule: finding.rule.name,
        level: finding.level.name(),
        artifact: &broken.artifact,
        object: &broken.object,
        message: &finding.message,
        because: &finding.because,
        names: &broken.names,
        fixes: finding
            .fixes
            .iter()
            .map(|fix| FixRow {
                summary: &fix.summary,
                command: fix.command.as_deref(),
            })
            .collect(),
    }
}
