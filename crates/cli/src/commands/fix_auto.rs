//! `sayso fix --auto FILE`, `sayso fix --auto -- COMMAND`: the smallest change that makes it load, tried before it is made.

use std::io::{BufRead, IsTerminal};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use anyhow::Context;
use sayso_advice::mend::{self, Action, Mending};
use sayso_advice::{Level, show};
use sayso_edit::write;
use sayso_loader::Session;
use sayso_report::fix::Plan;
use sayso_report::{Outcome, json, text};
use sayso_world::overlay::Overlay;
use sayso_world::{TargetPath, World};

use super::fix::{Fix, host_path};
use crate::arguments::{Common, OutputFormat};
use crate::{Status, judge, machine, output};

pub(crate) fn run(fix: &Fix, common: &Common) -> anyhow::Result<Status> {
    anyhow::ensure!(
        fix.output.is_none(),
        "--auto may have to change several files, and --output takes one: copy the folder and use --root, or see --dry-run"
    );
    let mut status = Status::Fine;
    let mut plans = Vec::new();
    let style = output::style(common);
    let mut tell = |plan: Plan| -> anyhow::Result<()> {
        if plan.after.outcome() != Outcome::Loads || (plan.is_offered() && !plan.is_done) {
            status = status.max(Status::Failed);
        }
        if common.format == OutputFormat::Text {
            output::print(&text::plan(&plan, &style))?;
        }
        plans.push(plan);
        Ok(())
    };
    if fix.command.is_empty() {
        for file in &fix.files {
            tell(one(
                fix,
                common,
                &Asked::File(TargetPath::new(file.as_bytes())),
            )?)?;
        }
    } else {
        let words = fix
            .command
            .iter()
            .map(|word| word.as_bytes().to_vec())
            .collect();
        tell(one(fix, common, &Asked::Command(words))?)?;
    }
    if common.format == OutputFormat::Json {
        output::print(&json::plans(&plans))?;
    }
    Ok(status)
}

/// What is to load.
enum Asked {
    File(TargetPath),
    Command(Vec<Vec<u8>>),
}

impl Asked {
    fn judge(
        &self,
        session: &Session<'_>,
        common: &Common,
    ) -> anyhow::Result<sayso_report::Answer> {
        Ok(match self {
            Asked::File(path) => judge::file(session, common, path, Level::Error),
            Asked::Command(words) => {
                let path = super::check::in_path(session, &words[0]).with_context(|| {
                    format!(
                        "{} is in no directory of PATH: name it with its path",
                        show(&words[0])
                    )
                })?;
                judge::command(session, common, &path, words.clone(), Level::Error)
            }
        })
    }
}

fn one(fix: &Fix, common: &Common, asked: &Asked) -> anyhow::Result<Plan> {
    let world = machine::world(common)?;
    let before = asked.judge(&Session::new(&*world), common)?;
    let (steps, left) = match mend::mend(&*world, &before.request) {
        Mending::Loads => (Vec::new(), Vec::new()),
        Mending::Plan(steps) => (steps, Vec::new()),
        Mending::Cannot { partly, left } => (partly, left),
    };
    let after = {
        let mut overlay = Overlay::new(&*world);
        mend::carry_out(&mut overlay, &steps);
        asked.judge(&Session::new(&overlay), common)?
    };
    let mut plan = Plan {
        named: before.named.clone(),
        steps,
        left,
        is_done: false,
        done: Vec::new(),
        before,
        after,
    };
    if plan.is_offered() && !fix.dry_run && is_wanted(fix, common, &plan) {
        plan.done = carry_out(fix, common, &*world, &plan)?;
        plan.is_done = true;
    }
    Ok(plan)
}

/// `--yes`, or a yes on the terminal, with the plan in sight.
fn is_wanted(fix: &Fix, common: &Common, plan: &Plan) -> bool {
    if fix.yes {
        return true;
    }
    if !std::io::stdin().is_terminal() || common.format != OutputFormat::Text {
        return false;
    }
    let _ = output::print(&text::plan(plan, &output::style(common)));
    output::hint("make these changes? [y/N]");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

/// Makes the changes; what has to be run is left to the user. Every new file is whole before the first takes its place.
fn carry_out(
    fix: &Fix,
    common: &Common,
    world: &dyn World,
    plan: &Plan,
) -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    let options = write::Options {
        backup: None,
        keep_times: fix.keep_times,
    };
    for (file, bytes) in mend::edited(world, &plan.steps) {
        let host = host_path(common, &file);
        write::replace(&host, &bytes, &options)
            .with_context(|| format!("{} is unchanged", show(&file)))?;
        done.push(show(&file));
    }
    for action in plan.steps.iter().flat_map(|step| &step.actions) {
        if let Action::Mode { path, mode } = action {
            let permissions = std::fs::Permissions::from_mode(*mode);
            std::fs::set_permissions(host_path(common, path), permissions)
                .with_context(|| show(path))?;
            done.push(show(path));
        }
    }
    Ok(done)
}
