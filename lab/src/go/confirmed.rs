//! A text of a real host, pasted, with the host and the plugin beside it: of all causes that fit the words, the files show the one.

use anyhow::{Context as _, Result, ensure};
use sayso_advice::explain::{Confirmed, confirm_go, explain};
use sayso_advice::go::judge;
use sayso_loader::Session;

use super::record::{Stage, StepTold};
use super::{case, predicted};

/// Cases, each with the cause that its files hold.
pub const CASES: &[(&str, &str)] = &[
    ("trimpath-host-only", "go-trimpath-differs"),
    ("trimpath-plugin-only", "go-trimpath-differs"),
    ("gcflags-no-inlining-plugin", "go-gcflags-differ"),
    ("tags-that-select-files", "go-tags-differ"),
    ("module-version-from-cache", "go-module-version-differs"),
    ("module-in-another-folder", "go-module-replaced"),
    ("vendored-both", "go-module-directory-differs"),
    ("cover-shared-package", "go-cover-differs"),
];

/// Runs the case's first process, pastes what it told, and walks its files.
///
/// # Errors
/// Another cause is confirmed, or the words alone leave no choice.
pub fn check(name: &str, release: &str, cause: &str) -> Result<()> {
    let found = case::all()?.into_iter().find(|case| case.name == name);
    let (_, case) = found
        .with_context(|| format!("no case {name}"))?
        .on_release(release)
        .swap_remove(0);
    let stage = Stage::set(&case, &format!("confirmed_{name}_{release}"))?;
    let run = case.runs.first().context("nothing is run")?;
    let told = stage.run(&case, run)?;
    let error = told.steps.iter().find_map(|step| match step {
        StepTold::Error(text) => Some(text.clone()),
        StepTold::Ok(_) => None,
    });
    let text = error.unwrap_or_else(|| told.death.join("\n"));
    let mut explanation = explain(text.as_bytes());
    let first = explanation.results.first().context("it is not explained")?;
    let before: Vec<&str> = first.causes.iter().map(|cause| cause.rule.name).collect();
    ensure!(
        before.len() > 1 && before.contains(&cause),
        "{text}\nwithout files it is not one of several: {before:?}"
    );
    let world = predicted::world(&stage, &case);
    let session = Session::new(&world);
    let steps = run.iter().map(|step| predicted::step(&stage.spelled(step)));
    let request = predicted::request(&stage, steps.collect::<Result<_>>()?);
    let trace = session.predict(&request);
    let judgements = judge(&session, &request, &trace);
    let met = confirm_go(&mut explanation, &trace, &judgements);
    let first = explanation.results.first().context("it is not explained")?;
    let confirmed = first.causes.iter().find(|cause| cause.confirmed);
    let confirmed = confirmed.map(|cause| cause.rule.name);
    ensure!(
        confirmed == Some(cause) && matches!(met, Some(Confirmed::Cause(rule)) if rule == cause),
        "{text}\nconfirmed: {confirmed:?} instead of {cause}; before: {before:?}"
    );
    Ok(())
}
