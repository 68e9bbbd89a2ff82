//! The image: the bytes, the small decoded tables, and where the large ones lie.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::content::{Content, Source};
use super::hash::{GnuTable, HashTable, SysvTable};
use super::read::{Codec, part};
use super::versions::Versions;
use super::{Class, Dynamic, Header, NotElf, Segment, dt, pt};

/// One ELF file.
///
/// Parsing touches the file header, the program headers and `PT_DYNAMIC`. Everything else is read where it lies when it is
/// asked for; hash tables, version tables and the symbol count are kept after first use.
#[derive(Debug, Clone)]
pub struct Image {
    content: Content,
    header: Header,
    segments: Vec<Segment>,
    dynamic: Option<Dynamic>,
    tables: Tables,
    lazy: Lazy,
}

/// Where the dynamic tables lie in the file. An absent or unreadable one is an empty range.
#[derive(Debug, Clone, Default)]
struct Tables {
    strings: Range<usize>,
    symbols: Range<usize>,
    versyms: Range<usize>,
}

/// The hash tables: which one look-ups use, and `DT_HASH` for its count of symbols.
#[derive(Debug, Clone)]
pub(super) struct Hashes {
    used: HashTable,
    sysv: Option<SysvTable>,
}

/// Bytes from the start of a file that hold its program headers, its interpreter and its notes, as linkers lay files out.
const HEAD_BYTES: usize = 4096;
/// Strings of `PT_DYNAMIC` that lie no further apart than this are brought in together.
const STRINGS_TOGETHER_BYTES: u32 = 2048;
/// Bytes brought in from the start of a string: names are shorter, and a longer one makes the file be read as a whole.
const STRING_BYTES: u32 = 256;
/// Pieces of the string table that are brought in.
const STRING_PIECES_MAX: usize = 4;

