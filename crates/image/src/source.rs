//! The file (or folder) that was named, as bytes: mapped where slices of it are kept, in pieces where it is read through once.
//!
//! All reading goes through [`sayso_world`]: nothing but the named file, or what lies below the named folder, is ever opened.

use std::io::{self, BufRead, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use sayso_world::live::Live;
use sayso_world::root::Root;
use sayso_world::{Errno, FileKind, InPieces, Machine, TargetPath, World};

use crate::digest::{Algorithm, Digest, Hasher};
use crate::limits::{FIRST_PIECE_BYTES, PIECE_BYTES};
use crate::refusal::{Fault, FaultKind};

/// An open regular file.
#[derive(Debug)]
pub(crate) struct Source {
    pieces: Option<InPieces>,
    whole: OnceLock<Bytes>,
}

/// A part of a [`Source`]; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    source: Arc<Source>,
    start: u64,
    length: u64,
}

/// The folder of an OCI layout. Links in it are followed inside it only.
#[derive(Debug)]
pub(crate) struct Folder(Root);

/// What a path leads to on this machine.
pub(crate) enum Named {
    File(Span),
    Folder(Folder),
}

/// Opens what the user named.
pub(crate) fn named(path: &Path) -> Result<Named, Fault> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let target = TargetPath::new(absolute.as_os_str().as_bytes());
    let live = Live::new();
    let stat = live.lookup(&target).map_err(unreadable)?;
    if stat.kind == FileKind::Directory {
        let root = Root::open(target.as_bytes(), Machine::default()).map_err(unreadable)?;
        return Ok(Named::Folder(Folder(root)));
    }
    file(&live, &target).map(Named::File)
}

fn file(world: &dyn World, path: &TargetPath) -> Result<Span, Fault> {
    let stat = world.lookup(path).map_err(unreadable)?;
    match stat.kind {
        FileKind::Regular => {}
        FileKind::Directory => return Err(unreadable(Errno::EISDIR)),
        FileKind::Special => {
            return Err(Fault::new(FaultKind::Unreadable(
                "it is a pipe, a socket or a device; save the contents in a file first".into(),
            )));
        }
    }
    let length = stat.size;
    let source = match world.open(&stat).map_err(unreadable)? {
        Ok(pieces) => Source {
            pieces: Some(pieces),
            whole: OnceLock::new(),
        },
        Err(bytes) => Source {
            pieces: None,
            whole: OnceLock::from(bytes),
        },
    };
    Ok(Span {
        start: 0,
        length,
        source: Arc::new(source),
    })
}

fn unreadable(errno: Errno) -> Fault {
    Fault::new(FaultKind::Unreadable(errno.glibc_text()))
}

impl Folder {
    /// A file below the folder; `None` if there is none.
    pub(crate) fn file(&self, path: &str) -> Result<Option<Span>, Fault> {
        let path = TargetPath::new(format!("/{path}"));
        match self.0.lookup(&path) {
            Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
            Err(errno) => Err(unreadable(errno)),
            Ok(_) => file(&self.0, &path).map(Some),
        }
    }
}

impl Span {
    /// Bytes that are in memory.
    pub(crate) fn of(bytes: Bytes) -> Span {
        Span {
            start: 0,
            length: bytes.len() as u64,
            source: Arc::new(Source {
                pieces: None,
                whole: OnceLock::from(bytes),
            }),
        }
    }
    /// Bytes in it.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }
    /// A part of the part; `None` if it does not lie in it as a whole.
    pub(crate) fn part(&self, start: u64, length: u64) -> Option<Span> {
        let end = start.checked_add(length)?;
        (end <= self.length).then(|| Span {
            source: Arc::clone(&self.source),
            start: self.start + start,
            length,
        })
    }
    /// The bytes themselves: a slice of the map.
    pub(crate) fn bytes(&self) -> Result<Bytes, Fault> {
        let whole = match self.source.whole.get() {
            Some(whole) => whole,
            None => match &self.source.pieces {
                Some(pieces) => {
                    let mapped = pieces.whole().map_err(unreadable)?;
                    self.source.whole.get_or_init(|| mapped)
                }
                None => return Err(unreadable(Errno::EIO)),
            },
        };
        let range = self.start as usize..(self.start + self.length) as usize;
        // A folder's small files come as they are now, not as they were when they were looked up.
        if range.end > whole.len() {
            return Err(Fault::damaged("it has become shorter while it was read"));
        }
        Ok(whole.slice(range))
    }
    /// Up to `length` bytes from the beginning.
    pub(crate) fn head(&self, length: usize) -> Bytes {
        self.piece(0, length)
    }
    /// Up to `length` bytes from `at` on, copied where the file is big: pages that are only passed through do not stay.
    pub(crate) fn piece(&self, at: u64, length: usize) -> Bytes {
        let left = self.length.saturating_sub(at);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        let start = self.start + at;
        match (&self.source.pieces, self.source.whole.get()) {
            (Some(pieces), _) => pieces.part(start, length),
            (None, Some(whole)) => {
                let start = (start as usize).min(whole.len());
                whole.slice(start..(start + length).min(whole.len()))
            }
            (None, None) => Bytes::new(),
        }
    }
    /// To be read through from the beginning.
    pub(crate) fn reader(&self) -> SpanReader {
        SpanReader {
            span: self.clone(),
            at: 0,
            piece: Bytes::new(),
        }
    }
    /// Its digest.
    pub(crate) fn digest(&self, algorithm: Algorithm) -> Digest {
        let mut hasher = Hasher::new(algorithm);
        let mut at = 0;
        while at < self.length {
            let piece = self.piece(at, PIECE_BYTES);
            if piece.is_empty() {
                break;
            }
            hasher.update(&piece);
            at += piece.len() as u64;
        }
        hasher.finish()
    }
}

/// Reads a [`Span`] through.
#[derive(Debug)]
pub(crate) struct SpanReader {
    span: Span,
    at: u64,
    piece: Bytes,
}

impl BufRead for SpanReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() {
            // Small pieces first: of many members of a zip archive only the beginning is looked at.
            let length = if self.at == 0 {
                FIRST_PIECE_BYTES
            } else {
                PIECE_BYTES
            };
            self.piece = self.span.piece(self.at, length);
            self.at += self.piece.len() as u64;
        }
        Ok(&self.piece)
    }
    fn consume(&mut self, count: usize) {
        let _ = self.piece.split_to(count.min(self.piece.len()));
    }
}

impl Read for SpanReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}
