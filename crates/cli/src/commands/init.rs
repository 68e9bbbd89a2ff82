//! `sayso init [FILES…]`: a starting policy from what the artifacts are today.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use anyhow::{Context, bail};
use clap::Args;
use sayso_advice::policy::{Policy, starting_policy};
use sayso_advice::show;
use sayso_loader::Session;

use super::gate;
use crate::arguments::Common;
use crate::{Status, machine, output, policy};

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Artifacts that the policy shall fit: programs, libraries, folders, archives, packages, wheels
    pub(crate) files: Vec<OsString>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = policy::FILE)]
    pub(crate) output: OsString,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

pub(crate) fn run(arguments: &InitArguments, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let (artifacts, complaints) = gate::gather(&session, common, &arguments.files);
    for why in &complaints {
        output::complain(why);
    }
    if !complaints.is_empty() {
        return Ok(Status::Misused);
    }
    let seen = starting_policy(&gate::shipped(&artifacts, None));
    // What is written is a policy, and one that the artifacts keep to.
    let policy =
        Policy::read(&seen.text).context("a policy that cannot be read back was not written")?;
    let broken = gate::judge(&policy, &artifacts, None).broken;
    if let Some(broken) = broken.first() {
        bail!("nothing was written: {}", broken.finding.message);
    }
    if arguments.output == "-" {
        output::print(&seen.text)?;
        return Ok(Status::Fine);
    }
    let shown = show(arguments.output.as_bytes());
    let mut options = OpenOptions::new();
    options.write(true);
    if arguments.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(&arguments.output) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => bail!(
            "{shown} is there already: look at a new one with `sayso init --output - …`, or write over it with --force"
        ),
        other => other.with_context(|| format!("cannot write {shown}"))?,
    };
    file.write_all(seen.text.as_bytes())
        .with_context(|| format!("cannot write {shown}"))?;
    output::print(&format!(
        "{shown}: written from {} artifact{} ({} objects)\n\n{}",
        seen.artifacts,
        if seen.artifacts == 1 { "" } else { "s" },
        seen.objects,
        seen.text
    ))?;
    Ok(Status::Fine)
}
