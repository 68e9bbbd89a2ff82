//! What a type is made of: the packages of the named types in it, and its methods (`internal/abi`: `Type` and what embeds it, 64 bit).

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::memory::{Memory, Patches};
use super::types::{STR, TFLAG, type_kind, type_name};
use super::{NamedType, TypeFacts, types};
use crate::limits::{GO_METHODS_MAX, GO_NAMESAKES_MAX, GO_TYPES_MAX};

const UNCOMMON: u8 = 1;
const NAMED: u8 = 4;
/// Bytes of `abi.Type`.
const BASE: u64 = 48;

const ARRAY: u8 = 17;
const CHAN: u8 = 18;
const FUNC: u8 = 19;
const INTERFACE: u8 = 20;
const MAP: u8 = 21;
const POINTER: u8 = 22;
const SLICE: u8 = 23;
const STRUCT: u8 = 25;

/// Reads types of one file.
pub(super) struct Types<'a> {
    pub(super) memory: Memory<'a>,
    pub(super) range: Range<u64>,
    pub(super) patches: Patches,
    /// Bytes of `abi.MapType`; `None` where it is not known.
    pub(super) map_size: Option<u64>,
}

/// Bytes of `abi.MapType` in a release; `plain_maps` is `GOEXPERIMENT=noswissmap`, which 1.24 and 1.25 have.
pub(super) fn map_size(minor: Option<u16>, plain_maps: bool) -> Option<u64> {
    match minor? {
        19..=23 => Some(88),
        24..=26 if plain_maps => Some(88),
        24..=26 => Some(112),
        27 => Some(128),
        _ => None,
    }
}

