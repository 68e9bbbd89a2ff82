//! Finding `moduledata`, and what stands in it.

use std::ops::Range;

use super::memory::{Budget, Memory, Word};
use super::sources::unescaped;
use super::types::Table;
use super::{
    Architecture, FoundBy, Hash, Layout, ModuleData, ModuleGap, OfferedHash, PackageHash, Version,
    sections,
};
use crate::elf::{dt, stt};

/// Names of the symbols that lead to package hashes: since Go 1.20, and before.
const HASH_PREFIXES: [&[u8]; 2] = [b"go:link.pkghash.", b"go.link.pkghash."];
pub(super) const HASH_BYTES_PREFIXES: [&[u8]; 2] =
    [b"go:link.pkghashbytes.", b"go.link.pkghashbytes."];
/// Bytes of a hash: 8 are written, and up to Go 1.15 there were 20.
const HASH_MAX: u64 = 64;
/// `runtime.modulehash`: two strings and a pointer.
const ENTRY: u64 = 40;
/// Offset of the pointer in it.
const RUNTIME_HASH: u64 = 32;
/// Everything that is read of `moduledata` lies before this.
const MODULE_BYTES: u64 = 640;

/// What stands in `moduledata`, with its strings.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) plugin_path: Option<String>,
    pub(super) package_hashes: Vec<PackageHash>,
    pub(super) exports: Option<Table>,
    pub(super) init_tasks: Option<u64>,
    /// Where types lie.
    pub(super) types: Option<Range<u64>>,
}

/// The initialiser that the Go linker writes, and what it does.
struct Initialiser {
    module: u64,
    next: Option<u64>,
}

/// Entries of `DT_INIT_ARRAY` as addresses.
fn initialisers(memory: Memory<'_>) -> Vec<u64> {
    let image = memory.image();
    let Some(dynamic) = image.dynamic() else {
        return Vec::new();
    };
    let Some(start) = dynamic.value(dt::INIT_ARRAY) else {
        return Vec::new();
    };
    let end = start.saturating_add(dynamic.init_array);
    let Some(held) = memory.bytes(start, end - start) else {
        return Vec::new();
    };
    let patches = memory.patches(start..end);
    let words = held.chunks_exact(8).zip(0u64..);
    words
        .filter_map(|(_, n)| memory.resolved(&patches, start.wrapping_add(8 * n)))
        .collect()
}

fn amd64_initialiser(memory: Memory<'_>, entry: u64) -> Option<Initialiser> {
    // lea rdi, [rip+module]; call addmoduledata; ret (cmd/link/internal/amd64: gentext)
    let code = memory.bytes(entry, 13)?;
    if !code.starts_with(&[0x48, 0x8d, 0x3d]) || code[7] != 0xe8 || code[12] != 0xc3 {
        return None;
    }
    let relative = |at: usize| {
        let raw = *code[at..].first_chunk::<4>()?;
        let after = entry.wrapping_add(at as u64 + 4);
        Some(after.wrapping_add_signed(i64::from(i32::from_le_bytes(raw))))
    };
    let module = relative(3)?;
    // mov [rax+next], rdi (runtime·addmoduledata)
    let body = memory.upto(relative(8)?, 64)?;
    let store = body.windows(7).find(|w| w.starts_with(&[0x48, 0x89, 0xb8]));
    let next = store.and_then(|w| Some(u64::from(u32::from_le_bytes(*w[3..].first_chunk()?))));
    Some(Initialiser { module, next })
}

fn arm64_initialiser(memory: Memory<'_>, entry: u64) -> Option<Initialiser> {
    // adrp x0, module; add x0, x0, :lo12:module; b addmoduledata (cmd/link/internal/arm64: gentext). Linkers may shorten the first two to
    // nop and adr.
    let (first, second, third) = (
        memory.u32(entry)?,
        memory.u32(entry.checked_add(4)?)?,
        memory.u32(entry.checked_add(8)?)?,
    );
    let immediate = |op: u32| {
        let value = (op >> 3 & 0x1f_fffc) | (op >> 29 & 3);
        // 21 bits with a sign
        i64::from((value << 11) as i32 >> 11)
    };
    let module = if first & 0x9f00_001f == 0x9000_0000 && second & 0xffc0_03ff == 0x9100_0000 {
        let page = (entry & !0xfff).wrapping_add_signed(immediate(first) << 12);
        page.wrapping_add(u64::from(second >> 10 & 0xfff))
    } else if second & 0x9f00_001f == 0x1000_0000 {
        entry.wrapping_add(4).wrapping_add_signed(immediate(second))
    } else {
        return None;
    };
    if third & 0xfc00_0000 != 0x1400_0000 {
        return None;
    }
    let distance = i64::from((third << 6) as i32 >> 6) * 4;
    let target = entry.wrapping_add(8).wrapping_add_signed(distance);
    // str x0, [xN, #next]: the first store of x0 whose offset is not 0 and whose base is not the stack (runtime·addmoduledata)
    let body = memory.upto(target, 96)?;
    let operations = body
        .chunks_exact(4)
        .filter_map(|raw| raw.first_chunk().copied().map(u32::from_le_bytes));
    let next = operations
        .filter(|op| op & 0xffc0_001f == 0xf900_0000 && op >> 5 & 0x1f != 31)
        .map(|op| u64::from(op >> 10 & 0xfff) * 8)
        .find(|&offset| offset != 0);
    Some(Initialiser { module, next })
}

