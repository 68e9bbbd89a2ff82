//! `sayso go gomod --host HOST go.mod`

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use sayso_advice::go::gomod;
use sayso_advice::show;
use sayso_edit::write;
use sayso_loader::Session;
use sayso_report::style::Paint;

use crate::arguments::Common;
use crate::{Status, machine, output};

/// A go.mod is a page of text: what is larger is something else.
const SIZE_MAX: u64 = 4 << 20;

#[derive(Debug, Args)]
pub(crate) struct Gomod {
    /// The program that is to open the plugin
    #[arg(long, value_name = "HOST")]
    host: OsString,
    /// The plugin's go.mod
    #[arg(value_name = "go.mod")]
    file: OsString,
    /// Write the change; without it, it is only shown
    #[arg(long)]
    write: bool,
}

pub(super) fn run(gomod: &Gomod, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let side = super::side(&session, common, &gomod.host)?;
    let shown = show(gomod.file.as_bytes());
    let path = Path::new(&gomod.file);
    let size = std::fs::metadata(path)
        .with_context(|| format!("cannot read {shown}"))?
        .len();
    anyhow::ensure!(size <= SIZE_MAX, "{shown} is too large for a go.mod");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let rewritten = gomod::rewrite(&text, &side);
    let style = output::style(common);
    let mut answer = String::new();
    for line in rewritten.diff(&shown).lines() {
        let paint = match line.as_bytes().first() {
            Some(b'+') if !line.starts_with("+++") => Paint::Good,
            Some(b'-') if !line.starts_with("---") => Paint::Bad,
            _ => Paint::Dim,
        };
        answer.push_str(&style.paint(paint, line));
        answer.push('\n');
    }
    for remark in &rewritten.remarks {
        answer.push_str(&style.entry("note", 0, 6, remark));
    }
    if !rewritten.is_changed() {
        let host = show(gomod.host.as_bytes());
        answer.extend([
            &shown,
            " requires what ",
            &host,
            " was built with: nothing to change\n",
        ]);
        output::print(&answer)?;
        return Ok(Status::Fine);
    }
    output::print(&answer)?;
    if gomod.write {
        write::replace(
            path,
            rewritten.text().as_bytes(),
            &write::Options::default(),
        )
        .with_context(|| format!("{shown} is unchanged"))?;
        output::hint(&format!(
            "{shown} is changed; `go mod tidy` brings go.sum up to date (look whether it raises a version again)"
        ));
    } else {
        output::hint("nothing is written yet: add --write");
    }
    Ok(Status::Fine)
}
