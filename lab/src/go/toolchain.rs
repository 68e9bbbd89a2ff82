//! The Go toolchains that `cargo xtask provision` unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::home;

/// A toolchain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Toolchain {
    /// As numbers, to be sorted by: 1.22.10 is (1, 22, 10).
    pub number: (u32, u32, u32),
    /// `1.22.10`
    pub release: String,
    program: PathBuf,
}

/// Releases that a case is asked of when it does not say which: one for each minor release.
pub const EVERY: &[&str] = &[
    "1.19.8", "1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3",
];

/// `1.22.10` as numbers.
pub fn number(release: &str) -> Option<(u32, u32, u32)> {
    let mut parts = release.split('.').map(str::parse);
    let mut next = || parts.next()?.ok();
    Some((next()?, next()?, next()?))
}

/// Every toolchain that is here, oldest first.
pub fn provisioned() -> Vec<Toolchain> {
    let folder = crate::workspace().join("target/provision/go");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<Toolchain> = entries
        .filter_map(|entry| {
            let release = entry.file_name().into_string().ok()?;
            let number = number(&release)?;
            let folder = entry.path();
            // Debian's packages keep the folders of the system that they are meant for.
            let debian = format!("usr/lib/go-{}.{}/bin/go", number.0, number.1);
            let program = [folder.join("go/bin/go"), folder.join(debian)]
                .into_iter()
                .find(|program| program.exists())?;
            folder.join("package").exists().then_some(Toolchain {
                number,
                release,
                program,
            })
        })
        .collect();
    found.sort();
    found
}

/// One release, if it is here.
pub fn find(release: &str) -> Option<Toolchain> {
    provisioned()
        .into_iter()
        .find(|toolchain| toolchain.release == release)
}

impl Toolchain {
    /// The `go` command's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// `go`, in the lab's environment.
    pub fn command(&self) -> Command {
        self.environment(Command::new(&self.program))
    }

    /// A command with nothing of the user's Go settings: caches and modules are the lab's own, and nothing is downloaded.
    pub fn environment(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GO") || text.starts_with("CGO_") || text == "CC" {
                command.env_remove(&name);
            }
        }
        let home = home();
        command
            .env("HOME", home.join("user"))
            .env("GOENV", "off")
            .env("GOTOOLCHAIN", "local")
            .env("GOTELEMETRY", "off")
            .env("GOCACHE", home.join("cache"))
            .env("GOPATH", home.join("path"))
            .env("GOMODCACHE", home.join("modules"))
            .env(
                "GOPROXY",
                format!("file://{}", home.join("proxy").display()),
            )
            .env("GOSUMDB", "off")
            // The working copy around the lab's folder is no part of what is built.
            .env("GOFLAGS", "-mod=mod -buildvcs=false");
        command
    }
}
