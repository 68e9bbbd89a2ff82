//! Go programs and plugins for macOS, as far as their files tell without a model of dyld: build info and package hashes.
//!
//! Read with the load commands alone (`LC_SEGMENT_64`, `LC_SYMTAB`). What is not read here is named in [`NOT_MODELLED`].

use super::memory::Budget;
use super::module::{HASH_BYTES_PREFIXES, text};
use super::{BuildInfo, Hash, OfferedHash, Version};
use crate::limits::{MACHO_ARCHITECTURES_MAX, MACHO_COMMANDS_MAX};

/// What the Mach-O reader does not look at, so that nobody takes its silence for an answer.
pub const NOT_MODELLED: &[&str] = &[
    "moduledata: plugin path, exported symbols, init tasks, and the order in which packages are compared",
    "dyld: which object's hash a plugin is compared with",
    "the form of the build info up to Go 1.17, which holds pointers",
];

/// A Go program, plugin or library for macOS: one architecture of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachProgram {
    /// `cputype` of the header, 0x0100_000c for arm64 and 0x0100_0007 for x86-64.
    pub cpu: u32,
    /// `filetype` of the header: 2 a program, 6 a dynamic library, 8 a bundle.
    pub kind: u32,
    /// The toolchain's release.
    pub version: Option<Version>,
    /// Module list and build settings.
    pub build_info: Option<BuildInfo>,
    /// The packages whose hashes the file offers; a plugin offers those that it was linked with itself. In the order of the symbol table, which is
    /// not the order in which Go compares them.
    pub offered_hashes: Vec<OfferedHash>,
}

const MAGIC_64: u32 = 0xfeed_facf;
const FAT_MAGIC: u32 = 0xcafe_babe;
const HEADER: usize = 32;
const SEGMENT_64: u32 = 0x19;
const SYMTAB: u32 = 2;

fn u32_at(raw: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*raw.get(at..)?.first_chunk()?))
}
fn u64_at(raw: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*raw.get(at..)?.first_chunk()?))
}
fn big_u32_at(raw: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*raw.get(at..)?.first_chunk()?))
}

/// A segment's addresses and where they lie in the file.
struct Segment {
    address: u64,
    offset: u64,
    size: u64,
}

/// What the load commands lead to.
#[derive(Default)]
struct Commands<'a> {
    segments: Vec<Segment>,
    /// Address and size of `__go_buildinfo`.
    build_info: Option<(u64, u64)>,
    /// The symbol table and its strings.
    symbols: Option<(&'a [u8], &'a [u8])>,
}

impl MachProgram {
    /// The Go programs in a Mach-O file, one for each architecture that holds Go; empty for anything else.
    pub fn of(bytes: &[u8]) -> Vec<MachProgram> {
        if big_u32_at(bytes, 0) != Some(FAT_MAGIC) {
            return MachProgram::thin(bytes).into_iter().collect();
        }
        let count = big_u32_at(bytes, 4).unwrap_or(0) as usize;
        let each = (0..count.min(MACHO_ARCHITECTURES_MAX)).filter_map(|n| {
            let start = big_u32_at(bytes, 8 + 20 * n + 8)? as usize;
            let size = big_u32_at(bytes, 8 + 20 * n + 12)? as usize;
            MachProgram::thin(bytes.get(start..start.checked_add(size)?)?)
        });
        each.collect()
    }

    fn thin(bytes: &[u8]) -> Option<MachProgram> {
        if u32_at(bytes, 0)? != MAGIC_64 {
            return None;
        }
        let commands = Commands::read(bytes)?;
        let build_info = commands.build_info.and_then(|(address, size)| {
            let data = commands.at(bytes, address)?;
            let data = data.get(..usize::try_from(size).ok()?).unwrap_or(data);
            BuildInfo::inline_in(data, (address % 16) as usize)
        });
        let offered_hashes = commands.offered_hashes(bytes);
        if build_info.is_none() && offered_hashes.is_empty() {
            return None;
        }
        let version = build_info
            .as_ref()
            .map(|info| Version::parse(&info.go_version));
        Some(MachProgram {
            cpu: u32_at(bytes, 4)?,
            kind: u32_at(bytes, 12)?,
            version,
            build_info,
            offered_hashes,
        })
    }
}

