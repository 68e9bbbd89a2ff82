//! `sayso gate FILE…`: artifacts held against the policy.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use sayso_advice::packages::installed::Installed;
use sayso_advice::policy::{Judged, Policy, Shipped};
use sayso_advice::show;
use sayso_loader::Session;
use sayso_report::remark::Remarks;
use sayso_report::{github, json, junit, sarif, table, text};
use sayso_world::{Errno, TargetPath, World};

use super::floor::Artifact;
use crate::arguments::{Common, OutputFormat};
use crate::{Status, files, machine, output, policy};

#[derive(Debug, Args)]
pub(crate) struct GateArguments {
    /// Programs, libraries, folders, archives, packages, wheels: each is one artifact. None with --root or --image: all of it but what
    /// packages own
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
    let place = [&common.root, &common.image].into_iter().flatten().next();
    let (artifacts, complaints, passed_over) = match place {
        Some(place) if arguments.files.is_empty() => {
            let whole = whole(&*world, place, &policy.policy);
            (vec![whole.artifact], whole.complaints, whole.passed_over)
        }
        _ => {
            ensure!(
                !arguments.files.is_empty(),
                "no file was named: type `sayso gate FILE…`, or `sayso gate --image FILE` for everything in an image"
            );
            let (artifacts, complaints) = gather(&session, common, &arguments.files);
            (artifacts, complaints, 0)
        }
    };
    for why in &complaints {
        output::complain(why);
    }
    let mut judged = judge(&policy.policy, &artifacts, None);
    judged.passed_over = passed_over;
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

/// What of a whole root or image is held against a policy.
pub(super) struct Whole {
    /// Its files, as one artifact: what one of them brings, another need not find in packages.
    pub(super) artifact: Artifact,
    pub(super) complaints: Vec<anyhow::Error>,
    /// Programs and libraries of packages.
    pub(super) passed_over: usize,
}

/// Every program and library that no package owns, and of those that one does, what the policy asks for by a path. Nobody who ships an
/// image built its base, and a thousand violations of the base hide the one that is one's own.
pub(super) fn whole(world: &dyn World, place: &OsStr, policy: &Policy) -> Whole {
    let installed = Installed::of(world);
    for unread in &installed.unread {
        output::hint(&format!(
            "{unread}; so only what the policy names by a path is held against it"
        ));
    }
    let mut artifact = Artifact::of_whole(show(place.as_bytes()), Path::new(place));
    let mut complaints = Vec::new();
    let mut unread = |path: &TargetPath, errno: Errno| {
        complaints.push(anyhow!(
            "cannot read the folder {}: {}",
            show(path),
            errno.glibc_text()
        ));
    };
    let mut passed_over = 0;
    for path in files::programs(world, "/".into(), &mut unread) {
        let name = show(&path);
        let is_packaged = !installed.unread.is_empty() || installed.owner(&path).is_some();
        if is_packaged && !policy.asks_for(&name) {
            passed_over += 1;
        } else {
            artifact.take(world, &path);
        }
    }
    complaints.extend(artifact.unreadable.drain(..).map(anyhow::Error::msg));
    Whole {
        artifact,
        complaints,
        passed_over,
    }
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
