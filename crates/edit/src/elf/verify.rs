//! The proof: the new file is read like any other, and every fact of it must be the old one's or asked for.

use bytes::Bytes;
use sayso_facts::elf::{Image, Scope, Segment, dt, pf, pt, sht};

use super::codec::Codec;
use super::draft::{Draft, names_a_string};
use super::sections::{Section, Sections};
use super::segments::zeroed_tails_end;
use super::{Edited, Refusal};

/// What the facts of the new file must be, worked out from the edits alone, before anything had a place.
#[derive(Debug)]
pub(super) struct Expected {
    /// Dynamic entries; strings as their texts.
    entries: Vec<(i64, Meaning)>,
    interpreter: Option<Vec<u8>>,
    needs: Vec<Need>,
    definitions: Vec<Vec<u8>>,
    notes: Vec<Vec<u8>>,
    /// Whether section headers may be added for them.
    may_add_section: bool,
    clears_stack: bool,
    /// Anomalies that were asked for: version needs of files that are needed no more.
    forsaken: usize,
}

/// A needed version: its name, flags and index.
type Needed = (Vec<u8>, u16, u16);
/// A file's name, and the versions needed from it.
type Need = (Vec<u8>, Vec<Needed>);

/// What a dynamic entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Text(Vec<u8>),
    Number(u64),
    /// Depends on where things lie.
    Place,
}

fn meaning(tag: i64, value: u64) -> Meaning {
    match tag {
        dt::STRTAB | dt::STRSZ | dt::MIPS_RLD_MAP_REL => Meaning::Place,
        _ => Meaning::Number(value),
    }
}

impl Expected {
    pub(super) fn of(draft: &Draft<'_>) -> Expected {
        let image = draft.image;
        let entry =
            |(tag, value): &(i64, super::draft::Value)| match (draft.text_of(*tag, value), value) {
                (Some(text), _) => (*tag, Meaning::Text(text)),
                (None, super::draft::Value::Number(number)) => (*tag, meaning(*tag, *number)),
                (None, super::draft::Value::Text(text)) => (*tag, Meaning::Text(text.clone())),
            };
        Expected {
            entries: draft.entries.iter().map(entry).collect(),
            interpreter: draft
                .interpreter
                .clone()
                .or_else(|| image.interpreter().map(<[u8]>::to_vec)),
            needs: draft.needs_to_be(),
            definitions: draft.definitions_to_be(),
            notes: draft.notes.clone(),
            may_add_section: !draft.notes.is_empty(),
            clears_stack: draft.clear_stack,
            forsaken: draft.forsaken,
        }
    }
}

/// The same of a file that is there.
fn entries_of(image: &Image) -> Vec<(i64, Meaning)> {
    let entries = image
        .dynamic()
        .map(|dynamic| dynamic.entries.as_slice())
        .unwrap_or_default();
    let entry = |&(tag, value): &(i64, u64)| {
        let text = || {
            image
                .string(u32::try_from(value).unwrap_or(u32::MAX))
                .to_vec()
        };
        (
            tag,
            if names_a_string(tag) {
                Meaning::Text(text())
            } else {
                meaning(tag, value)
            },
        )
    };
    entries.iter().map(entry).collect()
}

fn needs_of(image: &Image) -> Vec<Need> {
    let text = |offset| image.string(offset).to_vec();
    let mut needs: Vec<_> = image
        .version_needs()
        .iter()
        .map(|need| {
            (
                text(need.file),
                need.versions
                    .iter()
                    .map(|v| (text(v.name), v.flags, v.index))
                    .collect(),
            )
        })
        .collect();
    needs.retain(|(_, versions): &Need| !versions.is_empty());
    needs
}

pub(super) fn definitions_of(image: &Image) -> Vec<Vec<u8>> {
    let names = image.version_definitions().iter();
    names
        .flat_map(|d| std::iter::once(&d.name).chain(&d.parents))
        .map(|&name| image.string(name).to_vec())
        .collect()
}