impl<'a> Commands<'a> {
    fn read(bytes: &'a [u8]) -> Option<Commands<'a>> {
        let count = u32_at(bytes, 16)?;
        let mut commands = Commands::default();
        let mut at = HEADER;
        for _ in 0..count.min(MACHO_COMMANDS_MAX) {
            let (kind, size) = (u32_at(bytes, at)?, u32_at(bytes, at + 4)? as usize);
            let command = bytes.get(at..at.checked_add(size.max(8))?)?;
            match kind {
                SEGMENT_64 => commands.segment(command)?,
                SYMTAB => {
                    let part = |at: usize, size: usize| {
                        let start = u32_at(command, at)? as usize;
                        let end = start.checked_add(size)?;
                        bytes.get(start..end.min(bytes.len()))
                    };
                    let count = u32_at(command, 12)? as usize;
                    let strings = part(16, u32_at(command, 20)? as usize);
                    commands.symbols = part(8, count.saturating_mul(16)).zip(strings);
                }
                _ => {}
            }
            at += size.max(8);
        }
        Some(commands)
    }

    fn segment(&mut self, command: &[u8]) -> Option<()> {
        self.segments.push(Segment {
            address: u64_at(command, 24)?,
            offset: u64_at(command, 40)?,
            size: u64_at(command, 48)?,
        });
        for section in command.get(72..)?.chunks_exact(80) {
            if section.starts_with(b"__go_buildinfo\0") {
                self.build_info = u64_at(section, 32).zip(u64_at(section, 40));
            }
        }
        Some(())
    }

    /// The bytes at an address, to the end of its segment's part of the file.
    fn at(&self, bytes: &'a [u8], address: u64) -> Option<&'a [u8]> {
        let mut segments = self.segments.iter();
        segments.find_map(|segment| {
            let inside = address.checked_sub(segment.address)?;
            let left = segment.size.checked_sub(inside).filter(|&left| left > 0)?;
            let start = usize::try_from(segment.offset.checked_add(inside)?).ok()?;
            let held = bytes.get(start..)?;
            Some(&held[..held.len().min(usize::try_from(left).unwrap_or(usize::MAX))])
        })
    }

    fn offered_hashes(&self, bytes: &'a [u8]) -> Vec<OfferedHash> {
        const HASH_BYTES: usize = 8;
        let Some((symbols, strings)) = self.symbols else {
            return Vec::new();
        };
        let mut budget = Budget::of_bytes(bytes.len());
        let mut offered = |symbol: &[u8]| {
            let name = strings.get(u32_at(symbol, 0)? as usize..)?;
            // C names have an underscore before them.
            let name = name.strip_prefix(b"_").unwrap_or(name);
            let mut prefixes = HASH_BYTES_PREFIXES.iter();
            let rest = prefixes.find_map(|prefix| name.strip_prefix(*prefix))?;
            let package = rest.split(|&byte| byte == 0).next()?;
            let hash = self.at(bytes, u64_at(symbol, 8)?)?.get(..HASH_BYTES)?;
            budget
                .take(package.len() + HASH_BYTES)
                .then(|| OfferedHash {
                    package: text(package),
                    hash: Hash(hash.into()),
                })
        };
        symbols.chunks_exact(16).filter_map(&mut offered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one segment: build info at its beginning, then one hash, then the symbol table.
    fn sample() -> Vec<u8> {
        let mut file = vec![0u8; 0x400];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC_64.to_le_bytes());
        put(4, &0x0100_000c_u32.to_le_bytes());
        put(12, &8u32.to_le_bytes());
        put(16, &2u32.to_le_bytes());
        let segment = HEADER;
        put(segment, &SEGMENT_64.to_le_bytes());
        put(segment + 4, &(72u32 + 80).to_le_bytes());
        put(segment + 24, &0x1000_u64.to_le_bytes());
        put(segment + 40, &0x200_u64.to_le_bytes());
        put(segment + 48, &0x200_u64.to_le_bytes());
        put(segment + 72, b"__go_buildinfo\0");
        put(segment + 72 + 32, &0x1000_u64.to_le_bytes());
        put(segment + 72 + 40, &0x40_u64.to_le_bytes());
        let table = segment + 72 + 80;
        put(table, &SYMTAB.to_le_bytes());
        put(table + 4, &24u32.to_le_bytes());
        put(table + 8, &0x300_u32.to_le_bytes());
        put(table + 12, &1u32.to_le_bytes());
        put(table + 16, &0x310_u32.to_le_bytes());
        put(table + 20, &0x40_u32.to_le_bytes());
        put(0x200, b"\xff Go buildinf:\x08\x02");
        put(0x220, b"\x08go1.27.3\x00");
        put(0x240, &[1, 2, 3, 4, 5, 6, 7, 8]);
        put(0x300, &1u32.to_le_bytes());
        put(0x308, &0x1040_u64.to_le_bytes());
        put(0x311, b"_go:link.pkghashbytes.fmt\0");
        file
    }

    #[test]
    fn build_info_and_hashes() {
        let file = sample();
        let programs = MachProgram::of(&file);
        let [program] = programs.as_slice() else {
            panic!("one program: {programs:?}");
        };
        assert_eq!(program.cpu, 0x0100_000c);
        assert_eq!(
            program.version.as_ref().map(|v| v.text.as_str()),
            Some("go1.27.3")
        );
        let hashes: Vec<(&str, String)> = program
            .offered_hashes
            .iter()
            .map(|offered| (offered.package.as_str(), offered.hash.to_string()))
            .collect();
        assert_eq!(hashes, [("fmt", "0102030405060708".to_owned())]);
        let fat = |size: u32| {
            let mut fat = vec![0u8; 0x40];
            fat[..4].copy_from_slice(&FAT_MAGIC.to_be_bytes());
            fat[7] = 1;
            fat[16..20].copy_from_slice(&0x40_u32.to_be_bytes());
            fat[20..24].copy_from_slice(&size.to_be_bytes());
            fat.extend_from_slice(&file);
            fat
        };
        assert_eq!(MachProgram::of(&fat(0x400)), programs);
        assert!(MachProgram::of(&fat(0x401)).is_empty());
    }

    #[test]
    fn architectures_up_to_the_limit() {
        let file = sample();
        let fat = |count: usize| {
            let start = 8 + 20 * count;
            let mut fat = vec![0u8; start];
            fat[..4].copy_from_slice(&FAT_MAGIC.to_be_bytes());
            fat[4..8].copy_from_slice(&(count as u32).to_be_bytes());
            for n in 0..count {
                let entry = 8 + 20 * n;
                fat[entry + 8..entry + 12].copy_from_slice(&(start as u32).to_be_bytes());
                fat[entry + 12..entry + 16].copy_from_slice(&(file.len() as u32).to_be_bytes());
            }
            fat.extend_from_slice(&file);
            MachProgram::of(&fat).len()
        };
        assert_eq!(fat(MACHO_ARCHITECTURES_MAX), MACHO_ARCHITECTURES_MAX);
        assert_eq!(fat(MACHO_ARCHITECTURES_MAX + 1), MACHO_ARCHITECTURES_MAX);
    }

    #[test]
    fn no_file_makes_it_panic() {
        let file = sample();
        for size in 0..file.len() {
            MachProgram::of(&file[..size]);
        }
        for at in 0..file.len() {
            for value in [0, 0x7f, 0xff] {
                let mut changed = file.clone();
                changed[at] = value;
                MachProgram::of(&changed);
            }
        }
    }
}