impl Types<'_> {
    fn u16(&self, at: u64) -> Option<u16> {
        self.memory.u32(at).map(|word| word as u16)
    }
    fn flags(&self, at: u64) -> Option<u8> {
        self.memory
            .bytes(at.checked_add(TFLAG)?, 1)?
            .first()
            .copied()
    }
    /// A type that a word of another one points at.
    fn pointed(&self, at: u64) -> Option<u64> {
        self.memory.resolved(&self.patches, at)
    }
    /// A type or a name by its offset.
    fn offset(&self, at: u64) -> Option<u64> {
        let offset = u64::from(self.memory.u32(at)?);
        self.range.start.checked_add(offset)
    }

    /// Where the part common to named types stands (`abi.UncommonType`).
    fn uncommon(&self, at: u64) -> Option<u64> {
        if self.flags(at)? & UNCOMMON == 0 {
            return None;
        }
        let size = match type_kind(self.memory, at)? {
            STRUCT | INTERFACE => BASE + 32,
            POINTER | FUNC | SLICE => BASE + 8,
            ARRAY => BASE + 24,
            CHAN => BASE + 16,
            MAP => self.map_size?,
            _ => BASE,
        };
        at.checked_add(size)
    }

    /// `runtime/type.go: pkgpath`
    fn package(&self, at: u64) -> Option<String> {
        let name = match self.uncommon(at) {
            Some(uncommon) if self.memory.u32(uncommon)? == 0 => return None,
            Some(uncommon) => self.offset(uncommon)?,
            None => match type_kind(self.memory, at)? {
                // A pointer to the name, which is nil where everything in it is exported.
                STRUCT | INTERFACE => self.pointed(at.checked_add(BASE)?).filter(|&at| at != 0)?,
                _ => return None,
            },
        };
        let text = types::name(self.memory, name)?;
        Some(String::from_utf8_lossy(text).into_owned()).filter(|text| !text.is_empty())
    }

    /// The types that an unnamed type is made of. `None`: they cannot be read.
    fn parts(&self, at: u64) -> Option<Vec<u64>> {
        let first = at.checked_add(BASE)?;
        Some(match type_kind(self.memory, at)? {
            ARRAY | CHAN | POINTER | SLICE => vec![self.pointed(first)?],
            MAP => vec![self.pointed(first)?, self.pointed(first.checked_add(8)?)?],
            FUNC => {
                let (ins, outs) = (self.u16(first)?, self.u16(first.checked_add(2)?)? & 0x7fff);
                let uncommon = if self.flags(at)? & UNCOMMON == 0 {
                    0
                } else {
                    16
                };
                let start = first.checked_add(8 + uncommon)?;
                let count = u64::from(ins) + u64::from(outs);
                let each = (0..count.min(GO_TYPES_MAX as u64))
                    .map(|n| self.pointed(start.checked_add(8 * n)?));
                each.collect::<Option<Vec<u64>>>()?
            }
            STRUCT => {
                // {name, type, offset}
                let (fields, count) = (
                    self.pointed(first.checked_add(8)?)?,
                    self.memory.u64(first.checked_add(16)?)?,
                );
                let each = (0..count.min(GO_TYPES_MAX as u64))
                    .map(|n| self.pointed(fields.checked_add(24 * n + 8)?));
                each.collect::<Option<Vec<u64>>>()?
            }
            INTERFACE => {
                // {name offset, type offset}
                let (methods, count) = (
                    self.pointed(first.checked_add(8)?)?,
                    self.memory.u64(first.checked_add(16)?)?,
                );
                let each = (0..count.min(GO_TYPES_MAX as u64))
                    .map(|n| self.offset(methods.checked_add(8 * n + 4)?));
                each.collect::<Option<Vec<u64>>>()?
            }
            _ => Vec::new(),
        })
    }

    /// The packages of every named type in a type; `None` if some part of it cannot be read.
    fn packages(&self, root: u64) -> Option<BTreeSet<String>> {
        let mut packages = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut work = vec![root];
        while let Some(at) = work.pop() {
            if !seen.insert(at) {
                continue;
            }
            if seen.len() > GO_TYPES_MAX || !self.range.contains(&at) {
                return None;
            }
            packages.extend(self.package(at));
            if self.flags(at)? & NAMED == 0 {
                work.extend(self.parts(at)?);
            } else if type_kind(self.memory, at)? == MAP && self.map_size.is_none() {
                return None;
            }
        }
        Some(packages)
    }

    /// Exported methods with their types, in the table's order (by name).
    fn methods(&self, at: u64) -> Option<Vec<(String, Option<String>)>> {
        let Some(uncommon) = self.uncommon(at) else {
            return Some(Vec::new());
        };
        let count = u64::from(self.u16(uncommon.checked_add(4)?)?);
        let table = uncommon.checked_add(self.memory.u32(uncommon.checked_add(8)?)?.into())?;
        let method = |n: u64| {
            let entry = table.checked_add(16 * n)?;
            let name = types::name(self.memory, self.offset(entry)?)?;
            let go_type = self.offset(entry.checked_add(4)?);
            let go_type = go_type.filter(|at| self.range.contains(at));
            let go_type = go_type.and_then(|at| type_name(self.memory, &self.range, at));
            Some((String::from_utf8_lossy(name).into_owned(), go_type))
        };
        (0..count.min(GO_METHODS_MAX)).map(method).collect()
    }

    /// A type with a name of its own, if it is called so.
    fn named(&self, at: u64, shown: &str) -> Option<NamedType> {
        // The flag and the kind first: nearly every type is another one.
        if !self.range.contains(&at) || self.flags(at)? & NAMED == 0 {
            return None;
        }
        let name = type_name(self.memory, &self.range, at)?;
        if name != shown {
            return None;
        }
        let is_interface = type_kind(self.memory, at)? == INTERFACE;
        let asked = if is_interface {
            Some(self.asked(at)?)
        } else {
            None
        };
        Some(NamedType {
            name,
            package: self.package(at),
            asks_for: asked,
        })
    }

    /// The methods that an interface asks for, in its own order.
    fn asked(&self, at: u64) -> Option<Vec<(String, String)>> {
        let first = at.checked_add(BASE + 8)?;
        let (table, count) = (
            self.pointed(first)?,
            self.memory.u64(first.checked_add(8)?)?,
        );
        let method = |n: u64| {
            let entry = table.checked_add(8 * n)?;
            let name = types::name(self.memory, self.offset(entry)?)?;
            let go_type = self.offset(entry.checked_add(4)?)?;
            let go_type = type_name(self.memory, &self.range, go_type)?;
            Some((String::from_utf8_lossy(name).into_owned(), go_type))
        };
        (0..count.min(GO_METHODS_MAX)).map(method).collect()
    }

    /// The types of this name among those that other objects may bind to (symbols `type:…`, whose names the linker shortens to digests).
    pub(super) fn all_named(&self, shown: &str) -> Vec<NamedType> {
        let image = self.memory.image();
        let is_type = |symbol: &crate::elf::Symbol| {
            let name = image.string(symbol.name);
            !symbol.is_undefined() && (name.starts_with(b"type:") || name.starts_with(b"type."))
        };
        let symbols = image.symbols().map(|(_, symbol)| symbol).filter(is_type);
        let mut found: Vec<NamedType> = Vec::new();
        for named in symbols.filter_map(|symbol| self.named(symbol.value, shown)) {
            if found.len() < GO_NAMESAKES_MAX && !found.contains(&named) {
                found.push(named);
            }
        }
        found
    }

    /// Everything that an assertion looks at.
    pub(super) fn facts(&self, at: u64) -> Option<TypeFacts> {
        self.memory.u32(at.checked_add(STR)?)?;
        Some(TypeFacts {
            name: type_name(self.memory, &self.range, at)?,
            package: self.package(at),
            packages: self
                .packages(at)
                .map(|packages| packages.into_iter().collect()),
            methods: self.methods(at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_map_types() {
        assert_eq!(map_size(Some(23), false), Some(88));
        assert_eq!(map_size(Some(25), true), Some(88));
        assert_eq!(map_size(Some(25), false), Some(112));
        assert_eq!(map_size(Some(28), false), None);
        assert_eq!(map_size(None, false), None);
    }
}
