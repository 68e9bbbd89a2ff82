//! `sayso --completions SHELL`

use clap::CommandFactory;

use crate::Status;
use crate::arguments::Cli;

pub(crate) fn run(shell: clap_complete::Shell) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sayso", &mut script);
    crate::output::print(&String::from_utf8(script)?)?;
    Ok(Status::Fine)
}
