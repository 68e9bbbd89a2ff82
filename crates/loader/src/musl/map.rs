//! Mapping a file (`map_library`), and what the mapped memory answers.
//!
//! musl looks at three things of a file header: `e_type`, where the program headers are, and how many. No magic bytes, no class,
//! no byte order, no machine. A file is read as if it were of the loader's own kind, so the model re-reads foreign files that way.
//! What is not checked shows itself as a signal: [`Layout`] knows which addresses there are.

use std::sync::Arc;

use bytes::Bytes;
use sayso_facts::elf::{Class, Endian, Image, Segment, df, dt, et, pf, pt};
use sayso_world::{Errno, FileKind, FileStat};

use super::process::{Process, Signal};
use crate::limits::SEGMENTS_WATCHED_MAX;
use crate::session::Opened;

/// Largest span of addresses that `mmap` will give: half of 47 bits, the smallest of the common 64-bit layouts.
const SPAN_MAX: u64 = 1 << 46;
/// `s_maxbytes`: file offsets end here.
const OFFSET_MAX: u64 = i64::MAX as u64;
/// `vm.mmap_min_addr`: hints below are moved up.
const LOWEST_ADDRESS: u64 = 65_536;

/// The pages of one segment.
#[derive(Debug, Clone, Copy)]
struct Region {
    start: u64,
    end: u64,
    /// File offset of the first page.
    offset: u64,
    /// First page that is memory, not file.
    anonymous_from: u64,
    writable: bool,
}

/// The memory of one mapped object, as addresses of its file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    regions: Vec<Region>,
    file_size: u64,
    page: u64,
    /// `DT_TEXTREL` made everything writable.
    all_writable: bool,
    /// The address range of a file that is not relocatable.
    pub(crate) fixed: Option<(u64, u64)>,
    /// Pages that are read-only once the object is relocated.
    pub(crate) relro: (u64, u64),
    /// Something is cut off: every access is worth a look.
    pub(crate) truncated: bool,
}

/// Why a file was not mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `map_library` gives up.
    Errno(Errno),
    /// It dies.
    Signal(Signal, &'static str),
}

/// What the RELRO `mprotect` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelroOutcome {
    Fine,
    /// A range that ends before it begins.
    Refused,
    /// It reaches into what lies beside the object, whatever that is.
    Elsewhere,
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Refusal {
        Refusal::Errno(errno)
    }
}

impl Layout {
    /// Pages as the loader (or the kernel) maps them.
    pub(crate) fn new(image: &Image, page: u64) -> Layout {
        let page = if page.is_power_of_two() { page } else { 4096 };
        let down = |address: u64| address & page.wrapping_neg();
        let up = |address: u64| down(address.wrapping_add(page - 1));
        let file_size = image.file_size() as u64;
        let mut layout = Layout {
            file_size,
            page,
            ..Layout::default()
        };
        for segment in image.segments() {
            match segment.kind {
                pt::LOAD => {
                    let writable = segment.flags & pf::W != 0;
                    let file_end = segment.vaddr.wrapping_add(segment.filesz);
                    layout.regions.push(Region {
                        start: down(segment.vaddr),
                        end: up(segment.vaddr.wrapping_add(segment.memsz)),
                        offset: down(segment.offset),
                        anonymous_from: if writable && segment.memsz > segment.filesz {
                            up(file_end)
                        } else {
                            u64::MAX
                        },
                        writable,
                    });
                    layout.truncated |= segment.offset.saturating_add(segment.filesz) > file_size;
                }
                pt::GNU_RELRO => {
                    layout.relro = (
                        down(segment.vaddr),
                        down(segment.vaddr.wrapping_add(segment.memsz)),
                    );
                }
                _ => {}
            }
        }
        if image.header().kind == et::EXEC {
            layout.fixed = layout.span();
        }
        layout
    }

    /// Lowest and highest mapped address.
    pub(crate) fn span(&self) -> Option<(u64, u64)> {
        let start = self.regions.iter().map(|region| region.start).min()?;
        let end = self.regions.iter().map(|region| region.end).max()?;
        Some((start, end))
    }

