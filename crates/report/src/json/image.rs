//! The `image` beside the results of `sayso/check/v1`.

use sayso_advice::survey::Link;
use sayso_advice::{Outcome, show};
use serde::Serialize;

use super::check::{BlameRow, FindingRow, GapRow, blame, finding, gap};
use crate::image::ImageAnswer;

#[derive(Serialize)]
struct ImageRow<'a> {
    starts: Option<bool>,
    refused: Option<&'a str>,
    platform: Option<&'a str>,
    message: Option<&'a str>,
    commands: Vec<CommandRow<'a>>,
    gaps: Vec<GapRow>,
    blame: Vec<BlameRow>,
    layers: Vec<LayerRow<'a>>,
    findings: Vec<FindingRow>,
    not_judged: NotJudgedRow,
}

#[derive(Serialize)]
struct CommandRow<'a> {
    arguments: Vec<String>,
    told_by: &'a str,
    path: String,
    verdict: &'static str,
    message: Option<&'a str>,
    decisive: bool,
}

#[derive(Serialize)]
struct LayerRow<'a> {
    digest: &'a str,
    diff_id: Option<&'a str>,
    created_by: Option<&'a str>,
}

#[derive(Serialize)]
struct NotJudgedRow {
    other_machine: usize,
    other_libc: usize,
    cut: bool,
}

/// The whole document about an image, with the policy's part if there is one; `results` were made one by one by [`super::result_in`].
pub fn image(answer: &ImageAnswer, results: &[String], policy: Option<&str>) -> String {
    let empty = sayso_advice::survey::Start::default();
    let start = if answer.refused.is_some() {
        &empty
    } else {
        &answer.start
    };
    let row = ImageRow {
        starts: start.starts,
        refused: answer.refused.as_deref(),
        platform: answer.platform.as_deref(),
        message: start.failure().and_then(|link| link.said.as_deref()),
        commands: start.links.iter().map(command).collect(),
        gaps: start.gaps.iter().map(gap).collect(),
        blame: answer.start_blame.iter().map(blame).collect(),
        layers: answer
            .layers
            .iter()
            .map(|layer| LayerRow {
                digest: &layer.digest,
                diff_id: layer.diff_id.as_deref(),
                created_by: layer.created_by.as_deref(),
            })
            .collect(),
        findings: answer
            .findings
            .iter()
            .enumerate()
            .map(|(at, of)| finding(&no_trace(), of).blaming(answer.findings_blame.get(at)))
            .collect(),
        not_judged: NotJudgedRow {
            other_machine: answer.skipped.foreign,
            other_libc: answer.skipped.other_libc,
            cut: answer.skipped.cut,
        },
    };
    let between = if results.is_empty() { "" } else { "\n" };
    format!(
        "{{\"schema\":\"sayso/check/v1\",{}\"image\":{},\"results\":[{between}{}{between}]}}\n",
        super::check::policy_part(policy),
        super::line(&row),
        results.join(",\n")
    )
}

/// Findings about the image as a whole name files, never objects of a trace.
fn no_trace() -> sayso_loader::Trace {
    sayso_loader::Trace::nothing()
}

fn command(link: &Link) -> CommandRow<'_> {
    CommandRow {
        arguments: link.arguments.iter().map(show).collect(),
        told_by: &link.told_by,
        path: show(&link.answer.named),
        verdict: match link.answer.outcome() {
            Outcome::Loads => "loads",
            Outcome::Unknown => "unknown",
            Outcome::Fails => "fails",
        },
        message: link.said.as_deref(),
        decisive: link.decisive,
    }
}
