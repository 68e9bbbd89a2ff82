//! This machine, as a process started now would meet it.
//!
//! For our own credentials the operating system resolves paths itself: a lookup is one system call. For other users
//! (`--user`) the permission of every directory on the way counts, so the walk is [`Root`]'s, with `/` as the folder.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use bytes::Bytes;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::host::{self, Mounts, Status};
use crate::machine::Access;
use crate::map::{self, Reading, errno};
use crate::root::Root;
use crate::{
    Credentials, Entry, Errno, FileKind, FileStat, InPieces, Machine, MountFlags, TargetPath,
    World, detect,
};

/// The running machine.
#[derive(Debug)]
pub struct Live {
    machine: Machine,
    /// Judges for somebody else.
    other: Option<Root>,
    mounts: Mounts,
    reading: Reading,
}

impl Live {
    /// This machine with this process's environment, working directory and credentials.
    pub fn new() -> Live {
        Live::with_machine(detect::this_machine())
    }

    /// This machine's files with another environment, working directory, processor or user.
    pub fn with_machine(machine: Machine) -> Live {
        let ours = detect::credentials();
        let other = (!same_user(&ours, &machine.credentials))
            .then(|| Root::of_this_machine(machine.clone()).ok())
            .flatten();
        Live {
            machine,
            other,
            mounts: Mounts::default(),
            reading: Reading::Map,
        }
    }

    /// The same, but big files are copied instead of mapped (see `map.rs` on SIGBUS).
    pub fn copying(mut self) -> Live {
        self.reading = Reading::Copy;
        self
    }

    fn stat(&self, path: &TargetPath, status: Status) -> Result<FileStat, Errno> {
        // Only a magic link whose target is gone could still be a link here.
        let kind = status.kind.ok_or(Errno::ELOOP)?;
        let is_file = kind == FileKind::Regular;
        let mount = if is_file {
            self.mounts.flags(status.mount, path.as_bytes())
        } else {
            MountFlags::default()
        };
        let execute = if kind == FileKind::Directory {
            Access::Search
        } else {
            Access::Execute
        };
        Ok(FileStat {
            id: status.id,
            kind,
            mode: status.mode,
            uid: status.uid,
            gid: status.gid,
            size: status.size,
            readable: self.may(Access::Read, path, &status),
            executable: self.may(execute, path, &status),
            noexec: mount.noexec,
            nosuid: mount.nosuid,
            path: path.clone(),
        })
    }

    fn open_file(file: &FileStat) -> Result<OwnedFd, Errno> {
        match file.kind {
            FileKind::Regular => {}
            FileKind::Directory => return Err(Errno::EISDIR),
            FileKind::Special => return Err(Errno::EINVAL),
        }
        // NONBLOCK: should the path have become a pipe in between, opening it does not hang.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(rustix::fs::open(
            file.path.as_bytes(),
            flags,
            Mode::empty(),
        )?)
    }

    /// What a user owns is told by its bits, and so is everything to user 0. Of other files an access control list may take away
    /// what the bits grant, so the kernel is asked; and where bits do not grant it, since capabilities or a list may.
    fn may(&self, access: Access, path: &TargetPath, status: &Status) -> bool {
        let credentials = &self.machine.credentials;
        let asked = match access {
            Access::Read => rustix::fs::Access::READ_OK,
            Access::Execute | Access::Search => rustix::fs::Access::EXEC_OK,
        };
        let by_bits = credentials.uid == 0 || credentials.uid == status.uid;
        let bits = credentials.class_bits(status.mode, status.uid, status.gid);
        by_bits && bits & access.bit() != 0
            || (access != Access::Execute || status.mode & 0o111 != 0)
                && rustix::fs::accessat(CWD, path.as_bytes(), asked, AtFlags::EACCESS).is_ok()
    }
}

impl Default for Live {
    fn default() -> Live {
        Live::new()
    }
}

fn same_user(a: &Credentials, b: &Credentials) -> bool {
    let sorted = |credentials: &Credentials| {
        let mut groups = credentials.groups.clone();
        groups.push(credentials.gid);
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    a.uid == b.uid && a.gid == b.gid && sorted(a) == sorted(b)
}

impl World for Live {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        if let Some(other) = &self.other {
            return other.lookup(path);
        }
        let status = host::status(CWD, path.as_bytes(), AtFlags::empty())?;
        self.stat(path, status)
    }

    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        map::contents(Live::open_file(file)?.as_fd(), file.size, self.reading)
    }

    fn open(&self, file: &FileStat) -> Result<Result<InPieces, Bytes>, Errno> {
        map::in_pieces(Live::open_file(file)?, file.size, self.reading)
    }

    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        if let Some(other) = &self.other {
            return other.list(directory);
        }
        let entries = std::fs::read_dir(OsStr::from_bytes(directory.as_bytes()));
        let entry = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.map_err(|error| errno(&error))?;
            Ok(Entry {
                kind: entry
                    .file_type()
                    .map_or(Some(FileKind::Special), entry_kind),
                name: entry.file_name().into_vec(),
            })
        };
        entries.map_err(|error| errno(&error))?.map(entry).collect()
    }

    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        if let Some(other) = &self.other {
            return other.canonical(path);
        }
        match std::fs::canonicalize(OsStr::from_bytes(path.as_bytes())) {
            Ok(canonical) => Ok(TargetPath::new(canonical.into_os_string().into_vec())),
            Err(error) => Err(errno(&error)),
        }
    }

    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        if let Some(other) = &self.other {
            return other.read_link(path);
        }
        let text = rustix::fs::readlinkat(CWD, path.as_bytes(), Vec::new())?;
        Ok(TargetPath::new(text.as_bytes()))
    }

    fn capabilities(&self, file: &FileStat) -> bool {
        if file.kind != FileKind::Regular || file.mode & 0o111 == 0 {
            return false;
        }
        let mut attribute = [0; host::CAPABILITY_BYTES_MAX];
        let path = file.path.as_bytes();
        rustix::fs::getxattr(path, host::CAPABILITY_ATTRIBUTE, &mut attribute)
            .is_ok_and(|length| host::grants_capabilities(&attribute[..length]))
    }

    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        // What we may not read ourselves cannot be told of anybody.
        if detect::credentials().uid != 0 {
            return None;
        }
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        let mut other = Live::with_machine(machine);
        other.reading = self.reading;
        Some(Box::new(other))
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }
}

fn entry_kind(file_type: std::fs::FileType) -> Option<FileKind> {
    if file_type.is_symlink() {
        None
    } else if file_type.is_file() {
        Some(FileKind::Regular)
    } else if file_type.is_dir() {
        Some(FileKind::Directory)
    } else {
        Some(FileKind::Special)
    }
}
