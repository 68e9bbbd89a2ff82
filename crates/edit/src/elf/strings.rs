//! The dynamic string table: what is there already is shared, what nobody uses any more is written over, and only the rest grows.

use std::ops::Range;

use sayso_facts::elf::{dt, sht};

use super::Refusal;
use super::area::{Area, Plan};
use super::draft::{Draft, Value, names_a_string};

/// What the table needs beyond its own bytes.
#[derive(Debug)]
pub(super) struct Strings {
    /// Its address and its place in the file.
    pub(super) vaddr: u64,
    pub(super) offset: usize,
    /// `DT_STRSZ`, cut to what is mapped.
    pub(super) size: usize,
    /// What is to stand behind it.
    pub(super) tail: Vec<u8>,
    /// Ranges of the table that nothing uses any more, NULs included.
    free: Vec<Range<usize>>,
}

impl Strings {
    /// Finds an offset for every new string, and clears strings that only removed entries used.
    pub(super) fn settle(draft: &mut Draft<'_>) -> Result<Strings, Refusal> {
        let unreadable = || Refusal::new("its string table cannot be read");
        let dynamic = draft.image.dynamic().ok_or_else(unreadable)?;
        let vaddr = dynamic.strtab.ok_or_else(unreadable)?;
        let offset = draft.offset_of(vaddr).ok_or_else(unreadable)? as usize;
        let mapped = draft.image.at(vaddr).map_or(0, <[u8]>::len);
        let size = usize::try_from(dynamic.strsz)
            .unwrap_or(usize::MAX)
            .min(mapped);
        if size == 0 || draft.bytes[offset + size - 1] != 0 {
            return Err(Refusal::new(
                "its string table does not end with a NUL, or DT_STRSZ is missing",
            ));
        }
        let mut strings = Strings {
            vaddr,
            offset,
            size,
            tail: Vec::new(),
            free: Vec::new(),
        };
        strings.free = strings.freed(draft);
        for range in strings.free.clone() {
            let zeros = vec![0; range.len()];
            draft.put(
                offset + range.start,
                &zeros,
                "a string that nothing uses any more",
            );
        }
        for index in 0..draft.entries.len() {
            if let (_, Value::Text(text)) = &draft.entries[index] {
                let text = text.clone();
                let at = strings.place(draft, &text)?;
                draft.entries[index].1 = Value::Number(at);
            }
        }
        for renaming in draft.renamings.clone() {
            let at = strings.place(draft, &renaming.text)?;
            let at = u32::try_from(at).map_err(|_| Refusal::new("its string table is too long"))?;
            let raw = draft.codec.u32(at);
            draft.put(renaming.field, &raw, "names of versions");
        }
        Ok(strings)
    }

    /// Where each string starts that something uses after the edits; `None` if that cannot be told.
    fn used(draft: &Draft<'_>) -> Option<Vec<u32>> {
        let image = draft.image;
        // Something else may point into the table, and only section headers tell.
        if let Some(section) = draft.sections.at(sht::STRTAB, image.dynamic()?.strtab?) {
            let known = [sht::DYNSYM, sht::DYNAMIC, sht::GNU_VERDEF, sht::GNU_VERNEED];
            let strangers = draft
                .sections
                .list
                .iter()
                .any(|s| s.link as usize == section.index && !known.contains(&s.kind));
            if strangers {
                return None;
            }
        }
        if image.symbol_count() == 0 {
            return None;
        }
        let mut used: Vec<u32> = image.symbols().map(|(_, symbol)| symbol.name).collect();
        for (tag, value) in &draft.entries {
            if let Value::Number(offset) = value
                && names_a_string(*tag)
            {
                used.push(u32::try_from(*offset).ok()?);
            }
        }
        let mut names = Vec::new();
        for need in image.version_needs() {
            names.push(need.file);
            names.extend(need.versions.iter().map(|version| version.name));
        }
        for definition in image.version_definitions() {
            names.push(definition.name);
            names.extend(&definition.parents);
        }
        // A renamed field lets go of one use of its old string.
        for renaming in &draft.renamings {
            if let Some(place) = names.iter().position(|&name| name == renaming.old) {
                names.swap_remove(place);
            }
        }
        used.extend(names);
        used.sort_unstable();
        used.dedup();
        Some(used)
    }

    /// Strings of removed entries and renamed fields that nothing else lies in.
    fn freed(&self, draft: &Draft<'_>) -> Vec<Range<usize>> {
        let Some(used) = Strings::used(draft) else {
            return Vec::new();
        };
        let old = draft
            .image
            .dynamic()
            .map(|dynamic| dynamic.entries.as_slice())
            .unwrap_or_default();
        let kept = |offset: u64| {
            draft
                .entries
                .iter()
                .any(|(tag, value)| names_a_string(*tag) && *value == Value::Number(offset))
        };
        let gone = old
            .iter()
            .filter(|(tag, offset)| names_a_string(*tag) && !kept(*offset));
        let gone = gone.map(|&(_, offset)| offset as usize);
        let renamed = draft.renamings.iter().map(|renaming| renaming.old as usize);
        let table = &draft.image.bytes()[self.offset..self.offset + self.size];
        let mut free: Vec<Range<usize>> = gone
            .chain(renamed)
            .filter(|&start| start > 0 && start < self.size)
            .filter_map(|start| {
                let end = start + table[start..].iter().position(|&b| b == 0)? + 1;
                // A longer string that ends in this one starts before it, behind the NUL of its predecessor.
                let first = table[..start]
                    .iter()
                    .rposition(|&b| b == 0)
                    .map_or(0, |nul| nul + 1);
                let next = used.partition_point(|&offset| (offset as usize) < first);
                let is_shared = used
                    .get(next)
                    .is_some_and(|&offset| (offset as usize) < end);
                (!is_shared).then_some(start..end)
            })
            .collect();
        free.sort_unstable_by_key(|range| (range.start, range.end));
        free.dedup_by(|next, known| next.start < known.end);
        free
    }

