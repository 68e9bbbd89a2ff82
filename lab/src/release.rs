//! The loader releases that `cargo xtask provision` unpacked.

use std::io;
use std::path::{Path, PathBuf};

use sayso_fixture::Libc;

/// A loader of one release, as a folder with the package's files.
#[derive(Debug, Clone)]
pub struct Unpacked {
    /// glibc or musl.
    pub libc: Libc,
    /// Its release.
    pub number: (u16, u16, u16),
    /// `glibc-2.36`
    pub name: String,
    folder: PathBuf,
}

/// (folder's name, release)
const KNOWN: &[(&str, Libc, (u16, u16, u16))] = &[
    ("glibc-2.31", Libc::Glibc, (2, 31, 0)),
    ("glibc-2.36", Libc::Glibc, (2, 36, 0)),
    ("glibc-2.41", Libc::Glibc, (2, 41, 0)),
    ("glibc-2.43", Libc::Glibc, (2, 43, 0)),
    ("musl-1.2.3", Libc::Musl, (1, 2, 3)),
    ("musl-1.2.5", Libc::Musl, (1, 2, 5)),
    ("musl-1.2.6", Libc::Musl, (1, 2, 6)),
];

/// The files of glibc that programs of the lab may need.
const GLIBC: &[&str] = &[
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

/// How many releases there should be.
pub fn known() -> usize {
    KNOWN.len()
}

/// Every release that is here.
pub fn provisioned() -> Vec<Unpacked> {
    let home = crate::workspace().join("target/provision");
    KNOWN
        .iter()
        .map(|&(name, libc, number)| Unpacked {
            libc,
            number,
            name: name.into(),
            folder: home.join(name),
        })
        .filter(|release| release.folder.join("package").exists())
        .collect()
}

/// Packages of later Debian releases have all files below `usr`.
fn find(folder: &Path, path: &str) -> io::Result<PathBuf> {
    let plain = folder.join(path);
    let merged = folder.join("usr").join(path);
    std::fs::canonicalize(&plain).or_else(|_| std::fs::canonicalize(merged))
}

/// The lab's worlds never write to these files, so a second name saves copying megabytes for each.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(drop))
}

impl Unpacked {
    /// Puts the loader and its libraries below a folder, at Debian's paths (before the merge of `/usr`, so that every default
    /// directory is a place of its own).
    ///
    /// # Errors
    /// What the file system says.
    pub fn place(&self, root: &Path) -> io::Result<()> {
        match self.libc {
            Libc::Glibc => {
                let at = "lib/x86_64-linux-gnu";
                let loader = find(&self.folder, &format!("{at}/ld-linux-x86-64.so.2"))?;
                link(&loader, &root.join("lib64/ld-linux-x86-64.so.2"))?;
                for name in GLIBC {
                    let path = format!("{at}/{name}");
                    link(&find(&self.folder, &path)?, &root.join(&path))?;
                }
                std::fs::create_dir_all(root.join("usr").join(at))
            }
            Libc::Musl => {
                let loader = find(&self.folder, "lib/x86_64-linux-musl/libc.so")?;
                link(&loader, &root.join("lib/ld-musl-x86_64.so.1"))
            }
        }
    }
}
