//! System calls that the worlds on real files share.

use rustix::fs::{AtFlags, FileType, Statx, StatxFlags};
use rustix::io::Errno as HostErrno;

use crate::{Errno, FileId, FileKind, MountFlags};

impl From<HostErrno> for Errno {
    fn from(errno: HostErrno) -> Errno {
        Errno(errno.raw_os_error())
    }
}

/// What one `statx` tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Status {
    pub(crate) id: FileId,
    /// `None`: a symbolic link.
    pub(crate) kind: Option<FileKind>,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) size: u64,
    /// Identity of the mount, where the kernel tells it (Linux 5.8 on).
    pub(crate) mount: Option<u64>,
}

/// `statx(directory, path)`; `stat` where a kernel or a sandbox has no statx.
pub(crate) fn status(
    directory: impl std::os::fd::AsFd,
    path: &[u8],
    flags: AtFlags,
) -> Result<Status, Errno> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    match rustix::fs::statx(&directory, path, flags, wanted) {
        Ok(stat) => Ok(from_statx(&stat)),
        Err(HostErrno::NOSYS) => {
            let stat = rustix::fs::statat(&directory, path, flags)?;
            Ok(Status {
                id: FileId {
                    device: stat.st_dev,
                    inode: stat.st_ino,
                },
                kind: kind(FileType::from_raw_mode(stat.st_mode)),
                mode: stat.st_mode & 0o7777,
                uid: stat.st_uid,
                gid: stat.st_gid,
                size: stat.st_size as u64,
                mount: None,
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn from_statx(stat: &Statx) -> Status {
    let mode = u32::from(stat.stx_mode);
    let tells_mount = stat.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    Status {
        id: FileId {
            device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
        },
        kind: kind(FileType::from_raw_mode(mode)),
        mode: mode & 0o7777,
        uid: stat.stx_uid,
        gid: stat.stx_gid,
        size: stat.stx_size,
        mount: tells_mount.then_some(stat.stx_mnt_id),
    }
}

pub(crate) fn kind(file_type: FileType) -> Option<FileKind> {
    match file_type {
        FileType::RegularFile => Some(FileKind::Regular),
        FileType::Directory => Some(FileKind::Directory),
        FileType::Symlink => None,
        _ => Some(FileKind::Special),
    }
}

/// The flags of each mount met so far. The kernel names the mount in every statx, so `statvfs` is asked once a mount, and two
/// bind mounts of one device with different flags are told apart (`st_dev` alone, or mountinfo by device, could not).
#[derive(Debug, Default)]
pub(crate) struct Mounts(std::sync::RwLock<Vec<(u64, MountFlags)>>);

impl Mounts {
    /// The flags of the mount that a file lies on; `path` reaches the file on this machine.
    pub(crate) fn flags(&self, mount: Option<u64>, path: &[u8]) -> MountFlags {
        if let (Some(mount), Ok(known)) = (mount, self.0.read())
            && let Some(&(_, flags)) = known.iter().find(|(id, _)| *id == mount)
        {
            return flags;
        }
        let Ok(found) = rustix::fs::statvfs(path) else {
            return MountFlags::default();
        };
        let flags = MountFlags {
            noexec: found.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC),
            nosuid: found.f_flag.contains(rustix::fs::StatVfsMountFlags::NOSUID),
        };
        if let (Some(mount), Ok(mut known)) = (mount, self.0.write()) {
            known.push((mount, flags));
        }
        flags
    }
}

/// A `security.capability` attribute (`struct vfs_cap_data`: a little-endian word with the revision and the effective bit, then
/// words of permitted and inheritable bits in turn) that makes a started program privileged.
pub fn grants_capabilities(attribute: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = attribute.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let effective = word(0).is_some_and(|magic| magic & 1 != 0);
    let permitted = [4, 12]
        .into_iter()
        .any(|at| word(at).is_some_and(|bits| bits != 0));
    effective || permitted
}

/// Name of the attribute that holds a file's capabilities.
pub(crate) const CAPABILITY_ATTRIBUTE: &str = "security.capability";
/// More than `sizeof (struct vfs_ns_cap_data)`.
pub(crate) const CAPABILITY_BYTES_MAX: usize = 64;
