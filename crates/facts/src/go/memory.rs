//! The file's memory as the loader leaves it: bytes at virtual addresses, with the relocations that matter applied.

use std::ops::Range;

use crate::elf::{Class, Endian, Image, Relocation, em};

use super::Architecture;

/// The memory of one file. Reads that leave what the file holds are `None` (zero-filled memory past the file part holds zeros).
#[derive(Clone, Copy)]
pub(super) struct Memory<'a> {
    image: &'a Image,
}

/// What a relocation makes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// An address in this file's own memory.
    Address(u64),
    /// The address of a dynamic symbol, wherever the loader finds it, and something added.
    Symbol(u32, i64),
}

/// The relocations of a range, by address.
#[derive(Debug, Default)]
pub(super) struct Patches(Vec<(u64, Word)>);

impl Patches {
    pub(super) fn get(&self, address: u64) -> Option<Word> {
        let at = self.0.binary_search_by_key(&address, |&(at, _)| at).ok()?;
        Some(self.0[at].1)
    }
}

/// What a relocation does, for the kinds that Go's linkers put on data (`None`: another kind).
fn word_of(machine: u16, relocation: &Relocation) -> Option<Word> {
    let (relative, absolute, got) = match machine {
        em::X86_64 => (8, 1, 6),
        em::AARCH64 => (1027, 257, 1025),
        _ => return None,
    };
    if relocation.kind == relative {
        Some(Word::Address(relocation.addend as u64))
    } else if relocation.kind == absolute || relocation.kind == got {
        Some(Word::Symbol(relocation.symbol, relocation.addend))
    } else {
        None
    }
}

impl<'a> Memory<'a> {
    pub(super) fn of(image: &'a Image) -> Memory<'a> {
        Memory { image }
    }
    pub(super) fn image(self) -> &'a Image {
        self.image
    }
    /// The processor, if its files are 64 bit and little-endian as Go's amd64 and arm64 are.
    pub(super) fn architecture(self) -> Architecture {
        let header = self.image.header();
        let usual = header.class == Class::Elf64 && header.endian == Endian::Little;
        match header.machine {
            em::X86_64 if usual => Architecture::Amd64,
            em::AARCH64 if usual => Architecture::Arm64,
            other => Architecture::Other(other),
        }
    }

    /// Exactly `length` bytes.
    pub(super) fn bytes(self, address: u64, length: u64) -> Option<&'a [u8]> {
        self.image.at(address)?.get(..usize::try_from(length).ok()?)
    }
    /// At most `length` bytes, as many as there are; `None` if there is none.
    pub(super) fn upto(self, address: u64, length: usize) -> Option<&'a [u8]> {
        let held = self.image.at(address)?;
        Some(&held[..held.len().min(length)])
    }
    pub(super) fn u32(self, address: u64) -> Option<u32> {
        let raw = *self.image.at(address)?.first_chunk()?;
        Some(u32::from_le_bytes(raw))
    }
    pub(super) fn u64(self, address: u64) -> Option<u64> {
        let raw = *self.image.at(address)?.first_chunk()?;
        Some(u64::from_le_bytes(raw))
    }

    /// Every relocated word with what becomes of it.
    pub(super) fn relocated(self) -> impl Iterator<Item = (u64, Word)> + use<'a> {
        let machine = self.image.header().machine;
        let relocations = self.image.relocations();
        relocations.filter_map(move |r| Some((r.offset, word_of(machine, &r)?)))
    }

    /// The relocations whose targets lie in a range. One pass over the tables.
    pub(super) fn patches(self, range: Range<u64>) -> Patches {
        let mut found: Vec<(u64, Word)> = self
            .relocated()
            .filter(|(at, _)| range.contains(at))
            .collect();
        found.sort_by_key(|&(at, _)| at);
        // A word relocated twice: the loader works in the table's order, so the last one stays.
        found.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        Patches(found)
    }

    /// The address that a relocated word holds, as far as this file alone can tell: a symbol that it defines itself counts as its own.
    pub(super) fn resolved(self, patches: &Patches, address: u64) -> Option<u64> {
        match patches.get(address) {
            Some(Word::Address(target)) => Some(target),
            Some(Word::Symbol(index, addend)) => {
                let symbol = self.image.symbol(index)?;
                let value = symbol.value.wrapping_add(addend as u64);
                (!symbol.is_undefined()).then_some(value)
            }
            None => self.u64(address),
        }
    }
    /// [`Memory::resolved`] of one word alone.
    pub(super) fn pointer(self, address: u64) -> Option<u64> {
        let end = address.checked_add(8)?;
        self.resolved(&self.patches(address..end), address)
    }
    /// A Go string whose header (pointer, length) lies at an address.
    pub(super) fn string(self, header: u64) -> Option<&'a [u8]> {
        let length = self.u64(header.checked_add(8)?)?;
        self.bytes(self.pointer(header)?, length)
    }
    /// The same with the relocations at hand.
    pub(super) fn string_with(self, patches: &Patches, header: u64) -> Option<&'a [u8]> {
        let length = self.u64(header.checked_add(8)?)?;
        if length == 0 {
            return Some(&[]);
        }
        self.bytes(self.resolved(patches, header)?, length)
    }
    /// The first of these dynamic symbols that the file defines.
    pub(super) fn symbol(self, names: &[&[u8]]) -> Option<crate::elf::Symbol> {
        names.iter().find_map(|name| {
            let hash = crate::elf::gnu_hash(name);
            let mut found = self.image.lookup(name, hash);
            found.find_map(|index| self.image.symbol(index).filter(|s| !s.is_undefined()))
        })
    }
}

/// How many bytes of names are still copied out of a file. Names may lie over each other, so a small file can hold many long ones.
pub(super) struct Budget(usize);

impl Budget {
    /// Twice the file's own size: honest files hold each name once.
    pub(super) fn of(image: &Image) -> Budget {
        Budget::of_bytes(image.file_size())
    }
    pub(super) fn of_bytes(bytes: usize) -> Budget {
        Budget(bytes.saturating_mul(2))
    }
    /// Takes some of it; `false` if there is not as much left.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// A base-128 number and the count of its digits.
pub(super) fn uvarint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0u64;
    for (byte, n) in bytes.iter().zip(0u32..10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * n)?;
        if byte & 0x80 == 0 {
            return Some((value, u64::from(n) + 1));
        }
    }
    None
}