    /// What reading (or writing) at an address does; `None`: it goes well.
    pub(crate) fn access(&self, address: u64, write: bool) -> Option<Signal> {
        // The last mapping covers the earlier ones. Between segments lies what the first mapping left there: not writable.
        if self.regions.len() > SEGMENTS_WATCHED_MAX {
            return None;
        }
        let region = self
            .regions
            .iter()
            .rev()
            .find(|region| (region.start..region.end).contains(&address));
        let Some(region) = region else {
            let inside = self
                .span()
                .is_some_and(|(start, end)| (start..end).contains(&address));
            return (write || !inside).then_some(Signal::Segmentation);
        };
        if write && !region.writable && !self.all_writable {
            return Some(Signal::Segmentation);
        }
        if address >= region.anonymous_from {
            return None;
        }
        let page_offset = region.offset + ((address - region.start) & self.page.wrapping_neg());
        (page_offset >= self.file_size).then_some(Signal::Bus)
    }

    /// In the pages that are read-only after relocation.
    pub(crate) fn in_relro(&self, address: u64) -> bool {
        (self.relro.0..self.relro.1).contains(&address)
    }

    /// What making the RELRO pages read-only does.
    pub(crate) fn relro_outcome(&self) -> RelroOutcome {
        let (start, end) = self.relro;
        match self.span() {
            _ if start == end => RelroOutcome::Fine,
            // Where libraries lie, the end of such a range wraps around.
            _ if end < start || end > u64::MAX - (1 << 46) => RelroOutcome::Refused,
            Some(span) if span.0 <= start && end <= span.1 => RelroOutcome::Fine,
            _ => RelroOutcome::Elsewhere,
        }
    }

    fn overlaps(&self, span: (u64, u64)) -> bool {
        self.fixed
            .is_some_and(|fixed| fixed.0 < span.1 && span.0 < fixed.1)
    }
}

