//! Which bytes of a file a snapshot keeps: those that a model may look at.
//!
//! What a loader does is decided by headers, the dynamic tables and notes; by constants, where they are its own or a Go program's.
//! Machine code, unwinding tables, other files' constants, debugging information and the full symbol table decide nothing, and are most
//! of a file. Section headers tell where these lie; since they may lie, nothing is left out that a program header or `PT_DYNAMIC` leads
//! to. Of a script the first line counts.

use std::ops::Range;

use sayso_facts::elf::{Class, Endian, Image, Segment, dt, pt, sht};

use sayso_world::identify::{LoaderFamily, identify};

use crate::limits::SNAPSHOT_SECTIONS_MAX;

/// Bytes of a script that are kept at most: the kernel reads 256.
const SCRIPT_BYTES: usize = 256;
/// Bytes of one section header of a 64-bit file.
const HEADER_BYTES: usize = 64;
const ALLOCATED: u64 = 2;
const EXECUTABLE: u64 = 4;
/// Sections that only exceptions and debuggers read.
const UNWINDING: [&[u8]; 3] = [b".eh_frame", b".eh_frame_hdr", b".gcc_except_table"];
/// Only Go programs have these.
const GO: [&[u8]; 2] = [b".go.buildinfo", b".gopclntab"];
/// Tags that lead to tables.
const TABLES: [i64; 14] = [
    dt::STRTAB,
    dt::SYMTAB,
    dt::HASH,
    dt::GNU_HASH,
    dt::VERSYM,
    dt::VERNEED,
    dt::VERDEF,
    dt::RELA,
    dt::REL,
    dt::JMPREL,
    dt::RELR,
    dt::INIT_ARRAY,
    dt::FINI_ARRAY,
    dt::PREINIT_ARRAY,
];

/// The ranges to keep, ascending and apart from each other.
pub fn kept(bytes: &bytes::Bytes) -> Vec<Range<usize>> {
    if bytes.starts_with(b"#!") {
        let line = bytes
            .iter()
            .position(|&b| b == b'\n')
            .unwrap_or(bytes.len());
        return up_to(line.min(SCRIPT_BYTES));
    }
    let all = || up_to(bytes.len());
    let Ok(image) = Image::parse(bytes.clone()) else {
        return all();
    };
    let Some(mut sections) = sections(&image) else {
        return all();
    };
    // What a C library or a loader is, and what a Go program was built with, stands in its constants.
    let is_told_by_constants = identify(bytes).family != LoaderFamily::Other
        || sections.iter().any(|section| section.is_of_go);
    for section in &mut sections {
        section.is_idle |= section.is_constant && !is_told_by_constants;
    }
    let needed = needed(&image);
    let must_stay = |range: &Range<usize>| {
        needed
            .iter()
            .any(|other| other.start < range.end && range.start < other.end.max(other.start + 1))
    };
    let (dropped, stays): (Vec<Section>, Vec<Section>) = sections
        .into_iter()
        .filter(|section| !section.range.is_empty())
        .partition(|section| section.is_idle && !must_stay(&section.range));
    let mut is_kept = Cuts::new(bytes.len());
    for section in &dropped {
        is_kept.cut(&section.range, false);
    }
    for section in &stays {
        is_kept.cut(&section.range, true);
    }
    is_kept.ranges()
}

/// One range from the start.
fn up_to(end: usize) -> Vec<Range<usize>> {
    std::iter::once(0..end).collect()
}

struct Section {
    range: Range<usize>,
    /// No model looks at it.
    is_idle: bool,
    /// Constants that need no relocation.
    is_constant: bool,
    is_of_go: bool,
}

