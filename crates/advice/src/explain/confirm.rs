//! Turns "one of" into "confirmed", where the files are at hand: the loader model walks them, and what it complains of is compared
//! with what the text says.

use sayso_loader::{Event, Trace, Verdict};

use super::heard::{Heard, Likelihood};
use super::{Explained, Explanation, PossibleCause};
use crate::finding::Finding;
use crate::go::Judgement;
use crate::show::show;

/// What the files said to one failure of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The model complains of the same, and a rule knows why.
    Cause(&'static str),
    /// The model complains, of something else.
    Other(String),
    /// It loads here.
    Loads,
    /// It cannot be known.
    Unknown,
}

/// Compares a trace and its findings with each failure of a text. A cause that the files show becomes the class.
///
/// `named` is the file that was walked, for sentences. Gives what the first failure met.
pub fn confirm(
    explanation: &mut Explanation,
    named: &str,
    trace: &Trace,
    findings: &[Finding],
) -> Option<Confirmed> {
    let mut first = None;
    for explained in &mut explanation.results {
        let met = meet(explained, trace, findings);
        if let Some(finding) = met {
            adopt(explained, finding);
        }
        let confirmed = match (met, &trace.verdict) {
            (Some(finding), _) => Confirmed::Cause(finding.rule.name),
            (None, Verdict::Loads) if trace.steps.iter().all(|step| step.failure.is_none()) => {
                Confirmed::Loads
            }
            (None, Verdict::Unknown { .. }) => Confirmed::Unknown,
            (None, Verdict::Fails { failure, .. }) => Confirmed::Other(show(failure.text())),
            (None, Verdict::Loads) => {
                Confirmed::Other(format!("{named} starts, and a step fails otherwise"))
            }
        };
        first.get_or_insert(confirmed);
    }
    first
}

/// What a Go host says of its plugins, compared with each failure of a text: of the causes that fit the words, those that the two files show
/// are confirmed and come first. Gives what the first failure met.
pub fn confirm_go(
    explanation: &mut Explanation,
    trace: &Trace,
    judgements: &[Judgement],
) -> Option<Confirmed> {
    let mut first = None;
    for explained in &mut explanation.results {
        let said = |judgement: &&Judgement| {
            let step = judgement
                .step
                .checked_sub(1)
                .and_then(|at| trace.steps.get(at));
            let failure = step.and_then(|step| step.failure.as_ref());
            failure.is_some_and(|failure| same(&explained.heard, failure))
        };
        let other = judgements
            .iter()
            .find_map(|judgement| judgement.message.as_ref());
        let confirmed = match (judgements.iter().find(said), &trace.verdict) {
            (Some(judgement), _) => adopt_reasons(explained, judgement),
            (None, Verdict::Fails { failure, .. }) => Confirmed::Other(show(failure.text())),
            (None, _) => match other {
                Some(message) => Confirmed::Other(show(message)),
                None if judgements
                    .iter()
                    .any(|judgement| !judgement.gaps.is_empty()) =>
                {
                    Confirmed::Unknown
                }
                None => Confirmed::Loads,
            },
        };
        first.get_or_insert(confirmed);
    }
    first
}

/// The judgement's reasons become the first causes, and what mends them comes first.
fn adopt_reasons(explained: &mut Explained, judgement: &Judgement) -> Confirmed {
    let known = judgement.reasons.iter().rev();
    let known = known.filter_map(|reason| Some((crate::rule(reason.rule)?, reason)));
    for (rule, reason) in known {
        explained
            .causes
            .retain(|cause| cause.rule.name != rule.name);
        let cause = PossibleCause {
            rule,
            likelihood: if reason.confirmed {
                Likelihood::Certain
            } else {
                Likelihood::Likely
            },
            why: format!("{} ({})", reason.why, reason.evidence),
            confirmed: reason.confirmed,
            decided_by: None,
        };
        explained.causes.insert(0, cause);
    }
    if !judgement.fixes.is_empty() {
        explained.fixes.clone_from(&judgement.fixes);
    }
    let cause = explained.causes.first().filter(|cause| cause.confirmed);
    let rule = cause.map_or(explained.rule, |cause| cause.rule);
    explained.rule = rule;
    explained.phase = rule.phase;
    Confirmed::Cause(rule.name)
}

/// The finding that explains the same complaint.
fn meet<'f>(explained: &Explained, trace: &Trace, findings: &'f [Finding]) -> Option<&'f Finding> {
    let complaint = |finding: &Finding| {
        let events = finding
            .explains
            .iter()
            .filter_map(|&id| match trace.event(id) {
                Event::Problem(failure) | Event::Warning(failure) => Some(failure),
                _ => None,
            });
        let step = finding
            .step
            .checked_sub(1)
            .and_then(|at| trace.steps.get(at))
            .and_then(|step| step.failure.as_ref());
        let mut complaints: Vec<&sayso_loader::Failure> = events.collect();
        complaints.extend(step);
        if let (true, Verdict::Fails { failure, .. }) = (complaints.is_empty(), &trace.verdict) {
            complaints.push(failure);
        }
        complaints
            .iter()
            .any(|failure| same(&explained.heard, failure))
    };
    findings.iter().find(|finding| complaint(finding))
}

/// The same message with the same names; a path's folder may differ (another machine), its file name may not.
fn same(heard: &Heard, failure: &sayso_loader::Failure) -> bool {
    let kernel = |id: &str| id.starts_with("kernel/") || id.starts_with("shell/");
    let said =
        heard.says(failure.message.id) || kernel(heard.message.id) && kernel(failure.message.id);
    if !said {
        return false;
    }
    let file = |name: &[u8]| {
        name.rsplit(|&byte| byte == b'/')
            .next()
            .map(<[u8]>::to_vec)
            .unwrap_or_default()
    };
    failure
        .fields
        .iter()
        .all(|(name, value)| match (name, heard.fields.get(name)) {
            ("reason" | "error", _) | (_, None) => true,
            ("version" | "symbol", Some(_)) => heard.texts(name).contains(&show(value)),
            (_, Some(said)) => file(said) == file(value),
        })
}

/// The finding becomes the first cause, and what mends it comes first.
fn adopt(explained: &mut Explained, finding: &Finding) {
    let known = explained
        .causes
        .iter()
        .position(|cause| cause.rule.name == finding.rule.name);
    let mut cause = known.map_or_else(
        || PossibleCause {
            rule: finding.rule,
            likelihood: Likelihood::Certain,
            why: String::new(),
            confirmed: true,
            decided_by: None,
        },
        |at| explained.causes.remove(at),
    );
    cause.confirmed = true;
    cause.likelihood = Likelihood::Certain;
    cause.why.clone_from(&finding.message);
    cause.decided_by = None;
    explained.causes.insert(0, cause);
    explained.rule = finding.rule;
    explained.phase = finding.rule.phase;
    let mut fixes = finding.fixes.clone();
    for fix in explained.fixes.drain(..) {
        if !fixes.contains(&fix) {
            fixes.push(fix);
        }
    }
    if !finding.fixes.is_empty() {
        fixes.truncate(finding.fixes.len().max(4));
    }
    explained.fixes = fixes;
}
