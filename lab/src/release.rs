//! The loader releases that `cargo xtask provision` unpacked.

use std::io;
use std::path::{Path, PathBuf};

use sayso_fixture::{Fixture, Libc};
use sayso_world::memory::Memory;

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
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

/// (target, link): where programs name the loader, and where Debian keeps it.
const LOADER_LINK: (&str, &str) = (
    "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "/lib64/ld-linux-x86-64.so.2",
);

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

/// (path in the package, path in the world)
type Placed = (String, String);

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
    /// The loader and its libraries, at Debian's paths (before the merge of `/usr`, so that every default directory is a place
    /// of its own).
    fn files(&self) -> Vec<Placed> {
        match self.libc {
            Libc::Glibc => {
                let at = |name: &&str| format!("lib/x86_64-linux-gnu/{name}");
                GLIBC.iter().map(|name| (at(name), at(name))).collect()
            }
            Libc::Musl => vec![(
                "lib/x86_64-linux-musl/libc.so".into(),
                "lib/ld-musl-x86_64.so.1".into(),
            )],
        }
    }

    /// Puts the loader and its libraries below a folder.
    ///
    /// # Errors
    /// What the file system says.
    pub fn place(&self, root: &Path) -> io::Result<()> {
        for (from, to) in self.files() {
            link(&find(&self.folder, &from)?, &root.join(to))?;
        }
        if self.libc == Libc::Glibc {
            std::fs::create_dir_all(root.join("usr/lib/x86_64-linux-gnu"))?;
            std::fs::create_dir_all(root.join("lib64"))?;
            let (target, link) = LOADER_LINK;
            std::os::unix::fs::symlink(target, root.join(&link[1..]))?;
        }
        Ok(())
    }

    /// The world in memory with the same files instead of the fixture's stand-ins.
    ///
    /// # Errors
    /// What the file system says.
    pub fn memory(&self, fixture: &Fixture) -> io::Result<Memory> {
        let mut memory = fixture.memory();
        memory.directory("/proc");
        if self.libc == Libc::Glibc {
            memory.directory("/usr/lib/x86_64-linux-gnu");
            let (target, link) = LOADER_LINK;
            if !fixture
                .files
                .iter()
                .any(|file| file.path == link.as_bytes())
            {
                memory.symlink(link, target);
            }
        }
        for (from, to) in self.files() {
            let path = format!("/{to}");
            let is_the_worlds = fixture
                .files
                .iter()
                .any(|file| file.path == path.as_bytes());
            if !is_the_worlds {
                memory.program(path, std::fs::read(find(&self.folder, &from)?)?);
            }
        }
        Ok(memory)
    }
}