/// The sections of a 64-bit little-endian file; `None` where there are none that make sense.
fn sections(image: &Image) -> Option<Vec<Section>> {
    let header = image.header();
    let is_plain = header.class == Class::Elf64
        && header.endian == Endian::Little
        && usize::from(header.shentsize) == HEADER_BYTES
        && usize::from(header.shnum) <= SNAPSHOT_SECTIONS_MAX
        && header.shnum > 0;
    let start = usize::try_from(header.shoff).ok().filter(|_| is_plain)?;
    let size = usize::from(header.shnum) * HEADER_BYTES;
    let table = image.file_bytes(start..start.checked_add(size)?)?;
    let raw: Vec<&[u8; HEADER_BYTES]> = table.as_chunks().0.iter().collect();
    let word = |raw: &[u8; HEADER_BYTES], at: usize| {
        raw[at..]
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    let short = |raw: &[u8; HEADER_BYTES], at: usize| {
        raw[at..]
            .first_chunk()
            .map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    let names = usize::from(header.shstrndx);
    let names_at = word(raw.get(names)?, 24) as usize;
    let section = |(number, raw): (usize, &&[u8; HEADER_BYTES])| {
        let (kind, flags) = (short(raw, 4), word(raw, 8));
        let (start, size) = (word(raw, 24) as usize, word(raw, 32) as usize);
        let range = start..start.checked_add(size)?;
        if kind == sht::NOBITS || range.end > image.file_size() {
            return Some(None);
        }
        let name =
            image.file_bytes(names_at.checked_add(short(raw, 0) as usize)?..image.file_size())?;
        let name = name.split(|&b| b == 0).next().unwrap_or_default();
        let is_idle = number != names
            && (flags & ALLOCATED == 0
                || (kind == sht::PROGBITS && flags & EXECUTABLE != 0)
                || UNWINDING.contains(&name));
        Some(Some(Section {
            range,
            is_idle,
            is_constant: name.starts_with(b".rodata"),
            is_of_go: GO.contains(&name),
        }))
    };
    let sections: Option<Vec<Option<Section>>> = raw.iter().enumerate().map(section).collect();
    Some(sections?.into_iter().flatten().collect())
}

/// Where headers and the dynamic section lead: ranges, and single places where a table's length is not known.
fn needed(image: &Image) -> Vec<Range<usize>> {
    let header = image.header();
    let place = |start: u64, size: u64| start as usize..(start.saturating_add(size)) as usize;
    let segments = image.segments();
    let mut needed = vec![
        place(0, u64::from(header.ehsize.max(64))),
        place(
            header.phoff,
            u64::from(header.phnum) * u64::from(header.phentsize),
        ),
        place(
            header.shoff,
            u64::from(header.shnum) * u64::from(header.shentsize),
        ),
    ];
    let told = |segment: &&Segment| {
        matches!(
            segment.kind,
            pt::DYNAMIC | pt::INTERP | pt::NOTE | pt::GNU_PROPERTY
        )
    };
    let told = segments.iter().filter(told);
    needed.extend(told.map(|segment| place(segment.offset, segment.filesz)));
    let tables = TABLES.iter().filter_map(|&tag| image.dynamic_value(tag));
    needed.extend(tables.filter_map(|vaddr| {
        let rest = image.at(vaddr)?.as_ptr().addr();
        let start = rest - image.bytes().as_ptr().addr();
        Some(start..start + 1)
    }));
    needed
}

/// The bytes of a file, cut into kept and dropped stretches: later cuts win.
struct Cuts {
    length: usize,
    /// (place, how much the number of layers that drop or keep changes there)
    drops: Vec<(usize, i32)>,
    keeps: Vec<(usize, i32)>,
}

impl Cuts {
    fn new(length: usize) -> Cuts {
        Cuts {
            length,
            drops: Vec::new(),
            keeps: Vec::new(),
        }
    }
    fn cut(&mut self, range: &Range<usize>, keep: bool) {
        let cuts = if keep {
            &mut self.keeps
        } else {
            &mut self.drops
        };
        cuts.extend([(range.start, 1), (range.end, -1)]);
    }
    /// Everything that nobody drops or somebody keeps.
    fn ranges(mut self) -> Vec<Range<usize>> {
        let mut places: Vec<usize> = self
            .drops
            .iter()
            .chain(&self.keeps)
            .map(|cut| cut.0)
            .collect();
        places.extend([0, self.length]);
        places.sort_unstable();
        places.dedup();
        self.drops.sort_unstable();
        self.keeps.sort_unstable();
        let (mut drops, mut keeps) = (self.drops.iter().peekable(), self.keeps.iter().peekable());
        let (mut dropping, mut keeping) = (0, 0);
        let mut kept: Vec<Range<usize>> = Vec::new();
        for pair in places.windows(2) {
            while let Some((_, by)) = drops.next_if(|cut| cut.0 <= pair[0]) {
                dropping += by;
            }
            while let Some((_, by)) = keeps.next_if(|cut| cut.0 <= pair[0]) {
                keeping += by;
            }
            if dropping > 0 && keeping == 0 {
                continue;
            }
            match kept.last_mut() {
                Some(last) if last.end == pair[0] => last.end = pair[1],
                _ => kept.push(pair[0]..pair[1]),
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Cuts, kept};

    #[test]
    fn cuts_are_layered() {
        let mut cuts = Cuts::new(100);
        cuts.cut(&(10..40), false);
        cuts.cut(&(30..60), false);
        cuts.cut(&(20..25), true);
        cuts.cut(&(90..100), false);
        assert_eq!(cuts.ranges(), [0..10, 20..25, 60..90]);
        assert!(Cuts::new(0).ranges().is_empty());
    }

    #[test]
    fn code_is_dropped_and_tables_stay() {
        let path = "/lib64/ld-linux-x86-64.so.2";
        let Ok(file) = std::fs::read(path) else {
            eprintln!("SKIPPED: no {path}");
            return;
        };
        let whole = Bytes::from(file);
        let ranges = kept(&whole);
        let size: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        assert!(size < whole.len() / 2, "{size} of {}", whole.len());
        let mut thin = vec![0; whole.len()];
        for range in ranges {
            thin[range.clone()].copy_from_slice(&whole[range]);
        }
        let thin = Bytes::from(thin);
        assert_eq!(
            sayso_world::identify::identify(&thin),
            sayso_world::identify::identify(&whole)
        );
        let image = |bytes: &Bytes| sayso_facts::elf::Image::parse(bytes.clone()).expect("ELF");
        let (a, b) = (image(&thin), image(&whole));
        assert_eq!(a.build_id(), b.build_id());
        assert_eq!(
            format!("{:?}", a.anomalies()),
            format!("{:?}", b.anomalies())
        );
        assert_eq!(a.symbol_count(), b.symbol_count());
    }

    #[test]
    fn of_a_script_only_the_first_line_is_kept() {
        assert_eq!(
            kept(&Bytes::from_static(b"#!/bin/sh\nTOKEN=secret\n")),
            std::iter::once(0..9).collect::<Vec<_>>()
        );
        assert_eq!(
            kept(&Bytes::from_static(b"plain text")),
            std::iter::once(0..10).collect::<Vec<_>>()
        );
    }
}