/// Whether a dynamic symbol leads to a package's hash, and of which package.
fn hashed_package(name: &[u8]) -> Option<&[u8]> {
    let mut prefixes = HASH_PREFIXES.iter();
    prefixes.find_map(|prefix| name.strip_prefix(*prefix))
}

/// Finds `pkghashes` by its relocations alone: the addresses of its first entry and behind its last one.
fn hashes_by_relocations(memory: Memory<'_>) -> Option<Range<u64>> {
    let image = memory.image();
    let mut range: Option<Range<u64>> = None;
    for relocation in image.relocations_after_relative() {
        let symbol = image.symbol(relocation.symbol).map(|s| s.name);
        if symbol.is_none_or(|name| hashed_package(image.string(name)).is_none()) {
            continue;
        }
        let Some(entry) = relocation.offset.checked_sub(RUNTIME_HASH) else {
            continue;
        };
        let Some(end) = entry.checked_add(ENTRY) else {
            continue;
        };
        range = Some(match range {
            None => entry..end,
            Some(known) => known.start.min(entry)..known.end.max(end),
        });
    }
    range
}

/// The word that holds an address, by its relocation.
fn word_that_holds(memory: Memory<'_>, address: u64) -> Option<u64> {
    memory
        .relocated()
        .find(|&(_, word)| word == Word::Address(address))
        .map(|(at, _)| at)
}

/// Finds `moduledata`.
pub(super) fn find(memory: Memory<'_>, version: Option<&Version>) -> Result<ModuleData, ModuleGap> {
    let architecture = memory.architecture();
    let read: fn(Memory<'_>, u64) -> Option<Initialiser> = match architecture {
        Architecture::Amd64 => amd64_initialiser,
        Architecture::Arm64 => arm64_initialiser,
        Architecture::Other(_) => return Err(ModuleGap::Architecture),
    };
    let named = version.and_then(|version| version.minor);
    let by_version = named.and_then(Layout::of);
    let mut initialiser = initialisers(memory)
        .into_iter()
        .filter_map(|entry| read(memory, entry));
    if let Some(Initialiser { module, next }) = initialiser.next() {
        // The code is the truth: a layout that disagrees with it is not this file's.
        let layout = match (named, next) {
            (None, Some(next)) => Layout::of_next(next),
            (Some(_), Some(next)) => by_version.filter(|layout| layout.next == next),
            (_, None) => by_version,
        };
        return Ok(ModuleData {
            address: module,
            found_by: FoundBy::Initialiser,
            layout,
            next_in_code: next,
        });
    }
    let place = |address, found_by| ModuleData {
        address,
        found_by,
        layout: by_version,
        next_in_code: None,
    };
    // A plugin has a `runtime.firstmoduledata`, too, which nothing fills: what refers to package hashes is a plugin.
    if let Some(hashes) = hashes_by_relocations(memory) {
        let word = by_version.and_then(|_| word_that_holds(memory, hashes.start));
        let address = word
            .zip(by_version)
            .map(|(word, layout)| word.wrapping_sub(layout.pkghashes));
        return address
            .map(|at| place(at, FoundBy::Relocations))
            .ok_or(ModuleGap::NotFound);
    }
    if let Some(symbol) = memory.symbol(&[b"runtime.firstmoduledata"]) {
        return Ok(place(symbol.value, FoundBy::Symbol));
    }
    let section = sections::named(memory.image(), b".go.module");
    section
        .map(|range| place(range.start, FoundBy::Section))
        .ok_or(ModuleGap::NotFound)
}

