//! The bytes of an open file: small ones read, big ones mapped. The only unsafe code of this crate.
//!
//! **SIGBUS.** A file that somebody cuts short while it is mapped raises SIGBUS in us when a page behind its new end is
//! touched; the loader that we model has the same weakness, and so has every linker and debugger. It is accepted for big
//! files, because a copy of each would cost more than everything else that sayso does with it. What replaces
//! libraries on real systems (package managers, linkers, `install`) makes a new file and renames, which is harmless. Two
//! things keep the window small: files up to [`COPIED_BYTES_MAX`] are never mapped, and [`crate::live::Live::copying`] and
//! [`crate::root::Root::copying`] make a world that maps nothing, for long-running processes.
#![expect(unsafe_code, reason = "a memory map of a file is unsafe by nature")]

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use bytes::Bytes;

use crate::Errno;
use crate::limits::{COPIED_BYTES_MAX, FILE_BYTES_MAX};

/// How big files are brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reading {
    /// Mapped: only touched pages are read.
    #[default]
    Map,
    /// Copied whole.
    Copy,
}

/// The bytes of a regular file whose size a stat has told a moment ago.
pub(crate) fn contents(file: OwnedFd, size: u64, reading: Reading) -> Result<Bytes, Errno> {
    let length = usize::try_from(size).map_err(|_| Errno::ENOMEM)?;
    if size > COPIED_BYTES_MAX && reading == Reading::Map {
        // SAFETY: the map is private and read-only, its length is the file's, and `Bytes` keeps it alive. Another process may
        // change the file under it: see SIGBUS above. Readers treat the bytes as hostile in any case.
        let map = unsafe {
            memmap2::MmapOptions::new()
                .len(length)
                .map(&File::from(file))
        };
        return Ok(Bytes::from_owner(map.map_err(|error| errno(&error))?));
    }
    if size > FILE_BYTES_MAX {
        return Err(Errno::ENOMEM);
    }
    if size == 0 {
        // procfs says 0 of files that have contents.
        let mut bytes = Vec::new();
        let read = File::from(file)
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes);
        read.map_err(|error| errno(&error))?;
        return Ok(Bytes::from(bytes));
    }
    let mut bytes = vec![0; length];
    let mut filled = 0;
    // No more than the size that the stat told: what has been appended since is not looked at. Fewer only at the end of the file.
    while filled < length {
        match rustix::io::read(&file, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(filled);
    Ok(Bytes::from(bytes))
}

/// The operating system's number behind an error.
pub(crate) fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno)
}
