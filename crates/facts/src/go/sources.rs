//! Files that packages were compiled from, out of the line tables (`runtime/symtab.go`: `pcHeader`, `_func`, `cutab`, `filetab`).

use std::collections::{BTreeMap, HashMap};

use super::memory::{Budget, Memory};
use super::{Architecture, ModuleData, PackageSources, sections};

/// `pcHeader.magic`: Go 1.18 and 1.19, and since 1.20. Older tables are laid out otherwise.
const MAGICS: [u32; 2] = [0xffff_fff0, 0xffff_fff1];
/// Bytes of `pcHeader`.
const HEADER: u64 = 72;
/// `_func.nameOff` and `_func.cuOffset`.
const NAME: u64 = 4;
const UNIT: u64 = 32;
/// `cutab`'s mark for a file that the linker left out.
const NO_FILE: u32 = u32::MAX;

/// The tables behind a `pcHeader`, each to the end of what the file holds.
struct Tables<'a> {
    functions: u64,
    names: &'a [u8],
    units: &'a [u8],
    files: &'a [u8],
    /// Bytes of `files` that are names (what follows are other tables).
    files_length: usize,
    lines: &'a [u8],
}

fn u32_at(raw: &[u8], at: u64) -> Option<u32> {
    let at = usize::try_from(at).ok()?;
    Some(u32::from_le_bytes(*raw.get(at..)?.first_chunk()?))
}

fn until_nul(raw: &[u8], at: u64) -> Option<&[u8]> {
    let rest = raw.get(usize::try_from(at).ok()?..)?;
    let text = std::ffi::CStr::from_bytes_until_nul(rest).ok()?;
    Some(text.to_bytes())
}

impl<'a> Tables<'a> {
    fn find(memory: Memory<'a>, module: Option<&ModuleData>) -> Option<Tables<'a>> {
        if matches!(memory.architecture(), Architecture::Other(_)) {
            return None;
        }
        let by_module = module.and_then(|module| memory.pointer(module.address));
        by_module.and_then(|at| Tables::at(memory, at)).or_else(|| {
            let names = [&b".gopclntab"[..], b".data.rel.ro.gopclntab"];
            let mut places = names
                .iter()
                .filter_map(|name| sections::named(memory.image(), name));
            places.find_map(|range| Tables::at(memory, range.start))
        })
    }

    fn at(memory: Memory<'a>, header: u64) -> Option<Tables<'a>> {
        let raw = memory.bytes(header, HEADER)?;
        let is_known = MAGICS.contains(&u32_at(raw, 0)?) && raw[7] == 8;
        if !is_known {
            return None;
        }
        let word = |n: u64| memory.u64(header.wrapping_add(8 * n));
        let part = |n: u64| memory.image().at(header.checked_add(word(n)?)?);
        let (units, files) = (word(5)?, word(6)?);
        Some(Tables {
            functions: word(1)?,
            names: part(4)?,
            units: memory.bytes(header.checked_add(units)?, files.checked_sub(units)?)?,
            files: part(6)?,
            files_length: usize::try_from(word(7)?.checked_sub(files)?).ok()?,
            lines: part(8)?,
        })
    }

    /// Offset of the unit's first file in `cutab`, and the function's name.
    fn function(&self, n: u64) -> Option<(u32, &'a [u8])> {
        let at = u64::from(u32_at(self.lines, n.checked_mul(8)?.checked_add(4)?)?);
        let name = u32_at(self.lines, at + NAME)?;
        Some((
            u32_at(self.lines, at + UNIT)?,
            until_nul(self.names, name.into())?,
        ))
    }
}

/// The package in a function's symbol: `example.com/a` of `example.com/a.(*T).F`; `None` for what the compiler makes up.
fn package_of(symbol: &[u8]) -> Option<&[u8]> {
    let made_up = |prefix: &&[u8]| symbol.starts_with(prefix);
    if [&b"type:"[..], b"go:", b"type..", b"go.", b"_cgo", b"x_cgo"]
        .iter()
        .any(made_up)
    {
        return None;
    }
    let plain = symbol.split(|&b| b == b'[').next()?;
    let last = plain
        .iter()
        .rposition(|&b| b == b'/')
        .map_or(0, |at| at + 1);
    let dot = plain[last..].iter().position(|&b| b == b'.')?;
    Some(&plain[..last + dot]).filter(|package| !package.is_empty())
}

/// A path as written in symbols, with its `%2e`s undone (`cmd/internal/objabi: PathToPrefix`).
pub(super) fn unescaped(path: &[u8]) -> String {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, after @ ..] = rest {
        let digits = after.first_chunk::<2>().filter(|_| *first == b'%');
        let code = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        plain.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The names of all source files, each with a NUL behind it; `None` where the line tables cannot be found or hold no file.
pub(super) fn file_names<'a>(memory: Memory<'a>, module: Option<&ModuleData>) -> Option<&'a [u8]> {
    let tables = Tables::find(memory, module)?;
    let names = tables
        .files
        .get(..tables.files_length)
        .unwrap_or(tables.files);
    (!names.is_empty()).then_some(names)
}

/// Every package with its files, by package path. A compilation unit is a package: it is named after the package that most of its functions
/// are of, because inlined generic functions of others stand in it, too.
pub(super) fn sources(memory: Memory<'_>, module: Option<&ModuleData>) -> Vec<PackageSources> {
    let Some(tables) = Tables::find(memory, module) else {
        return Vec::new();
    };
    let held = tables.lines.len() as u64 / 8;
    let mut units: BTreeMap<u32, HashMap<&[u8], u32>> = BTreeMap::new();
    for n in 0..tables.functions.min(held) {
        let Some((unit, name)) = tables.function(n) else {
            continue;
        };
        let packages = units.entry(unit).or_default();
        if let Some(package) = package_of(name) {
            *packages.entry(package).or_default() += 1;
        }
    }
    let starts: Vec<u32> = units.keys().copied().collect();
    let total = u32::try_from(tables.units.len() / 4).unwrap_or(u32::MAX);
    let mut sources: Vec<PackageSources> = Vec::new();
    let mut budget = Budget::of(memory.image());
    for (n, (start, packages)) in units.into_iter().enumerate() {
        let most = packages
            .into_iter()
            .max_by_key(|&(package, count)| (count, std::cmp::Reverse(package)));
        let Some((package, _)) = most else {
            continue;
        };
        let end = starts.get(n + 1).copied().unwrap_or(total).min(total);
        let files = (start..end).filter_map(|at| {
            let offset = u32_at(tables.units, u64::from(at) * 4).filter(|&at| at != NO_FILE)?;
            let file = until_nul(tables.files, offset.into())?;
            let held = budget.take(file.len());
            held.then(|| String::from_utf8_lossy(file).into_owned())
        });
        sources.push(PackageSources {
            package: unescaped(package),
            files: files.collect(),
        });
    }
    sources.sort_by(|a, b| a.package.cmp(&b.package));
    sources
}
