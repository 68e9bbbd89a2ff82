//! What a machine shows its loader: files, environment, configuration, processor, credentials.
//!
//! [`World`] is the only door to a file system in the whole of sayso. Everything it is asked for is the *target's* view:
//! target paths, target credentials, links resolved inside the target's root.

#![deny(unsafe_code)]

mod acl;
pub mod config;
pub mod detect;
mod errno;
pub mod hash;
mod host;
pub mod identify;
pub mod limits;
pub mod live;
mod machine;
mod map;
pub mod memory;
pub mod overlay;
mod path;
pub mod resolve;
pub mod root;
pub mod snapshot;
pub mod users;

pub use errno::Errno;
pub use host::grants_capabilities;
pub use machine::{Access, Architecture, Cpu, Credentials, LegacyPlatform, Machine};
pub use map::InPieces;
pub use path::TargetPath;

use bytes::Bytes;

/// Identity of a file as the loader compares it (`st_dev`, `st_ino`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
}

/// What kind of file a path reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A device, socket or pipe.
    Special,
}

/// What `stat` (links followed) tells about a file, as far as a loader or the kernel cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// Identity.
    pub id: FileId,
    /// Regular file, directory, or something else.
    pub kind: FileKind,
    /// Permission bits with set-uid (0o4000) and set-gid (0o2000).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes.
    pub size: u64,
    /// The machine's credentials may open it for reading.
    pub readable: bool,
    /// The machine's credentials may execute it.
    pub executable: bool,
    /// It lies on a mount with `noexec`.
    pub noexec: bool,
    /// It lies on a mount with `nosuid`.
    pub nosuid: bool,
    /// The path to hand back to [`World::read`].
    pub path: TargetPath,
}

/// The flags of a mount that a loader or the kernel's `execve` cares about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MountFlags {
    /// `noexec`: neither `execve` nor an executable mapping.
    pub noexec: bool,
    /// `nosuid`: set-uid bits and file capabilities do nothing.
    pub nosuid: bool,
}

/// Digests of all of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256
    pub sha256: [u8; 32],
    /// SHA-1, which SPDX demands and apk records.
    pub sha1: [u8; 20],
}

/// One directory entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: Vec<u8>,
    /// Its own kind, links not followed; `None` for a symbolic link.
    pub kind: Option<FileKind>,
}

/// A machine as its loader meets it.
pub trait World: Sync {
    /// `stat` with links followed. The path must be absolute (the caller joins relative ones to the working directory).
    /// A file that the machine's credentials may not read is still found (`readable` is false); a directory that they may not
    /// search is `Errno::EACCES`.
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno>;
    /// The bytes of a file that [`World::lookup`] found, whether or not the machine's user may read it (the kernel starts
    /// programs that nobody may read). `Errno::EACCES` if sayso itself may not.
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno>;
    /// The same file, to be read in pieces, for who wants little of it. `Ok(Err(bytes))`: here it comes whole.
    fn open(&self, file: &FileStat) -> Result<Result<InPieces, Bytes>, Errno> {
        self.read(file).map(Err)
    }
    /// The entries of a directory, unsorted.
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno>;
    /// The canonical path behind a path: every symbolic link resolved, inside the world.
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno>;
    /// The target of a symbolic link itself; `Errno::EINVAL` if it is none.
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno>;
    /// The file carries a `security.capability` attribute with a permitted or inheritable set. Asked apart from
    /// [`World::lookup`] because it costs a system call of its own and only matters for a program that is started.
    fn capabilities(&self, file: &FileStat) -> bool;
    /// The same machine as somebody else meets it: what a program with set-user-ID rights may read. `None`: it is not known.
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let _ = credentials;
        None
    }
    /// The SHA-256 of a file's bytes where it is known without reading them (and where the bytes are not all there to be read).
    fn sha256(&self, file: &FileStat) -> Option<[u8; 32]> {
        self.digests(file).map(|digests| digests.sha256)
    }
    /// The digests of a file's bytes, as far as [`World::sha256`].
    fn digests(&self, file: &FileStat) -> Option<Digests> {
        let _ = file;
        None
    }
    /// A world that knows only part of its files gives a view of itself for one question, which keeps a list of what it was asked and
    /// does not know. `None`: what this world does not find is not there.
    fn partial(&self) -> Option<Box<dyn Partial + '_>> {
        None
    }
    /// Everything that is not a file.
    fn machine(&self) -> &Machine;
}

/// A view of a world of which only a part is known ([`World::partial`]).
pub trait Partial: World {
    /// Every path that was asked for and is not known, sorted. An answer that is made in spite of them may be wrong.
    fn asked_in_vain(&self) -> Vec<TargetPath>;
}

/// A world by reference, or in a box, is that world.
macro_rules! world_behind {
    ($pointer:ty) => {
        impl<W: World + ?Sized> World for $pointer {
            fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
                (**self).lookup(path)
            }
            fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
                (**self).read(file)
            }
            fn open(&self, file: &FileStat) -> Result<Result<InPieces, Bytes>, Errno> {
                (**self).open(file)
            }
            fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
                (**self).list(directory)
            }
            fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
                (**self).canonical(path)
            }
            fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
                (**self).read_link(path)
            }
            fn capabilities(&self, file: &FileStat) -> bool {
                (**self).capabilities(file)
            }
            fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
                (**self).as_user(credentials)
            }
            fn sha256(&self, file: &FileStat) -> Option<[u8; 32]> {
                (**self).sha256(file)
            }
            fn digests(&self, file: &FileStat) -> Option<Digests> {
                (**self).digests(file)
            }
            fn partial(&self) -> Option<Box<dyn Partial + '_>> {
                (**self).partial()
            }
            fn machine(&self) -> &Machine {
                (**self).machine()
            }
        }
    };
}
world_behind!(&W);
world_behind!(Box<W>);
