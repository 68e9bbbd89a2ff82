//! `sayso go HOST PLUGIN…`, `sayso go init`, `sayso go gomod`

mod contract;
mod gomod;
mod init;
mod open;
mod source;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use anyhow::Context;
use clap::{Args, Subcommand};
use sayso_advice::go::Side;
use sayso_advice::{show, what_it_is};
use sayso_facts::go::{Mode, Program};
use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::{FileKind, TargetPath};

use crate::Status;
use crate::arguments::{Common, FailOn};
use crate::files;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = HELP)]
pub(crate) struct Go {
    #[command(subcommand)]
    pub(crate) command: Option<GoCommand>,
    /// The program that opens the plugins
    #[arg(required = true)]
    pub(crate) host: Option<OsString>,
    /// Plugins, in the order in which the host opens them (an earlier one, also a failed one, changes what later ones meet)
    #[arg(required = true, value_name = "PLUGIN")]
    pub(crate) plugins: Vec<OsString>,
    /// Look NAME up in each plugin, and assert that it is of a Go type, as in 'Run:func(string) error' (may be repeated)
    #[arg(long, value_name = "NAME[:TYPE]")]
    pub(crate) lookup: Vec<OsString>,
    /// Names and Go types that the host expects of every plugin (sayso.toml, table [go.symbols])
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: Option<OsString>,
    /// The plugin's module: its imports show which differing packages are the roots. Runs `go list` there, and nothing of the host or the plugin
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<OsString>,
    /// Judge each plugin as the only one of its process
    #[arg(long)]
    pub(crate) alone: bool,
    /// Lowest level of a finding that makes the exit status 1
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::Error)]
    pub(crate) fail_on: FailOn,
}

const HELP: &str = "\
Exit status:
  0  every plugin opens, every look-up holds, and no finding reaches --fail-on
  1  a plugin will not open, a look-up fails, or a finding reaches --fail-on
  2  the command was misused, or the host cannot be read
  3  the answer is unknown, for a reason that is named";

#[derive(Debug, Subcommand)]
pub(crate) enum GoCommand {
    /// Write the skeleton of a plugin that fits a host: go.mod, main.go, Makefile, Containerfile, README.md
    Init(init::Init),
    /// Bring the requirements of a plugin's go.mod to the versions that its host was built with
    Gomod(gomod::Gomod),
}

pub(crate) fn run(go: &Go, common: &Common) -> anyhow::Result<Status> {
    match &go.command {
        Some(GoCommand::Init(init)) => init::run(init, common),
        Some(GoCommand::Gomod(gomod)) => gomod::run(gomod, common),
        None => open::run(go, common),
    }
}

/// The host named on the command line: its path in the world, and its Go side.
fn host(
    session: &Session<'_>,
    common: &Common,
    name: &OsString,
) -> anyhow::Result<(TargetPath, Program)> {
    let (path, _) = files::locate(session, common, name)?;
    let shown = show(name.as_bytes());
    let absolute = path.join_to(&session.world().machine().working_directory);
    let stat = session
        .lookup(&absolute)
        .map_err(|errno| anyhow::anyhow!("cannot read {shown}: {}", errno.glibc_text()))?;
    if stat.kind == FileKind::Directory {
        anyhow::bail!(
            "{shown} is a folder: name the host, which is a Go program, and then its plugins"
        );
    }
    let opened = session.open(&stat);
    let image = match &*opened {
        Opened::Image(image) => image,
        Opened::NotElf(bytes) => anyhow::bail!(
            "{shown} is {}, no ELF program: only Go programs for Linux are compared with their plugins so far",
            what_it_is(bytes)
        ),
        Opened::Unreadable(errno) => anyhow::bail!("cannot read {shown}: {}", errno.glibc_text()),
    };
    let program = Program::of(image)
        .with_context(|| format!("{shown} is no Go program: there is no Go runtime in it"))?;
    anyhow::ensure!(
        program.mode == Mode::Executable,
        "{shown} is a library or a plugin, no program: the host comes first, and then its plugins"
    );
    Ok((path, program))
}

/// The host's side, for commands that build something for it.
fn side(session: &Session<'_>, common: &Common, name: &OsString) -> anyhow::Result<Side> {
    let (_, program) = host(session, common, name)?;
    let side = Side::of(&program);
    anyhow::ensure!(
        side.info.is_some(),
        "{} holds no build info (it was built before Go 1.18, or without modules): what it was built with cannot be told",
        show(name.as_bytes())
    );
    Ok(side)
}
