//! `/etc/ld.so.cache`, which `ldconfig` writes and glibc's loader searches (`elf/dl-cache.c`, `sysdeps/generic/dl-cache.h`).
//!
//! There are three shapes of the file: the old table (magic `ld.so-1.7.0`), the new one (`glibc-ld.so.cache1.1`), and the old
//! one with the new one behind it, of which the loader then only uses the new. Offsets of strings count from the new header;
//! those of the extension directory from the start of the file. A loader uses what it finds without further checks, so the
//! parser here is as lenient as the loader is, and never more: a cache that the loader would refuse is a [`CacheFault`].
//!
//! ```text
//! new:  magic(20) nlibs len_strings flags(1) pad(3) extension_offset unused(12) | nlibs × {flags key value osversion hwcap(8)} | strings
//! old:  magic(11) pad(1) nlibs | nlibs × {flags key value} | strings, or new at the next multiple of 8
//! extension: magic count | count × {tag flags offset size};  tag 0: generator text, tag 1: u32 offsets of glibc-hwcaps names
//! ```

use std::cmp::Ordering;
use std::fmt;

use bytes::Bytes;

use crate::{Errno, TargetPath, World};

const OLD_MAGIC: &[u8] = b"ld.so-1.7.0";
const NEW_MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const OLD_HEADER: usize = 16;
const OLD_ENTRY: usize = 12;
const NEW_HEADER: usize = 48;
const NEW_ENTRY: usize = 24;
const EXTENSION_MAGIC: u32 = 0xeaa4_2174;
const TAG_GENERATOR: u32 = 0;
const TAG_GLIBC_HWCAPS: u32 = 1;
/// `DL_CACHE_HWCAP_EXTENSION`, seen from the upper half of the word.
const EXTENSION_BIT: u32 = 1 << 30;
/// `DL_CACHE_HWCAP_ISA_LEVEL_MASK`
const ISA_LEVEL_MASK: u32 = (1 << 10) - 1;

/// Why the loader takes a file for no cache at all (and goes on as if there were none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheFault {
    /// It begins with neither magic text, or is shorter than a header with its entries.
    NotACache,
    /// It was written for the other byte order.
    ByteOrder,
}

impl fmt::Display for CacheFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CacheFault::NotACache => "not an ld.so.cache, or cut short",
            CacheFault::ByteOrder => "written for the other byte order",
        })
    }
}

impl std::error::Error for CacheFault {}

/// A parsed cache: a view on the file's bytes.
#[derive(Debug, Clone)]
pub struct LdSoCache {
    file: Bytes,
    big_endian: bool,
    new_format: bool,
    entries_at: usize,
    count: usize,
    /// Where string offsets count from.
    strings_at: usize,
    /// String offsets must be less than this (`string_table_size`, "not exact").
    strings_bound: usize,
    /// Of the glibc-hwcaps section, as a range of the file.
    hwcaps: (usize, usize),
    generator: (usize, usize),
}

/// One library in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheEntry<'c> {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Kind of library and ABI (`FLAG_ELF_LIBC6 | FLAG_X8664_LIB64` = 0x303, …).
    pub flags: i32,
    /// The name that is asked for (the soname).
    pub key: &'c [u8],
    /// The path.
    pub value: &'c [u8],
    /// Least kernel version, unused by loaders since 2.36 (0 in the old format).
    pub os_version: u32,
    /// Hardware capabilities (0 in the old format).
    pub hwcap: u64,
    /// From a table of the new format: the loader looks at `hwcap` only then.
    pub has_hwcap: bool,
}

impl CacheEntry<'_> {
    /// The library lies in a `glibc-hwcaps` subdirectory: `hwcap` holds [`CacheEntry::hwcaps_index`] and
    /// [`CacheEntry::isa_level`] (`dl-cache.h: dl_cache_hwcap_extension`).
    pub fn is_glibc_hwcaps(&self) -> bool {
        self.has_hwcap && (self.hwcap >> 32) as u32 & !ISA_LEVEL_MASK == EXTENSION_BIT
    }
    /// Index into [`LdSoCache::hwcaps_names`], if [`CacheEntry::is_glibc_hwcaps`].
    pub fn hwcaps_index(&self) -> u32 {
        self.hwcap as u32
    }
    /// The x86 ISA level (a bit per level, `GNU_PROPERTY_X86_ISA_1_*`) that the library was marked with, 0 for none; if
    /// [`CacheEntry::is_glibc_hwcaps`].
    pub fn isa_level(&self) -> u32 {
        (self.hwcap >> 32) as u32 & ISA_LEVEL_MASK
    }
}

