//! Section headers, where the file has them: no loader looks at them, but every other tool does, so they are kept true.

use std::ops::Range;

use sayso_facts::elf::{Image, sht};

use super::codec::Codec;

const SHF_ALLOC: u64 = 2;

/// One section header, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// Offset of the header in the file.
    pub(super) header: usize,
    pub(super) index: usize,
    pub(super) kind: u32,
    pub(super) flags: u64,
    pub(super) addr: u64,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) link: u32,
}

/// The table; empty if the file has none, or one that cannot be read as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Sections {
    pub(super) list: Vec<Section>,
    /// Where the table lies in the file.
    pub(super) table: Range<u64>,
}

/// Where the numbers of a section header stand.
pub(super) struct Places {
    pub(super) addr: usize,
    pub(super) offset: usize,
    pub(super) size: usize,
}

impl Places {
    pub(super) fn of(codec: Codec) -> Places {
        if codec.is_64 {
            Places {
                addr: 16,
                offset: 24,
                size: 32,
            }
        } else {
            Places {
                addr: 12,
                offset: 16,
                size: 20,
            }
        }
    }
}

impl Section {
    fn read(codec: Codec, bytes: &[u8], header: usize, index: usize) -> Option<Section> {
        let places = Places::of(codec);
        let word = |at| codec.read_word(bytes, header + at);
        Some(Section {
            header,
            index,
            kind: codec.read_u32(bytes, header + 4)?,
            flags: word(8)?,
            addr: word(places.addr)?,
            offset: word(places.offset)?,
            size: word(places.size)?,
            link: codec.read_u32(bytes, header + places.size + codec.word_size())?,
        })
    }
    pub(super) fn is_loaded(&self) -> bool {
        self.flags & SHF_ALLOC != 0
    }
    /// The bytes that it takes in the file.
    pub(super) fn range(&self) -> Range<u64> {
        let size = if self.kind == sht::NOBITS || self.kind == sht::NULL {
            0
        } else {
            self.size
        };
        self.offset..self.offset.saturating_add(size)
    }
}

impl Sections {
    pub(super) fn of(image: &Image, codec: Codec) -> Sections {
        Sections::read(image, codec).unwrap_or_default()
    }

    fn read(image: &Image, codec: Codec) -> Option<Sections> {
        let (header, bytes) = (image.header(), image.bytes());
        let size = image.class().section_size();
        if header.shoff == 0 || usize::from(header.shentsize) != size {
            return None;
        }
        let start = usize::try_from(header.shoff).ok()?;
        // More than 0xff00 sections are counted in the first header; such a file is no library.
        let end = start.checked_add(usize::from(header.shnum).checked_mul(size)?)?;
        bytes.get(start..end)?;
        let list: Option<Vec<Section>> = (0..usize::from(header.shnum))
            .map(|index| Section::read(codec, bytes, start + index * size, index))
            .collect();
        let list = list.filter(|list| {
            let inside = |s: &Section| s.range().end <= bytes.len() as u64;
            list.len() > 1 && list.iter().all(inside)
        })?;
        Some(Sections {
            list,
            table: start as u64..end as u64,
        })
    }

    pub(super) fn are_there(&self) -> bool {
        !self.list.is_empty()
    }
    /// The loaded section that starts at this address.
    pub(super) fn at(&self, kind: u32, addr: u64) -> Option<&Section> {
        self.list
            .iter()
            .find(|s| s.kind == kind && s.is_loaded() && s.addr == addr)
    }
    /// Sections of at least one byte that share one with the range.
    pub(super) fn meeting(&self, range: &Range<u64>) -> impl Iterator<Item = &Section> {
        let (start, end) = (range.start, range.end);
        self.list.iter().filter(move |s| {
            let own = s.range();
            own.start < own.end && own.start < end && start < own.end
        })
    }
    /// The first byte behind everything that the section headers tell of, themselves included.
    pub(super) fn end(&self) -> u64 {
        let ends = self.list.iter().map(|s| s.range().end);
        ends.max().unwrap_or(0).max(self.table.end)
    }
}
