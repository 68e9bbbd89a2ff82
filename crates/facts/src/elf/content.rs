//! The bytes behind an image: all of them, or a few small pieces with the rest within reach.
//!
//! Who only wants to know what a file needs looks at its header, `PT_DYNAMIC` and a handful of strings. To bring a whole file in for
//! that (a map, page faults, an unmap that every thread has to hear of) costs several times what reading these pieces
//! does. So an image can be made over a [`Source`]: what lies in the pieces is answered from them, and whoever asks for
//! anything else makes the whole file be brought in, once. What an image says never depends on how it was read.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// A file that is read in pieces.
pub trait Source: Debug + Send + Sync {
    /// Size of the file in bytes.
    fn size(&self) -> u64;
    /// The bytes from `start` on, `length` of them or fewer (at the end of the file, or where it cannot be read).
    fn part(&self, start: u64, length: usize) -> Bytes;
    /// The whole file; empty if it cannot be read any more.
    fn whole(&self) -> Bytes;
}

/// The bytes of one file.
#[derive(Debug, Clone)]
pub(super) struct Content {
    size: usize,
    whole: OnceLock<Bytes>,
    pieces: Vec<Piece>,
    source: Option<Arc<dyn Source>>,
}

#[derive(Debug, Clone)]
struct Piece {
    start: usize,
    bytes: Bytes,
}

impl Content {
    /// All of a file.
    pub(super) fn of(bytes: Bytes) -> Content {
        Content {
            size: bytes.len(),
            whole: OnceLock::from(bytes),
            pieces: Vec::new(),
            source: None,
        }
    }

    /// A file that is read when it is asked for. `None` if it is too large for this machine's addresses.
    pub(super) fn over(source: Arc<dyn Source>) -> Option<Content> {
        Some(Content {
            size: usize::try_from(source.size()).ok()?,
            whole: OnceLock::new(),
            pieces: Vec::new(),
            source: Some(source),
        })
    }

    /// Size of the file.
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The whole file.
    #[inline]
    pub(super) fn whole(&self) -> &Bytes {
        self.whole.get_or_init(|| {
            let source = self.source.as_ref();
            source.map(|source| source.whole()).unwrap_or_default()
        })
    }

    /// Brings a piece in, unless it is there.
    pub(super) fn fetch(&mut self, range: Range<usize>) {
        if self.whole.get().is_some() || self.held(&range).is_some() {
            return;
        }
        if let Some(source) = &self.source {
            let bytes = source.part(range.start as u64, range.len());
            self.pieces.push(Piece {
                start: range.start,
                bytes,
            });
        }
    }

    /// These bytes; `None` if they do not lie in the file as a whole.
    #[inline]
    pub(super) fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        if self.whole.get().is_none()
            && let Some(held) = self.held(&range)
        {
            return Some(held);
        }
        self.whole().get(range)
    }

    /// These bytes as far as they are at hand: cut at the end of what was brought in. Empty if none of them is.
    pub(super) fn at_hand(&self, range: Range<usize>) -> &[u8] {
        if let Some(whole) = self.whole.get() {
            return whole.get(range).unwrap_or_default();
        }
        let piece = self
            .pieces
            .iter()
            .find(|piece| (piece.start..piece.start + piece.bytes.len()).contains(&range.start));
        let Some(piece) = piece else {
            return &[];
        };
        let end = (range.end - piece.start).min(piece.bytes.len());
        &piece.bytes[range.start - piece.start..end]
    }

    fn held(&self, range: &Range<usize>) -> Option<&[u8]> {
        self.pieces.iter().find_map(|piece| {
            let start = range.start.checked_sub(piece.start)?;
            piece.bytes.get(start..range.end.checked_sub(piece.start)?)
        })
    }
}
