//! Notes and GNU properties.

use super::image::until_nul;
use super::read::{Codec, part};
use super::{Image, Segment, pt};

/// One note: its owner without NULs, its type, its descriptor, and where it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note<'a> {
    /// `n_name` up to its NUL, e.g. `GNU`.
    pub owner: &'a [u8],
    /// `n_type`; what it means depends on the owner.
    pub kind: u32,
    /// `n_desc`.
    pub text: &'a [u8],
}

/// `NT_GNU_ABI_TAG`
const ABI_TAG: u32 = 1;
/// `NT_GNU_BUILD_ID`
const BUILD_ID: u32 = 3;
/// `NT_GNU_PROPERTY_TYPE_0`
const PROPERTY: u32 = 5;
/// `NT_FDO_DLOPEN_METADATA` of <https://uapi-group.org/specifications/specs/elf_dlopen_metadata/>
const DLOPEN: u32 = 0x407c_0c0a;
/// `GNU_PROPERTY_X86_ISA_1_NEEDED`
const X86_ISA_1_NEEDED: u32 = 0xc000_8002;
/// `GNU_PROPERTY_X86_FEATURE_1_AND`
const X86_FEATURE_1_AND: u32 = 0xc000_0002;
/// `GNU_PROPERTY_1_NEEDED`
const PROPERTY_1_NEEDED: u32 = 0xb000_8000;

/// What `NT_GNU_PROPERTY_TYPE_0` says to the x86 loader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Properties {
    /// `GNU_PROPERTY_X86_ISA_1_NEEDED`
    pub x86_isa_1_needed: u32,
    /// `GNU_PROPERTY_X86_FEATURE_1_AND`: bit 0 IBT, bit 1 SHSTK
    pub x86_feature_1_and: u32,
    /// `GNU_PROPERTY_1_NEEDED`: bit 0 indirect external access
    pub needed_1: u32,
}

/// Notes of one segment. Ends at the first that is cut.
struct Notes<'a> {
    codec: Codec,
    align: usize,
    rest: &'a [u8],
}

impl<'a> Iterator for Notes<'a> {
    type Item = Note<'a>;

    fn next(&mut self) -> Option<Note<'a>> {
        let name_size = self.codec.u32(self.rest, 0)? as usize;
        let text_size = self.codec.u32(self.rest, 4)? as usize;
        let kind = self.codec.u32(self.rest, 8)?;
        let name = self.rest.get(12..)?.get(..name_size)?;
        let text_at = 12usize
            .checked_add(name_size)?
            .checked_next_multiple_of(self.align)?;
        let text = self.rest.get(text_at..)?.get(..text_size)?;
        let end = text_at
            .checked_add(text_size)?
            .checked_next_multiple_of(self.align)?;
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(Note {
            owner: until_nul(name),
            kind,
            text,
        })
    }
}

impl Image {
    fn notes_of(&self, segment: &Segment) -> Notes<'_> {
        let range = part(self.file_size(), segment.offset, segment.filesz);
        Notes {
            codec: self.codec(),
            // Only 4 and 8 are in use; gABI's 8 is real only in GNU property notes.
            align: if segment.align == 8 { 8 } else { 4 },
            rest: range
                .and_then(|range| self.file_bytes(range))
                .unwrap_or_default(),
        }
    }

    /// Every note that `PT_NOTE` segments lead to.
    pub fn notes(&self) -> impl Iterator<Item = Note<'_>> {
        let segments = self.segments().iter().filter(|s| s.kind == pt::NOTE);
        segments
            .flat_map(|segment| self.notes_of(segment))
            // Overlapping segments of a damaged file could repeat one note thousands of times.
            .take(self.file_size() / 12)
    }

    fn gnu_note(&self, kind: u32) -> Option<&[u8]> {
        let mut notes = self.notes();
        notes
            .find(|note| note.owner == b"GNU" && note.kind == kind)
            .map(|note| note.text)
    }

    /// GNU properties as the x86 loader reads them (`sysdeps/x86/dl-prop.h: _dl_process_property_note`).
    ///
    /// ld.so goes through the program headers backwards, and the first `PT_NOTE` of the class's own alignment (4 or 8) that
    /// it meets decides alone, even if it holds no property. Two property notes in it count as none. `PT_GNU_PROPERTY`
    /// is left aside on x86.
    pub fn properties(&self) -> Properties {
        let align = self.codec().word_size() as u64;
        let mut segments = self.segments().iter().rev();
        let Some(segment) = segments.find(|s| s.kind == pt::NOTE && s.align == align) else {
            return Properties::default();
        };
        let mut notes = self
            .notes_of(segment)
            .filter(|note| note.owner == b"GNU" && note.kind == PROPERTY);
        match (notes.next(), notes.next()) {
            (Some(note), None) => self.read_properties(note.text).unwrap_or_default(),
            _ => Properties::default(),
        }
    }

    /// `None` where the loader gives the whole note up: wrong sizes, or types that do not ascend.
    fn read_properties(&self, text: &[u8]) -> Option<Properties> {
        let codec = self.codec();
        let word = codec.word_size();
        if text.len() < 8 || !text.len().is_multiple_of(word) {
            return None;
        }
        let mut properties = Properties::default();
        let mut rest = text;
        let mut last_kind = 0;
        while rest.len() >= 8 {
            let (kind, size) = (codec.u32(rest, 0)?, codec.u32(rest, 4)? as usize);
            if kind < last_kind {
                return None;
            }
            last_kind = kind;
            let value = rest.get(8..)?.get(..size)?;
            let place = match kind {
                PROPERTY_1_NEEDED => Some(&mut properties.needed_1),
                X86_FEATURE_1_AND => Some(&mut properties.x86_feature_1_and),
                X86_ISA_1_NEEDED => Some(&mut properties.x86_isa_1_needed),
                _ if kind > X86_ISA_1_NEEDED => break,
                _ => None,
            };
            if let Some(place) = place {
                *place = codec.u32(value, 0).filter(|_| size == 4)?;
            }
            rest = rest
                .get(8 + size.next_multiple_of(word)..)
                .unwrap_or_default();
        }
        Some(properties)
    }

    /// `GNU_PROPERTY_X86_ISA_1_NEEDED` bits from `PT_GNU_PROPERTY`/`PT_NOTE` (bit 0 baseline, 1 v2, 2 v3, 3 v4); 0 if none.
    pub fn x86_isa_needed(&self) -> u32 {
        self.properties().x86_isa_1_needed
    }
    /// `NT_GNU_ABI_TAG`: (os, major, minor, patch); os 0 is Linux.
    pub fn abi_tag(&self) -> Option<[u32; 4]> {
        let (codec, text) = (self.codec(), self.gnu_note(ABI_TAG)?);
        let number = |place: usize| codec.u32(text, 4 * place);
        Some([number(0)?, number(1)?, number(2)?, number(3)?])
    }
    /// `NT_GNU_BUILD_ID`.
    pub fn build_id(&self) -> Option<&[u8]> {
        self.gnu_note(BUILD_ID)
    }
    /// The JSON texts of `.note.dlopen` notes (owner `FDO`, type 0x407c0c0a) found through `PT_NOTE`.
    pub fn dlopen_notes(&self) -> Vec<&[u8]> {
        let notes = self
            .notes()
            .filter(|note| note.owner == b"FDO" && note.kind == DLOPEN);
        notes.map(|note| until_nul(note.text)).collect()
    }
}
