//! The image: the bytes, the small decoded tables, and where the large ones lie.

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;

use super::hash::{GnuTable, HashTable, SysvTable};
use super::read::{Codec, part};
use super::versions::Versions;
use super::{Class, Dynamic, Header, NotElf, Segment, dt, pt};

/// One ELF file.
///
/// Parsing touches the file header, the program headers, `PT_DYNAMIC`, and the first words of the hash tables. Everything
/// else is read where it lies when it is asked for; version tables and the symbol count are kept after first use.
#[derive(Debug, Clone)]
pub struct Image {
    bytes: Bytes,
    header: Header,
    segments: Vec<Segment>,
    dynamic: Option<Dynamic>,
    tables: Tables,
    lazy: Lazy,
}

/// Where the dynamic tables lie in the file. An absent or unreadable one is an empty range.
#[derive(Debug, Clone)]
struct Tables {
    strings: Range<usize>,
    symbols: Range<usize>,
    versyms: Range<usize>,
    hash: HashTable,
    sysv: Option<SysvTable>,
}

/// What is worked out at its first use.
#[derive(Debug, Clone, Default)]
pub(super) struct Lazy {
    pub(super) symbol_count: OnceLock<u32>,
    pub(super) versions: OnceLock<Versions>,
}

/// The file range of a virtual address: from it to the end of the file part of the last `PT_LOAD` that holds it (a later
/// mapping replaces an earlier one, as `MAP_FIXED` does).
fn file_range(segments: &[Segment], file_size: usize, vaddr: u64) -> Option<Range<usize>> {
    segments
        .iter()
        .rev()
        .filter(|s| s.kind == pt::LOAD)
        .find_map(|s| {
            let inside = vaddr
                .checked_sub(s.vaddr)
                .filter(|&inside| inside < s.filesz)?;
            part(file_size, s.offset.checked_add(inside)?, s.filesz - inside)
        })
}

impl Image {
    /// Reads the file header, the program headers, and `PT_DYNAMIC`. Section headers are not touched here.
    /// A header with odd values (another version, padding …) is still an image: the loader judges it.
    pub fn parse(bytes: Bytes) -> Result<Image, NotElf> {
        let header = Header::read(&bytes)?;
        let segments = header.read_segments(&bytes);
        let codec = header.codec();
        let at = |vaddr| file_range(&segments, bytes.len(), vaddr);
        let dynamic = segments.iter().rfind(|s| s.kind == pt::DYNAMIC).map(|s| {
            let raw = at(s.vaddr).map(|range| &bytes[range]);
            Dynamic::decode(codec, raw.unwrap_or_default())
        });
        let tables = match &dynamic {
            Some(dynamic) => Tables::find(codec, header.machine, dynamic, &bytes, at),
            None => Tables::none(),
        };
        Ok(Image {
            bytes,
            header,
            segments,
            dynamic,
            tables,
            lazy: Lazy::default(),
        })
    }

    /// The whole file.
    #[inline]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
    /// The file header.
    #[inline]
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// 32 or 64 bit.
    pub fn class(&self) -> Class {
        self.header.class
    }
    /// The program headers that lie in the file (see [`crate::limits::PROGRAM_HEADERS_MAX`]).
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
    /// `PT_DYNAMIC`, if there is one: the last, through its virtual address, as ld.so takes it. An unreadable one is `Some`
    /// and empty, with an anomaly.
    pub fn dynamic(&self) -> Option<&Dynamic> {
        self.dynamic.as_ref()
    }
    /// The value of a dynamic tag; the last entry wins, as in ld.so's `l_info`.
    pub fn dynamic_value(&self, tag: i64) -> Option<u64> {
        self.dynamic.as_ref()?.value(tag)
    }
    /// `PT_INTERP` up to its first NUL, as the kernel reads it (`p_filesz` bytes of the first such header, `load_elf_binary`;
    /// `None` if it does not lie in the file as a whole).
    pub fn interpreter(&self) -> Option<&[u8]> {
        let segment = self.first_segment(pt::INTERP)?;
        let start = usize::try_from(segment.offset).ok()?;
        let size = usize::try_from(segment.filesz).ok()?;
        let text = self.bytes.get(start..start.checked_add(size)?)?;
        Some(until_nul(text))
    }

    /// The bytes at a virtual address, from the `PT_LOAD` that maps it (the last one, if several do) to the end of that
    /// segment's file part or of the file.
    pub fn at(&self, vaddr: u64) -> Option<&[u8]> {
        self.bytes.get(self.range_at(vaddr)?)
    }
    pub(super) fn range_at(&self, vaddr: u64) -> Option<Range<usize>> {
        file_range(&self.segments, self.bytes.len(), vaddr)
    }
    /// The bytes that a tag with an address points at.
    pub(super) fn at_tag(&self, tag: i64) -> Option<&[u8]> {
        self.at(self.dynamic_value(tag)?)
    }