/// Reads the result back.
pub(super) fn verify(old: &Image, edited: &Edited, expected: &Expected) -> Result<(), Refusal> {
    let differs = |what: &str| {
        Err(Refusal::new(format!(
            "the result was read back, and {what} would not be what was asked for"
        ))
        .instead("the file is unchanged; please report it, with the file"))
    };
    let Ok(new) = Image::parse(Bytes::copy_from_slice(&edited.bytes)) else {
        return differs("the file header");
    };
    if !untouched_elsewhere(old.bytes(), edited) {
        return differs("a byte outside the changes");
    }
    if entries_of(&new) != expected.entries {
        return differs("the dynamic section");
    }
    if new.interpreter().map(<[u8]>::to_vec) != expected.interpreter {
        return differs("the interpreter");
    }
    if needs_of(&new) != expected.needs || definitions_of(&new) != expected.definitions {
        return differs("a version");
    }
    if !same_symbols(old, &new) {
        return differs("a symbol");
    }
    if !old.relocations().eq(new.relocations()) || !old.relr_addresses().eq(new.relr_addresses()) {
        return differs("a relocation");
    }
    if !same_notes(old, &new, expected) {
        return differs("a note");
    }
    if !same_segments(old, &new, expected) {
        return differs("a segment");
    }
    if new.header().phoff != old.header().phoff && new.header().phoff < zeroed_tails_end(old) {
        return differs("the place of the program headers");
    }
    if !same_sections(old, &new, expected) {
        return differs("a section header");
    }
    let damages = |image: &Image| {
        image
            .anomalies()
            .iter()
            .filter(|a| a.scope == Scope::Loaders)
            .count()
    };
    // More symbols seem to be there where only the distance tells (see same_symbols): what is read past the table is no damage.
    if damages(&new) > damages(old) + expected.forsaken && new.symbol_count() == old.symbol_count()
    {
        return differs("something that loaders read");
    }
    Ok(())
}

/// Every byte of the old file is in the new one, but for the changes.
fn untouched_elsewhere(old: &[u8], edited: &Edited) -> bool {
    let mut at = 0;
    for change in &edited.changes {
        let start = (change.range.start as usize).min(old.len());
        if start > at && old.get(at..start) != edited.bytes.get(at..start) {
            return false;
        }
        at = at.max(change.range.end as usize);
    }
    at >= old.len() || old.get(at..) == edited.bytes.get(at..old.len())
}

fn same_symbols(old: &Image, new: &Image) -> bool {
    let name = |image: &Image, offset| image.string(offset).to_vec();
    let moved = |tag| old.dynamic_value(tag) != new.dynamic_value(tag);
    // Where no hash table counts the symbols, the distance to the string table is all that tells of their number.
    let counted = old.symbol_count() == new.symbol_count() || moved(dt::STRTAB);
    counted
        && old.symbols().zip(new.symbols()).all(|((_, a), (_, b))| {
            (a.info, a.other, a.shndx, a.size) == (b.info, b.other, b.shndx, b.size)
                && (a.name == b.name || name(old, a.name) == name(new, b.name))
        })
}

fn same_notes(old: &Image, new: &Image, expected: &Expected) -> bool {
    let all = |image: &Image| -> Vec<(Vec<u8>, u32, Vec<u8>)> {
        let mut notes: Vec<_> = image
            .notes()
            .map(|n| (n.owner.to_vec(), n.kind, n.text.to_vec()))
            .collect();
        notes.sort_unstable();
        notes
    };
    let (old_notes, new_notes) = (all(old), all(new));
    let kept = old_notes.iter().all(|note| new_notes.contains(note));
    kept && new_notes.len() == old_notes.len() + expected.notes.len()
        && old.properties() == new.properties()
        && old.abi_tag() == new.abi_tag()
}

