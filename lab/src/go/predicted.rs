//! What sayso predicts of a host and its plugins, in the form of [`Told`].

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sayso_advice::{Level, advise};
use sayso_loader::messages::Failure;
use sayso_loader::{GoEnd, Request, Session, Start, Step, StepOutcome, Trace, Verdict};
use sayso_world::live::Live;
use sayso_world::{TargetPath, detect};

use super::case::Case;
use super::record::{Stage, StepTold, Told};

/// The machine as the host meets it.
pub(super) fn world(stage: &Stage, case: &Case) -> Live {
    let mut machine = detect::this_machine();
    machine.working_directory = target(stage.folder());
    machine.environment = case
        .environment
        .iter()
        .map(|(name, value)| (name.clone().into_bytes(), stage.spelled(value).into_bytes()))
        .collect();
    Live::with_machine(machine)
}

fn target(path: &Path) -> TargetPath {
    use std::os::unix::ffi::OsStrExt as _;
    TargetPath::new(path.as_os_str().as_bytes())
}

/// A step of the lab's host as a step of a request. Calling a function is looking it up.
///
/// # Errors
/// It is none of the host's.
pub fn step(text: &str) -> Result<Step> {
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    Ok(match words.as_slice() {
        ["open", ..] => Step::PluginOpen {
            path: text.as_bytes()["open ".len()..].to_vec(),
        },
        ["lookup" | "must" | "call", plugin, name] => {
            let (name, go_type) = match name.split_once(':') {
                Some((name, go_type)) => (name, Some(go_type.as_bytes().to_vec())),
                None => (*name, None),
            };
            Step::Lookup {
                plugin: plugin.parse()?,
                name: name.as_bytes().to_vec(),
                go_type,
            }
        }
        _ => bail!("'{text}' is no step"),
    })
}

/// The host is started and takes these steps.
pub(super) fn request(stage: &Stage, steps: Vec<Step>) -> Request {
    Request {
        start: Start::Exec {
            path: target(&stage.folder().join("host")),
            arguments: vec![b"host".to_vec()],
        },
        steps,
        loader: None,
        release: None,
    }
}

/// Predicts a run. The lab's host recovers from failed assertions and goes on, which a prediction does not, so each assertion is
/// predicted in a run of its own: its outcome takes the place of the step's.
///
/// # Errors
/// A step that is none.
pub fn predict(stage: &Stage, case: &Case, texts: &[String]) -> Result<Trace> {
    let world = world(stage, case);
    let session = Session::new(&world);
    let steps: Vec<Step> = texts
        .iter()
        .map(|text| step(&stage.spelled(text)))
        .collect::<Result<_>>()?;
    let plain: Vec<Step> = steps
        .iter()
        .zip(texts)
        .map(|(step, text)| {
            if text.starts_with("must ") {
                step.clone()
            } else {
                without_type(step)
            }
        })
        .collect();
    let mut trace = session.predict(&request(stage, plain.clone()));
    for (index, step) in steps.iter().enumerate() {
        if *step == plain[index] || index >= trace.steps.len() {
            continue;
        }
        let mut asked = plain[..index].to_vec();
        asked.push(step.clone());
        let mut alone = session.predict(&request(stage, asked));
        if alone.steps.len() == index + 1 {
            trace.steps[index] = alone.steps.swap_remove(index);
        }
    }
    Ok(trace)
}

/// Names of the rules that speak when a run is judged.
///
/// # Errors
/// A step that is none.
pub(super) fn rules(stage: &Stage, case: &Case, texts: &[String]) -> Result<Vec<&'static str>> {
    let world = world(stage, case);
    let session = Session::new(&world);
    let steps = texts.iter().map(|text| step(&stage.spelled(text)));
    let request = request(stage, steps.collect::<Result<_>>()?);
    let trace = session.predict(&request);
    let findings = advise(&session, &request, &trace, Level::Note);
    Ok(findings.iter().map(|finding| finding.rule.name).collect())
}

fn without_type(step: &Step) -> Step {
    let mut step = step.clone();
    if let Step::Lookup { go_type, .. } = &mut step {
        *go_type = None;
    }
    step
}

/// A trace as what the host would tell.
///
/// # Errors
/// The prediction says that the host does not even start.
pub fn told(trace: &Trace, texts: &[String]) -> Result<Told> {
    if let Verdict::Fails { failure, .. } = &trace.verdict {
        bail!(
            "the host is said not to start: {}",
            String::from_utf8_lossy(&failure.text())
        );
    }
    let mut told = Told {
        steps: Vec::new(),
        exit: 0,
        death: Vec::new(),
    };
    for (outcome, step) in trace.steps.iter().zip(texts) {
        let text = outcome.failure.as_ref().map(Failure::text);
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        if outcome.process_ended && !step.starts_with("lookup ") {
            let failure = outcome.failure.as_ref().context("dies without a word")?;
            told.death = text
                .iter()
                .flat_map(|text| text.lines())
                .map(str::to_owned)
                .collect();
            told.exit = failure.exit_status.unwrap_or(-1);
            break;
        }
        told.steps.push(one(outcome, text));
    }
    Ok(told)
}

fn one(outcome: &StepOutcome, text: Option<String>) -> StepTold {
    let go = outcome.go.as_deref();
    if go.is_none_or(|go| go.end == GoEnd::Unknown) {
        let gaps: Vec<String> = outcome
            .gaps
            .iter()
            .map(|gap| format!("{}: {}", gap.name, gap.what))
            .collect();
        return StepTold::Error(format!("(unknown) {}", gaps.join("; ")));
    }
    match text {
        // The lab's host recovers from a failed assertion.
        Some(text) => StepTold::Error(text.strip_prefix("panic: ").unwrap_or(&text).to_owned()),
        None => StepTold::Ok(go.and_then(|go| go.go_type.clone()).unwrap_or_default()),
    }
}