impl LdSoCache {
    /// Reads the cache file of a world; `None` if it has none.
    ///
    /// # Errors
    /// `Err` of a file that can be read but that the loader would refuse.
    pub fn load(
        world: &dyn World,
        path: &TargetPath,
        big_endian: bool,
    ) -> Option<Result<LdSoCache, CacheFault>> {
        let file = super::read(world, path).ok()?;
        Some(LdSoCache::parse(file, big_endian))
    }

    /// As `elf/dl-cache.c: _dl_load_cache_lookup` accepts a file, on a machine of the given byte order.
    ///
    /// # Errors
    /// If the loader would refuse it.
    pub fn parse(file: Bytes, big_endian: bool) -> Result<LdSoCache, CacheFault> {
        let mut cache = LdSoCache {
            big_endian,
            new_format: true,
            entries_at: NEW_HEADER,
            count: 0,
            strings_at: 0,
            strings_bound: file.len(),
            hwcaps: (0, 0),
            generator: (0, 0),
            file,
        };
        if cache.file.starts_with(NEW_MAGIC) && cache.file.len() > NEW_HEADER {
            cache.count = cache.word(20) as usize;
            if (cache.file.len() - NEW_HEADER) / NEW_ENTRY < cache.count {
                return Err(CacheFault::NotACache);
            }
        } else if cache.file.starts_with(OLD_MAGIC) && cache.file.len() > OLD_HEADER {
            cache.find_new_behind_old()?;
        } else {
            return Err(CacheFault::NotACache);
        }
        if cache.new_format {
            // cache_file_new_matches_endian: 0 says nothing; else 2 is little and 3 big.
            let flags = cache.file[cache.strings_at + 28];
            if flags != 0 && flags & 3 != 2 + u8::from(big_endian) {
                return Err(CacheFault::ByteOrder);
            }
            cache.load_extensions();
        }
        Ok(cache)
    }

    fn find_new_behind_old(&mut self) -> Result<(), CacheFault> {
        let count = self.word(12) as usize;
        if (self.file.len() - OLD_HEADER) / OLD_ENTRY < count {
            return Err(CacheFault::NotACache);
        }
        let old_end = OLD_HEADER + count * OLD_ENTRY;
        let new_at = old_end.next_multiple_of(8);
        let new = self.file.get(new_at..).unwrap_or_default();
        if new.len() >= NEW_HEADER && new.starts_with(NEW_MAGIC) {
            // The loader does not check this count against the size; beyond the end there is nothing to find.
            let room = (new.len() - NEW_HEADER) / NEW_ENTRY;
            self.count = (self.word(new_at + 20) as usize).min(room);
            self.entries_at = new_at + NEW_HEADER;
            self.strings_at = new_at;
        } else {
            self.new_format = false;
            self.count = count;
            self.entries_at = OLD_HEADER;
            self.strings_at = old_end;
            self.strings_bound = self.file.len() - old_end;
        }
        Ok(())
    }

    /// `dl-cache.h: cache_extension_load`: one malformed section makes all of them count as missing.
    fn load_extensions(&mut self) {
        let at = self.word(self.strings_at + 32) as usize;
        if at == 0 || !at.is_multiple_of(4) || at + 8 > self.file.len() {
            return;
        }
        let count = self.word(at + 4) as usize;
        let fits = count <= (self.file.len() - at - 8) / 16;
        if self.word(at) != EXTENSION_MAGIC || !fits {
            return;
        }
        let mut sections = [(0, 0); 2];
        for section in (0..count).map(|number| at + 8 + number * 16) {
            let tag = self.word(section);
            let (offset, size) = (
                self.word(section + 8) as usize,
                self.word(section + 12) as usize,
            );
            if offset + size > self.file.len() {
                return;
            }
            if matches!(tag, TAG_GENERATOR | TAG_GLIBC_HWCAPS) {
                sections[tag as usize] = (offset, size);
            }
        }
        let (offset, size) = sections[TAG_GLIBC_HWCAPS as usize];
        if !offset.is_multiple_of(4) || !size.is_multiple_of(4) {
            sections[TAG_GLIBC_HWCAPS as usize] = (0, 0);
        }
        self.generator = sections[TAG_GENERATOR as usize];
        self.hwcaps = sections[TAG_GLIBC_HWCAPS as usize];
    }

