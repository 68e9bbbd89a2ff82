//! Repairs, proven: what sayso tells the user to type is typed, in the folders that the user has, and the plugin is opened again.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sayso_advice::go::{Judgement, judge};
use sayso_loader::Session;

use super::case::{Case, Recipe, Shared};
use super::record::{Stage, StepTold};
use super::{build, home, predicted, toolchain};

/// A repair that was carried out.
#[derive(Debug, Clone)]
pub struct Proof {
    /// What was typed, and what was done by hand.
    pub done: Vec<String>,
}

/// Says what keeps the first plugin of a case from opening, does what is advised, and opens it.
///
/// # Errors
/// Nothing is advised, it cannot be carried out, or the plugin does not open afterwards.
pub fn prove(case: &Case, name: &str) -> Result<Proof> {
    let stage = Stage::set(case, name)?;
    let run = case.runs.first().context("nothing is run")?;
    let judgement = first_failure(&stage, case, run)?;
    ensure!(
        !judgement.fixes.is_empty(),
        "nothing is advised against {:?}",
        judgement.message.as_deref().map(String::from_utf8_lossy)
    );
    let plugin = &run[judgement.step - 1]["open ".len()..];
    let done = carry_out(&stage, case, plugin, &judgement)?;
    let told = stage.run(case, &run[..judgement.step])?;
    ensure!(
        matches!(told.steps.get(judgement.step - 1), Some(StepTold::Ok(_))),
        "after\n  {}\nit does not open: {told:?}",
        done.join("\n  ")
    );
    Ok(Proof { done })
}

/// The first step that is predicted to fail.
fn first_failure(stage: &Stage, case: &Case, run: &[String]) -> Result<Judgement> {
    let world = predicted::world(stage, case);
    let session = Session::new(&world);
    let steps = run.iter().map(|text| predicted::step(&stage.spelled(text)));
    let request = predicted::request(stage, steps.collect::<Result<_>>()?);
    let trace = session.predict(&request);
    judge(&session, &request, &trace)
        .into_iter()
        .find(|judgement| judgement.message.is_some())
        .context("nothing is predicted to fail")
}

/// Types every command in its folder. What has no command is done by hand where the lab knows how.
fn carry_out(
    stage: &Stage,
    case: &Case,
    plugin: &str,
    judgement: &Judgement,
) -> Result<Vec<String>> {
    let recipe = case.plugins.iter().find(|recipe| recipe.name == plugin);
    let recipe = recipe.context("no toolchain built that file")?;
    let by_hand =
        |fix: &&sayso_advice::Fix| fix.command.is_none() && fix.summary.contains("sources");
    let takes_sources = judgement.fixes.iter().any(|fix| by_hand(&fix));
    let turn = build::Turn::wait()?;
    build::user_folders(&turn, &case.host, recipe, takes_sources)?;
    let work = home().join("work");
    let mut done = Vec::new();
    if takes_sources {
        done.push("(the host's sources of the shared module are taken)".to_owned());
    }
    let is_vendored = matches!(recipe.shared, Shared::Vendor | Shared::ThirdParty);
    // Whether the vendor folder holds other modules than go.mod asks for.
    let mut is_stale = false;
    for fix in &judgement.fixes {
        // Commands that only look, such as sayso's own, mend nothing, and an alternative is for those who do not take the first way.
        let Some(line) = fix.command.as_ref().filter(|line| calls_go(line)) else {
            continue;
        };
        if fix.summary.starts_with("or ") {
            continue;
        }
        let is_build = line.contains("go build");
        if is_build && is_stale && !line.contains("-mod=mod") {
            let vendor = "go mod vendor";
            type_in(&work.join(recipe.module()), vendor, recipe).context(vendor)?;
            done.push(vendor.to_owned());
            is_stale = false;
        }
        // Everything but the host's own build is typed in the plugin's folder.
        let is_of_host = is_build && !line.contains("-buildmode=plugin");
        let recipe = if is_of_host { &case.host } else { recipe };
        let folder = work.join(recipe.module());
        type_in(&folder, line, recipe).with_context(|| line.clone())?;
        done.push(line.clone());
        is_stale |= is_vendored && fix.summary.contains("go mod vendor");
        let built = Path::new(&recipe.name);
        if is_build {
            fs::copy(folder.join(built), stage.folder().join(built))
                .with_context(|| format!("{line}: no {} was built", recipe.name))?;
        }
    }
    ensure!(!done.is_empty(), "nothing is advised that could be typed");
    Ok(done)
}

fn calls_go(line: &str) -> bool {
    line.split(' ').find(|word| !word.contains('=')) == Some("go")
}

/// Types a line into a shell.
pub(super) fn type_in(folder: &Path, line: &str, recipe: &Recipe) -> Result<()> {
    let release = recipe.release.as_deref().context("no release")?;
    let mut command = shell(folder, line, release)?;
    if !matches!(recipe.shared, Shared::Vendor | Shared::ThirdParty) {
        command.env("GOFLAGS", "-mod=mod -buildvcs=false");
    }
    // No file tells which C compiler it was; whoever uses another one knows.
    for (name, value) in recipe.environment.iter().filter(|(name, _)| name == "CC") {
        command.env(name, value);
    }
    build::output(&mut command).map(drop)
}

/// A shell that carries out a line with nothing but the lab's own settings of Go.
pub(super) fn shell(folder: &Path, line: &str, release: &str) -> Result<Command> {
    let toolchain = toolchain::find(release).with_context(|| format!("no Go {release}"))?;
    let mut command = toolchain.environment(Command::new("sh"));
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", switch()?.display()))
        .env("GOTOOLCHAIN", format!("go{release}"))
        .env("GOFLAGS", "-buildvcs=false")
        .args(["-e", "-c", line])
        .current_dir(folder);
    Ok(command)
}

/// A folder with a `go` that does what the real one does with `GOTOOLCHAIN=go1.22.10`, except that it downloads nothing: it calls the
/// provisioned toolchain of that release.
fn switch() -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = home().join("switch");
    let mut script = String::from("#!/bin/sh\ncase \"$GOTOOLCHAIN\" in\n");
    for toolchain in toolchain::provisioned() {
        let (release, program) = (&toolchain.release, toolchain.program().display());
        let _ = writeln!(
            script,
            "go{release}) GOTOOLCHAIN=local exec '{program}' \"$@\" ;;"
        );
    }
    script += "esac\necho \"no toolchain $GOTOOLCHAIN is here\" >&2\nexit 1\n";
    fs::create_dir_all(&folder)?;
    let program = folder.join("go");
    // Whoever runs it now keeps the old file.
    let new = folder.join("new");
    fs::write(&new, script)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
    fs::rename(new, program)?;
    Ok(folder)
}
