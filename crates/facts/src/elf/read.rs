//! Numbers at offsets, in the file's byte order and word size. Every read is bounds checked and none allocates.

use std::ops::Range;

use super::{Class, Endian};

/// How this file writes its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codec {
    pub(super) class: Class,
    pub(super) endian: Endian,
}

impl Codec {
    /// Little-endian 64 bit: by far the most common file, so it gets the branch that is tried first.
    #[inline]
    pub(super) fn is_64(self) -> bool {
        self.class == Class::Elf64
    }
    /// Size of an address in bytes.
    #[inline]
    pub(super) fn word_size(self) -> usize {
        if self.is_64() { 8 } else { 4 }
    }
    #[inline]
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(match self.endian {
            Endian::Little => u16::from_le_bytes(raw),
            Endian::Big => u16::from_be_bytes(raw),
        })
    }
    #[inline]
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(match self.endian {
            Endian::Little => u32::from_le_bytes(raw),
            Endian::Big => u32::from_be_bytes(raw),
        })
    }
    #[inline]
    pub(super) fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let raw = *bytes.get(at..)?.first_chunk::<8>()?;
        Some(match self.endian {
            Endian::Little => u64::from_le_bytes(raw),
            Endian::Big => u64::from_be_bytes(raw),
        })
    }
    /// An address-sized number.
    #[inline]
    pub(super) fn word(self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.is_64() {
            self.u64(bytes, at)
        } else {
            self.u32(bytes, at).map(u64::from)
        }
    }
    /// An address-sized number with a sign.
    #[inline]
    pub(super) fn signed_word(self, bytes: &[u8], at: usize) -> Option<i64> {
        if self.is_64() {
            self.u64(bytes, at).map(|v| v as i64)
        } else {
            self.u32(bytes, at).map(|v| i64::from(v as i32))
        }
    }
}

/// `len` bytes from `start`, cut at the end of `within`; `None` if `start` is not in it.
pub(super) fn part(within: usize, start: u64, len: u64) -> Option<Range<usize>> {
    let start = usize::try_from(start).ok().filter(|&s| s < within)?;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    Some(start..start.saturating_add(len).min(within))
}