/// Every old segment is there, but for what the edits concern; new ones are a `PT_LOAD` behind all others, notes, and the stack.
fn same_segments(old: &Image, new: &Image, expected: &Expected) -> bool {
    let follows = |s: &Segment| {
        matches!(
            s.kind,
            pt::PHDR | pt::INTERP | pt::DYNAMIC | pt::NOTE | pt::NULL | pt::GNU_PROPERTY
        )
    };
    let last = |image: &Image| {
        image
            .segments()
            .iter()
            .filter(|s| s.kind == pt::LOAD)
            .map(|s| s.vaddr)
            .max()
    };
    let fixed = |image: &Image| -> Vec<Segment> {
        let mut fixed: Vec<Segment> = image
            .segments()
            .iter()
            .filter(|s| !follows(s))
            .copied()
            .collect();
        for s in fixed
            .iter_mut()
            .filter(|s| s.kind == pt::GNU_STACK && expected.clears_stack)
        {
            s.flags &= !pf::X;
        }
        fixed
    };
    let (old_fixed, new_fixed) = (fixed(old), fixed(new));
    let kept = old_fixed.iter().all(|s| {
        new_fixed.contains(s)
            || (s.kind == pt::LOAD
                && Some(s.vaddr) == last(old)
                && new_fixed
                    .iter()
                    .any(|n| n.vaddr == s.vaddr && n.offset == s.offset && n.filesz > s.filesz))
    });
    let more: Vec<&Segment> = new_fixed
        .iter()
        .filter(|s| !old_fixed.contains(s))
        .collect();
    let loads_ascend = {
        let loads: Vec<u64> = new
            .segments()
            .iter()
            .filter(|s| s.kind == pt::LOAD)
            .map(|s| s.vaddr)
            .collect();
        let were: Vec<u64> = old
            .segments()
            .iter()
            .filter(|s| s.kind == pt::LOAD)
            .map(|s| s.vaddr)
            .collect();
        loads.is_sorted() || !were.is_sorted()
    };
    let stack_is_clear = !expected.clears_stack
        || new
            .segment(pt::GNU_STACK)
            .is_some_and(|s| s.flags & pf::X == 0);
    kept && loads_ascend
        && stack_is_clear
        && more
            .iter()
            .all(|s| s.kind == pt::LOAD || s.kind == pt::GNU_STACK)
        && more.len() <= 2
}

/// Every old section header is there under its name, and no new one but a note's; a note's section and a segment are one thing.
fn same_sections(old: &Image, new: &Image, expected: &Expected) -> bool {
    let sections = |image: &Image| Sections::of(image, Codec::of(image));
    let (were, are) = (sections(old), sections(new));
    let (was, is) = (were.meanings(old.bytes()), are.meanings(new.bytes()));
    let is_note =
        |(name, kind, ..): &(Vec<u8>, u32, u64, u32)| name == b".note.dlopen" && *kind == sht::NOTE;
    let more = is.get(was.len()..).unwrap_or_default();
    let as_asked = match more {
        [] => true,
        [one] => expected.may_add_section && is_note(one),
        _ => false,
    };
    let has_segment = |s: &Section| {
        new.segments().iter().any(|p| {
            p.kind == pt::NOTE
                && p.offset <= s.offset
                && s.range().end <= p.offset.saturating_add(p.filesz)
                && s.addr.wrapping_sub(p.vaddr) == s.offset.wrapping_sub(p.offset)
        })
    };
    let mut notes = are
        .list
        .iter()
        .zip(&is)
        .filter(|(_, meaning)| is_note(meaning));
    is.starts_with(&was)
        && as_asked
        && (expected.notes.is_empty() || notes.all(|(section, _)| has_segment(section)))
}

impl Draft<'_> {
    /// The version needs as they will read, in the table's order.
    fn needs_to_be(&self) -> Vec<Need> {
        let text = |field: usize, offset: u32| {
            let renamed = self
                .renamings
                .iter()
                .find(|renaming| renaming.field == field);
            renamed.map_or_else(
                || self.image.string(offset).to_vec(),
                |renaming| renaming.text.clone(),
            )
        };
        let mut needs: Vec<(usize, Need)> = Vec::new();
        for place in self.needed_versions() {
            let flags = self.codec.read_u16(&self.bytes, place.aux + 4).unwrap_or(0);
            let version = (text(place.aux + 8, place.name), flags, place.index);
            if let Some((_, (_, versions))) =
                needs.last_mut().filter(|(need, _)| *need == place.need)
            {
                versions.push(version);
                continue;
            }
            let file = self
                .codec
                .read_u32(&self.bytes, place.need + 4)
                .unwrap_or(0);
            needs.push((place.need, (text(place.need + 4, file), vec![version])));
        }
        needs.into_iter().map(|(_, need)| need).collect()
    }

    fn definitions_to_be(&self) -> Vec<Vec<u8>> {
        let renamed = |field: usize| {
            self.renamings
                .iter()
                .find(|renaming| renaming.field == field)
        };
        let names = self.defined_versions().into_iter();
        names
            .map(|(_, field, name)| {
                renamed(field).map_or_else(
                    || self.image.string(name).to_vec(),
                    |renaming| renaming.text.clone(),
                )
            })
            .collect()
    }
}