/// A Go path is UTF-8; what is not is shown with replacement characters.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The entries of `pkghashes`.
fn package_hashes(memory: Memory<'_>, entries: Range<u64>) -> Vec<PackageHash> {
    let held = memory.upto(
        entries.start,
        usize::try_from(entries.end - entries.start).unwrap_or(usize::MAX),
    );
    let count = held.map_or(0, <[u8]>::len) as u64 / ENTRY;
    let patches = memory.patches(entries.start..entries.start.saturating_add(count * ENTRY));
    let mut budget = Budget::of(memory.image());
    let entry = |n: u64| {
        let at = entries.start.checked_add(n * ENTRY)?;
        let symbol = match patches.get(at.wrapping_add(RUNTIME_HASH)) {
            Some(Word::Symbol(index, 0)) => Some(index),
            _ => None,
        };
        let package = memory.string_with(&patches, at)?;
        let hash = memory.string_with(&patches, at.wrapping_add(16))?;
        budget
            .take(package.len() + hash.len())
            .then(|| PackageHash {
                package: text(package),
                link_hash: Hash(hash.into()),
                symbol,
            })
    };
    (0..count).map_while(entry).collect()
}

/// What `moduledata` says, for a plugin. Without a known layout, what its relocations lead to and what proves itself.
pub(super) fn contents(memory: Memory<'_>, module: &ModuleData) -> Contents {
    let Some(layout) = module.layout else {
        return contents_without_layout(memory);
    };
    let start = module.address;
    let patches = memory.patches(start..start.saturating_add(MODULE_BYTES));
    let at = |field: u64| start.checked_add(field);
    let slice = |field: u64| {
        let length = memory.u64(at(field)?.checked_add(8)?)?;
        Some((memory.resolved(&patches, at(field)?)?, length))
    };
    let plugin_path = at(layout.pluginpath).and_then(|at| memory.string_with(&patches, at));
    let hashes = slice(layout.pkghashes).filter(|&(_, length)| length > 0);
    let hashes = hashes.and_then(|(address, length)| {
        Some(address..address.checked_add(length.checked_mul(ENTRY)?)?)
    });
    let types = at(layout.types).and_then(|at| memory.resolved(&patches, at));
    let etypes = at(layout.etypes).and_then(|at| memory.resolved(&patches, at));
    Contents {
        plugin_path: plugin_path.filter(|path| !path.is_empty()).map(text),
        package_hashes: hashes.map_or_else(Vec::new, |range| package_hashes(memory, range)),
        exports: slice(layout.ptab).and_then(|(address, length)| {
            Some(Table {
                address,
                length,
                types: types?..etypes?,
            })
        }),
        types: types.zip(etypes).map(|(start, end)| start..end),
        init_tasks: layout.inittasks.and_then(slice).map(|(_, length)| length),
    }
}

/// `pluginpath` stands before `pkghashes` in every known layout. It is believed in an unknown one only if it is one of the packages:
/// the plugin's own main package is.
fn contents_without_layout(memory: Memory<'_>) -> Contents {
    let Some(entries) = hashes_by_relocations(memory) else {
        return Contents::default();
    };
    let word = word_that_holds(memory, entries.start);
    let package_hashes = package_hashes(memory, entries);
    let path = word.and_then(|word| {
        let header = word.checked_sub(16)?;
        let patches = memory.patches(header..word);
        memory.string_with(&patches, header).map(text)
    });
    let is_package = |path: &String| {
        let plain = unescaped(path.as_bytes());
        package_hashes.iter().any(|hash| hash.package == plain)
    };
    Contents {
        plugin_path: path.filter(is_package),
        package_hashes,
        ..Contents::default()
    }
}

/// The hashes that a file offers, from the bytes that its own symbols lead to.
pub(super) fn offered_hashes(memory: Memory<'_>) -> Vec<OfferedHash> {
    let image = memory.image();
    let mut budget = Budget::of(image);
    let mut offered = |symbol: crate::elf::Symbol| {
        // Size and kind first: names are what takes time in a table of a hundred thousand.
        let may_be = symbol.kind() == stt::OBJECT && (1..=HASH_MAX).contains(&symbol.size);
        if !may_be || symbol.is_undefined() {
            return None;
        }
        let name = image.string(symbol.name);
        let mut prefixes = HASH_BYTES_PREFIXES.iter();
        let package = prefixes.find_map(|prefix| name.strip_prefix(*prefix))?;
        let hash = memory.bytes(symbol.value, symbol.size)?;
        budget
            .take(package.len() + hash.len())
            .then(|| OfferedHash {
                package: text(package),
                hash: Hash(hash.into()),
            })
    };
    let symbols = image.symbols();
    symbols.filter_map(|(_, symbol)| offered(symbol)).collect()
}
