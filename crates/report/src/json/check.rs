//! `sayso/check/v1`.

use sayso_advice::survey::{Change, Role};
use sayso_advice::{Finding, Subject, show, show_lines};
use sayso_loader::{Event, Gap, ObjectId, Trace, Verdict};
use sayso_world::TargetPath;
use serde::Serialize;

use crate::{Answer, Format, words};

#[derive(Serialize)]
struct ResultRow<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blame: Vec<BlameRow>,
    format: &'a str,
    loader: Option<&'a str>,
    release: Option<String>,
    release_known: Option<bool>,
    loader_path: Option<String>,
    verdict: &'a str,
    message: Option<String>,
    exit_status: Option<i32>,
    objects: Vec<ObjectRow>,
    steps: Vec<StepRow>,
    problems: Vec<String>,
    warnings: Vec<String>,
    findings: Vec<FindingRow>,
    expected_from_host: Vec<SymbolRow>,
    unbound_lazily: Vec<SymbolRow>,
    gaps: Vec<GapRow>,
}

#[derive(Serialize)]
struct ObjectRow {
    name: String,
    path: String,
    needed_by: Option<String>,
    rule: &'static str,
    step: usize,
}

#[derive(Serialize)]
struct StepRow {
    step: String,
    ok: bool,
    error: Option<String>,
    process_ended: bool,
    objects: Vec<String>,
    symbol_in: Option<String>,
    gaps: Vec<GapRow>,
}

#[derive(Serialize)]
pub(super) struct FindingRow {
    rule: &'static str,
    phase: &'static str,
    level: &'static str,
    subject: String,
    message: String,
    because: Vec<String>,
    fixes: Vec<FixRow>,
    /// Only of an image with layers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blame: Vec<BlameRow>,
}

impl FindingRow {
    /// With what layers did to the name that it is about.
    pub(super) fn blaming(mut self, changes: Option<&Vec<Change>>) -> FindingRow {
        self.blame = changes.into_iter().flatten().map(blame).collect();
        self
    }
}

#[derive(Serialize)]
struct FixRow {
    summary: String,
    command: Option<String>,
}

#[derive(Serialize)]
struct SymbolRow {
    name: String,
    version: Option<String>,
    by: String,
}

#[derive(Serialize)]
pub(super) struct GapRow {
    name: &'static str,
    what: String,
}

/// The whole document, with the policy's part if there is one, around results that were made one by one by [`result`].
pub fn check(results: &[String], policy: Option<&str>) -> String {
    format!(
        "{{\"schema\":\"sayso/check/v1\",{}\"results\":[\n{}\n]}}\n",
        policy_part(policy),
        results.join(",\n")
    )
}

/// The policy's part of a document, a document of its own, with the comma behind it.
pub(super) fn policy_part(policy: Option<&str>) -> String {
    policy.map_or(String::new(), |text| {
        format!("\"policy\":{},", text.trim_end())
    })
}

/// What is known of a file beside its answer: its part in an image.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// What it is for.
    pub role: Option<Role>,
    /// In whose process it was judged.
    pub inside: Option<TargetPath>,
    /// Which layers made it fail.
    pub blame: Vec<Change>,
    /// Which layers each of its findings is about, in their order.
    pub of_findings: Vec<Vec<Change>>,
}

/// One element of `results`.
pub fn result(answer: &Answer) -> String {
    result_in(answer, &Part::default())
}