    /// A 32-bit word of the file; 0 beyond its end.
    fn word(&self, at: usize) -> u32 {
        let bytes = at.checked_add(4).and_then(|end| self.file.get(at..end));
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, |bytes| {
                if self.big_endian {
                    u32::from_be_bytes(bytes)
                } else {
                    u32::from_le_bytes(bytes)
                }
            })
    }

    /// A string of the table; `None` where the loader takes the offset for bogus.
    fn string(&self, offset: u32) -> Option<&[u8]> {
        let offset = offset as usize;
        (offset < self.strings_bound).then(|| self.until_nul(self.strings_at + offset))
    }

    /// The bytes from a place of the file up to a NUL, or to its end (behind which a mapping has zeroes).
    fn until_nul(&self, at: usize) -> &[u8] {
        let rest = self.file.get(at..).unwrap_or_default();
        rest.split(|&b| b == 0).next().unwrap_or_default()
    }

    fn entry_at(&self, index: usize) -> usize {
        let size = if self.new_format {
            NEW_ENTRY
        } else {
            OLD_ENTRY
        };
        self.entries_at + index * size
    }

    fn key(&self, index: usize) -> Option<&[u8]> {
        self.string(self.word(self.entry_at(index) + 4))
    }

    /// One entry; `None` if there is none of this number or its strings are bogus.
    pub fn entry(&self, index: usize) -> Option<CacheEntry<'_>> {
        if index >= self.count {
            return None;
        }
        let at = self.entry_at(index);
        let (os_version, hwcap) = if self.new_format {
            let (first, second) = (self.word(at + 16), self.word(at + 20));
            let (low, high) = if self.big_endian {
                (second, first)
            } else {
                (first, second)
            };
            (self.word(at + 12), u64::from(high) << 32 | u64::from(low))
        } else {
            (0, 0)
        };
        Some(CacheEntry {
            index,
            flags: self.word(at) as i32,
            key: self.key(index)?,
            value: self.string(self.word(at + 8))?,
            os_version,
            hwcap,
            has_hwcap: self.new_format,
        })
    }

    /// Number of entries, bogus ones included.
    pub fn len(&self) -> usize {
        self.count
    }

    /// It has no entries.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The table used is of the new format (with hardware capabilities).
    pub fn is_new_format(&self) -> bool {
        self.new_format
    }

    /// All entries with good strings, in the file's order.
    pub fn entries(&self) -> impl Iterator<Item = CacheEntry<'_>> {
        (0..self.count).filter_map(|index| self.entry(index))
    }

    /// Who wrote it, e.g. `ldconfig (Debian GLIBC 2.36-9) stable release version 2.36`; empty if it does not say.
    pub fn generator(&self) -> &[u8] {
        let (offset, size) = self.generator;
        &self.file[offset..offset + size]
    }

    /// The names of `glibc-hwcaps` subdirectories, by [`CacheEntry::hwcaps_index`]; `None` where the offset is bogus.
    pub fn hwcaps_names(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        let (offset, size) = self.hwcaps;
        (0..size / 4).map(move |number| {
            let name = self.word(offset + number * 4) as usize;
            // As glibc_hwcaps_compare: from the start of the file.
            (name < self.file.len()).then(|| self.until_nul(name))
        })
    }

    /// The name of one `glibc-hwcaps` subdirectory.
    pub fn hwcaps_name(&self, index: u32) -> Option<&[u8]> {
        self.hwcaps_names().nth(index as usize).flatten()
    }

    /// The entries called `name`, in the order in which `elf/dl-cache.c: search_cache` considers them. The binary search is its
    /// own, so on a table that is not sorted it misses what the loader misses.
    pub fn lookup<'c>(&'c self, name: &[u8]) -> impl Iterator<Item = CacheEntry<'c>> + use<'c> {
        let (first, end) = self.range(name).unwrap_or((0, 0));
        // An entry whose value is bogus is passed over, one whose key is ends the range.
        (first..end).filter_map(|index| self.entry(index))
    }

    fn range(&self, name: &[u8]) -> Option<(usize, usize)> {
        let (mut left, mut right) = (0, self.count);
        while left < right {
            let middle = (left + right - 1) / 2;
            match libcmp(name, self.key(middle)?) {
                Ordering::Less => left = middle + 1,
                Ordering::Greater => right = middle,
                Ordering::Equal => {
                    let same = |index: &usize| {
                        let key = self.key(*index);
                        key.is_some_and(|key| libcmp(name, key) == Ordering::Equal)
                    };
                    let before = (0..middle).rev().take_while(same).count();
                    // Not beyond what the search has already excluded.
                    let behind = (middle + 1..right).take_while(same).count();
                    return Some((middle - before, middle + 1 + behind));
                }
            }
        }
        None
    }
}

