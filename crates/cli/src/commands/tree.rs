//! `sayso tree FILE`

use sayso_advice::Level;
use sayso_loader::Session;
use sayso_report::{Outcome, json, text};

use crate::arguments::{Common, OutputFormat, Tree};
use crate::{Status, files, judge, machine, output};

pub(crate) fn run(tree: &Tree, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let mut session = Session::new(&*world);
    // A tree is about names; what symbols do is `check`'s and `why`'s. Steps need them to know whether they go well.
    session.detail.symbols = !common.then.is_empty();
    let (path, _) = files::locate(&session, common, &tree.file)?;
    let answer = judge::file(&session, common, &path, Level::Error);
    let text = match common.format {
        OutputFormat::Json => json::tree(&answer),
        _ => text::tree(&answer, &output::style(common)),
    };
    output::print(&text)?;
    Ok(match answer.outcome() {
        Outcome::Loads => Status::Fine,
        Outcome::Fails => Status::Failed,
        Outcome::Unknown => Status::Unknown,
    })
}