/// What is worked out at its first use.
#[derive(Debug, Clone, Default)]
pub(super) struct Lazy {
    pub(super) hashes: OnceLock<Hashes>,
    pub(super) symbol_count: OnceLock<u32>,
    pub(super) indirect: OnceLock<Box<[u32]>>,
    pub(super) referenced: OnceLock<Box<[u32]>>,
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
        Ok(Image::of(Content::of(bytes), header, segments))
    }

    /// The same image over a file that is read in pieces: at once only those that tell what it needs. Asking for anything else
    /// brings the whole file in.
    ///
    /// # Errors
    /// As [`Image::parse`], also where the file cannot be read.
    pub fn parse_in_pieces(source: Arc<dyn Source>) -> Result<Image, NotElf> {
        let mut content = Content::over(source).ok_or(NotElf::NoHeader)?;
        let range = 0..HEAD_BYTES.min(content.size());
        content.fetch(range.clone());
        let head = content.at_hand(range);
        let header = Header::read(head)?;
        if header.segments_end() > head.len() as u64 {
            return Image::parse(content.whole().clone());
        }
        let segments = header.read_segments(head);
        if let Some((range, size)) = dynamic_range(&segments, content.size()) {
            content.fetch(range.start..range.start.saturating_add(size).min(range.end));
        }
        let mut image = Image::of(content, header, segments);
        image.fetch_strings();
        Ok(image)
    }

    fn of(content: Content, header: Header, segments: Vec<Segment>) -> Image {
        let codec = header.codec();
        let dynamic = segments.iter().any(|s| s.kind == pt::DYNAMIC).then(|| {
            let range = dynamic_range(&segments, content.size()).map_or(0..0, |(range, _)| range);
            let at_hand = content.at_hand(range.clone());
            let (dynamic, ended) = Dynamic::decode(codec, at_hand);
            if ended || at_hand.len() == range.len() {
                return dynamic;
            }
            Dynamic::decode(codec, content.get(range).unwrap_or_default()).0
        });
        let at = |vaddr| file_range(&segments, content.size(), vaddr);
        let tables = match &dynamic {
            Some(dynamic) => Tables::find(dynamic, at),
            None => Tables::default(),
        };
        Image {
            content,
            header,
            segments,
            dynamic,
            tables,
            lazy: Lazy::default(),
        }
    }

    /// Brings in the strings that `PT_DYNAMIC` names.
    fn fetch_strings(&mut self) {
        let Some(dynamic) = &self.dynamic else {
            return;
        };
        let mut offsets: Vec<u32> = dynamic.needed.clone();
        offsets.extend(dynamic.filters.iter().map(|&(_, offset)| offset));
        let single = [dynamic.soname, dynamic.rpath, dynamic.runpath];
        offsets.extend(single.into_iter().flatten());
        offsets.extend(dynamic.audit.into_iter().chain(dynamic.depaudit));
        offsets.sort_unstable();
        let table = self.tables.strings.clone();
        let together = |a: &u32, b: &u32| b - a <= STRINGS_TOGETHER_BYTES;
        for piece in offsets.chunk_by(together).take(STRING_PIECES_MAX) {
            let (first, last) = (piece[0], piece[piece.len() - 1]);
            let place = |offset: u32| table.start.saturating_add(offset as usize).min(table.end);
            let range = place(first)..place(last.saturating_add(STRING_BYTES));
            if !range.is_empty() {
                self.content.fetch(range);
            }
        }
    }

    /// The whole file.
    #[inline]
    pub fn bytes(&self) -> &Bytes {
        self.content.whole()
    }
    /// Size of the file in bytes.
    #[inline]
    pub fn file_size(&self) -> usize {
        self.content.size()
    }
    /// Bytes of the file; `None` if they do not lie in it as a whole.
    #[inline]
    pub fn file_bytes(&self, range: Range<usize>) -> Option<&[u8]> {
        self.content.get(range)
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
        let text = self.content.get(start..start.checked_add(size)?)?;
        Some(until_nul(text))
    }

    /// The bytes at a virtual address, from the `PT_LOAD` that maps it (the last one, if several do) to the end of that
    /// segment's file part or of the file.
    pub fn at(&self, vaddr: u64) -> Option<&[u8]> {
        self.content.get(self.range_at(vaddr)?)
    }
    pub(super) fn range_at(&self, vaddr: u64) -> Option<Range<usize>> {
        file_range(&self.segments, self.content.size(), vaddr)
    }
    /// The bytes that a tag with an address points at.
    pub(super) fn at_tag(&self, tag: i64) -> Option<&[u8]> {
        self.at(self.dynamic_value(tag)?)
    }

    /// A string of the dynamic string table, without its NUL; empty if the offset lies outside (that is an anomaly).
    /// Like the loader, this does not look at `DT_STRSZ`: only the end of the mapped bytes ends the table.
    #[inline]
    pub fn string(&self, offset: u32) -> &[u8] {
        let table = &self.tables.strings;
        let start = table.start.saturating_add(offset as usize).min(table.end);
        let at_hand = self.content.at_hand(start..table.end);
        let string = until_nul(at_hand);
        if string.len() < at_hand.len() {
            return string;
        }
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
    /// Whether [`Image::soname`] is this. Cheaper than to compare with it, because its end need not be looked for.
    pub fn soname_is(&self, name: &[u8]) -> bool {
        let Some(offset) = self.dynamic.as_ref().and_then(|dynamic| dynamic.soname) else {
            return false;
        };
        let table = &self.tables.strings;
        let start = table.start.saturating_add(offset as usize).min(table.end);
        let rest = self.content.at_hand(start..table.end);
        match rest.get(name.len()) {
            Some(0) => rest.starts_with(name) && !name.contains(&0),
            Some(_) => false,
            None => self.string(offset) == name,
        }
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
        self.content
            .get(self.tables.strings.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn symtab(&self) -> &[u8] {
        self.content
            .get(self.tables.symbols.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn versyms(&self) -> &[u8] {
        self.content
            .get(self.tables.versyms.clone())
            .unwrap_or_default()
    }
    #[inline]
    pub(super) fn hash_table(&self) -> &HashTable {
        &self.hashes().used
    }
    pub(super) fn gnu_table(&self) -> Option<&GnuTable> {
        match &self.hashes().used {
            HashTable::Gnu(table) => Some(table),
            _ => None,
        }
    }
    pub(super) fn sysv_table(&self) -> Option<&SysvTable> {
        self.hashes().sysv.as_ref()
    }
    #[inline]
    fn hashes(&self) -> &Hashes {
        self.lazy.hashes.get_or_init(|| Hashes::find(self))
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

/// Where `PT_DYNAMIC` lies, to the end of its segment, and its size as its header has it. `None` if it lies nowhere.
fn dynamic_range(segments: &[Segment], file_size: usize) -> Option<(Range<usize>, usize)> {
    let segment = segments.iter().rfind(|s| s.kind == pt::DYNAMIC)?;
    let size = usize::try_from(segment.filesz).unwrap_or(usize::MAX);
    Some((file_range(segments, file_size, segment.vaddr)?, size))
}

impl Tables {
    fn find(dynamic: &Dynamic, at: impl Fn(u64) -> Option<Range<usize>>) -> Tables {
        let table = |vaddr: Option<u64>| vaddr.and_then(&at).unwrap_or(0..0);
        Tables {
            strings: table(dynamic.strtab),
            symbols: table(dynamic.symtab),
            versyms: table(dynamic.versym),
        }
    }
}

impl Hashes {
    fn find(image: &Image) -> Hashes {
        let (codec, bytes) = (image.codec(), image.bytes());
        let of =
            |choose: fn(&Dynamic) -> Option<u64>| image.range_at(choose(image.dynamic.as_ref()?)?);
        let sysv = of(|dynamic| dynamic.hash);
        let sysv =
            sysv.and_then(|range| SysvTable::read(codec, image.header.machine, bytes, range));
        let has_gnu = image.dynamic.as_ref().is_some_and(|d| d.gnu_hash.is_some());
        let used = match (has_gnu, &sysv) {
            (true, _) => of(|dynamic| dynamic.gnu_hash)
                .and_then(|range| GnuTable::read(codec, bytes, range))
                .map_or(HashTable::None, HashTable::Gnu),
            (false, Some(table)) => HashTable::Sysv(table.clone()),
            (false, None) => HashTable::None,
        };
        Hashes { used, sysv }
    }
}

/// The bytes before the first NUL, or all of them.
#[inline]
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    // std's CStr brings the word-at-a-time search that slices lack.
    std::ffi::CStr::from_bytes_until_nul(text).map_or(text, std::ffi::CStr::to_bytes)
}