/// `elf/dl-cache.c: _dl_cache_libcmp`: the order of names in the cache, in which runs of digits count as numbers. The table is
/// sorted by it in *descending* order.
pub fn libcmp(left: &[u8], right: &[u8]) -> Ordering {
    let at = |text: &[u8], index: usize| text.get(index).copied().filter(|&b| b != 0);
    let is_digit = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_digit());
    let (mut l, mut r) = (0, 0);
    while let Some(byte) = at(left, l) {
        let other = at(right, r);
        match (byte.is_ascii_digit(), is_digit(other)) {
            (true, true) => {
                let (left_number, right_number) = (number(left, &mut l), number(right, &mut r));
                if left_number != right_number {
                    // The difference of two ints, overflow included.
                    return left_number.wrapping_sub(right_number).cmp(&0);
                }
            }
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {
                // char is signed where this matters (x86).
                let (byte, other) = (byte as i8, other.unwrap_or(0) as i8);
                if byte != other {
                    return byte.cmp(&other);
                }
                l += 1;
                r += 1;
            }
        }
    }
    0.cmp(&(at(right, r).unwrap_or(0) as i8))
}

/// The run of digits at a place, as a C int that wraps round.
fn number(text: &[u8], at: &mut usize) -> i32 {
    let mut value = 0_i32;
    while let Some(digit) = text.get(*at).filter(|b| b.is_ascii_digit()) {
        value = value.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
        *at += 1;
    }
    value
}

/// Differences between a cache and the directories that it was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaleCache {
    /// Cached paths that lead nowhere (any more).
    pub vanished: Vec<TargetPath>,
    /// ELF files named `lib*.so*` or `ld-*.so*` in a configured directory that are in the cache under none of their names there.
    /// A file whose soname is cached with another (newer) file is among them too: who can read sonames may drop it.
    pub uncached: Vec<TargetPath>,
}

/// Compares a cache with the directories that `ldconfig` would look at: those of `/etc/ld.so.conf`
/// ([`super::ld_so_conf::LdSoConf`]) and the loader's own.
pub fn stale_cache(world: &dyn World, cache: &LdSoCache, directories: &[TargetPath]) -> StaleCache {
    let mut stale = StaleCache::default();
    let mut cached = std::collections::HashSet::new();
    for entry in cache.entries() {
        let path = TargetPath::new(entry.value);
        match world.lookup(&path) {
            Ok(stat) => {
                cached.insert(stat.id);
            }
            Err(Errno::EACCES) => {}
            Err(_) if stale.vanished.last() != Some(&path) => stale.vanished.push(path),
            Err(_) => {}
        }
    }
    for directory in &with_hwcaps(world, directories) {
        let mut entries = world.list(directory).unwrap_or_default();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        for entry in entries {
            if !is_library_name(&entry.name) {
                continue;
            }
            let path = directory.join(&entry.name);
            let Ok(stat) = world.lookup(&path) else {
                continue;
            };
            if stat.kind != crate::FileKind::Regular || !cached.insert(stat.id) {
                continue;
            }
            let is_elf = world
                .read(&stat)
                .is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"));
            if is_elf {
                stale.uncached.push(path);
            }
        }
    }
    stale
}

/// Each directory and its `glibc-hwcaps` subdirectories (`elf/ldconfig.c: add_glibc_hwcaps_subdirectories`).
fn with_hwcaps(world: &dyn World, directories: &[TargetPath]) -> Vec<TargetPath> {
    let mut all = Vec::new();
    for directory in directories {
        all.push(directory.clone());
        let hwcaps = directory.join(b"glibc-hwcaps");
        let mut entries = world.list(&hwcaps).unwrap_or_default();
        entries.retain(|entry| !entry.name.starts_with(b".") && !entry.name.contains(&b':'));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        all.extend(entries.iter().map(|entry| hwcaps.join(&entry.name)));
    }
    all
}

/// The names that `elf/ldconfig.c: search_dir` looks at.
fn is_library_name(name: &[u8]) -> bool {
    (name.starts_with(b"lib") || name.starts_with(b"ld-")) && name.windows(3).any(|w| w == b".so")
}