    /// The offset of a string: an equal one or the end of a longer one, else a free place, else behind the table.
    fn place(&mut self, draft: &mut Draft<'_>, text: &[u8]) -> Result<u64, Refusal> {
        let wanted = [text, b"\0"].concat();
        let table = &draft.bytes[self.offset..self.offset + self.size];
        let mut found = find(table, &wanted);
        // Free places are zero by now: an empty string in one of them would be written over.
        if text.is_empty() {
            found = Some(0).filter(|_| table[0] == 0);
        }
        if let Some(at) = found {
            return Ok(at as u64);
        }
        if let Some(at) = find(&self.tail, &wanted) {
            return Ok((self.size + at) as u64);
        }
        let fitting = self
            .free
            .iter()
            .enumerate()
            .filter(|(_, range)| range.len() >= wanted.len());
        if let Some((index, range)) = fitting
            .min_by_key(|(_, range)| range.len())
            .map(|(i, r)| (i, r.clone()))
        {
            draft.put(self.offset + range.start, &wanted, "strings");
            self.free[index].start += wanted.len();
            return Ok(range.start as u64);
        }
        let at = self.size + self.tail.len();
        self.tail.extend_from_slice(&wanted);
        if u32::try_from(at + wanted.len()).is_err() {
            return Err(Refusal::new("its string table is too long"));
        }
        Ok(at as u64)
    }

    /// The free bytes right behind the table, as far as section headers show that they are nobody's.
    pub(super) fn gap(&self, draft: &Draft<'_>) -> usize {
        let end = (self.offset + self.size) as u64;
        if !draft.sections.are_there() {
            return 0;
        }
        let header = draft.image.header();
        let ends_of_segments = draft
            .image
            .segments()
            .iter()
            .filter(|s| {
                s.kind == sayso_facts::elf::pt::LOAD
                    && s.offset < end
                    && end <= s.offset.saturating_add(s.filesz)
            })
            .map(|s| s.offset.saturating_add(s.filesz));
        let starts = draft
            .sections
            .list
            .iter()
            .map(super::sections::Section::range)
            .filter(|r| r.start < r.end && r.end > end);
        let others = [header.phoff, header.shoff]
            .into_iter()
            .filter(|&at| at >= end);
        let limit = starts
            .map(|r| r.start.max(end))
            .chain(others)
            .chain(ends_of_segments)
            .min()
            .unwrap_or(end);
        let gap = draft
            .image
            .bytes()
            .get(end as usize..limit as usize)
            .unwrap_or_default();
        gap.iter().take_while(|&&b| b == 0).count()
    }
}

/// Where `wanted` stands in `table` first.
fn find(table: &[u8], wanted: &[u8]) -> Option<usize> {
    // The last byte of `wanted` is the NUL: candidates are the ends of strings.
    let mut start = 0;
    while let Some(nul) = table[start..]
        .iter()
        .position(|&b| b == 0)
        .map(|at| start + at)
    {
        if let Some(at) = (nul + 1).checked_sub(wanted.len())
            && &table[at..=nul] == wanted
        {
            return Some(at);
        }
        start = nul + 1;
    }
    None
}

impl Draft<'_> {
    /// Writes the tail of the string table: into the gap, behind the file's end, or with a copy of the table in the area.
    pub(super) fn place_strings(&mut self, strings: Strings, plan: &Plan, area: &mut Area) {
        if strings.tail.is_empty() {
            return;
        }
        let size = strings.size + strings.tail.len();
        let (vaddr, offset) = if plan.move_strings {
            let (offset, vaddr) = area.reserve(&mut self.bytes, 1, size);
            let mut table = self.bytes[strings.offset..strings.offset + strings.size].to_vec();
            table.extend_from_slice(&strings.tail);
            self.fill(offset, &table, "the string table");
            (vaddr, offset)
        } else if plan.extend_strings {
            area.reserve(&mut self.bytes, 1, strings.tail.len());
            self.fill(strings.offset + strings.size, &strings.tail, "strings");
            (strings.vaddr, strings.offset)
        } else {
            self.put(strings.offset + strings.size, &strings.tail, "strings");
            (strings.vaddr, strings.offset)
        };
        for (tag, value) in &mut self.entries {
            match *tag {
                dt::STRTAB => *value = Value::Number(vaddr),
                dt::STRSZ => *value = Value::Number(size as u64),
                _ => {}
            }
        }
        self.move_section(
            sht::STRTAB,
            strings.vaddr,
            vaddr,
            offset as u64,
            size as u64,
        );
    }
}
