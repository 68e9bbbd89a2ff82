//! `sayso why FILE NAME`

use std::os::unix::ffi::OsStrExt;

use sayso_advice::Level;
use sayso_loader::Session;
use sayso_report::{json, text};

use crate::arguments::{Common, OutputFormat, Why};
use crate::{Status, files, judge, machine, output};

pub(crate) fn run(why: &Why, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let mut session = Session::new(&*world);
    session.detail.bindings = true;
    let (path, _) = files::locate(&session, common, &why.file)?;
    let answer = judge::file(&session, common, &path, Level::Error);
    let name = why.name.as_bytes();
    let (wanted, text) = text::why(&answer, name, &output::style(common));
    output::print(&match common.format {
        OutputFormat::Json => json::why(&answer, name, wanted),
        _ => text,
    })?;
    Ok(match wanted {
        text::Wanted::Nothing => Status::Failed,
        _ => Status::Fine,
    })
}
