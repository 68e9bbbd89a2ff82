//! Where things go that outgrew their place: behind the end of the file, in one more `PT_LOAD` (or in the last one, if an
//! earlier edit has put it there).

use sayso_facts::elf::{Segment, em, pf, pt};

use super::Refusal;
use super::draft::Draft;
use super::segments::Room;
use super::strings::Strings;
use super::{Change, dynamic};

/// What has to move, decided before anything is written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) move_dynamic: bool,
    /// The string table is copied into the area.
    pub(super) move_strings: bool,
    /// The string table ends where the file and its last segment end: it just grows.
    pub(super) extend_strings: bool,
    pub(super) move_interpreter: bool,
    /// The last segment ends with the file and can take more.
    pub(super) tail_is_open: bool,
    /// Something goes into the area.
    pub(super) needs_area: bool,
    /// `PT_GNU_STACK` has to be added.
    pub(super) adds_stack: bool,
    /// How the program headers find room.
    pub(super) room: Room,
}

/// Addresses and offsets behind the end of the file.
#[derive(Debug)]
pub(super) struct Area {
    pub(super) start: u64,
    pub(super) vaddr: u64,
    pub(super) extends_last: bool,
}

/// The largest page that a kernel for this machine may use: mappings must be congruent to it.
pub(super) fn page_size(machine: u16) -> u64 {
    match machine {
        em::AARCH64 | em::PPC | em::PPC64 | em::MIPS | em::IA_64 | em::ALPHA | em::LOONGARCH => {
            0x1_0000
        }
        em::SPARC | em::SPARCV9 | em::SPARC32PLUS => 0x2000,
        _ => 0x1000,
    }
}

impl Draft<'_> {
    /// The `PT_LOAD` with the highest address.
    pub(super) fn last_load(&self) -> Segment {
        let loads = self.segments.iter().filter(|s| s.kind == pt::LOAD);
        *loads
            .max_by_key(|s| s.vaddr)
            .expect("a draft has a PT_LOAD")
    }

    fn tail_is_open(&self) -> bool {
        let last = self.last_load();
        last.flags & (pf::R | pf::X) == pf::R
            && last.filesz == last.memsz
            && last.offset.checked_add(last.filesz) == Some(self.bytes.len() as u64)
            && last.offset > 0
    }

    pub(super) fn plan(&self, strings: Option<&Strings>) -> Result<Plan, Refusal> {
        let tail = strings.map_or(0, |strings| strings.tail.len());
        let tail_is_open = self.tail_is_open();
        let fits_gap = strings.is_some_and(|strings| tail > 0 && strings.gap(self) >= tail);
        let ends_file =
            strings.is_some_and(|strings| strings.offset + strings.size == self.bytes.len());
        let extend_strings = tail > 0 && !fits_gap && tail_is_open && ends_file;
        let move_strings = tail > 0 && !fits_gap && !extend_strings;
        let move_dynamic = self.entries_differ() && self.entries.len() + 1 > self.dynamic_slots();
        let move_interpreter = self.interpreter.as_ref().is_some_and(|path| {
            let old = self.image.first_segment(pt::INTERP);
            old.is_some_and(|old| (path.len() as u64) + 1 > old.filesz)
        });
        let adds_stack = self.clear_stack && self.image.segment(pt::GNU_STACK).is_none();
        if (move_dynamic || move_strings) && dynamic::finds_itself(self.image) {
            return Err(Refusal::new("it is a loader: it finds its own tables without program headers, so they cannot move")
                .instead("choose a value that is not longer than the old one"));
        }
        let mut plan = Plan {
            move_dynamic,
            move_strings,
            extend_strings,
            move_interpreter,
            tail_is_open,
            needs_area: move_dynamic
                || move_strings
                || extend_strings
                || move_interpreter
                || !self.notes.is_empty(),
            adds_stack,
            room: Room::Enough,
        };
        self.make_room(&mut plan)?;
        if plan.needs_area {
            self.nothing_behind()?;
        }
        Ok(plan)
    }

    /// Self-extracting programs find their payload from the end of the file.
    fn nothing_behind(&self) -> Result<(), Refusal> {
        if !self.sections.are_there() {
            return Ok(());
        }
        let ends = self
            .segments
            .iter()
            .filter(|s| s.kind != pt::NULL)
            .map(|s| s.offset.saturating_add(s.filesz));
        let end = ends.max().unwrap_or(0).max(self.sections.end());
        let behind = self.bytes.get(end as usize..).unwrap_or_default();
        if behind.iter().any(|&b| b != 0) || behind.len() > 4096 {
            return Err(Refusal::new(format!(
                "{} bytes of other data follow the ELF file (a self-extracting program finds them from the end), so nothing can be put there",
                behind.len()
            ))
            .instead("edit the file before the data is appended"));
        }
        Ok(())
    }

    /// Bytes of the area are new: they are part of no old range.
    pub(super) fn fill(&mut self, at: usize, new: &[u8], what: &'static str) {
        self.bytes[at..at + new.len()].copy_from_slice(new);
        self.changes.push(Change {
            range: at as u64..(at + new.len()) as u64,
            what,
        });
    }
}

impl Area {
    pub(super) fn open(draft: &Draft<'_>, plan: &Plan) -> Result<Area, Refusal> {
        let last = draft.last_load();
        let length = draft.bytes.len() as u64;
        let too_high = || Refusal::new("its addresses leave no room for another segment");
        let most = if draft.codec.is_64 {
            u64::MAX >> 1
        } else {
            u64::from(u32::MAX)
        };
        let has_room = |vaddr: &u64| vaddr.checked_add(1 << 24).is_some_and(|end| end <= most);
        if plan.tail_is_open {
            let vaddr = last.vaddr.checked_add(last.filesz);
            let vaddr = vaddr.filter(has_room).ok_or_else(too_high)?;
            return Ok(Area {
                start: length,
                vaddr,
                extends_last: true,
            });
        }
        let page = page_size(draft.image.header().machine);
        let end = last
            .vaddr
            .checked_add(last.memsz)
            .and_then(|end| end.checked_next_multiple_of(page))
            .ok_or_else(too_high)?;
        let mut start = length.next_multiple_of(16);
        let mut vaddr = end + start % page;
        if let Room::MoveAsProgram {
            first_vaddr,
            first_offset,
        } = plan.room
        {
            // Kernels before 5.18 take the program headers' address from their distance in the file.
            let at_same_distance = first_vaddr.wrapping_add(start).wrapping_sub(first_offset);
            if at_same_distance >= end {
                vaddr = at_same_distance;
            } else {
                start = end.wrapping_sub(first_vaddr).wrapping_add(first_offset);
                vaddr = end;
            }
        }
        if !has_room(&vaddr) {
            return Err(too_high());
        }
        Ok(Area {
            start,
            vaddr,
            extends_last: false,
        })
    }

    /// Room of this size and alignment: (offset, address). The file grows by it, filled with zeros.
    pub(super) fn reserve(
        &mut self,
        bytes: &mut Vec<u8>,
        align: usize,
        size: usize,
    ) -> (usize, u64) {
        let start = bytes.len().max(self.start as usize);
        // Address and offset differ by a multiple of a page, so one alignment serves both.
        let distance = self.vaddr.wrapping_sub(self.start);
        let align = align as u64;
        let vaddr = (start as u64)
            .wrapping_add(distance)
            .next_multiple_of(align.max(1));
        let offset = vaddr.wrapping_sub(distance) as usize;
        bytes.resize(offset + size, 0);
        (offset, vaddr)
    }
}
