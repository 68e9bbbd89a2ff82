//! `sayso/fix/v1`.

use sayso_advice::show;
use serde::Serialize;

use crate::fix::{Mended, Plan, failure_of};
use crate::{Answer, Outcome};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    results: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    path: String,
    written: &'a Option<String>,
    refused: &'a Option<String>,
    differences: Vec<DifferenceRow<'a>>,
    changes: Vec<ChangeRow>,
    size_before: u64,
    size_after: u64,
    remarks: &'a [String],
    before: State,
    after: State,
}

#[derive(Serialize)]
struct DifferenceRow<'a> {
    what: &'static str,
    before: &'a Option<String>,
    after: &'a Option<String>,
}

#[derive(Serialize)]
struct ChangeRow {
    start: u64,
    end: u64,
    what: &'static str,
}

#[derive(Serialize)]
pub(super) struct State {
    verdict: &'static str,
    message: Option<String>,
}

pub(super) fn state(answer: &Answer) -> State {
    State {
        verdict: match answer.outcome() {
            Outcome::Loads => "loads",
            Outcome::Fails => "fails",
            Outcome::Unknown => "unknown",
        },
        message: failure_of(answer).map(show),
    }
}

/// The document about these files.
pub fn fix(mended: &[Mended]) -> String {
    let document = Document {
        schema: "sayso/fix/v1",
        results: mended.iter().map(row).collect(),
    };
    super::line(&document) + "\n"
}

fn row(mended: &Mended) -> Row<'_> {
    let differences = mended.differences.iter();
    let changes = mended.changes.iter();
    Row {
        path: show(&mended.named),
        written: &mended.written,
        refused: &mended.refusal,
        differences: differences
            .map(|difference| DifferenceRow {
                what: difference.what,
                before: &difference.before,
                after: &difference.after,
            })
            .collect(),
        changes: changes
            .map(|change| ChangeRow {
                start: change.range.start,
                end: change.range.end,
                what: change.what,
            })
            .collect(),
        size_before: mended.size_before,
        size_after: mended.size_after,
        remarks: &mended.remarks,
        before: state(&mended.before),
        after: state(&mended.after),
    }
}

#[derive(Serialize)]
struct Plans<'a> {
    schema: &'static str,
    results: Vec<PlanRow<'a>>,
}

#[derive(Serialize)]
struct PlanRow<'a> {
    path: String,
    plan: Vec<StepRow<'a>>,
    written: &'a [String],
    left: Vec<Left<'a>>,
    before: State,
    after: State,
}

#[derive(Serialize)]
struct StepRow<'a> {
    why: &'a str,
    commands: Vec<String>,
}

#[derive(Serialize)]
struct Left<'a> {
    rule: &'static str,
    message: &'a str,
}

/// The document about these plans.
pub fn plans(plans: &[Plan]) -> String {
    let document = Plans {
        schema: "sayso/fix/v1",
        results: plans.iter().map(plan_row).collect(),
    };
    super::line(&document) + "\n"
}

fn plan_row(plan: &Plan) -> PlanRow<'_> {
    let steps = plan.steps.iter();
    let left = plan.left.iter();
    PlanRow {
        path: show(&plan.named),
        plan: steps
            .map(|step| StepRow {
                why: &step.why,
                commands: step
                    .actions
                    .iter()
                    .map(sayso_advice::mend::Action::command)
                    .collect(),
            })
            .collect(),
        written: &plan.done,
        left: left
            .map(|finding| Left {
                rule: finding.rule.name,
                message: &finding.message,
            })
            .collect(),
        before: state(&plan.before),
        after: state(&plan.after),
    }
}
