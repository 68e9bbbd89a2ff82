//! A case on one release: built, run, predicted, compared.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use sayso_loader::{GoEnd, Trace};

use super::case::Case;
use super::record::{Stage, StepTold, Told};
use super::{build, facts, predicted};

/// Exit status of a host that was killed because it did not go on.
const KILLED: i32 = 128 + libc::SIGKILL;

/// What came of one case on one release.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the real host told, for each of the case's runs.
    pub real: Vec<Told>,
    /// What differs from the predictions, as a text to be read; `None`: nothing.
    pub difference: Option<String>,
}

/// Asks a case, whose releases are filled in.
///
/// # Errors
/// It cannot be built, or the host not be started.
pub fn ask(case: &Case, name: &str) -> Result<Answer> {
    let stage = Stage::set(case, name)?;
    let mut differences = Vec::new();
    for recipe in std::iter::once(&case.host).chain(&case.plugins) {
        // A file that is cut off has nothing that could be held against anything.
        if recipe.then.iter().any(|then| then.starts_with("truncate")) {
            continue;
        }
        if let Err(error) = facts::check(&stage.folder().join(&recipe.name)) {
            differences.push(format!("facts of {}: {error:#}", recipe.name));
        }
    }
    let mut real = Vec::new();
    for steps in &case.runs {
        let told = stage.run(case, steps)?;
        let trace = predicted::predict(&stage, case, steps)?;
        let compared = predicted::told(&trace, steps)
            .and_then(|predicted| compare(case, steps, &told, &predicted, &trace))
            .and_then(|()| packages(&stage, steps, &told, &trace));
        if let Err(error) = compared {
            differences.push(format!("run {}\n{error:#}", steps.join("; ")));
        }
        real.push(told);
    }
    if let Err(error) = rules(&stage, case) {
        differences.push(format!("{error:#}"));
    }
    Ok(Answer {
        real,
        difference: (!differences.is_empty()).then(|| differences.join("\n")),
    })
}

/// The rules that the case names speak, or do not.
fn rules(stage: &Stage, case: &Case) -> Result<()> {
    if case.says.is_empty() && case.silent.is_empty() {
        return Ok(());
    }
    let steps = case.runs.first().context("nothing is run")?;
    let heard = predicted::rules(stage, case, steps)?;
    for rule in &case.says {
        ensure!(
            heard.contains(&rule.as_str()),
            "{rule} does not speak, but {heard:?}"
        );
    }
    for rule in &case.silent {
        ensure!(!heard.contains(&rule.as_str()), "{rule} speaks");
    }
    Ok(())
}

fn compare(
    case: &Case,
    steps: &[String],
    real: &Told,
    predicted: &Told,
    trace: &Trace,
) -> Result<()> {
    let mut real = real.clone();
    let mut predicted = predicted.clone();
    for (index, step) in steps.iter().enumerate() {
        for told in [&mut real, &mut predicted] {
            // What a function returns is not in any file.
            if let Some(StepTold::Ok(result)) = told.steps.get_mut(index)
                && step.starts_with("call ")
            {
                result.clear();
            }
        }
    }
    match case.gap.as_deref() {
        Some("init") => return init_fails(&real, &predicted, trace),
        Some(gap) => return named(gap, &real, &mut predicted, trace),
        None => {}
    }
    if real == predicted {
        return Ok(());
    }
    bail!(
        "  real\n    {}\n  predicted\n    {}",
        real.lines().join("\n    "),
        predicted.lines().join("\n    ")
    )
}

/// The one gap: the prediction must say that init tasks run, and the real host must have died in one.
fn init_fails(real: &Told, predicted: &Told, trace: &Trace) -> Result<()> {
    ensure!(real.exit != 0, "the host survived");
    ensure!(
        predicted.death.is_empty() && predicted.exit == 0,
        "a death was predicted: {:?}",
        predicted.death
    );
    let at = real.steps.len();
    let step = trace.steps.get(at).context("no such step")?;
    let go = step.go.as_deref().context("no Go step")?;
    ensure!(go.end == GoEnd::Opens, "not predicted to open");
    ensure!(
        go.init_tasks.is_none_or(|count| count > 0),
        "no init task was said to run"
    );
    Ok(())
}

/// A step that cannot be known must say so by the gap's name; everything else must be right.
fn named(gap: &str, real: &Told, predicted: &mut Told, trace: &Trace) -> Result<()> {
    let mut seen = false;
    for (index, step) in trace.steps.iter().enumerate() {
        if step.gaps.iter().any(|named| named.name == gap) {
            seen = true;
            if index == real.steps.len() && real.exit == KILLED {
                // It waited for ever.
                predicted.steps.truncate(index);
                predicted.exit = KILLED;
            } else if let (Some(ours), Some(theirs)) =
                (predicted.steps.get_mut(index), real.steps.get(index))
            {
                ours.clone_from(theirs);
            }
        }
    }
    ensure!(seen, "the gap {gap} was not named");
    ensure!(
        real == predicted,
        "besides the gap: real {real:?}, predicted {predicted:?}"
    );
    Ok(())
}

/// Go names one package; the prediction has all. They are worked out here from the hashes as Go's own ELF reader has them: each
/// package's hash in the process is that of the host, or of whichever plugin brought the package first.
fn packages(stage: &Stage, steps: &[String], real: &Told, trace: &Trace) -> Result<()> {
    let mut process = build::hashes(&stage.folder().join("host"))?;
    for (index, step) in steps.iter().enumerate() {
        let Some(name) = step.strip_prefix("open ") else {
            continue;
        };
        let told = real.steps.get(index);
        let loaded = match told {
            Some(StepTold::Ok(_)) => true,
            Some(StepTold::Error(text)) => {
                text.contains("different version") && !text.ends_with("(previous failure)")
            }
            None => false,
        };
        if !loaded {
            continue;
        }
        let plugin = build::hashes(&stage.folder().join(stage.spelled(name)))?;
        let differing: BTreeMap<String, (String, String)> = plugin
            .iter()
            .filter_map(|(package, hash)| {
                let there = process.get(package)?;
                (there != hash).then(|| (package.clone(), (there.clone(), hash.clone())))
            })
            .collect();
        let go = trace.steps.get(index).and_then(|step| step.go.as_deref());
        let go = go.context("no such step in the trace")?;
        let predicted: BTreeMap<String, (String, String)> = go
            .differing
            .iter()
            .map(|one| {
                let hashes = (one.host_hash.to_string(), one.plugin_hash.to_string());
                (one.package.clone(), hashes)
            })
            .collect();
        ensure!(
            predicted == differing || go.already_open,
            "step {}: the differing packages (process, plugin) are\n{differing:?}\npredicted\n{predicted:?}",
            index + 1
        );
        for (package, hash) in plugin {
            process.entry(package).or_insert(hash);
        }
    }
    Ok(())
}
