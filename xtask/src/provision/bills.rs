//! The official schemas of bills of materials, as validators of the Python index carry them.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::{emptied, is_unpacked, quietly};

const FOLDER: &str = "sbom-validators";
const PACKAGES: [&str; 2] = ["cyclonedx-python-lib[json-validation]", "spdx-tools"];

/// Brings them if they are not here.
pub(super) fn bring() -> Result<()> {
    if is_unpacked(FOLDER) {
        return Ok(());
    }
    println!("provision: {}", PACKAGES.join(", "));
    let to = emptied(FOLDER)?;
    quietly(Command::new("python3").args(["-m", "venv"]).arg(&to))?;
    quietly(
        Command::new(to.join("bin/pip"))
            .args(["install", "-q"])
            .args(PACKAGES),
    )?;
    fs::write(to.join("package"), PACKAGES.join("\n") + "\n")?;
    Ok(())
}

/// Its name, if it is not here.
pub(super) fn missing() -> Option<String> {
    (!is_unpacked(FOLDER)).then(|| FOLDER.to_owned())
}
