//! Section headers, where the file has them: no loader looks at them, but every other tool does, so they are kept true.

use std::ops::Range;

use sayso_facts::elf::{Image, Segment, sht};

use super::area::Area;
use super::codec::Codec;
use super::draft::Draft;

const SHF_ALLOC: u64 = 2;

/// One section header, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// Offset of the header in the file.
    pub(super) header: usize,
    pub(super) index: usize,
    /// Offset of the name in the table of section names.
    name: u32,
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
    /// The index of the section that holds the sections' names.
    names: usize,
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
            name: codec.read_u32(bytes, header)?,
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
            names: usize::from(header.shstrndx),
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

    /// What can be said of every section, wherever it lies: its name, kind, flags and link.
    pub(super) fn meanings(&self, bytes: &[u8]) -> Vec<(Vec<u8>, u32, u64, u32)> {
        let meaning = |s: &Section| {
            let name = self
                .names(bytes)
                .and_then(|names| names.get(s.name as usize..));
            let name = name.and_then(|name| name.split(|&b| b == 0).next());
            (name.unwrap_or_default().to_vec(), s.kind, s.flags, s.link)
        };
        self.list.iter().map(meaning).collect()
    }

    /// The table of section names, if it ends as a table of strings does.
    fn names<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let names = self
            .list
            .get(self.names)
            .filter(|s| s.kind == sht::STRTAB)?;
        let range = names.range();
        let table = bytes.get(range.start as usize..range.end as usize)?;
        (table.last() == Some(&0)).then_some(table)
    }
}

/// First of the indexes that mean something else (`SHN_LORESERVE`).
const RESERVED: usize = 0xff00;

impl Draft<'_> {
    /// One more section header of this name, empty as yet: at the end of the file, or in the area where nothing may come between
    /// the last segment and the area. Returns its index; `None` (and nothing done) if the headers or the names cannot take it.
    pub(super) fn add_section(
        &mut self,
        name: &[u8],
        mut area: Option<&mut Area>,
    ) -> Option<usize> {
        let index = self.sections.list.len();
        let names = self.sections.names(&self.bytes)?.to_vec();
        let count = u16::try_from(index + 1).ok()?;
        if index + 1 >= RESERVED || self.sections.list[self.sections.names].is_loaded() {
            return None;
        }
        let header = self.grow_section_headers(area.as_deref_mut());
        // The name of a section that was removed may still be there.
        let wanted = [name, b"\0"].concat();
        let known = names.windows(wanted.len()).position(|part| part == wanted);
        let name = known.unwrap_or_else(|| {
            self.move_section_names(&[names.as_slice(), &wanted].concat(), area);
            names.len()
        });
        let raw = self.codec.u32(name as u32);
        self.fill(header, &raw, "section headers");
        let count = self.codec.u16(count);
        let at = 24 + 3 * self.codec.word_size() + 12;
        self.put(at, &count, "the file header");
        Some(index)
    }

    /// Room for one more section header behind the others: where they stand, if that is the end of the file, else with a copy of
    /// all of them. Returns where it is.
    fn grow_section_headers(&mut self, area: Option<&mut Area>) -> usize {
        let size = self.image.class().section_size();
        let old = self.sections.table.start as usize..self.sections.table.end as usize;
        let mut start = old.start;
        if area.is_none() && old.end == self.bytes.len() {
            self.bytes.resize(old.end + size, 0);
        } else {
            let headers = self.bytes[old.clone()].to_vec();
            start = self.append(8, headers.len() + size, area);
            self.fill(start, &headers, "section headers");
            let word = self.codec.word_size();
            let place = self.codec.word(start as u64);
            self.put(24 + 2 * word, &place, "the file header");
            for section in &mut self.sections.list {
                section.header = section.header - old.start + start;
            }
        }
        let end = start + old.len();
        self.sections.table = start as u64..(end + size) as u64;
        end
    }

    fn move_section_names(&mut self, names: &[u8], area: Option<&mut Area>) {
        let start = self.append(1, names.len(), area);
        self.fill(start, names, "names of sections");
        let places = Places::of(self.codec);
        let header = self.sections.list[self.sections.names].header;
        for (place, value) in [(places.offset, start), (places.size, names.len())] {
            let raw = self.codec.word(value as u64);
            self.put(header + place, &raw, "section headers");
        }
    }

    /// Room at the end of the file, outside of every segment, or in the area.
    fn append(&mut self, align: usize, size: usize, area: Option<&mut Area>) -> usize {
        if let Some(area) = area {
            return area.reserve(&mut self.bytes, align, size).0;
        }
        let start = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(start + size, 0);
        start
    }

    /// Fills the header that [`Draft::add_section`] has made: a section that a `PT_NOTE` leads to as well.
    pub(super) fn describe_note(&mut self, index: usize, note: &Segment) {
        let codec = self.codec;
        let size = self.image.class().section_size();
        let header = self.sections.table.start as usize + index * size;
        let mut raw = codec.u32(sht::NOTE).to_vec();
        for value in [SHF_ALLOC, note.vaddr, note.offset, note.filesz] {
            raw.extend(codec.word(value));
        }
        // sh_link, sh_info; sh_addralign, sh_entsize.
        raw.extend([0; 8]);
        raw.extend(codec.word(note.align));
        raw.extend(codec.word(0));
        self.fill(header + 4, &raw, "section headers");
    }
}