impl Process<'_, '_> {
    /// The file as this loader reads it: with its own class and byte order, and without a look at the magic bytes.
    pub(crate) fn as_native(&self, opened: &Opened) -> Result<Arc<Image>, Errno> {
        let bytes = match opened {
            Opened::Unreadable(errno) => return Err(*errno),
            Opened::Image(image) => {
                let header = image.header();
                if (header.class, header.endian) == self.native {
                    return Ok(image.clone());
                }
                image.bytes()
            }
            Opened::NotElf(bytes) => bytes,
        };
        // `e_type` decides before anything else; most foreign files end here.
        let little = self.native.1 == Endian::Little;
        let kind = bytes.get(16..18).map(|raw| {
            let raw = [raw[0], raw[1]];
            if little {
                u16::from_le_bytes(raw)
            } else {
                u16::from_be_bytes(raw)
            }
        });
        if !matches!(kind, Some(et::EXEC | et::DYN)) {
            return Err(Errno::ENOEXEC);
        }
        let mut patched = bytes.to_vec();
        let class = if self.native.0 == Class::Elf64 { 2 } else { 1 };
        patched[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, if little { 1 } else { 2 }]);
        Image::parse(Bytes::from(patched))
            .map(Arc::new)
            .map_err(|_| Errno::ENOEXEC)
    }

    /// `map_library` and `decode_dyn`.
    pub(crate) fn map_library(&mut self, stat: &FileStat) -> Result<(Arc<Image>, Layout), Refusal> {
        if stat.kind == FileKind::Directory {
            return Err(Errno::EISDIR.into());
        }
        let opened = self.session.open(stat);
        let image = self.as_native(&opened)?;
        let header = image.header();
        if !matches!(header.kind, et::EXEC | et::DYN) {
            return Err(Errno::ENOEXEC.into());
        }
        let table = u64::from(header.phentsize) * u64::from(header.phnum);
        if header.phoff > i64::MAX as u64 {
            return Err(Errno::EINVAL.into());
        }
        if header.phoff.saturating_add(table) > image.file_size() as u64 {
            return Err(Errno::ENOEXEC.into());
        }
        let usual = header.class.segment_size();
        if header.phnum > 0 && usize::from(header.phentsize) != usual {
            self.gap(
                "odd-program-headers",
                format!(
                    "{}: program headers of {} bytes are read at odd places",
                    stat.path, header.phentsize
                ),
            );
        }
        if image
            .segment(pt::DYNAMIC)
            .is_none_or(|segment| segment.vaddr == 0)
        {
            return Err(Errno::ENOEXEC.into());
        }
        let page = self.session.world().machine().page_size;
        let image = as_mapped(image, page);
        let mut layout = Layout::new(&image, page);
        self.check_mappings(stat, &image, &layout)?;
        let dynamic = image
            .segment(pt::DYNAMIC)
            .map_or(0, |segment| segment.vaddr);
        if let Some(signal) = layout.access(dynamic, false) {
            return Err(Refusal::Signal(
                signal,
                "the dynamic section is not in the file",
            ));
        }
        if image.dynamic_value(dt::TEXTREL).is_some() {
            if stat.noexec {
                return Err(Errno::EACCES.into());
            }
            layout.all_writable = true;
        }
        Ok((image, layout))
    }

    fn check_mappings(
        &mut self,
        stat: &FileStat,
        image: &Image,
        layout: &Layout,
    ) -> Result<(), Refusal> {
        let loads: Vec<&Segment> = image
            .segments()
            .iter()
            .filter(|segment| segment.kind == pt::LOAD)
            .collect();
        let Some(span) = layout.span() else {
            self.gap(
                "no-loadable-segments",
                format!(
                    "{} has no PT_LOAD: musl maps an undefined amount of it",
                    stat.path
                ),
            );
            return Err(Errno::ENOEXEC.into());
        };
        // The first mapping is of everything, and as much longer as its offset is high.
        let lowest = loads.iter().min_by_key(|segment| segment.vaddr);
        let offset = lowest.map_or(0, |segment| segment.offset);
        if span.1 < span.0 || (span.1 - span.0).saturating_add(offset) > SPAN_MAX {
            return Err(Errno::ENOMEM.into());
        }
        if loads.iter().any(|segment| segment.offset > OFFSET_MAX) {
            return Err(Errno::EOVERFLOW.into());
        }
        if stat.noexec && loads.iter().any(|segment| segment.flags & pf::X != 0) {
            return Err(Errno::EPERM.into());
        }
        if image.header().kind != et::DYN
            && span.0 != 0
            && (span.0 < LOWEST_ADDRESS
                || self
                    .list
                    .iter()
                    .any(|&dso| self.dsos[dso].layout.overlaps(span)))
        {
            return Err(Errno::EBUSY.into());
        }
        let page = layout.page;
        for segment in loads {
            // The rest of the last file page is cleared.
            let end = segment.vaddr.wrapping_add(segment.filesz);
            if segment.memsz > segment.filesz
                && segment.flags & pf::W != 0
                && end & (page - 1) != 0
                && let Some(signal) = layout.access(end, true)
            {
                return Err(Refusal::Signal(
                    signal,
                    "the end of its data is not in the file",
                ));
            }
        }
        Ok(())
    }

    /// The tables that every lookup reads: the first that is not there.
    pub(crate) fn missing_table(image: &Image, layout: &Layout) -> Option<(Signal, &'static str)> {
        if !image_has_hash(image) {
            return Some((Signal::Segmentation, "it has no symbol hash table"));
        }
        let table = |tag: i64, what: &'static str| {
            let address = image.dynamic_value(tag)?;
            Some((layout.access(address, false)?, what))
        };
        // `DT_HASH` is not looked at beside `DT_GNU_HASH`.
        let hash = match image.dynamic_value(dt::GNU_HASH) {
            Some(_) => dt::GNU_HASH,
            None => dt::HASH,
        };
        table(hash, "its hash table is not in its memory")
            .or_else(|| table(dt::SYMTAB, "its symbol table is not in its memory"))
            .or_else(|| table(dt::STRTAB, "its string table is not in its memory"))
            .or_else(|| table(dt::VERSYM, "its version table is not in its memory"))
    }
}

