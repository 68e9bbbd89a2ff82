//! The file header and the program headers.

use super::read::Codec;
use super::{Class, Endian, Header, NotElf, Segment};
use crate::limits::PROGRAM_HEADERS_MAX;

/// Size of `Elf32_Ehdr` and `Elf64_Ehdr`.
const HEADER_SIZES: [usize; 2] = [52, 64];

impl Class {
    /// Size in bytes of this class's file header, which is all that [`super::Image::parse`] insists on.
    pub fn header_size(self) -> usize {
        HEADER_SIZES[usize::from(self == Class::Elf64)]
    }
    /// Size in bytes of this class's program header (`Elf32_Phdr`, `Elf64_Phdr`).
    pub fn segment_size(self) -> usize {
        if self == Class::Elf64 { 56 } else { 32 }
    }
    /// Size in bytes of this class's section header.
    pub fn section_size(self) -> usize {
        if self == Class::Elf64 { 64 } else { 40 }
    }
}

impl Header {
    /// How the file writes its numbers.
    pub(super) fn codec(&self) -> Codec {
        Codec {
            class: self.class,
            endian: self.endian,
        }
    }

    /// Reads the file header. An `EI_CLASS` that is not `ELFCLASS32` is read as 64 bit, an `EI_DATA` that is not
    /// `ELFDATA2MSB` as little-endian: the loader looks at the raw `ident`, and the rest must be something.
    pub(super) fn read(bytes: &[u8]) -> Result<Header, NotElf> {
        Header::decode(bytes).ok_or(NotElf::NoHeader)
    }

    fn decode(bytes: &[u8]) -> Option<Header> {
        let ident = *bytes.first_chunk::<16>()?;
        if !ident.starts_with(b"\x7fELF") {
            return None;
        }
        let class = if ident[4] == 1 {
            Class::Elf32
        } else {
            Class::Elf64
        };
        let endian = if ident[5] == 2 {
            Endian::Big
        } else {
            Endian::Little
        };
        let codec = Codec { class, endian };
        let bytes = bytes.get(..class.header_size())?;
        let word = codec.word_size();
        let tail = 24 + 3 * word; // after e_entry, e_phoff, e_shoff
        Some(Header {
            ident,
            class,
            endian,
            kind: codec.u16(bytes, 16)?,
            machine: codec.u16(bytes, 18)?,
            version: codec.u32(bytes, 20)?,
            entry: codec.word(bytes, 24)?,
            phoff: codec.word(bytes, 24 + word)?,
            shoff: codec.word(bytes, 24 + 2 * word)?,
            flags: codec.u32(bytes, tail)?,
            ehsize: codec.u16(bytes, tail + 4)?,
            phentsize: codec.u16(bytes, tail + 6)?,
            phnum: codec.u16(bytes, tail + 8)?,
            shentsize: codec.u16(bytes, tail + 10)?,
            shnum: codec.u16(bytes, tail + 12)?,
            shstrndx: codec.u16(bytes, tail + 14)?,
        })
    }

    /// Where the program headers that are read end in the file.
    pub(super) fn segments_end(&self) -> u64 {
        let count = usize::from(self.phnum).min(PROGRAM_HEADERS_MAX);
        self.phoff
            .saturating_add((count * self.class.segment_size()) as u64)
    }

    /// The program headers that lie in the file, each of the class's own size: `e_phentsize` is the loader's to judge.
    pub(super) fn read_segments(&self, bytes: &[u8]) -> Vec<Segment> {
        let codec = self.codec();
        let size = self.class.segment_size();
        let table = usize::try_from(self.phoff)
            .ok()
            .and_then(|start| bytes.get(start..))
            .unwrap_or_default();
        table
            .chunks_exact(size)
            .take(usize::from(self.phnum).min(PROGRAM_HEADERS_MAX))
            .filter_map(|raw| Segment::decode(codec, raw))
            .collect()
    }
}

impl Segment {
    fn decode(codec: Codec, raw: &[u8]) -> Option<Segment> {
        let kind = codec.u32(raw, 0)?;
        // The class decides where p_flags stands, for the sake of alignment.
        Some(if codec.is_64() {
            Segment {
                kind,
                flags: codec.u32(raw, 4)?,
                offset: codec.u64(raw, 8)?,
                vaddr: codec.u64(raw, 16)?,
                paddr: codec.u64(raw, 24)?,
                filesz: codec.u64(raw, 32)?,
                memsz: codec.u64(raw, 40)?,
                align: codec.u64(raw, 48)?,
            }
        } else {
            let word = |at| codec.word(raw, at);
            Segment {
                kind,
                offset: word(4)?,
                vaddr: word(8)?,
                paddr: word(12)?,
                filesz: word(16)?,
                memsz: word(20)?,
                flags: codec.u32(raw, 24)?,
                align: word(28)?,
            }
        })
    }
}
