//! The edits of dynamic entries, and where the section goes when it outgrows its place.

use sayso_facts::elf::{Image, dt, pt, sht, stb};

use super::Refusal;
use super::area::Area;
use super::draft::{Draft, Value, names_a_string};
use super::sections::Places;

/// Joins two lists of directories; a directory of the second that stands in the first is not repeated.
fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut all: Vec<&[u8]> = first
        .split(|&b| b == b':')
        .filter(|_| !first.is_empty())
        .collect();
    for directory in second.split(|&b| b == b':').filter(|_| !second.is_empty()) {
        if !all.contains(&directory) {
            all.push(directory);
        }
    }
    all.join(&b':')
}

impl Draft<'_> {
    pub(super) fn text_of(&self, tag: i64, value: &Value) -> Option<Vec<u8>> {
        match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(offset) if names_a_string(tag) => Some(
                self.image
                    .string(u32::try_from(*offset).unwrap_or(u32::MAX))
                    .to_vec(),
            ),
            Value::Number(_) => None,
        }
    }
    /// The text of a string entry; the last counts, as in ld.so.
    fn string(&self, tag: i64) -> Option<Vec<u8>> {
        let (_, value) = self.entries.iter().rev().find(|(known, _)| *known == tag)?;
        self.text_of(tag, value)
    }
    pub(super) fn remove(&mut self, tag: i64) {
        self.entries.retain(|(known, _)| *known != tag);
    }

    /// Puts a string entry in the place of the first of its tag, or behind the last entry.
    pub(super) fn set_string(&mut self, tag: i64, text: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(text, "a name")?;
        if self.string(tag).as_deref() == Some(text) {
            return Ok(());
        }
        let place = self.entries.iter().position(|(known, _)| *known == tag);
        self.remove(tag);
        let entry = (tag, Value::Text(text.to_vec()));
        match place {
            Some(place) => self.entries.insert(place, entry),
            None => self.entries.push(entry),
        }
        Ok(())
    }

    pub(super) fn set_run_path(&mut self, tag: i64, path: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(path, "a run path")?;
        let other = if tag == dt::RUNPATH {
            dt::RPATH
        } else {
            dt::RUNPATH
        };
        // The entry of the other kind gives its place, so that no slot is needed.
        if self.string(tag).is_none() {
            for (known, _) in &mut self.entries {
                if *known == other {
                    *known = tag;
                }
            }
        }
        self.remove(other);
        self.set_string(tag, path)
    }

    pub(super) fn extend_run_path(&mut self, path: &[u8], in_front: bool) -> Result<(), Refusal> {
        let tag = if self.string(dt::RUNPATH).is_none() && self.string(dt::RPATH).is_some() {
            self.remarks.push("it has a DT_RPATH, which was extended; a DT_RUNPATH beside it would have made it void".into());
            dt::RPATH
        } else {
            dt::RUNPATH
        };
        let old = self.string(tag).unwrap_or_default();
        let new = if in_front {
            joined(path, &old)
        } else {
            joined(&old, path)
        };
        self.set_string(tag, &new)
    }

    pub(super) fn convert(&mut self, from: i64, to: i64) -> Result<(), Refusal> {
        let Some(path) = self.string(from) else {
            let name = if from == dt::RPATH {
                "DT_RPATH"
            } else {
                "DT_RUNPATH"
            };
            return Err(Refusal::new(format!("it has no {name}")));
        };
        if from == dt::RPATH && self.string(to).is_some() {
            // The loader ignores such a DT_RPATH already.
            self.remove(from);
            return Ok(());
        }
        self.set_run_path(to, &path)
    }

    fn needs(&self, name: &[u8]) -> bool {
        self.entries.iter().any(|(tag, value)| {
            *tag == dt::NEEDED && self.text_of(*tag, value).as_deref() == Some(name)
        })
    }

    pub(super) fn add_needed(&mut self, name: &[u8], in_front: bool) -> Result<(), Refusal> {
        Draft::checked_text(name, "a library's name")?;
        if name.is_empty() {
            return Err(Refusal::new("a library's name cannot be empty"));
        }
        if self.needs(name) {
            self.remarks.push(format!(
                "it needs {} already",
                String::from_utf8_lossy(name)
            ));
            return Ok(());
        }
        let entry = (dt::NEEDED, Value::Text(name.to_vec()));
        let first = self.entries.iter().position(|(tag, _)| *tag == dt::NEEDED);
        // Only the order among the needs counts, so the last place does where none has to come later.
        match first {
            Some(first) if in_front => self.entries.insert(first, entry),
            _ => self.entries.push(entry),
        }
        Ok(())
    }

    fn not_needed(name: &[u8]) -> Refusal {
        Refusal::new(format!(
            "it does not need {}",
            String::from_utf8_lossy(name)
        ))
    }

    pub(super) fn remove_needed(&mut self, name: &[u8]) -> Result<(), Refusal> {
        if !self.needs(name) {
            return Err(Draft::not_needed(name));
        }
        let image = self.image;
        let doomed = |tag: i64, value: &Value| match value {
            Value::Text(text) => tag == dt::NEEDED && text == name,
            Value::Number(offset) => tag == dt::NEEDED && image.string(*offset as u32) == name,
        };
        self.entries.retain(|(tag, value)| !doomed(*tag, value));
        if image
            .version_needs()
            .iter()
            .any(|need| image.string(need.file) == name)
        {
            self.forsaken += 1;
            self.remarks.push(format!(
                "versions are still needed from {}: it loads only where another object brings that library",
                String::from_utf8_lossy(name)
            ));
        }
        Ok(())
    }

    pub(super) fn replace_needed(&mut self, old: &[u8], new: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(new, "a library's name")?;
        if new.is_empty() {
            return Err(Refusal::new("a library's name cannot be empty"));
        }
        if !self.needs(old) {
            return Err(Draft::not_needed(old));
        }
        for index in 0..self.entries.len() {
            let (tag, value) = &self.entries[index];
            if *tag == dt::NEEDED && self.text_of(*tag, value).as_deref() == Some(old) {
                self.entries[index].1 = Value::Text(new.to_vec());
            }
        }
        // ld.so looks a version need's file up among the loaded objects by name (dl-version.c: find_needed), and does not
        // survive it if nobody is called so.
        self.rename_needed_file(old, new);
        Ok(())
    }

    pub(super) fn change_bits(&mut self, tag: i64, set: u64, clear: u64) {
        let place = self.entries.iter().rposition(|(known, _)| *known == tag);
        let old = match place.map(|place| &self.entries[place].1) {
            Some(Value::Number(old)) => *old,
            _ => 0,
        };
        let new = (old | set) & !clear;
        match place {
            Some(place) => self.entries[place].1 = Value::Number(new),
            None if new != 0 => self.entries.push((tag, Value::Number(new))),
            None => {}
        }
    }

    pub(super) fn set_interpreter(&mut self, path: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(path, "an interpreter's path")?;
        if path.is_empty() {
            return Err(Refusal::new("an interpreter's path cannot be empty"));
        }
        match self.image.interpreter() {
            None => Err(Refusal::new(
                "it names no interpreter: it is a library or statically linked",
            )),
            Some(old) if old == path => {
                self.interpreter = None;
                Ok(())
            }
            Some(_) => {
                self.interpreter = Some(path.to_vec());
                Ok(())
            }
        }
    }

    /// Room in the area for a dynamic section that outgrew its place.
    pub(super) fn reserve_dynamic(&mut self, area: &mut Area) -> (usize, u64) {
        let size = self.moved_dynamic_size();
        area.reserve(&mut self.bytes, 8, size)
    }

    /// Writes the entries, in place or where room was reserved (offset, address).
    pub(super) fn place_dynamic(&mut self, moved_to: Option<(usize, u64)>) -> Result<(), Refusal> {
        let Some(segment) = self.image.segment(pt::DYNAMIC).copied() else {
            return Ok(());
        };
        let distance = moved_to.map(|(_, vaddr)| vaddr.wrapping_sub(segment.vaddr));
        let mut table = self.encoded_entries(distance)?;
        if let Some((offset, vaddr)) = moved_to {
            table.resize(self.moved_dynamic_size(), 0);
            self.fill(offset, &table, "the dynamic section");
            self.dynamic_has_moved(segment.vaddr, vaddr, offset as u64, table.len() as u64);
        } else if let Some(offset) = self.offset_of(segment.vaddr) {
            // What an entry fewer leaves behind is DT_NULL.
            table.resize(self.dynamic_slots() * self.codec.entry_size(), 0);
            self.put(offset as usize, &table, "dynamic entries");
        }
        Ok(())
    }

    fn encoded_entries(&self, distance: Option<u64>) -> Result<Vec<u8>, Refusal> {
        let old_places = |tag: i64| {
            let entries = &self.image.dynamic()?.entries;
            entries.iter().position(|&(known, _)| known == tag)
        };
        let size = self.codec.entry_size() as u64;
        let mut raw = Vec::new();
        for (place, (tag, value)) in self.entries.iter().enumerate() {
            let Value::Number(value) = value else {
                return Err(Refusal::new(
                    "a string of the dynamic section found no place",
                ));
            };
            let mut value = *value;
            if *tag == dt::MIPS_RLD_MAP_REL {
                let from = old_places(*tag).unwrap_or(place) as u64 * size;
                let shift = (place as u64 * size)
                    .wrapping_sub(from)
                    .wrapping_add(distance.unwrap_or(0));
                value = value.wrapping_sub(shift);
            }
            raw.extend(self.codec.word(*tag as u64));
            raw.extend(self.codec.word(value));
        }
        Ok(raw)
    }

    /// Everything that knows where the dynamic section lies follows it.
    fn dynamic_has_moved(&mut self, old: u64, new: u64, offset: u64, size: u64) {
        for segment in self
            .segments
            .iter_mut()
            .filter(|s| s.kind == pt::DYNAMIC && s.vaddr == old)
        {
            segment.offset = offset;
            segment.vaddr = new;
            segment.paddr = new;
            segment.filesz = size;
            segment.memsz = size;
        }
        self.move_section(sht::DYNAMIC, old, new, offset, size);
        // The first word of the GOT holds the section's address on most machines (the psABIs' _GLOBAL_OFFSET_TABLE_[0]).
        let word = self.codec.word_size();
        let got = self
            .image
            .dynamic_value(dt::PLTGOT)
            .and_then(|got| self.offset_of(got));
        if let Some(got) = got.map(|got| got as usize)
            && self.codec.read_word(&self.bytes, got) == Some(old)
        {
            let new = self.codec.word(new);
            self.put(
                got,
                &new[..word],
                "the address of the dynamic section in the GOT",
            );
        }
    }

    /// A section moved: its header, and the symbols that are defined in it.
    pub(super) fn move_section(&mut self, kind: u32, old: u64, new: u64, offset: u64, size: u64) {
        let Some(section) = self.sections.at(kind, old).cloned() else {
            return;
        };
        let places = Places::of(self.codec);
        for (place, value) in [
            (places.addr, new),
            (places.offset, offset),
            (places.size, size),
        ] {
            let raw = self.codec.word(value);
            self.put(section.header + place, &raw, "section headers");
        }
        self.move_symbols(section.index, new.wrapping_sub(old));
        if let Some(known) = self
            .sections
            .list
            .iter_mut()
            .find(|s| s.index == section.index)
        {
            (known.addr, known.offset, known.size) = (new, offset, size);
        }
    }

    /// Symbols of a section that moved (`_DYNAMIC`, the section's own, names of notes) move with it.
    fn move_symbols(&mut self, section: usize, distance: u64) {
        let codec = self.codec;
        let (size, shndx_at, value_at) = if codec.is_64 { (24, 6, 8) } else { (16, 14, 4) };
        let tables: Vec<(usize, usize)> = self
            .sections
            .list
            .iter()
            .filter(|s| matches!(s.kind, sht::SYMTAB | sht::DYNSYM))
            .map(|s| (s.offset as usize, s.size as usize))
            .collect();
        for (start, length) in tables {
            for at in (start..start.saturating_add(length)).step_by(size) {
                let shndx = codec.read_u16(&self.bytes, at + shndx_at);
                if shndx.map(usize::from) != Some(section) || section == 0 {
                    continue;
                }
                if let Some(value) = codec.read_word(&self.bytes, at + value_at) {
                    let raw = codec.word(value.wrapping_add(distance));
                    self.put(at + value_at, &raw, "symbols of what moved");
                }
            }
        }
    }
}

/// A loader or another file that finds its own dynamic section without a program header: it must not move.
pub(super) fn finds_itself(image: &Image) -> bool {
    let defines = |name: &[u8]| {
        image
            .lookup(name, sayso_facts::elf::gnu_hash(name))
            .any(|index| {
                image
                    .symbol(index)
                    .is_some_and(|symbol| !symbol.is_undefined() && symbol.bind() != stb::LOCAL)
            })
    };
    image.needed().next().is_none()
        && image.first_segment(pt::INTERP).is_none()
        && (defines(b"_rtld_global") || (defines(b"__libc_start_main") && defines(b"dlopen")))
}
