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
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::Errno;
use crate::limits::{COPIED_BYTES_MAX, FILE_BYTES_MAX, FILES_IN_PIECES_MAX};

/// How big files are brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reading {
    /// Mapped: only touched pages are read.
    #[default]
    Map,
    /// Copied whole.
    Copy,
}

/// An open file that is read in pieces: what [`crate::World::open`] gives.
#[derive(Debug)]
pub struct InPieces {
    file: OwnedFd,
    size: u64,
    reading: Reading,
}

/// How many of them there are: each holds a file open.
static IN_PIECES: AtomicUsize = AtomicUsize::new(0);

impl InPieces {
    /// Takes an open regular file; `Err` gives it back where reading it as a whole is cheaper, or too many are open.
    pub(crate) fn new(file: OwnedFd, size: u64, reading: Reading) -> Result<InPieces, OwnedFd> {
        if size <= COPIED_BYTES_MAX || IN_PIECES.load(Ordering::Relaxed) >= FILES_IN_PIECES_MAX {
            return Err(file);
        }
        IN_PIECES.fetch_add(1, Ordering::Relaxed);
        Ok(InPieces {
            file,
            size,
            reading,
        })
    }
    /// Size in bytes, as the stat told it.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// The bytes from `start` on, `length` of them or fewer: at the end of the file, or where it cannot be read.
    pub fn part(&self, start: u64, length: usize) -> Bytes {
        let left = self.size.saturating_sub(start);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        if length == 0 {
            return Bytes::new();
        }
        let mut bytes = Vec::with_capacity(length);
        // One call is all it takes: short reads of regular files happen only at their end.
        while let Err(rustix::io::Errno::INTR) = rustix::io::pread(
            &self.file,
            rustix::buffer::spare_capacity(&mut bytes),
            start,
        ) {}
        bytes.truncate(length);
        Bytes::from(bytes)
    }
    /// All of it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn whole(&self) -> Result<Bytes, Errno> {
        contents(self.file.as_fd(), self.size, self.reading)
    }
}

impl Drop for InPieces {
    fn drop(&mut self) {
        IN_PIECES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The file in pieces, or its bytes where that is the better way.
pub(crate) fn in_pieces(
    file: OwnedFd,
    size: u64,
    reading: Reading,
) -> Result<Result<InPieces, Bytes>, Errno> {
    match InPieces::new(file, size, reading) {
        Ok(pieces) => Ok(Ok(pieces)),
        Err(file) => contents(file.as_fd(), size, reading).map(Err),
    }
}

/// The bytes of a regular file whose size a stat has told a moment ago.
pub(crate) fn contents(file: BorrowedFd<'_>, size: u64, reading: Reading) -> Result<Bytes, Errno> {
    let length = usize::try_from(size).map_err(|_| Errno::ENOMEM)?;
    if size > COPIED_BYTES_MAX && reading == Reading::Map {
        // SAFETY: the map is private and read-only, its length is the file's, and `Bytes` keeps it alive. Another process may
        // change the file under it: see SIGBUS above. Readers treat the bytes as hostile in any case.
        let map = unsafe { memmap2::MmapOptions::new().len(length).map(&file) };
        return Ok(Bytes::from_owner(map.map_err(|error| errno(&error))?));
    }
    if size > FILE_BYTES_MAX {
        return Err(Errno::ENOMEM);
    }
    if size == 0 {
        // procfs says 0 of files that have contents.
        let mut bytes = Vec::new();
        let read = File::from(file.try_clone_to_owned().map_err(|error| errno(&error))?)
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes);
        read.map_err(|error| errno(&error))?;
        return Ok(Bytes::from(bytes));
    }
    let mut bytes = vec![0; length];
    let mut filled = 0;
    // No more than the size that the stat told: what has been appended since is not looked at. Fewer only at the end of the file.
    while filled < length {
        match rustix::io::pread(file, &mut bytes[filled..], filled as u64) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_at_the_end_and_behind_it_is_short_or_empty() {
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        let size = file.metadata().unwrap().len();
        let Ok(pieces) = InPieces::new(file.into(), size, Reading::Map) else {
            return; // Too many others are open.
        };
        assert_eq!(pieces.part(size - 3, 10).len(), 3);
        assert_eq!(pieces.part(size, 10).len(), 0);
        assert_eq!(pieces.part(size + 7, 10).len(), 0);
        assert_eq!(pieces.part(0, 0).len(), 0);
    }
}
