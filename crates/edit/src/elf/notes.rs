//! `.note.dlopen` (uapi-group.org, "ELF dlopen Metadata"): what a file may open at run time, for packagers and for sayso.
//!
//! Loaders' tools find notes through `PT_NOTE`, packagers' tools through the section's name (and take one section of that name), so a
//! file that has section headers gets both. What an earlier edit has written grows; notes of the linker stay where they are.

use std::ops::Range;

use sayso_facts::elf::{Segment, pf, pt, sht};

use super::Refusal;
use super::area::Area;
use super::draft::Draft;

/// Owner and type of the note.
const OWNER: &[u8; 4] = b"FDO\0";
const DLOPEN: u32 = 0x407c_0c0a;
/// The section's name, as the specification gives it.
const SECTION: &[u8] = b".note.dlopen";

impl Draft<'_> {
    pub(super) fn add_dlopen_note(&mut self, json: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(json, "a dlopen note")?;
        let text = std::str::from_utf8(json)
            .map_err(|_| Refusal::new("a dlopen note is JSON, which is UTF-8"))?;
        if !text.trim_start().starts_with('[') {
            return Err(
                Refusal::new("a dlopen note is a JSON array of objects with \"soname\"").instead(
                    "for example '[{\"soname\":[\"libx.so.1\"],\"priority\":\"recommended\"}]'",
                ),
            );
        }
        let codec = self.codec;
        let mut note = Vec::new();
        note.extend(codec.u32(OWNER.len() as u32));
        note.extend(codec.u32(json.len() as u32 + 1));
        note.extend(codec.u32(DLOPEN));
        note.extend(OWNER);
        note.extend(json);
        note.push(0);
        note.resize(note.len().next_multiple_of(4), 0);
        if self.image.dlopen_notes().contains(&json) || self.notes.contains(&note) {
            self.remarks.push("it has this dlopen note already".into());
            return Ok(());
        }
        self.notes.push(note);
        Ok(())
    }

    /// The program header that leads to dlopen notes and to nothing else: they can move, and more can follow them.
    fn growing_notes(&self) -> Option<usize> {
        let is_alone = |s: &Segment| {
            s.kind == pt::NOTE && s.align == 4 && self.holds_dlopen_notes(&range_of(s))
        };
        let place = self.segments.iter().position(is_alone)?;
        // Another header may lead to a part of it.
        let range = range_of(&self.segments[place]);
        let is_shared = self.segments.iter().enumerate().any(|(other, s)| {
            let own = range_of(s);
            other != place
                && !matches!(s.kind, pt::LOAD | pt::NULL)
                && own.start < range.end
                && range.start < own.end
        });
        (!is_shared).then_some(place)
    }

    /// Whole dlopen notes, one behind the other, at least one.
    fn holds_dlopen_notes(&self, range: &Range<u64>) -> bool {
        let (start, end) = (range.start as usize, range.end as usize);
        let mut at = start;
        while at < end {
            let field = |place: usize| self.codec.read_u32(self.image.bytes(), at + place);
            let size = field(4).map(|size| (size as usize).next_multiple_of(4));
            let owner = self.image.bytes().get(at + 12..at + 16);
            match (field(0), size, field(8), owner) {
                (Some(4), Some(size), Some(DLOPEN), Some(owner)) if owner == OWNER => {
                    at += 16 + size;
                }
                _ => return false,
            }
        }
        at == end && start < end && end <= self.image.bytes().len()
    }

    /// Program headers that the notes want.
    pub(super) fn note_headers(&self) -> usize {
        usize::from(!self.notes.is_empty() && self.growing_notes().is_none())
    }

    /// Whether the notes want a section header.
    fn wants_note_section(&self) -> bool {
        let has_one = |place: usize| {
            let sections = &self.sections;
            sections.at(sht::NOTE, self.segments[place].vaddr).is_some()
        };
        !self.notes.is_empty()
            && self.sections.are_there()
            && !self.growing_notes().is_some_and(has_one)
    }

    /// One more section header is written, where the headers can be told and the names be read; the note follows later.
    pub(super) fn announce_notes(&mut self, area: Option<&mut Area>) {
        if !self.wants_note_section() {
            return;
        }
        let has_another = self
            .sections
            .meanings(&self.bytes)
            .iter()
            .any(|(name, ..)| name == SECTION);
        self.note_section = self.add_section(SECTION, area);
        if self.note_section.is_none() {
            self.remarks.push(
                "its section headers cannot take one more: the note has a program header only"
                    .into(),
            );
        } else if has_another {
            self.remarks.push(
                "its linker wrote a .note.dlopen, too: tools that read one section of that name see only one of the two"
                    .into(),
            );
        }
    }

    pub(super) fn place_notes(&mut self, area: &mut Area) {
        if self.notes.is_empty() {
            return;
        }
        let growing = self.growing_notes();
        let mut notes = Vec::new();
        if let Some(place) = growing {
            let range = range_of(&self.segments[place]);
            notes.extend_from_slice(&self.bytes[range.start as usize..range.end as usize]);
        }
        notes.extend(self.notes.concat());
        let (offset, vaddr) = area.reserve(&mut self.bytes, 4, notes.len());
        self.fill(offset, &notes, "notes");
        let size = notes.len() as u64;
        let header = Segment {
            kind: pt::NOTE,
            flags: pf::R,
            offset: offset as u64,
            vaddr,
            paddr: vaddr,
            filesz: size,
            memsz: size,
            align: 4,
        };
        if let Some(place) = growing {
            let old = std::mem::replace(&mut self.segments[place], header);
            self.move_section(sht::NOTE, old.vaddr, vaddr, offset as u64, size);
        } else {
            self.add_note_header(header);
        }
        if let Some(section) = self.note_section {
            self.describe_note(section, &header);
        }
    }

    /// In front of the others: ld.so reads GNU properties from the last `PT_NOTE` that has the word's alignment.
    fn add_note_header(&mut self, header: Segment) {
        self.add_header(header);
        if let Some(first) = self.segments.iter().position(|s| s.kind == pt::NOTE) {
            self.segments[first..].rotate_right(1);
        }
    }
}

fn range_of(s: &Segment) -> Range<u64> {
    s.offset..s.offset.saturating_add(s.filesz)
}
