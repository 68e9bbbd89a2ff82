//! Puts new bytes in the place of a file: whole or not at all.
//!
//! The bytes go to a new file beside the old one, are flushed to the disk, get the old one's owner, mode, extended attributes
//! and, if wanted, times, and then take its name in one step (`rename(2)`). Whoever has the old file open or mapped keeps it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

/// What to do besides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keep the old file under this name.
    pub backup: Option<PathBuf>,
    /// Give the new file the old one's time of last change.
    pub keep_times: bool,
}

/// What was found out while writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The file had more names (hard links), which still lead to the old bytes.
    OtherNames(u64),
    /// The owner could not be kept: another user's file was replaced by one's own.
    Owner,
    /// An extended attribute could not be kept.
    Attribute(OsString),
    /// A signature over the old bytes (`security.ima`, `security.evm`) was left out: it would not hold.
    Signature(OsString),
}

/// Replaces the file's bytes.
///
/// # Errors
///
/// Any error of the file system; the old file is untouched then, and nothing is left beside it.
pub fn replace(path: &Path, bytes: &[u8], options: &Options) -> io::Result<Vec<Remark>> {
    // A link keeps pointing where it points: its target is what changes.
    let path = fs::canonicalize(path)?;
    let old = File::open(&path)?;
    let metadata = old.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    let mut remarks = Vec::new();
    if metadata.nlink() > 1 {
        remarks.push(Remark::OtherNames(metadata.nlink() - 1));
    }
    let draft = Draft::beside(&path)?;
    draft
        .file
        .set_permissions(fs::Permissions::from_mode(0o600))?;
    (&draft.file).write_all(bytes)?;
    if fchown(&draft.file, Some(metadata.uid()), Some(metadata.gid())).is_err() {
        remarks.push(Remark::Owner);
    }
    copy_attributes(&old, &draft.file, &mut remarks)?;
    // After the owner, whose change clears set-user-id bits.
    let mode = if remarks.contains(&Remark::Owner) {
        metadata.mode() & 0o0777
    } else {
        metadata.mode() & 0o7777
    };
    draft
        .file
        .set_permissions(fs::Permissions::from_mode(mode))?;
    if options.keep_times {
        let times = fs::FileTimes::new()
            .set_accessed(metadata.accessed()?)
            .set_modified(metadata.modified()?);
        draft.file.set_times(times)?;
    }
    draft.file.sync_all()?;
    if let Some(backup) = &options.backup {
        // The old bytes stay reachable at every moment: the new name first, then the exchange.
        fs::hard_link(&path, backup).or_else(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                Err(error)
            } else {
                fs::copy(&path, backup).map(drop)
            }
        })?;
    }
    draft.take_place_of(&path)?;
    Ok(remarks)
}

/// Writes a new file, whole or not at all, with the mode of the file that it was made from.
///
/// # Errors
///
/// Any error of the file system; nothing is left behind then.
pub fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let draft = Draft::beside(path)?;
    (&draft.file).write_all(bytes)?;
    draft
        .file
        .set_permissions(fs::Permissions::from_mode(mode & 0o7777))?;
    draft.file.sync_all()?;
    draft.take_place_of(path)
}

/// A file without its final name; removed unless it gets one.
struct Draft {
    path: PathBuf,
    file: File,
    is_placed: bool,
}

impl Draft {
    fn beside(path: &Path) -> io::Result<Draft> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no file name"))?;
        for attempt in 0..100_u32 {
            let mut draft = OsString::from(".");
            draft.push(name);
            draft.push(format!(".sayso-{}-{attempt}", std::process::id()));
            let path = path.with_file_name(draft);
            match OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
            {
                Ok(file) => {
                    return Ok(Draft {
                        path,
                        file,
                        is_placed: false,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "names for a temporary file beside it are all taken",
        ))
    }

    fn take_place_of(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.is_placed = true;
        // The rename itself must reach the disk, too; a file system that cannot flush a directory has done what it can.
        if let Some(directory) = path.parent() {
            let directory = if directory.as_os_str().is_empty() {
                Path::new(".")
            } else {
                directory
            };
            let _ = File::open(directory).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Extended attributes: capabilities, labels, access lists. Signatures over the old bytes are left out.
fn copy_attributes(old: &File, new: &File, remarks: &mut Vec<Remark>) -> io::Result<()> {
    let mut names = vec![0; 64 << 10];
    let size = match rustix::fs::flistxattr(old, &mut names[..]) {
        Ok(size) => size,
        Err(rustix::io::Errno::NOTSUP) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for name in names[..size]
        .split(|&b| b == 0)
        .filter(|name| !name.is_empty())
    {
        let shown = || OsString::from(String::from_utf8_lossy(name).into_owned());
        if matches!(name, b"security.ima" | b"security.evm") {
            remarks.push(Remark::Signature(shown()));
            continue;
        }
        let mut value = vec![0; 64 << 10];
        let copied = rustix::fs::fgetxattr(old, name, &mut value[..]).and_then(|size| {
            rustix::fs::fsetxattr(new, name, &value[..size], rustix::fs::XattrFlags::empty())
        });
        if copied.is_err() {
            remarks.push(Remark::Attribute(shown()));
        }
    }
    Ok(())
}