/// The file with the segments that it really gets. Address and offset are rounded down to the page, so where the two disagree
/// within the page, musl maps other bytes than the headers say; and a second segment that begins in the lowest page is not mapped.
fn as_mapped(image: Arc<Image>, page: u64) -> Arc<Image> {
    let inside = page.wrapping_sub(1);
    let loads = || {
        let segments = image.segments().iter().enumerate();
        segments.filter(|(_, segment)| segment.kind == pt::LOAD)
    };
    let Some((lowest, first)) = loads().min_by_key(|(_, segment)| segment.vaddr) else {
        return image;
    };
    let disagrees = |segment: &Segment| (segment.vaddr ^ segment.offset) & inside != 0;
    let covered = |index: usize, segment: &Segment| {
        index != lowest && (segment.vaddr ^ first.vaddr) & !inside == 0
    };
    let as_it_says =
        loads().all(|(index, segment)| !disagrees(segment) && !covered(index, segment));
    if !page.is_power_of_two() || as_it_says {
        return image;
    }
    let header = image.header();
    let mut bytes = image.bytes().to_vec();
    for (index, segment) in loads() {
        let start = header.phoff as usize + index * header.class.segment_size();
        let Some(raw) = bytes.get_mut(start..start + header.class.segment_size()) else {
            continue;
        };
        if covered(index, segment) {
            raw[..4].fill(0);
            continue;
        }
        let offset = (segment.offset & !inside) | (segment.vaddr & inside);
        match (header.class, header.endian) {
            (Class::Elf64, Endian::Little) => raw[8..16].copy_from_slice(&offset.to_le_bytes()),
            (Class::Elf64, Endian::Big) => raw[8..16].copy_from_slice(&offset.to_be_bytes()),
            (Class::Elf32, Endian::Little) => {
                raw[4..8].copy_from_slice(&(offset as u32).to_le_bytes());
            }
            (Class::Elf32, Endian::Big) => {
                raw[4..8].copy_from_slice(&(offset as u32).to_be_bytes());
            }
        }
    }
    Image::parse(Bytes::from(bytes)).map_or(image, Arc::new)
}

/// `hashtab` or `ghashtab`: without one the first lookup dies.
pub(crate) fn image_has_hash(image: &Image) -> bool {
    image.dynamic_value(dt::GNU_HASH).is_some() || image.dynamic_value(dt::HASH).is_some()
}

/// The tables of relocations: the first that is not there, or is cut off.
pub(crate) fn relocation_tables(image: &Image, layout: &Layout) -> Result<(), TableTrouble> {
    let word = if image.class() == Class::Elf64 { 8 } else { 4 };
    let value = |tag| image.dynamic_value(tag).unwrap_or(0);
    let plt_words = if value(dt::PLTREL) == dt::RELA as u64 {
        3
    } else {
        2
    };
    for (address, size, words) in [
        (dt::JMPREL, dt::PLTRELSZ, plt_words),
        (dt::REL, dt::RELSZ, 2),
        (dt::RELA, dt::RELASZ, 3),
    ] {
        let (start, bytes) = (value(address), value(size));
        if bytes == 0 {
            continue;
        }
        if let Some(signal) = layout.access(start, false) {
            return Err(TableTrouble::Signal(signal));
        }
        // Without its tag, a table begins at address 0: with the file header.
        let held = image.at(start).map_or(0, <[u8]>::len) as u64;
        let named = image.dynamic_value(address).is_some();
        if !named || bytes % (words * word) != 0 || held < bytes {
            return Err(TableTrouble::CutOff);
        }
    }
    Ok(())
}

/// What is wrong with a table of relocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableTrouble {
    /// Its first entry is not there.
    Signal(Signal),
    /// It goes on in memory that is no table.
    CutOff,
}

/// Relocations of read-only pages are to be expected, or something is cut off: every write is worth a look.
pub(crate) fn writes_are_doubtful(image: &Image, layout: &Layout) -> bool {
    let flags = image.dynamic_value(dt::FLAGS).unwrap_or(0);
    layout.truncated || flags & df::TEXTREL != 0 || image.dynamic_value(dt::TEXTREL).is_some()
}
