//! Whole small systems: what a base image holds, made by debootstrap once.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::{Extent, emptied, home, is_unpacked, mirror, on_path, quietly};

/// Debian's releases, the one that `cargo xtask test` asks first.
const SUITES: [&str; 3] = ["bookworm", "bullseye", "trixie"];

fn suites(extent: Extent) -> &'static [&'static str] {
    match extent {
        Extent::Quick => &SUITES[..1],
        Extent::All => &SUITES,
    }
}

fn name(suite: &str) -> String {
    format!("root-{suite}")
}

/// The names of those that are not here.
pub(super) fn missing(extent: Extent) -> impl Iterator<Item = String> {
    suites(extent)
        .iter()
        .map(|suite| name(suite))
        .filter(|name| !is_unpacked(name))
}

/// Makes what is missing; only root can.
pub(super) fn bring(extent: Extent) -> Result<()> {
    for suite in suites(extent) {
        let name = name(suite);
        if is_unpacked(&name) || !on_path("debootstrap") {
            continue;
        }
        println!("provision: {name} by debootstrap");
        let mut debootstrap = Command::new("debootstrap");
        debootstrap
            .args(["--variant=minbase", suite])
            .arg(emptied(&name)?)
            .arg(mirror()?);
        quietly(&mut debootstrap)?;
        fs::write(
            home().join(&name).join("package"),
            format!("minbase of {suite}\n"),
        )?;
    }
    Ok(())
}