    /// A string of the dynamic string table, without its NUL; empty if the offset lies outside (that is an anomaly).
    /// Like the loader, this does not look at `DT_STRSZ`: only the end of the mapped bytes ends the table.
    #[inline]
    pub fn string(&self, offset: u32) -> &[u8] {
        until_nul(self.strings().get(offset as usize..).unwrap_or_default())
    }
    fn named(&self, offset: impl Fn(&Dynamic) -> Option<u32>) -> Option<&[u8]> {
        Some(self.string(offset(self.dynamic.as_ref()?)?))
    }
    /// `DT_NEEDED` names in order.
    pub fn needed(&self) -> impl Iterator<Item = &[u8]> {
        let needed = self.dynamic.iter().flat_map(|dynamic| &dynamic.needed);
        needed.map(|&offset| self.string(offset))
    }
    /// `DT_SONAME`.
    pub fn soname(&self) -> Option<&[u8]> {
        self.named(|dynamic| dynamic.soname)
    }
    /// `DT_RPATH`, raw, also when `DT_RUNPATH` makes it void.
    pub fn rpath(&self) -> Option<&[u8]> {
        self.named(|dynamic| dynamic.rpath)
    }
    /// `DT_RUNPATH`, raw.
    pub fn runpath(&self) -> Option<&[u8]> {
        self.named(|dynamic| dynamic.runpath)
    }

    /// The one segment of this kind that the loader uses (the last, as in ld.so's loop).
    pub fn segment(&self, kind: u32) -> Option<&Segment> {
        self.segments.iter().rfind(|segment| segment.kind == kind)
    }
    /// The first segment of this kind, as the kernel takes `PT_INTERP`.
    pub fn first_segment(&self, kind: u32) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.kind == kind)
    }

    #[inline]
    pub(super) fn codec(&self) -> Codec {
        self.header.codec()
    }
    #[inline]
    pub(super) fn strings(&self) -> &[u8] {
        self.bytes
            .get(self.tables.strings.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn symtab(&self) -> &[u8] {
        self.bytes
            .get(self.tables.symbols.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn versyms(&self) -> &[u8] {
        self.bytes
            .get(self.tables.versyms.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn hash_table(&self) -> &HashTable {
        &self.tables.hash
    }
    pub(super) fn gnu_table(&self) -> Option<&GnuTable> {
        match &self.tables.hash {
            HashTable::Gnu(table) => Some(table),
            _ => None,
        }
    }
    pub(super) fn sysv_table(&self) -> Option<&SysvTable> {
        self.tables.sysv.as_ref()
    }
    pub(super) fn lazy(&self) -> &Lazy {
        &self.lazy
    }
    /// Where the symbol table and the string table start in the file, for [`super::Anomaly::offset`].
    pub(super) fn symtab_start(&self) -> usize {
        self.tables.symbols.start
    }
    pub(super) fn strings_start(&self) -> usize {
        self.tables.strings.start
    }

    /// Bytes between the start of the symbol table and the next table: all that tells its length when no symbol is hashed.
    pub(super) fn symtab_gap(&self) -> u64 {
        const TABLES: [i64; 9] = [
            dt::STRTAB,
            dt::VERSYM,
            dt::VERNEED,
            dt::VERDEF,
            dt::GNU_HASH,
            dt::HASH,
            dt::RELA,
            dt::REL,
            dt::JMPREL,
        ];
        let Some(symtab) = self.dynamic.as_ref().and_then(|dynamic| dynamic.symtab) else {
            return 0;
        };
        let gaps = TABLES
            .iter()
            .filter_map(|&tag| self.dynamic_value(tag)?.checked_sub(symtab));
        gaps.filter(|&gap| gap > 0).min().unwrap_or(0)
    }
}

impl Tables {
    fn none() -> Tables {
        Tables {
            strings: 0..0,
            symbols: 0..0,
            versyms: 0..0,
            hash: HashTable::None,
            sysv: None,
        }
    }

    fn find(
        codec: Codec,
        machine: u16,
        dynamic: &Dynamic,
        bytes: &[u8],
        at: impl Fn(u64) -> Option<Range<usize>>,
    ) -> Tables {
        let table = |vaddr: Option<u64>| vaddr.and_then(&at).unwrap_or(0..0);
        let sysv = dynamic.hash.and_then(&at);
        let sysv = sysv.and_then(|range| SysvTable::read(codec, machine, bytes, range));
        let hash = match (dynamic.gnu_hash, &sysv) {
            (Some(vaddr), _) => {
                let table = at(vaddr).and_then(|range| GnuTable::read(codec, bytes, range));
                table.map_or(HashTable::None, HashTable::Gnu)
            }
            (None, Some(table)) => HashTable::Sysv(table.clone()),
            (None, None) => HashTable::None,
        };
        Tables {
            strings: table(dynamic.strtab),
            symbols: table(dynamic.symtab),
            versyms: table(dynamic.versym),
            hash,
            sysv,
        }
    }
}

/// The bytes before the first NUL, or all of them.
#[inline]
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    // std's CStr brings the word-at-a-time search that slices lack.
    std::ffi::CStr::from_bytes_until_nul(text).map_or(text, std::ffi::CStr::to_bytes)
}
