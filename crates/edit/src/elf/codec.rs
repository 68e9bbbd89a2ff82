//! Numbers written in the file's byte order and word size.

use sayso_facts::elf::{Class, Endian, Image, Segment};

/// How this file writes its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Codec {
    pub(super) is_64: bool,
    pub(super) is_big: bool,
}

impl Codec {
    pub(super) fn of(image: &Image) -> Codec {
        Codec {
            is_64: image.class() == Class::Elf64,
            is_big: image.header().endian == Endian::Big,
        }
    }
    /// Size of an address in bytes.
    pub(super) fn word_size(self) -> usize {
        if self.is_64 { 8 } else { 4 }
    }
    /// Size of a dynamic entry.
    pub(super) fn entry_size(self) -> usize {
        2 * self.word_size()
    }
    pub(super) fn u16(self, value: u16) -> [u8; 2] {
        if self.is_big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }
    pub(super) fn u32(self, value: u32) -> [u8; 4] {
        if self.is_big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }
    /// An address-sized number. Values that do not fit into 32 bits were refused before.
    pub(super) fn word(self, value: u64) -> Vec<u8> {
        match (self.is_64, self.is_big) {
            (true, true) => value.to_be_bytes().to_vec(),
            (true, false) => value.to_le_bytes().to_vec(),
            (false, _) => self.u32(value as u32).to_vec(),
        }
    }
    pub(super) fn read_u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.is_big {
            u16::from_be_bytes(raw)
        } else {
            u16::from_le_bytes(raw)
        })
    }
    pub(super) fn read_u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.is_big {
            u32::from_be_bytes(raw)
        } else {
            u32::from_le_bytes(raw)
        })
    }
    pub(super) fn read_word(self, bytes: &[u8], at: usize) -> Option<u64> {
        if !self.is_64 {
            return self.read_u32(bytes, at).map(u64::from);
        }
        let raw = *bytes.get(at..)?.first_chunk::<8>()?;
        Some(if self.is_big {
            u64::from_be_bytes(raw)
        } else {
            u64::from_le_bytes(raw)
        })
    }
    /// One program header as it stands in a file.
    pub(super) fn segment(self, s: &Segment) -> Vec<u8> {
        let mut raw = self.u32(s.kind).to_vec();
        // The class decides where p_flags stands, for the sake of alignment.
        if self.is_64 {
            raw.extend(self.u32(s.flags));
        }
        for value in [s.offset, s.vaddr, s.paddr, s.filesz, s.memsz] {
            raw.extend(self.word(value));
        }
        if !self.is_64 {
            raw.extend(self.u32(s.flags));
        }
        raw.extend(self.word(s.align));
        raw
    }
}
