//! Bytes for the readers of the formats, from a map or from a decoder.

use std::io::{self, BufRead, Read};

use bytes::Bytes;

use crate::digest::{Digest, Hasher};
use crate::limits::{FIRST_PIECE_BYTES, HEAD_BYTES, Limits, PIECE_BYTES, XZ_MEMORY_KIB_MAX};
use crate::refusal::{Fault, Limit};
use crate::source::Span;

/// Bytes in their order.
pub(crate) trait Feed {
    /// Bytes consumed so far.
    fn position(&self) -> u64;
    /// The next bytes without consuming them: `count` (at most [`HEAD_BYTES`]), fewer only at the end.
    fn peek(&mut self, count: usize) -> Result<&[u8], Fault>;
    /// Consumes bytes.
    fn skip(&mut self, count: u64) -> Result<(), Fault>;
    /// Consumes bytes and keeps them.
    fn take(&mut self, count: usize) -> Result<Bytes, Fault>;
    /// Consumes bytes and adds them to a digest.
    fn pass(&mut self, count: u64, hasher: &mut Hasher) -> Result<(), Fault>;
    /// What [`Feed::take`] gives lies in a map: to keep it costs nothing.
    fn is_map(&self) -> bool;
}

fn too_short(missing: u64, at: u64) -> Fault {
    Fault::damaged(format!("it ends {missing} bytes too early")).at(at)
}

/// Bytes that lie in the file as they are. Headers are read through a small buffer, so that only contents that are kept, as slices
/// of the map, ever become pages of it.
pub(crate) struct Mapped {
    span: Span,
    at: u64,
    buffer: Bytes,
    buffer_at: u64,
}

impl Mapped {
    pub(crate) fn new(span: &Span) -> Mapped {
        Mapped {
            span: span.clone(),
            at: 0,
            buffer: Bytes::new(),
            buffer_at: 0,
        }
    }
    fn left(&self) -> u64 {
        self.span.len() - self.at
    }
    /// What the buffer holds from here on.
    fn buffered(&self) -> &[u8] {
        let start = self.at.checked_sub(self.buffer_at);
        let start = start.and_then(|start| usize::try_from(start).ok());
        start
            .and_then(|start| self.buffer.get(start..))
            .unwrap_or_default()
    }
}

impl Feed for Mapped {
    fn position(&self) -> u64 {
        self.at
    }
    fn peek(&mut self, count: usize) -> Result<&[u8], Fault> {
        let count = count.min(usize::try_from(self.left()).unwrap_or(usize::MAX));
        if self.buffered().len() < count {
            self.buffer = self.span.piece(self.at, FIRST_PIECE_BYTES);
            self.buffer_at = self.at;
        }
        let buffered = self.buffered();
        Ok(&buffered[..count.min(buffered.len())])
    }
    fn skip(&mut self, count: u64) -> Result<(), Fault> {
        if count > self.left() {
            return Err(too_short(count - self.left(), self.span.len()));
        }
        self.at += count;
        Ok(())
    }
    fn take(&mut self, count: usize) -> Result<Bytes, Fault> {
        let start = self.at;
        self.skip(count as u64)?;
        let part = self.span.part(start, count as u64);
        part.map_or_else(|| Ok(Bytes::new()), |part| part.bytes())
    }
    fn pass(&mut self, count: u64, hasher: &mut Hasher) -> Result<(), Fault> {
        let start = self.at;
        self.skip(count)?;
        let mut done = 0;
        while done < count {
            let length = usize::try_from(count - done).unwrap_or(usize::MAX);
            let piece = self.span.piece(start + done, length.min(PIECE_BYTES));
            if piece.is_empty() {
                return Err(too_short(count - done, start + done));
            }
            hasher.update(&piece);
            done += piece.len() as u64;
        }
        Ok(())
    }
    fn is_map(&self) -> bool {
        true
    }
}

/// How far a decoder may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    bytes: u64,
    by_ratio: u64,
    ratio: u64,
}

impl Bounds {
    /// For something that is stored in so many bytes.
    pub(crate) fn of(limits: &Limits, stored: u64) -> Bounds {
        Bounds {
            bytes: limits.layer_bytes,
            by_ratio: stored
                .saturating_mul(limits.ratio)
                .max(limits.ratio_free_bytes),
            ratio: limits.ratio,
        }
    }
    fn check(&self, produced: u64) -> Result<(), Fault> {
        if produced > self.bytes {
            return Err(Fault::limit(Limit::LayerBytes, self.bytes));
        }
        if produced > self.by_ratio {
            return Err(Fault::limit(Limit::Ratio, self.ratio));
        }
        Ok(())
    }
}

/// Bytes that come out of a decoder, within bounds, with their digest.
pub(crate) struct Stream<'r> {
    reader: Box<dyn Read + 'r>,
    bounds: Bounds,
    hasher: Option<Hasher>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that have come out of the reader.
    produced: u64,
    ended: bool,
}

