//! `sayso/sbom-verify/v1`.

use serde::Serialize;

use crate::held::HeldBill;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    bill: &'a str,
    format: &'a str,
    tool: &'a str,
    holds: bool,
    files: usize,
    faults: Vec<FaultRow<'a>>,
    not_compared: &'a [String],
    not_read: &'a [String],
}

#[derive(Serialize)]
struct FaultRow<'a> {
    rule: &'static str,
    level: &'static str,
    subject: &'a str,
    why: &'a str,
    mend: &'static str,
}

/// The document about one bill.
pub fn bill(held: &HeldBill<'_>) -> String {
    super::line(&Document {
        schema: "sayso/sbom-verify/v1",
        bill: held.bill,
        format: &held.claims.format,
        tool: &held.claims.tool,
        holds: held.held.holds(),
        files: held.files,
        faults: held
            .held
            .faults
            .iter()
            .map(|fault| FaultRow {
                rule: fault.rule.name,
                level: fault.rule.level.name(),
                subject: &fault.subject,
                why: &fault.why,
                mend: fault.mend,
            })
            .collect(),
        not_compared: &held.held.uncompared,
        not_read: held.unread,
    }) + "\n"
}
