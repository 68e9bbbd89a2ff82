//! Section headers, as evidence where nothing that a loader reads leads to the place.

use std::ops::Range;

use crate::elf::Image;
use crate::limits::SECTIONS_MAX;

fn u32_at(raw: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*raw.get(at..)?.first_chunk()?))
}

fn u64_at(raw: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*raw.get(at..)?.first_chunk()?))
}

/// The addresses of the section of a name (64 bit, little-endian); `None` if there is none or it is not in memory.
pub(super) fn named(image: &Image, name: &[u8]) -> Option<Range<u64>> {
    const SIZE: usize = 64;
    let header = image.header();
    let bytes: &[u8] = image.bytes();
    let start = usize::try_from(header.shoff).ok().filter(|&at| at > 0)?;
    if header.shentsize as usize != SIZE {
        return None;
    }
    let table = bytes.get(start..)?;
    let section = |n: usize| table.get(n * SIZE..(n + 1) * SIZE);
    let names_at = usize::try_from(u64_at(section(header.shstrndx.into())?, 24)?).ok()?;
    let names = bytes.get(names_at..)?;
    (0..(header.shnum as usize).min(SECTIONS_MAX))
        .filter_map(section)
        .find_map(|raw| {
            let at = u32_at(raw, 0)? as usize;
            let rest = names.get(at..)?.strip_prefix(name)?;
            let (address, size) = (u64_at(raw, 16)?, u64_at(raw, 32)?);
            let is_it = rest.first() == Some(&0) && address > 0;
            is_it.then_some(address..address.checked_add(size)?)
        })
}
