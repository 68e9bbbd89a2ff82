//! `sayso man [FOLDER]`: manual pages from the same definitions as the help.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::Status;
use crate::arguments::Cli;

pub(crate) fn run(folder: Option<&Path>) -> anyhow::Result<Status> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        crate::output::print(&String::from_utf8(page)?)?;
        return Ok(Status::Fine);
    };
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("cannot write manual pages to {}", folder.display()))?;
    Ok(Status::Fine)
}
