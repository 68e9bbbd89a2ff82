//! `.note.dlopen` (uapi-group.org, "ELF dlopen Metadata"): what a file may open at run time, for packagers and for sayso.

use sayso_facts::elf::{Segment, pf, pt};

use super::Refusal;
use super::area::Area;
use super::draft::Draft;

/// Owner and type of the note.
const OWNER: &[u8; 4] = b"FDO\0";
const DLOPEN: u32 = 0x407c_0c0a;

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
        if self.image.dlopen_notes().contains(&json) {
            self.remarks.push("it has this dlopen note already".into());
            return Ok(());
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
        self.notes.push(note);
        Ok(())
    }

    pub(super) fn place_notes(&mut self, area: &mut Area) {
        for note in self.notes.clone() {
            let (offset, vaddr) = area.reserve(&mut self.bytes, 4, note.len());
            self.fill(offset, &note, "a note");
            let size = note.len() as u64;
            // In front of the others: ld.so reads GNU properties from the last PT_NOTE that has the word's alignment.
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
            self.add_header(header);
        }
    }
}
