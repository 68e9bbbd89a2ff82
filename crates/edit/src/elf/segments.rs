//! Program headers: room for one more, and what has to give way.
//!
//! The table stands right behind the file header, and behind it usually the interpreter's path and notes. These are found
//! through program headers alone, so they can give way; the table itself stays, because kernels before 5.18 and every program
//! that walks its own headers expect it there. Only where something else stands behind the table does the table move.

use std::ops::Range;

use sayso_facts::elf::{Image, Segment, et, pf, pt, sht};

use super::Refusal;
use super::area::{Area, Plan, page_size};
use super::draft::Draft;
use crate::limits::HOLE_BYTES_MAX;

/// How new program headers find room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room: nothing to add, unused headers, or free bytes behind the table.
    Enough,
    /// What stands behind the table gives way: these ranges of the file move into the area.
    Displace(Vec<Range<u64>>),
    /// The table moves into the area (a library: nothing asks where it was).
    Move,
    /// The table moves, and must keep its distance from the first segment.
    MoveAsProgram {
        /// Address of the first `PT_LOAD`.
        first_vaddr: u64,
        /// Its place in the file.
        first_offset: u64,
    },
}

/// A part of the file that only program headers lead to.
fn is_movable(kind: u32) -> bool {
    matches!(kind, pt::INTERP | pt::NOTE)
}

