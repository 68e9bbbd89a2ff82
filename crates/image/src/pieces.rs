//! What of an ELF file has to be in memory: not its debugging data, which no program header covers, and not its code.
//!
//! Of a system's libraries half is code, of a release's programs most is debugging data, and nothing in sayso looks at either.
//! Two kinds of code are kept: that of Go files, in which the layout of `moduledata` is read, and that of segments with more than
//! code in them (where the linker did not separate code: the one at the file's beginning).

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use sayso_facts::elf::{Image, Source, dt, pf, pt};

use crate::limits::{HEAD_BYTES, LOADED_BYTES_MAX, PIECES_FROM_BYTES, SECTION_NAMES_BYTES};

/// The parts of a file that are kept, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) kept: Vec<Range<u64>>,
    /// Addresses of the code that is not.
    code: Vec<Range<u64>>,
}

/// From the beginning of the file. `None`: everything is kept.
pub(crate) fn plan(head: &Bytes, size: u64) -> Option<Plan> {
    if !(PIECES_FROM_BYTES..=LOADED_BYTES_MAX).contains(&size) {
        return None;
    }
    let image = Image::parse(head.clone()).ok()?;
    let header = image.header();
    let table = header.phoff + u64::from(header.phnum) * u64::from(header.phentsize);
    // Without all program headers, or with marks instead of their number, nothing is known.
    if table > head.len() as u64 || image.segments().len() != usize::from(header.phnum) {
        return None;
    }
    let keeps_code = image
        .segments()
        .iter()
        .any(|segment| segment.kind == pt::NOTE && may_be_go(head, segment.offset, segment.filesz));
    let (mut kept, mut code) = (Vec::new(), Vec::new());
    kept.push(0..table.max(HEAD_BYTES as u64));
    for segment in image.segments() {
        let only_code = segment.kind == pt::LOAD
            && segment.flags & (pf::X | pf::W) == pf::X
            && segment.offset >= table
            && !keeps_code;
        if only_code {
            code.push(segment.vaddr..segment.vaddr.saturating_add(segment.memsz));
        } else if segment.kind != pt::NULL {
            kept.push(segment.offset..segment.offset.saturating_add(segment.filesz));
        }
    }
    // Section headers, with their names, which linkers put right before them.
    let sections = u64::from(header.shnum) * u64::from(header.shentsize);
    if header.shoff != 0 {
        let end = header.shoff.saturating_add(sections);
        kept.push(header.shoff.saturating_sub(SECTION_NAMES_BYTES)..end);
    }
    let kept = joined(kept, size);
    let sum: u64 = kept.iter().map(|range| range.end - range.start).sum();
    (sum <= size - size / 8).then_some(Plan { kept, code })
}

/// A note of Go's (its owner is `Go`), or one that does not lie in the beginning.
fn may_be_go(head: &[u8], offset: u64, size: u64) -> bool {
    let range = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
    let note = range.and_then(|(offset, size)| head.get(offset..offset.checked_add(size)?));
    note.is_none_or(|note| note.windows(4).any(|owner| owner == b"Go\0\0"))
}

/// In order, without overlaps, within the file.
fn joined(mut ranges: Vec<Range<u64>>, size: u64) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        let range = range.start.min(size)..range.end.min(size);
        if range.is_empty() {
            continue;
        }
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The pieces as a file that is read here and there.
#[derive(Debug)]
struct Parts {
    size: u64,
    pieces: Vec<(u64, Bytes)>,
}

impl Source for Parts {
    fn size(&self) -> u64 {
        self.size
    }
    fn part(&self, start: u64, length: usize) -> Bytes {
        let within = |(offset, piece): &(u64, Bytes)| {
            let from = usize::try_from(start.checked_sub(*offset)?).ok()?;
            let to = piece.len().min(from.saturating_add(length));
            (from < to).then(|| piece.slice(from..to))
        };
        self.pieces.iter().find_map(within).unwrap_or_default()
    }
    fn whole(&self) -> Bytes {
        laid_out(&self.pieces, self.size)
    }
}

/// The tables that a loader reads lie where nothing is kept: the plan was wrong about this file.
pub(crate) fn misses_tables(plan: &Plan, pieces: &[(u64, Bytes)], size: u64) -> bool {
    const TABLES: [i64; 14] = [
        dt::HASH,
        dt::GNU_HASH,
        dt::STRTAB,
        dt::SYMTAB,
        dt::RELA,
        dt::REL,
        dt::RELR,
        dt::JMPREL,
        dt::VERSYM,
        dt::VERNEED,
        dt::VERDEF,
        dt::INIT_ARRAY,
        dt::FINI_ARRAY,
        dt::PREINIT_ARRAY,
    ];
    let parts = Parts {
        size,
        pieces: pieces.to_vec(),
    };
    let Ok(image) = Image::parse_in_pieces(Arc::new(parts)) else {
        return true;
    };
    TABLES.iter().any(|&tag| {
        let address = image.dynamic_value(tag);
        address.is_some_and(|address| plan.code.iter().any(|code| code.contains(&address)))
    })
}

/// Pieces where they belong, zeros between.
pub(crate) fn laid_out(pieces: &[(u64, Bytes)], size: u64) -> Bytes {
    // Zeros of this size come from the operating system untouched: only what is written takes memory.
    let mut bytes = vec![0; size as usize];
    for (start, piece) in pieces {
        let start = *start as usize;
        bytes[start..start + piece.len()].copy_from_slice(piece);
    }
    Bytes::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every ELF file of this machine says the same of itself without what is not kept.
    #[test]
    fn what_is_dropped_is_not_missed() {
        let (mut seen, mut trimmed, mut size, mut kept) = (0, 0, 0, 0);
        for folder in ["/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/sbin"] {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            for entry in entries.filter_map(Result::ok).take(600) {
                let path = entry.path();
                let Ok(bytes) = std::fs::read(&path).map(Bytes::from) else {
                    continue;
                };
                if !bytes.starts_with(b"\x7fELF") {
                    continue;
                }
                seen += 1;
                let head = bytes.slice(..bytes.len().min(HEAD_BYTES));
                let Some(plan) = plan(&head, bytes.len() as u64) else {
                    continue;
                };
                let pieces: Vec<(u64, Bytes)> = plan
                    .kept
                    .iter()
                    .map(|range| {
                        (
                            range.start,
                            bytes.slice(range.start as usize..range.end as usize),
                        )
                    })
                    .collect();
                let again = laid_out(&pieces, bytes.len() as u64);
                assert!(
                    !misses_tables(&plan, &pieces, bytes.len() as u64),
                    "{}",
                    path.display()
                );
                trimmed += 1;
                size += bytes.len() as u64;
                kept += plan
                    .kept
                    .iter()
                    .map(|range| range.end - range.start)
                    .sum::<u64>();
                assert_eq!(facts(bytes), facts(again), "{}", path.display());
            }
        }
        println!("{trimmed} of {seen} ELF files: {kept} of {size} bytes kept");
        assert!(seen == 0 || trimmed > 0);
    }

    /// Everything that an image says that comes out of its bytes.
    fn facts(bytes: Bytes) -> String {
        let image = Image::parse(bytes.clone()).unwrap();
        format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}",
            image.dynamic(),
            image.needed().collect::<Vec<_>>(),
            image.segments(),
            image.anomalies(),
            image.symbol_count(),
            sayso_facts::go::Program::of(&image).map(|program| {
                let sources = format!("{:?}", program.sources());
                (
                    program.version,
                    program.build_info,
                    program.module.is_ok(),
                    sources,
                )
            }),
        )
    }
}
