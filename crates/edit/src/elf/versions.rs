//! Edits of version tables. Records never move; names are strings like any other.

use sayso_facts::elf::{dt, sysv_hash, ver};

use super::Refusal;
use super::draft::{Draft, Renaming, Value};

/// Where a needed version stands: the file offsets of its need, of itself, and of the links that lead to both.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) need: usize,
    previous_need: Option<usize>,
    pub(super) aux: usize,
    previous_aux: Option<usize>,
    pub(super) name: u32,
    pub(super) index: u16,
}

/// No table is longer than this many records of the smallest size.
const RECORDS_MAX: usize = 1 << 16;

impl Draft<'_> {
    /// Where a table begins in the file, and the file up to the end of its segment: all that a loader can see of it.
    fn seen_from(&self, tag: i64) -> Option<(usize, &[u8])> {
        let vaddr = self.image.dynamic_value(tag)?;
        let start = self.offset_of(vaddr)? as usize;
        let end = start.checked_add(self.image.at(vaddr)?.len())?;
        Some((start, self.bytes.get(..end)?))
    }

    /// Every needed version, by the links that ld.so follows.
    pub(super) fn needed_versions(&self) -> Vec<Place> {
        let codec = self.codec;
        let Some((start, table)) = self.seen_from(dt::VERNEED) else {
            return Vec::new();
        };
        let link = |at: usize, field: usize| {
            codec
                .read_u32(table, at + field)
                .map(|d| d as usize)
                .filter(|&d| d > 0)
        };
        let mut places = Vec::new();
        let (mut need, mut previous_need) = (Some(start), None);
        while let Some(at) = need {
            let (mut aux, mut previous_aux) = (link(at, 8).map(|d| at + d), None);
            while let Some(aux_at) = aux.filter(|_| places.len() < RECORDS_MAX) {
                let (Some(name), Some(index), Some(_)) = (
                    codec.read_u32(table, aux_at + 8),
                    codec.read_u16(table, aux_at + 6),
                    codec.read_u32(table, aux_at + 12),
                ) else {
                    break;
                };
                places.push(Place {
                    need: at,
                    previous_need,
                    aux: aux_at,
                    previous_aux,
                    name,
                    index,
                });
                previous_aux = Some(aux_at);
                aux = link(aux_at, 12).map(|d| aux_at + d);
            }
            // A record without versions was unlinked by this draft.
            if previous_aux.is_some() {
                previous_need = Some(at);
            }
            need = link(at, 12)
                .map(|d| at + d)
                .filter(|_| places.len() < RECORDS_MAX);
        }
        places
    }

    fn called(&self, version: &[u8]) -> Result<Vec<Place>, Refusal> {
        let places: Vec<Place> = self
            .needed_versions()
            .into_iter()
            .filter(|place| self.image.string(place.name) == version)
            .collect();
        if places.is_empty() {
            return Err(Refusal::new(format!(
                "it needs no version {}",
                String::from_utf8_lossy(version)
            )));
        }
        Ok(places)
    }

    pub(super) fn rename_needed_file(&mut self, old: &[u8], new: &[u8]) {
        let mut fields: Vec<usize> = self
            .needed_versions()
            .iter()
            .map(|place| place.need + 4)
            .collect();
        fields.dedup();
        for field in fields {
            let Some(name) = self.codec.read_u32(&self.bytes, field) else {
                continue;
            };
            if self.image.string(name) == old {
                self.rename(field, name, new);
            }
        }
    }

    fn rename(&mut self, field: usize, old: u32, text: &[u8]) {
        self.renamings.retain(|known| known.field != field);
        self.renamings.push(Renaming {
            field,
            old,
            text: text.to_vec(),
        });
    }

    pub(super) fn weaken_version_need(&mut self, version: &[u8]) -> Result<(), Refusal> {
        for place in self.called(version)? {
            let flags = self.codec.read_u16(&self.bytes, place.aux + 4).unwrap_or(0);
            let raw = self.codec.u16(flags | ver::FLAG_WEAK);
            self.put(place.aux + 4, &raw, "flags of a needed version");
        }
        let symbols = self.symbols_of(version);
        if !symbols.is_empty() {
            self.remarks.push(format!(
                "where the version is missing the loader only warns now, but it will not find {} with it either",
                some(&symbols)
            ));
        }
        Ok(())
    }

    /// The symbols that are asked for with this version.
    fn symbols_of(&self, version: &[u8]) -> Vec<String> {
        let image = self.image;
        image
            .symbols()
            .filter(|(index, symbol)| {
                symbol.is_undefined()
                    && image
                        .versym(*index)
                        .and_then(|v| image.version_name(v))
                        .is_some_and(|(name, file)| file.is_some() && name == version)
            })
            .map(|(_, symbol)| String::from_utf8_lossy(image.string(symbol.name)).into_owned())
            .collect()
    }

    pub(super) fn drop_version_need(&mut self, version: &[u8]) -> Result<(), Refusal> {
        let codec = self.codec;
        let symbols = self.symbols_of(version);
        if !symbols.is_empty() {
            self.remarks.push(format!(
                "{} will take whatever version the library gives by default",
                some(&symbols)
            ));
        }
        self.called(version)?;
        // One at a time: unlinking changes the links that lead to the next.
        while let Some(place) = self
            .needed_versions()
            .into_iter()
            .find(|place| self.image.string(place.name) == version)
        {
            self.unversion(place.index);
            let next_aux = codec.read_u32(&self.bytes, place.aux + 12).unwrap_or(0);
            let count = codec.read_u16(&self.bytes, place.need + 2).unwrap_or(1);
            let what = "links of needed versions";
            match place.previous_aux {
                Some(previous) if next_aux == 0 => self.put(previous + 12, &codec.u32(0), what),
                Some(previous) => self.put(
                    previous + 12,
                    &codec.u32((place.aux - previous) as u32 + next_aux),
                    what,
                ),
                None if next_aux > 0 => self.put(
                    place.need + 8,
                    &codec.u32((place.aux - place.need) as u32 + next_aux),
                    what,
                ),
                None => {
                    self.unlink_need(&place);
                    continue;
                }
            }
            self.put(place.need + 2, &codec.u16(count.saturating_sub(1)), what);
        }
        Ok(())
    }

    /// A file of which no version is needed any more.
    fn unlink_need(&mut self, place: &Place) {
        let codec = self.codec;
        let next = codec.read_u32(&self.bytes, place.need + 12).unwrap_or(0);
        let what = "links of needed versions";
        match place.previous_need {
            Some(previous) if next == 0 => self.put(previous + 12, &codec.u32(0), what),
            Some(previous) => self.put(
                previous + 12,
                &codec.u32((place.need - previous) as u32 + next),
                what,
            ),
            None if next == 0 => {
                self.remove(dt::VERNEED);
                self.remove(dt::VERNEEDNUM);
                // So that no walk finds the last record again.
                self.put(place.need + 8, &codec.u32(0), what);
                return;
            }
            None => {
                // The table's address moves on to the second record.
                for (tag, value) in &mut self.entries {
                    if let (dt::VERNEED, Value::Number(at)) = (*tag, &mut *value) {
                        *at += u64::from(next);
                    }
                }
                // The walk of this draft starts at the old record: make it empty and skipped.
                self.put(place.need + 8, &codec.u32(0), what);
            }
        }
        for (tag, value) in &mut self.entries {
            if let (dt::VERNEEDNUM, Value::Number(count)) = (*tag, &mut *value) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Symbols of this version index have none any more.
    fn unversion(&mut self, index: u16) {
        let Some(start) = self
            .image
            .dynamic_value(dt::VERSYM)
            .and_then(|at| self.offset_of(at))
        else {
            return;
        };
        let raw = self.codec.u16(ver::GLOBAL);
        for symbol in 0..self.image.symbol_count() {
            if self
                .image
                .versym(symbol)
                .is_some_and(|v| v & !ver::HIDDEN == index & !ver::HIDDEN)
            {
                self.put(
                    start as usize + 2 * symbol as usize,
                    &raw,
                    "version indexes of symbols",
                );
            }
        }
    }

    pub(super) fn rename_version(&mut self, old: &[u8], new: &[u8]) -> Result<(), Refusal> {
        Draft::checked_text(new, "a version's name")?;
        if new.is_empty() {
            return Err(Refusal::new("a version's name cannot be empty"));
        }
        let codec = self.codec;
        let hash = codec.u32(sysv_hash(new));
        let mut found = false;
        for place in self.needed_versions() {
            if self.image.string(place.name) == old {
                self.put(place.aux, &hash, "hashes of versions");
                self.rename(place.aux + 8, place.name, new);
                found = true;
            }
        }
        for (definition, aux, name) in self.defined_versions() {
            if self.image.string(name) == old {
                if let Some(definition) = definition {
                    self.put(definition + 8, &hash, "hashes of versions");
                }
                self.rename(aux, name, new);
                found = true;
            }
        }
        if !found {
            return Err(Refusal::new(format!(
                "it neither needs nor defines a version {}",
                String::from_utf8_lossy(old)
            )));
        }
        Ok(())
    }

    /// Names in the version definitions: the definition (where the name is its own, not a parent's), the field, the name.
    pub(super) fn defined_versions(&self) -> Vec<(Option<usize>, usize, u32)> {
        let codec = self.codec;
        let mut names = Vec::new();
        let Some((start, table)) = self.seen_from(dt::VERDEF) else {
            return names;
        };
        let mut cursor = Some(start);
        while let Some(at) = cursor.filter(|_| names.len() < RECORDS_MAX) {
            let count = codec.read_u16(table, at + 6).unwrap_or(0);
            let mut aux = codec.read_u32(table, at + 12).map(|d| at + d as usize);
            for place in 0..count {
                let Some(field) = aux else { break };
                let Some(name) = codec.read_u32(table, field) else {
                    break;
                };
                names.push(((place == 0).then_some(at), field, name));
                aux = codec
                    .read_u32(table, field + 4)
                    .filter(|&d| d > 0)
                    .map(|d| field + d as usize);
            }
            cursor = codec
                .read_u32(table, at + 16)
                .filter(|&d| d > 0)
                .map(|d| at + d as usize);
        }
        names
    }
}

/// The first few names and a count of the others.
fn some(names: &[String]) -> String {
    const MOST: usize = 5;
    match names.len() {
        0..=MOST => names.join(", "),
        more => format!("{} and {} more", names[..MOST].join(", "), more - MOST),
    }
}