impl Draft<'_> {
    fn headers_wanted(&self, plan: &Plan) -> usize {
        usize::from(plan.needs_area && !plan.tail_is_open)
            + self.note_headers()
            + usize::from(plan.adds_stack)
    }
    fn unused_headers(&self) -> usize {
        self.segments.iter().filter(|s| s.kind == pt::NULL).count()
    }
    fn table(&self) -> Range<u64> {
        let start = self.image.header().phoff;
        let size = self.segments.len() * self.image.class().segment_size();
        start..start.saturating_add(size as u64)
    }

    /// Decides how the new program headers find room; giving way needs the area, and the area needs a header.
    pub(super) fn make_room(&self, plan: &mut Plan) -> Result<(), Refusal> {
        let size = self.image.class().segment_size() as u64;
        let more = |plan: &Plan| {
            self.headers_wanted(plan)
                .saturating_sub(self.unused_headers()) as u64
        };
        if self.segments.len() as u64 + more(plan) + 1 >= 0xffff {
            return Err(Refusal::new("it has too many program headers"));
        }
        let table = self.table();
        if more(plan) == 0
            || self.is_free(&(table.end..table.end.saturating_add(more(plan) * size)))
        {
            return Ok(());
        }
        plan.needs_area = true;
        let room = table.end..table.end.saturating_add(more(plan) * size);
        if self.is_free(&room) {
            return Ok(());
        }
        plan.room = match self.giving_way(&room) {
            Some(ranges) => Room::Displace(ranges),
            None => self.moved_table()?,
        };
        Ok(())
    }

    /// Zeros that section headers show to be nobody's, mapped by the segment that holds the table.
    fn is_free(&self, room: &Range<u64>) -> bool {
        let zeros = self.bytes.get(room.start as usize..room.end as usize);
        self.sections.are_there()
            && zeros.is_some_and(|bytes| bytes.iter().all(|&b| b == 0))
            && self.sections.meeting(room).next().is_none()
            && !(self.sections.table.start < room.end && room.start < self.sections.table.end)
            && self.is_mapped_with_the_table(room)
            && !self.segments.iter().any(|s| {
                !matches!(s.kind, pt::LOAD | pt::NULL | pt::PHDR)
                    && s.filesz > 0
                    && s.offset < room.end
                    && room.start < s.offset.saturating_add(s.filesz)
            })
    }

    fn is_mapped_with_the_table(&self, room: &Range<u64>) -> bool {
        let table = self.table();
        self.segments.iter().any(|s| {
            s.kind == pt::LOAD
                && s.offset <= table.start
                && room.end <= s.offset.saturating_add(s.filesz)
        })
    }

    /// The movable parts that stand in the room, if nothing else does.
    fn giving_way(&self, room: &Range<u64>) -> Option<Vec<Range<u64>>> {
        if !self.is_mapped_with_the_table(room) {
            return None;
        }
        let mut parts: Vec<Range<u64>> = self
            .segments
            .iter()
            .filter(|s| is_movable(s.kind) && s.filesz > 0)
            .map(|s| s.offset..s.offset.saturating_add(s.filesz))
            .collect();
        parts.sort_unstable_by_key(|range| (range.start, range.end));
        // Parts that share bytes move as one.
        let mut joined: Vec<Range<u64>> = Vec::new();
        for part in parts {
            match joined.last_mut() {
                Some(last) if part.start < last.end => last.end = last.end.max(part.end),
                _ => joined.push(part),
            }
        }
        let chosen: Vec<Range<u64>> = joined
            .into_iter()
            .filter(|part| part.start < room.end && room.start < part.end)
            .collect();
        let inside = |range: &Range<u64>| {
            chosen
                .iter()
                .any(|part| part.start <= range.start && range.end <= part.end)
        };
        let strangers = self.segments.iter().any(|s| {
            let own = s.offset..s.offset.saturating_add(s.filesz);
            !matches!(s.kind, pt::LOAD | pt::NULL | pt::PHDR)
                && chosen
                    .iter()
                    .any(|part| own.start < part.end && part.start < own.end)
                && !((is_movable(s.kind) || s.kind == pt::GNU_PROPERTY) && inside(&own))
        });
        let is_clear = if self.sections.are_there() {
            self.sections.meeting(room).all(|s| inside(&s.range()))
                && chosen.iter().all(|part| {
                    let mut sections = self.sections.meeting(part);
                    sections.all(|s| {
                        inside(&s.range()) && (s.kind == sht::NOTE || s.kind == sht::PROGBITS)
                    })
                })
                && !(self.sections.table.start < room.end && room.start < self.sections.table.end)
        } else {
            covers(&chosen, room, &self.bytes)
        };
        // A part that the end of the file cuts has no bytes to move.
        let size = self.image.bytes().len() as u64;
        let whole = chosen.iter().all(|part| part.end <= size);
        (is_clear && !strangers && whole && !chosen.is_empty()).then_some(chosen)
    }

    fn moved_table(&self) -> Result<Room, Refusal> {
        let header = self.image.header();
        if header.kind == et::DYN && self.image.first_segment(pt::INTERP).is_none() {
            return Ok(Room::Move);
        }
        let first = self
            .segments
            .iter()
            .find(|s| s.kind == pt::LOAD)
            .expect("a draft has a PT_LOAD");
        let last = self.last_load();
        let end = last
            .vaddr
            .saturating_add(last.memsz)
            .checked_next_multiple_of(page_size(header.machine))
            .unwrap_or(u64::MAX);
        let wanted = end.saturating_sub(first.vaddr).saturating_add(first.offset);
        if wanted.saturating_sub(self.bytes.len() as u64) > HOLE_BYTES_MAX {
            return Err(Refusal::new("there is no room for another program header, and the table of this program cannot move without a hole of over a megabyte")
                .instead("choose values that are not longer than the old ones"));
        }
        Ok(Room::MoveAsProgram {
            first_vaddr: first.vaddr,
            first_offset: first.offset,
        })
    }

    pub(super) fn place_interpreter(&mut self, plan: &Plan, area: &mut Area) {
        let Some(path) = self.interpreter.clone() else {
            return;
        };
        let text = [path.as_slice(), b"\0"].concat();
        let size = text.len() as u64;
        let place = self
            .segments
            .iter()
            .position(|s| s.kind == pt::INTERP)
            .expect("an interpreter is there to change");
        let old = self.segments[place];
        let displaced = matches!(&plan.room, Room::Displace(ranges) if ranges.iter().any(|r| r.start <= old.offset && old.offset < r.end));
        if plan.move_interpreter || displaced {
            let (offset, vaddr) = area.reserve(&mut self.bytes, 1, text.len());
            self.fill(offset, &text, "the interpreter's path");
            self.segments[place] = Segment {
                offset: offset as u64,
                vaddr,
                paddr: vaddr,
                filesz: size,
                memsz: size,
                ..old
            };
            self.move_section(sht::PROGBITS, old.vaddr, vaddr, offset as u64, size);
            return;
        }
        // The kernel wants the last byte of p_filesz to be NUL; the rest of the old path is cleared.
        let mut padded = text;
        padded.resize(old.filesz as usize, 0);
        self.put(old.offset as usize, &padded, "the interpreter's path");
        self.segments[place] = Segment {
            filesz: size,
            memsz: size,
            ..old
        };
        self.move_section(sht::PROGBITS, old.vaddr, old.vaddr, old.offset, size);
    }

    pub(super) fn place_displaced(&mut self, plan: &Plan, area: &mut Area) {
        let Room::Displace(ranges) = &plan.room else {
            return;
        };
        for range in ranges {
            // A new interpreter's path has its place already.
            let is_replaced = self.interpreter.is_some()
                && self.image.first_segment(pt::INTERP).is_some_and(|s| {
                    s.offset == range.start && s.offset.saturating_add(s.filesz) == range.end
                });
            if is_replaced {
                continue;
            }
            let inside = |s: &Segment| {
                s.offset >= range.start && s.offset.saturating_add(s.filesz) <= range.end
            };
            let align = self
                .segments
                .iter()
                .filter(|s| is_movable(s.kind) && inside(s))
                .map(|s| s.align)
                .max();
            let align = align
                .filter(|a| a.is_power_of_two() && *a <= 64)
                .unwrap_or(8)
                .max(range.start & range.start.wrapping_neg() & 15);
            let content = self.image.bytes()[range.start as usize..range.end as usize].to_vec();
            let (offset, vaddr) = area.reserve(&mut self.bytes, align as usize, content.len());
            self.fill(offset, &content, "what stood behind the program headers");
            self.follow(range, offset as u64, vaddr);
        }
    }

    /// Headers of segments and sections in a range that moved.
    fn follow(&mut self, range: &Range<u64>, offset: u64, vaddr: u64) {
        for s in &mut self.segments {
            let movable = is_movable(s.kind) || s.kind == pt::GNU_PROPERTY;
            if movable
                && s.filesz > 0
                && s.offset >= range.start
                && s.offset.saturating_add(s.filesz) <= range.end
            {
                let inside = s.offset - range.start;
                s.offset = offset + inside;
                s.vaddr = vaddr + inside;
                s.paddr = s.vaddr;
            }
        }
        let moving: Vec<_> = self.sections.meeting(range).cloned().collect();
        for section in moving {
            let inside = section.offset - range.start;
            self.move_section(
                section.kind,
                section.addr,
                vaddr + inside,
                offset + inside,
                section.size,
            );
        }
    }

    pub(super) fn clear_executable_stack(&mut self, plan: &Plan) {
        if !self.clear_stack {
            return;
        }
        for s in self.segments.iter_mut().filter(|s| s.kind == pt::GNU_STACK) {
            s.flags &= !pf::X;
        }
        if plan.adds_stack {
            let align = self.codec.entry_size() as u64;
            self.add_header(Segment {
                kind: pt::GNU_STACK,
                flags: pf::R | pf::W,
                offset: 0,
                vaddr: 0,
                paddr: 0,
                filesz: 0,
                memsz: 0,
                align,
            });
        }
    }

    /// In the place of an unused header, or behind the last.
    pub(super) fn add_header(&mut self, segment: Segment) {
        if let Some(unused) = self.segments.iter().position(|s| s.kind == pt::NULL) {
            self.segments.remove(unused);
        }
        self.segments.push(segment);
    }

    /// Writes the program headers, with the area's own among them.
    pub(super) fn place_segments(&mut self, plan: &Plan, mut area: Area) -> Result<(), Refusal> {
        let size = self.image.class().segment_size();
        let grown = self.headers_wanted(plan) > self.unused_headers();
        let moves = grown && matches!(plan.room, Room::Move | Room::MoveAsProgram { .. });
        let count = self.segments.len()
            + usize::from(plan.needs_area && !area.extends_last && self.unused_headers() == 0);
        let table = if moves {
            // Of the old file's segments, which lie in it: the pages of a damaged one could end anywhere.
            let behind = zeroed_tails_end(self.image);
            if (self.bytes.len() as u64) < behind {
                self.bytes.resize(behind as usize, 0);
            }
            let (offset, vaddr) = area.reserve(&mut self.bytes, 8, count * size);
            Some((offset as u64, vaddr))
        } else {
            None
        };
        if plan.needs_area {
            self.add_load(plan, &area);
        }
        let bytes = (self.segments.len() * size) as u64;
        for s in self.segments.iter_mut().filter(|s| s.kind == pt::PHDR) {
            if let Some((offset, vaddr)) = table {
                (s.offset, s.vaddr, s.paddr) = (offset, vaddr, vaddr);
            }
            (s.filesz, s.memsz) = (bytes, bytes);
        }
        let raw: Vec<u8> = self
            .segments
            .iter()
            .flat_map(|s| self.codec.segment(s))
            .collect();
        match table {
            Some((offset, _)) => self.fill(offset as usize, &raw, "program headers"),
            None => self.put(self.image.header().phoff as usize, &raw, "program headers"),
        }
        let word = self.codec.word_size();
        let codec = self.codec;
        if let Some((offset, _)) = table {
            self.put(24 + word, &codec.word(offset), "the file header");
        }
        let count = u16::try_from(self.segments.len())
            .map_err(|_| Refusal::new("it has too many program headers"))?;
        self.put(24 + 3 * word + 8, &codec.u16(count), "the file header");
        Ok(())
    }

    fn add_load(&mut self, plan: &Plan, area: &Area) {
        // A loader writes into the dynamic section (addresses before glibc 2.35, DT_DEBUG), and into nothing else of ours.
        let flags = if plan.move_dynamic {
            pf::R | pf::W
        } else {
            pf::R
        };
        let end = self.bytes.len() as u64;
        if area.extends_last {
            let last = self.last_load();
            let size = end - last.offset;
            for s in self.segments.iter_mut().filter(|s| **s == last) {
                (s.filesz, s.memsz) = (size, size);
                s.flags |= flags;
            }
            return;
        }
        let size = end - area.start;
        let segment = Segment {
            kind: pt::LOAD,
            flags,
            offset: area.start,
            vaddr: area.vaddr,
            paddr: area.vaddr,
            filesz: size,
            memsz: size,
            align: page_size(self.image.header().machine),
        };
        if let Some(unused) = self.segments.iter().position(|s| s.kind == pt::NULL) {
            self.segments.remove(unused);
        }
        // PT_LOADs stand in the order of their addresses, and this one has the highest.
        let behind = self
            .segments
            .iter()
            .rposition(|s| s.kind == pt::LOAD)
            .map_or(0, |last| last + 1);
        self.segments.insert(behind, segment);
    }
}

