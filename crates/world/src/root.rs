//! A folder as a machine's root (`--root DIR`).
//!
//! Nothing outside the folder is ever opened or looked at. Two things see to that:
//!
//! - the walk is ours (`resolve.rs`): an absolute link leads to the folder, `..` stops at it;
//! - the kernel is only ever given one name below a directory handle, not following links, or a canonical path below the
//!   folder's handle with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`. So even somebody who exchanges a directory for a link
//!   between two of our steps gains an error, not a look outside.
//!
//! What a name is gets asked once and kept: a loader asks for the same few directories thousands of times.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags};
use rustix::io::Errno as HostErrno;

use crate::acl;
use crate::host::{self, Mounts, Status};
use crate::limits::{ACL_BYTES_MAX, DIRECTORIES_OPEN_MAX};
use crate::machine::Access;
use crate::map::{self, Reading};
use crate::resolve::{Child, Last, Resolved, Tree, resolve};
use crate::{
    Credentials, Entry, Errno, FileKind, FileStat, InPieces, Machine, MountFlags, TargetPath, World,
};

/// A folder that is a machine's root, with that machine.
///
/// What our own process may not look at (a directory without search permission for us) is `Errno::EACCES` even if the
/// machine's user might.
#[derive(Debug)]
pub struct Root {
    machine: Machine,
    folder: OwnedFd,
    top: Arc<Inode>,
    /// Directory handles that are kept.
    kept: AtomicUsize,
    reading: Reading,
    /// Only where the folder is `/` itself, and the machine this one.
    mounts: Option<Mounts>,
}

/// A file or directory met on a walk.
#[derive(Debug)]
pub struct Inode {
    status: Status,
    /// Its access control list, once somebody asked for whom it could matter; empty without one.
    acl: OnceLock<Box<[u8]>>,
    /// Of a directory: its handle, if kept.
    handle: OnceLock<OwnedFd>,
    /// Of a directory: what names in it were asked for, and what they were. `None`: no such file.
    names: Mutex<HashMap<Box<[u8]>, Named>>,
}

/// What a name in a directory was when it was asked for.
type Named = Option<Child<Arc<Inode>>>;

impl Inode {
    fn new(status: Status) -> Arc<Inode> {
        Arc::new(Inode {
            status,
            acl: OnceLock::new(),
            handle: OnceLock::new(),
            names: Mutex::new(HashMap::new()),
        })
    }
}