impl<'r> Stream<'r> {
    pub(crate) fn new(
        reader: Box<dyn Read + 'r>,
        bounds: Bounds,
        hasher: Option<Hasher>,
    ) -> Stream<'r> {
        Stream::with_buffer(reader, bounds, hasher, PIECE_BYTES)
    }

    /// With so many bytes of buffer, at least [`HEAD_BYTES`]: for those of which there are many.
    pub(crate) fn with_buffer(
        reader: Box<dyn Read + 'r>,
        bounds: Bounds,
        hasher: Option<Hasher>,
        buffer: usize,
    ) -> Stream<'r> {
        Stream {
            reader,
            bounds,
            hasher,
            buffer: vec![0; buffer],
            start: 0,
            end: 0,
            produced: 0,
            ended: false,
        }
    }

    /// Brings in more; the buffer has room.
    fn fill(&mut self) -> Result<(), Fault> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let count = loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(fault(error).at(self.produced)),
            }
        };
        if count == 0 {
            self.ended = true;
            return Ok(());
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&self.buffer[self.end..self.end + count]);
        }
        self.end += count;
        self.produced += count as u64;
        self.bounds.check(self.produced)
    }

    /// What is left is read, too, and the digest of everything told, with the number of bytes.
    pub(crate) fn finish(mut self) -> Result<(Option<Digest>, u64), Fault> {
        while !self.ended {
            self.start = self.end;
            self.fill()?;
        }
        Ok((self.hasher.map(Hasher::finish), self.produced))
    }

    /// The next piece, as long as there is one and it is no longer than `most`.
    fn piece(&mut self, most: u64) -> Result<&[u8], Fault> {
        while self.start == self.end && !self.ended {
            self.fill()?;
        }
        let length = (self.end - self.start).min(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(&self.buffer[self.start..self.start + length])
    }
}

impl Feed for Stream<'_> {
    fn position(&self) -> u64 {
        self.produced - (self.end - self.start) as u64
    }
    fn peek(&mut self, count: usize) -> Result<&[u8], Fault> {
        let count = count.min(HEAD_BYTES);
        while self.end - self.start < count && !self.ended {
            self.fill()?;
        }
        let end = self.end.min(self.start + count);
        Ok(&self.buffer[self.start..end])
    }
    fn skip(&mut self, count: u64) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            let length = self.piece(left)?.len();
            if length == 0 {
                return Err(too_short(left, self.produced));
            }
            self.start += length;
            left -= length as u64;
        }
        Ok(())
    }
    fn take(&mut self, count: usize) -> Result<Bytes, Fault> {
        // Memory is only used up as bytes arrive, whatever a header claims.
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let piece = self.piece((count - taken.len()) as u64)?;
            if piece.is_empty() {
                return Err(too_short((count - taken.len()) as u64, self.produced));
            }
            taken.extend_from_slice(piece);
            let length = piece.len();
            self.start += length;
        }
        Ok(Bytes::from(taken))
    }
    fn pass(&mut self, count: u64, hasher: &mut Hasher) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            let piece = self.piece(left)?;
            if piece.is_empty() {
                return Err(too_short(left, self.produced));
            }
            hasher.update(piece);
            let length = piece.len();
            self.start += length;
            left -= length as u64;
        }
        Ok(())
    }
    fn is_map(&self) -> bool {
        false
    }
}

/// A part of a stream as a reader of its own: an archive within an archive.
pub(crate) struct Within<'s, 'r> {
    stream: &'s mut Stream<'r>,
    left: u64,
    hasher: Option<Hasher>,
    /// What went wrong around it: decoders only pass on words.
    pub(crate) failed: Option<Fault>,
}

impl<'s, 'r> Within<'s, 'r> {
    pub(crate) fn new(
        stream: &'s mut Stream<'r>,
        length: u64,
        hasher: Option<Hasher>,
    ) -> Within<'s, 'r> {
        Within {
            stream,
            left: length,
            hasher,
            failed: None,
        }
    }
    /// What is left is read, too.
    pub(crate) fn finish(mut self) -> Result<Option<Digest>, Fault> {
        while self.left > 0 {
            let length = self.fill_buf().map_err(fault)?.len();
            if length == 0 {
                return Err(too_short(self.left, self.stream.produced));
            }
            self.consume(length);
        }
        Ok(self.hasher.map(Hasher::finish))
    }
}

impl BufRead for Within<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.stream.piece(self.left) {
            Ok(piece) => Ok(piece),
            Err(fault) => {
                self.failed.get_or_insert_with(|| fault.clone());
                Err(Carried::error(fault))
            }
        }
    }
    fn consume(&mut self, count: usize) {
        let stream = &mut *self.stream;
        let count = count.min(stream.end - stream.start);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&stream.buffer[stream.start..stream.start + count]);
        }
        stream.start += count;
        self.left -= count as u64;
    }
}

impl Read for Within<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// A fault on its way through a decoder that only knows `io::Error`.
#[derive(Debug)]
pub(crate) struct Carried(Fault);

impl Carried {
    pub(crate) fn error(fault: Fault) -> io::Error {
        io::Error::other(Carried(fault))
    }
}

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.kind)
    }
}

impl std::error::Error for Carried {}

/// What a decoder says.
pub(crate) fn fault(error: io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::damaged("its compressed data ends too early"),
        // Only the xz decoder says this, of a dictionary that is too big for it.
        io::ErrorKind::OutOfMemory => Fault::limit(
            Limit::Fixed("the memory of an xz decoder in KiB"),
            u64::from(XZ_MEMORY_KIB_MAX),
        ),
        _ => match error.downcast::<Carried>() {
            Ok(Carried(fault)) => fault,
            Err(error) => Fault::damaged(format!("its compressed data cannot be decoded: {error}")),
        },
    }
}
