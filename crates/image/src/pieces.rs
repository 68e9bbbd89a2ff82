//! What of an ELF file has to be in memory: not its debugging data, which no program header covers, and not its code.
//!
//! Of a system's libraries half is code, of a release's programs most is debugging data, and nothing in sayso looks at either.
//! Two kinds of code are kept: that of Go files, in which the layout of `moduledata` is read, and that of segments with more than
//! code in them (where the linker did not separate code: the one at the file's beginning).

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use sayso_facts::elf::{Image, Source, dt, pf, pt};

use crate::limits::{
    FIRST_LOOK_BYTES_MAX, HEAD_BYTES, LOADED_BYTES_MAX, PIECES_FROM_BYTES, SECTION_NAMES_BYTES,
};

/// The parts of a file that are kept, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) kept: Vec<Range<u64>>,
    /// Addresses of the code that is not.
    code: Vec<Range<u64>>,
    /// To keep only them is worth it.
    pub(crate) saves: bool,
    /// What is enough to tell where the loader's tables lie; `None`: nothing less than all of it will do, as in Go's files.
    first_look: Option<Vec<Range<u64>>>,
}

impl Plan {
    /// Bytes that are kept.
    pub(crate) fn cost(&self) -> u64 {
        sum(&self.kept)
    }
    /// Only what tells where the tables lie, for a file that is too big to keep more of it before that is known.
    pub(crate) fn first_look(&self) -> Option<Plan> {
        Some(Plan {
            kept: self.first_look.clone()?,
            code: Vec::new(),
            saves: true,
            first_look: None,
        })
    }
}

fn sum(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// From the beginning of the file. `None`: nothing can be told of it, and everything is kept.
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
    let mut first_look = kept.clone();
    for segment in image.segments() {
        let only_code = segment.kind == pt::LOAD
            && segment.flags & (pf::X | pf::W) == pf::X
            && segment.offset >= table
            && !keeps_code;
        if only_code {
            code.push(segment.vaddr..segment.vaddr.saturating_add(segment.memsz));
        } else if segment.kind != pt::NULL {
            let range = segment.offset..segment.offset.saturating_add(segment.filesz);
            if segment.kind != pt::LOAD {
                first_look.push(range.clone());
            }
            kept.push(range);
        }
    }
    // Section headers, with their names, which linkers put right before them.
    let sections = u64::from(header.shnum) * u64::from(header.shentsize);
    if header.shoff != 0 {
        let end = header.shoff.saturating_add(sections);
        kept.push(header.shoff.saturating_sub(SECTION_NAMES_BYTES)..end);
        first_look.push(header.shoff.saturating_sub(SECTION_NAMES_BYTES)..end);
    }
    let kept = joined(kept, size);
    let first_look = joined(first_look, size);
    // RELRO and the frame table are segments, too, and may be most of a file.
    let is_little = sum(&first_look) <= FIRST_LOOK_BYTES_MAX;
    Some(Plan {
        saves: sum(&kept) <= size - size / 8,
        first_look: (!keeps_code && is_little).then_some(first_look),
        kept,
        code,
    })
}

/// Tables with the tags that say how long they are; the others end where something else begins.
const TABLES: [(i64, Option<i64>); 14] = [
    (dt::HASH, None),
    (dt::GNU_HASH, None),
    (dt::STRTAB, Some(dt::STRSZ)),
    (dt::SYMTAB, None),
    (dt::RELA, Some(dt::RELASZ)),
    (dt::REL, Some(dt::RELSZ)),
    (dt::RELR, Some(dt::RELRSZ)),
    (dt::JMPREL, Some(dt::PLTRELSZ)),
    (dt::VERSYM, None),
    (dt::VERNEED, None),
    (dt::VERDEF, None),
    (dt::INIT_ARRAY, Some(dt::INIT_ARRAYSZ)),
    (dt::FINI_ARRAY, Some(dt::FINI_ARRAYSZ)),
    (dt::PREINIT_ARRAY, Some(dt::PREINIT_ARRAYSZ)),
];

/// After the first look: what else a loader reads of the file, behind the ranges that are there already. `None`: it has no tables, or
/// they cannot be told.
pub(crate) fn tables(pieces: &[(u64, Bytes)], size: u64) -> Option<Vec<Range<u64>>> {
    let parts = Parts {
        size,
        pieces: pieces.to_vec(),
    };
    let image = Image::parse_in_pieces(Arc::new(parts)).ok()?;
    let place = |address: u64| {
        let holds = |segment: &&sayso_facts::elf::Segment| {
            segment.kind == pt::LOAD
                && address >= segment.vaddr
                && address - segment.vaddr < segment.filesz
        };
        let segment = image.segments().iter().find(holds)?;
        segment.offset.checked_add(address - segment.vaddr)
    };
    let mut starts = Vec::new();
    for (tag, length) in TABLES {
        if let Some(address) = image.dynamic_value(tag) {
            let length = length.map(|tag| image.dynamic_value(tag).unwrap_or(0));
            starts.push((place(address)?, length));
        }
    }
    // Code follows the last table of the usual order.
    let code = image.dynamic_value(dt::INIT).and_then(place);
    let ends = |start: u64| {
        let others = starts.iter().map(|(start, _)| *start).chain(code);
        let segments = image.segments().iter();
        let segments = segments.filter(|segment| segment.kind == pt::LOAD);
        let segments = segments.map(|segment| segment.offset.saturating_add(segment.filesz));
        others.chain(segments).filter(|end| *end > start).min()
    };
    let mut wanted = Vec::new();
    for (start, length) in &starts {
        let end = match length {
            Some(length) => start.checked_add(*length)?,
            None => ends(*start)?,
        };
        wanted.push(*start..end);
    }
    (!wanted.is_empty()).then(|| joined(wanted, size))
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
    let parts = Parts {
        size,
        pieces: pieces.to_vec(),
    };
    let Ok(image) = Image::parse_in_pieces(Arc::new(parts)) else {
        return true;
    };
    TABLES.iter().any(|&(tag, _)| {
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
        let (mut twice, mut least) = (0, 0);
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
                let taken = |ranges: &[Range<u64>]| -> Vec<(u64, Bytes)> {
                    let piece = |range: &Range<u64>| {
                        let bytes = bytes.slice(range.start as usize..range.end as usize);
                        (range.start, bytes)
                    };
                    ranges.iter().map(piece).collect()
                };
                if let Some(first) = plan.first_look() {
                    let mut pieces = taken(&first.kept);
                    if let Some(tables) = tables(&pieces, bytes.len() as u64) {
                        pieces.extend(taken(&tables));
                        let again = laid_out(&pieces, bytes.len() as u64);
                        assert_eq!(
                            facts(bytes.clone()),
                            facts(again),
                            "{}, looked at twice",
                            path.display()
                        );
                        twice += 1;
                        least += pieces.iter().map(|(_, piece)| piece.len()).sum::<usize>();
                    }
                }
                if !plan.saves {
                    continue;
                }
                let pieces = taken(&plan.kept);
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
        println!("{twice} of them looked at twice: {least} bytes kept");
        assert!(seen == 0 || (trimmed > 0 && twice > 0));
    }

    /// Everything that an image says that comes out of its bytes.
    fn facts(bytes: Bytes) -> String {
        let image = Image::parse(bytes.clone()).unwrap();
        format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
            (0..image.symbol_count())
                .map(|index| image.symbol(index))
                .collect::<Vec<_>>(),
            image.relocations().count(),
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