/// The first offset behind the last pages of segments that end in zeros.
///
/// ld.so takes the program headers for a part of the first segment whose whole pages reach them (elf/dl-map-segments.h), and has
/// cleared the rest of the last page where memory goes on behind the file: whoever walks the headers (`ld.so --list`, an exception
/// that is thrown) would read zeros there.
pub(super) fn zeroed_tails_end(image: &Image) -> u64 {
    let page = page_size(image.header().machine);
    let length = image.bytes().len() as u64;
    let end = |s: &Segment| {
        let end = s.vaddr.saturating_add(s.filesz);
        let rest = end.checked_next_multiple_of(page).unwrap_or(end) - end;
        s.offset.saturating_add(s.filesz).saturating_add(rest)
    };
    let with_zeros = image.segments().iter().filter(|s| {
        s.kind == pt::LOAD
            && s.memsz > s.filesz
            && s.filesz > 0
            && s.offset.saturating_add(s.filesz) <= length
    });
    with_zeros.map(end).max().unwrap_or(0)
}

/// Without section headers: the parts must fill the room, with nothing but alignment between them.
fn covers(parts: &[Range<u64>], room: &Range<u64>, bytes: &[u8]) -> bool {
    let mut at = room.start;
    for part in parts {
        let between = bytes.get(at as usize..part.start.max(at) as usize);
        if part.start.saturating_sub(at) >= 16
            || between.is_none_or(|gap| gap.iter().any(|&b| b != 0))
        {
            return false;
        }
        at = at.max(part.end);
    }
    at >= room.end
}
