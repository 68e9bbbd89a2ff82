//! Which contents are kept in memory: those that a loader, `execve` or sayso's own commands look at.

use bytes::Bytes;
use sayso_facts::Magic;

use crate::limits::HEAD_BYTES;
use crate::pieces;

/// What a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// `\x7fELF`
    Elf,
    /// `#!`
    Script,
    /// Something else.
    Other(Magic),
}

impl Head {
    /// From the first bytes of a file: all of them, or [`HEAD_BYTES`].
    pub fn detect(head: &[u8]) -> Head {
        if head.starts_with(b"\x7fELF") {
            Head::Elf
        } else if head.starts_with(b"#!") {
            Head::Script
        } else {
            Head::Other(Magic::detect(head))
        }
    }
}

/// How much of a file is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// All of it.
    Whole,
    /// Of an ELF file, what a loader and sayso look at: without debugging data and code, in whose place zeros are read.
    Loaded,
    /// The first [`HEAD_BYTES`] of it: enough to see that no loader takes it.
    Head,
    /// Nothing.
    Nothing,
}

/// Contents of a regular file.
#[derive(Debug, Clone)]
pub(crate) enum Held {
    Whole(Bytes),
    Head(Bytes),
    /// Of so many bytes, these with their offsets.
    Loaded(u64, Vec<(u64, Bytes)>),
    /// So far only what tells where the tables of a big ELF file lie.
    Looked(Looked),
}

/// An ELF file that is to be looked at a second time.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    /// Its first byte in the inflated layer.
    pub(crate) at: u64,
    pub(crate) size: u64,
    pub(crate) pieces: Vec<(u64, Bytes)>,
}

impl Looked {
    /// Its first bytes.
    pub(crate) fn head(&self) -> Bytes {
        let first = self.pieces.first().map(|(_, bytes)| bytes.clone());
        first.unwrap_or_default()
    }
}

impl Held {
    pub(crate) fn holding(&self) -> Holding {
        match self {
            Held::Whole(_) => Holding::Whole,
            Held::Head(_) | Held::Looked(_) => Holding::Head,
            Held::Loaded(..) => Holding::Loaded,
        }
    }
    /// What there is; zeros stand for what lies between the pieces.
    pub(crate) fn bytes(&self) -> Bytes {
        match self {
            Held::Whole(bytes) | Held::Head(bytes) => bytes.clone(),
            Held::Loaded(size, pieces) => pieces::laid_out(pieces, *size),
            Held::Looked(looked) => looked.head(),
        }
    }
}

/// How much of a file is wanted, by its path (components joined by slashes, none in front), mode, size and beginning.
pub(crate) fn wanted(path: &[u8], mode: u32, size: u64, head: Head) -> Holding {
    if size <= HEAD_BYTES as u64 && reached(path, mode) {
        return Holding::Whole;
    }
    match head {
        Head::Elf | Head::Other(Magic::Pe | Magic::MachO) => Holding::Whole,
        Head::Script if size <= SCRIPT_BYTES => Holding::Whole,
        _ if is_configuration(path, size) || is_package_database(path) => Holding::Whole,
        Head::Script => Holding::Head,
        Head::Other(_) if reached(path, mode) => Holding::Head,
        Head::Other(_) => Holding::Nothing,
    }
}

/// Scripts bigger than this carry a payload; only their first line matters.
const SCRIPT_BYTES: u64 = 1 << 20;
/// Configuration files bigger than this are none that a loader reads.
const CONFIGURATION_BYTES: u64 = 16 << 20;

/// A loader or `execve` may well be pointed at it.
fn reached(path: &[u8], mode: u32) -> bool {
    let name = name(path);
    mode & 0o111 != 0 || name.ends_with(b".so") || name.windows(4).any(|part| part == b".so.")
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

fn is_configuration(path: &[u8], size: u64) -> bool {
    let name = name(path);
    let musl = name.starts_with(b"ld-musl-") && name.ends_with(b".path");
    size <= CONFIGURATION_BYTES
        && (matches!(
            path,
            b"etc/ld.so.cache"
                | b"etc/ld.so.preload"
                | b"etc/passwd"
                | b"etc/group"
                | b"etc/os-release"
                | b"usr/lib/os-release"
                | b"etc/alpine-release"
                | b"etc/debian_version"
                | b"etc/apk/arch"
                | b".PKGINFO"
        ) || musl
            // Whatever ld.so.conf includes.
            || name.ends_with(b".conf")
            || name == b"pyvenv.cfg")
}

fn is_package_database(path: &[u8]) -> bool {
    let (name, starts) = (name(path), |prefix: &[u8]| path.starts_with(prefix));
    let extension = |end: &[u8]| name.ends_with(end);
    matches!(
        path,
        b"var/lib/dpkg/status" | b"lib/apk/db/installed" | b"usr/lib/apk/db/installed"
    ) || starts(b"var/lib/dpkg/status.d/")
        || (starts(b"var/lib/dpkg/info/") && (extension(b".list") || extension(b".md5sums")))
        || ((starts(b"var/lib/rpm/")
            || starts(b"usr/lib/sysimage/rpm/")
            || starts(b"usr/share/rpm/"))
            && (matches!(name, b"Packages" | b"Packages.db") || name.starts_with(b"rpmdb.sqlite")))
}