impl Root {
    /// Takes a folder (a path on *this* machine, links followed) as the root of `machine`.
    ///
    /// # Errors
    /// What the operating system says if the folder cannot be opened; `ENOTDIR` if it is a file.
    pub fn open(folder: &[u8], machine: Machine) -> Result<Root, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder, flags, Mode::empty())?;
        let status = host::status(&folder, b"", AtFlags::EMPTY_PATH)?;
        Ok(Root {
            machine,
            folder,
            top: Inode::new(status),
            kept: AtomicUsize::new(0),
            reading: Reading::Map,
            mounts: None,
        })
    }

    /// The same, but big files are copied instead of mapped (see `map.rs` on SIGBUS).
    pub fn copying(mut self) -> Root {
        self.reading = Reading::Copy;
        self
    }

    /// `/` of this machine, walked for another user than ours.
    pub(crate) fn of_this_machine(machine: Machine) -> Result<Root, Errno> {
        let mut root = Root::open(b"/", machine)?;
        root.mounts = Some(Mounts::default());
        Ok(root)
    }

    /// The machine, to be changed. What was looked up already stays as it was on disk; permissions are judged anew.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// The same folder for somebody else. What was looked up is shared; `None` if there are no file handles left.
    pub fn with_credentials(&self, credentials: &Credentials) -> Option<Root> {
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        Some(Root {
            machine,
            folder: self.folder.try_clone().ok()?,
            top: Arc::clone(&self.top),
            // Handles are kept by the inodes, which both share.
            kept: AtomicUsize::new(DIRECTORIES_OPEN_MAX),
            reading: self.reading,
            mounts: self.mounts.as_ref().map(|_| Mounts::default()),
        })
    }

    fn resolve(&self, path: &TargetPath, last: Last) -> Result<Resolved<Arc<Inode>>, Errno> {
        resolve(self, path.as_bytes(), last)
    }

    fn found(&self, path: &TargetPath) -> Result<(Arc<Inode>, Vec<u8>), Errno> {
        let resolved = self.resolve(path, Last::Follow)?;
        match resolved.end {
            Child::Directory(inode) | Child::File(inode) => Ok((inode, resolved.path)),
            Child::Link(_) => Err(Errno::ELOOP),
        }
    }

    /// Opens a canonical path below the folder without following any link.
    fn open_beneath(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        let relative = path.strip_prefix(b"/").unwrap_or(path);
        let relative = if relative.is_empty() { b"." } else { relative };
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&self.folder, relative, flags, Mode::empty(), resolve) {
            // No such call before Linux 5.6; older container sandboxes answer EPERM.
            Err(HostErrno::NOSYS | HostErrno::PERM) => self.open_stepwise(relative, flags),
            other => Ok(other?),
        }
    }

    fn open_file(&self, file: &FileStat) -> Result<OwnedFd, Errno> {
        match file.kind {
            FileKind::Regular => {}
            FileKind::Directory => return Err(Errno::EISDIR),
            FileKind::Special => return Err(Errno::EINVAL),
        }
        // NONBLOCK: should the path have become a pipe in between, opening it does not hang.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        self.open_beneath(file.path.as_bytes(), flags)
    }

    /// The same by one `openat` a component, none of which may be a link.
    fn open_stepwise(&self, relative: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut held: Option<OwnedFd> = None;
        let mut components = relative.split(|&b| b == b'/').peekable();
        while let Some(component) = components.next() {
            let at = held.as_ref().map_or(self.folder.as_fd(), AsFd::as_fd);
            let flags = if components.peek().is_some() {
                step
            } else {
                flags
            };
            held = Some(rustix::fs::openat(at, component, flags, Mode::empty())?);
        }
        held.ok_or(Errno::ENOENT)
    }

    /// Calls with the handle of a directory, which is opened if need be and kept if there are not too many already.
    fn with_handle<R>(
        &self,
        directory: &Inode,
        path: &[u8],
        call: impl FnOnce(BorrowedFd<'_>) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        if path.is_empty() {
            return call(self.folder.as_fd());
        }
        if let Some(handle) = directory.handle.get() {
            return call(handle.as_fd());
        }
        let opened = self.open_beneath(path, OFlags::PATH | OFlags::DIRECTORY)?;
        if self.kept.load(Ordering::Relaxed) >= DIRECTORIES_OPEN_MAX {
            return call(opened.as_fd());
        }
        self.kept.fetch_add(1, Ordering::Relaxed);
        call(directory.handle.get_or_init(|| opened).as_fd())
    }

    /// What the machine's user may do with a file (`fs/namei.c: acl_permission_check`): the bits decide for user 0, for the owner,
    /// and where the group's bits, which are the mask of every list, are none.
    fn may(&self, access: Access, inode: &Inode, path: &[u8]) -> bool {
        let (credentials, status) = (&self.machine.credentials, &inode.status);
        let plain = credentials.uid == 0
            || credentials.uid == status.uid
            || status.mode & 0o070 == 0
            || status.kind == Some(FileKind::Special);
        let by_list = (!plain)
            .then(|| acl::grants(self.acl(inode, path), credentials, status.gid, access.bit()));
        by_list
            .flatten()
            .unwrap_or_else(|| credentials.may(access, status.mode, status.uid, status.gid))
    }

    fn acl<'i>(&self, inode: &'i Inode, path: &[u8]) -> &'i [u8] {
        inode.acl.get_or_init(|| {
            let mut attribute = [0; ACL_BYTES_MAX];
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
            let opened = self.open_beneath(path, flags);
            let length =
                opened.map(|file| rustix::fs::fgetxattr(&file, acl::ATTRIBUTE, &mut attribute));
            let length = length.ok().and_then(Result::ok).unwrap_or(0);
            attribute[..length].into()
        })
    }

    /// Asks the file system what a name in a directory is. `None`: no such file.
    fn ask(&self, directory: &Inode, path: &[u8], name: &[u8]) -> Result<Named, Errno> {
        let answer = self.with_handle(directory, path, |handle| {
            let status = host::status(handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
            Ok(match status.kind {
                Some(FileKind::Directory) => Child::Directory(Inode::new(status)),
                Some(_) => Child::File(Inode::new(status)),
                None => {
                    let text = rustix::fs::readlinkat(handle, name, Vec::new())?;
                    Child::Link(Arc::from(text.as_bytes()))
                }
            })
        });
        match answer {
            Ok(child) => Ok(Some(child)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}

impl Tree for Root {
    type Node = Arc<Inode>;

    fn root(&self) -> Arc<Inode> {
        Arc::clone(&self.top)
    }

    fn child(
        &self,
        directory: &Arc<Inode>,
        path: &[u8],
        name: &[u8],
    ) -> Result<Child<Arc<Inode>>, Errno> {
        let names = directory.names.lock();
        let mut names = names.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return known.clone().ok_or(Errno::ENOENT);
        }
        // The lock stays: two threads that ask for the same name must get the same inode, and each call is short. Errors
        // other than "no such file" are not kept: they may pass (EMFILE).
        let asked = self.ask(directory, path, name)?;
        names.insert(name.into(), asked.clone());
        asked.ok_or(Errno::ENOENT)
    }

    fn may_search(&self, directory: &Arc<Inode>, path: &[u8]) -> bool {
        self.may(Access::Search, directory, path)
    }
}

impl World for Root {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let (inode, path) = self.found(path)?;
        let status = inode.status;
        let kind = status.kind.ok_or(Errno::ELOOP)?;
        let execute = if kind == FileKind::Directory {
            Access::Search
        } else {
            Access::Execute
        };
        // How this machine mounts a folder says nothing about how another one will.
        let mount = match &self.mounts {
            Some(mounts) if kind == FileKind::Regular => mounts.flags(status.mount, &path),
            _ => MountFlags::default(),
        };
        Ok(FileStat {
            id: status.id,
            kind,
            mode: status.mode,
            uid: status.uid,
            gid: status.gid,
            size: status.size,
            readable: self.may(Access::Read, &inode, &path),
            executable: self.may(execute, &inode, &path),
            noexec: mount.noexec,
            nosuid: mount.nosuid,
            path: TargetPath::new(path),
        })
    }

    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        map::contents(self.open_file(file)?.as_fd(), file.size, self.reading)
    }

    fn open(&self, file: &FileStat) -> Result<Result<InPieces, Bytes>, Errno> {
        map::in_pieces(self.open_file(file)?, file.size, self.reading)
    }

    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let (inode, path) = self.found(directory)?;
        if inode.status.kind != Some(FileKind::Directory) {
            return Err(Errno::ENOTDIR);
        }
        if !self.may(Access::Read, &inode, &path) {
            return Err(Errno::EACCES);
        }
        let opened = self.open_beneath(&path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::new(opened)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems leave the type out.
                rustix::fs::FileType::Unknown => match self.child(&inode, trimmed(&path), name) {
                    Ok(Child::Directory(inode) | Child::File(inode)) => inode.status.kind,
                    Ok(Child::Link(_)) => None,
                    Err(_) => continue,
                },
                known => host::kind(known),
            };
            entries.push(Entry {
                name: name.to_vec(),
                kind,
            });
        }
        Ok(entries)
    }

    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        Ok(TargetPath::new(self.resolve(path, Last::Follow)?.path))
    }

    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        match self.resolve(path, Last::Keep)?.end {
            Child::Link(text) => Ok(TargetPath::new(text)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn capabilities(&self, file: &FileStat) -> bool {
        if file.kind != FileKind::Regular || file.mode & 0o111 == 0 {
            return false;
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let Ok(opened) = self.open_beneath(file.path.as_bytes(), flags) else {
            return false;
        };
        let mut attribute = [0; host::CAPABILITY_BYTES_MAX];
        rustix::fs::fgetxattr(&opened, host::CAPABILITY_ATTRIBUTE, &mut attribute)
            .is_ok_and(|length| host::grants_capabilities(&attribute[..length]))
    }

    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        Some(Box::new(self.with_credentials(credentials)?))
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// A canonical directory path as [`Tree::child`] wants it: the root is empty.
fn trimmed(path: &[u8]) -> &[u8] {
    if path == b"/" { b"" } else { path }
}
