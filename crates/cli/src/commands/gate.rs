//! `sayso gate FILE…`: artifacts held against the policy.

use std::ffi::OsString;

use anyhow::{Context, ensure};
use clap::Args;
use sayso_advice::policy::{Judged, Policy, Shipped};
use sayso_loader::Session;
use sayso_report::remark::Remarks;
use sayso_report::{github, json, junit, sarif, table, text};

use super::floor::Artifact;
use crate::arguments::{Common, OutputFormat};
use crate::{Status, machine, output, policy};

#[derive(Debug, Args)]
pub(crate) struct GateArguments {
    /// Programs, libraries, folders, archives, packages, wheels: each is one artifact
    #[arg(required = true)]
    pub(crate) files: Vec<OsString>,
    /// The policy; without it, the nearest sayso.toml upwards that has a policy in it
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<OsString>,
}

pub(crate) fn run(arguments: &GateArguments, common: &Common) -> anyhow::Result<Status> {
    let policy = match &arguments.policy {
        Some(file) => policy::read(file)?,
        None => policy::find()?.context(
            "there is no sayso.toml with a table [policy] here or above: name one with --policy, or write one with `sayso init FILE…`",
        )?,
    };
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let (artifacts, complaints) = gather(&session, common, &arguments.files);
    for why in &complaints {
        output::complain(why);
    }
    let judged = judge(&policy.policy, &artifacts, None);
    let mut remarks = Remarks {
        files: artifacts
            .iter()
            .map(|artifact| artifact.named.clone())
            .collect(),
        remarks: Vec::new(),
    };
    remarks.add_judged(&judged);
    let told = match common.format {
        OutputFormat::Json => json::gate(&judged, &policy.file),
        OutputFormat::Text if common.quiet > 0 => {
            let lines = judged.broken.iter().map(|broken| {
                let message = &broken.finding.message;
                [&broken.artifact, ": ", message, "\n"].concat()
            });
            lines.collect()
        }
        OutputFormat::Text => text::gate(&judged, &policy.file, &output::style(common)),
        _ => machine_format(common.format, &remarks),
    };
    output::print(&told)?;
    Ok(if !complaints.is_empty() {
        Status::Misused
    } else if judged.broken.is_empty() {
        Status::Fine
    } else {
        Status::Failed
    })
}

/// The artifacts behind names, and what keeps some from being judged.
pub(super) fn gather(
    session: &Session<'_>,
    common: &Common,
    names: &[OsString],
) -> (Vec<Artifact>, Vec<anyhow::Error>) {
    let (mut artifacts, mut complaints) = (Vec::new(), Vec::new());
    for name in names {
        match Artifact::gather(session, common, name) {
            Ok(mut artifact) => {
                complaints.extend(artifact.unreadable.drain(..).map(anyhow::Error::msg));
                artifacts.push(artifact);
            }
            Err(error) => complaints.push(error),
        }
    }
    (artifacts, complaints)
}

/// Holds artifacts against a policy.
pub(super) fn judge(
    policy: &Policy,
    artifacts: &[Artifact],
    expected_from_host: Option<&[(String, String)]>,
) -> Judged {
    policy.judge(&shipped(artifacts, expected_from_host))
}

/// As the policy sees them.
pub(super) fn shipped<'a>(
    artifacts: &'a [Artifact],
    expected_from_host: Option<&'a [(String, String)]>,
) -> Vec<Shipped<'a>> {
    artifacts
        .iter()
        .map(|artifact| Shipped {
            name: &artifact.named,
            parts: &artifact.parts,
            size: artifact.size,
            expected_from_host,
        })
        .collect()
}

/// What findings look like in another tool's format.
pub(super) fn machine_format(format: OutputFormat, remarks: &Remarks) -> String {
    match format {
        OutputFormat::Sarif => sarif::sarif(remarks),
        OutputFormat::Junit => junit::junit(remarks),
        OutputFormat::Github => github::github(remarks),
        _ => table::table(remarks),
    }
}

/// The policy of a `check`: the named one, or the nearest, unless it is not wanted.
pub(super) fn of_check(
    named: Option<&OsString>,
    unwanted: bool,
) -> anyhow::Result<Option<policy::Named>> {
    match named {
        _ if unwanted => {
            ensure!(
                named.is_none(),
                "--policy names one, and --no-policy wants none"
            );
            Ok(None)
        }
        Some(file) => policy::read(file).map(Some),
        None => policy::find(),
    }
}
