//! `--source DIR`: the one place where a tool is run. `go list` reads sources and prints who imports whom; it builds and runs nothing.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use anyhow::Context;
use sayso_advice::go::{imports, repair};
use sayso_advice::show;
use sayso_report::go::GoAnswer;

use crate::output;

/// Asks `go list` for the imports of each plugin whose packages differ, and notes the roots.
pub(super) fn find_roots(folder: &OsString, answer: &mut GoAnswer) -> anyhow::Result<()> {
    let shown = show(folder.as_bytes());
    anyhow::ensure!(
        std::path::Path::new(folder).is_dir(),
        "--source {shown} is no folder"
    );
    let tags = answer.side.tags().join(",");
    for plugin in &mut answer.plugins {
        let Some(judgement) = plugin
            .judgement
            .as_ref()
            .filter(|judgement| !judgement.told.differing.is_empty())
        else {
            continue;
        };
        let package = judgement
            .side
            .as_ref()
            .map_or_else(|| ".".to_owned(), repair::package_of);
        let mut command = Command::new("go");
        command.current_dir(folder).args(imports::LIST_ARGUMENTS);
        if !tags.is_empty() {
            command.arg(format!("-tags={tags}"));
        }
        let listed = match command.arg(&package).output() {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                output::hint("--source: no go command is in PATH, so the roots stay unknown");
                return Ok(());
            }
            Err(error) => return Err(error).context("--source: go list could not be started"),
        };
        let imports = imports::read(&String::from_utf8_lossy(&listed.stdout));
        if !listed.status.success() || imports.is_empty() {
            let complaint = String::from_utf8_lossy(&listed.stderr);
            output::hint(&format!(
                "--source {shown}: go list failed: {}",
                complaint.lines().next().unwrap_or("no package")
            ));
            continue;
        }
        let differing: Vec<String> = judgement
            .told
            .differing
            .iter()
            .map(|differing| differing.package.clone())
            .collect();
        plugin.roots = Some(
            imports::roots(&differing, &imports)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        );
    }
    Ok(())
}