/// One element of the `results` about an image.
pub fn result_in(answer: &Answer, part: &Part) -> String {
    let trace = &answer.trace;
    let failure = match &trace.verdict {
        Verdict::Fails { failure, .. } => Some(failure),
        _ => None,
    };
    let texts = |ids: &[sayso_loader::EventId]| {
        ids.iter()
            .filter_map(|&id| match trace.event(id) {
                Event::Problem(failure) | Event::Warning(failure) => {
                    Some(show_lines(&failure.text()))
                }
                _ => None,
            })
            .collect()
    };
    super::line(&ResultRow {
        path: show(&answer.named),
        role: part.role.map(Role::name),
        inside: part.inside.as_ref().map(show),
        blame: part.blame.iter().map(blame).collect(),
        format: match answer.format {
            Format::Elf => "elf",
            Format::Script => "script",
            Format::Other => "other",
        },
        loader: trace
            .loader
            .as_ref()
            .map(|loader| words::family(loader.family)),
        release: trace
            .loader
            .as_ref()
            .map(|loader| words::release(loader.family, loader.release)),
        release_known: trace.loader.as_ref().map(|loader| loader.release_known),
        loader_path: trace.loader.as_ref().map(|loader| show(&loader.path)),
        verdict: match &trace.verdict {
            Verdict::Loads => "loads",
            Verdict::Fails { .. } => "fails",
            Verdict::Unknown { .. } => "unknown",
        },
        message: failure.map(|failure| show_lines(&failure.text())),
        exit_status: answer.exit_status(),
        objects: objects(trace),
        steps: steps(answer),
        problems: texts(&trace.problems),
        warnings: texts(&trace.warnings),
        findings: answer
            .findings
            .iter()
            .enumerate()
            .map(|(at, finding)| self::finding(trace, finding).blaming(part.of_findings.get(at)))
            .collect(),
        expected_from_host: symbols(trace, &trace.expected_from_host),
        unbound_lazily: symbols(trace, &trace.unbound_lazily),
        gaps: match &trace.verdict {
            Verdict::Unknown { gaps } => gaps.iter().map(gap).collect(),
            _ => Vec::new(),
        },
    })
}

#[derive(Serialize)]
pub(super) struct BlameRow {
    path: String,
    what: &'static str,
    layer: usize,
    digest: String,
    created_by: Option<String>,
}

pub(super) fn blame(change: &Change) -> BlameRow {
    BlameRow {
        path: show(&change.path),
        what: change.deed.name(),
        layer: change.layer,
        digest: change.digest.clone(),
        created_by: change.created_by.clone(),
    }
}

/// Load order: the loader's own list first, then what steps mapped.
pub(crate) fn load_order(trace: &Trace) -> Vec<ObjectId> {
    let mut order = trace.load_order.clone();
    for object in &trace.objects {
        if !order.contains(&object.id) {
            order.push(object.id);
        }
    }
    order.retain(|&id| !trace.object(id).missing);
    order
}

fn objects(trace: &Trace) -> Vec<ObjectRow> {
    load_order(trace)
        .into_iter()
        .map(|id| {
            let object = trace.object(id);
            ObjectRow {
                name: if object.name.is_empty() {
                    words::path(trace, id)
                } else {
                    show(&object.name)
                },
                path: words::path(trace, id),
                needed_by: object.needed_by.map(|by| words::path(trace, by)),
                rule: words::rule_name(&object.rule),
                step: object.step,
            }
        })
        .collect()
}

fn steps(answer: &Answer) -> Vec<StepRow> {
    let trace = &answer.trace;
    answer
        .request
        .steps
        .iter()
        .zip(&trace.steps)
        .map(|(step, outcome)| StepRow {
            step: words::step(step),
            ok: outcome.failure.is_none() && !outcome.process_ended,
            error: outcome
                .failure
                .as_ref()
                .map(|failure| show_lines(&failure.text())),
            process_ended: outcome.process_ended,
            objects: outcome
                .objects
                .iter()
                .map(|&id| words::path(trace, id))
                .collect(),
            symbol_in: outcome.symbol_in.map(|id| words::path(trace, id)),
            gaps: outcome.gaps.iter().map(gap).collect(),
        })
        .collect()
}

pub(super) fn finding(trace: &Trace, finding: &Finding) -> FindingRow {
    FindingRow {
        rule: finding.rule.name,
        phase: finding.rule.phase.name(),
        level: finding.level.name(),
        subject: match &finding.subject {
            Subject::Object(id) => words::path(trace, *id),
            Subject::File(path) => show(path),
            Subject::Name(name) => show(name),
        },
        message: finding.message.clone(),
        because: finding.because.clone(),
        fixes: finding
            .fixes
            .iter()
            .map(|fix| FixRow {
                summary: fix.summary.clone(),
                command: fix.command.clone(),
            })
            .collect(),
        blame: Vec::new(),
    }
}

fn symbols(trace: &Trace, symbols: &[sayso_loader::trace::ExpectedSymbol]) -> Vec<SymbolRow> {
    symbols
        .iter()
        .map(|symbol| SymbolRow {
            name: show(&symbol.name),
            version: symbol.version.as_ref().map(show),
            by: words::path(trace, symbol.by),
        })
        .collect()
}

pub(super) fn gap(gap: &Gap) -> GapRow {
    GapRow {
        name: gap.name,
        what: gap.what.clone(),
    }
}
