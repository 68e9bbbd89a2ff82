//! Which packages were compiled with coverage counters (`go build -cover`), and how they count.
//!
//! Build info names `-cover` since Go 1.23, and never the packages or the mode. The compiler leaves both: a covered package has a table
//! of its own, `PACKAGE.goCover_HASH_M` (`cmd/cover`: `-pkgcfg`'s `MetaVar`), and its initialiser hands it to
//! `runtime.addCovMeta` together with the mode.

use super::memory::Memory;
use super::sources::unescaped;
use super::{Architecture, CoverMode, Coverage};
use crate::elf::{Symbol, stt};

/// Stands between a package and the hash in the names of its counters.
const COUNTERS: &[u8] = b".goCover_";
/// Ends the name of a package's table of functions and lines.
const TABLE: &[u8] = b"_M";
/// An initialiser that does more than a few thousand bytes of work calls for coverage within the first of them.
const INITIALISER_MAX: usize = 1 << 16;
/// Words whose relocation is looked for, each with a pass over all relocations: coverage comes first in an initialiser.
const WORDS_MAX: usize = 8;
/// Covered packages whose initialiser is looked at: all of a build count alike.
const PACKAGES_MAX: usize = 4;

/// The package in the name of a covered package's table.
fn covered(name: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(name.strip_suffix(TABLE)?, COUNTERS)?;
    Some(&name[..at]).filter(|package| !package.is_empty())
}

/// What the dynamic symbols tell: a host's and a plugin's are all there, stripped or not.
pub(super) fn coverage(memory: Memory<'_>) -> Coverage {
    let image = memory.image();
    let mut coverage = Coverage::default();
    for (_, symbol) in image.symbols() {
        if symbol.kind() != stt::OBJECT || symbol.is_undefined() {
            continue;
        }
        let Some(package) = covered(image.string(symbol.name)) else {
            continue;
        };
        if coverage.mode.is_none() && coverage.packages.len() < PACKAGES_MAX {
            coverage.mode = mode(memory, package, &symbol);
        }
        coverage.packages.push(unescaped(package));
    }
    coverage.packages.sort();
    coverage.packages.dedup();
    coverage
}

/// `runtime.addCovMeta(table, length, hash, path, id, mode, granularity)`, in the package's initialiser: the mode is the number that goes
/// into the register of the sixth argument, between the table's address and the call.
fn mode(memory: Memory<'_>, package: &[u8], table: &Symbol) -> Option<CoverMode> {
    if memory.architecture() != Architecture::Amd64 {
        return None;
    }
    let initialiser = memory.symbol(&[&[package, b".init"].concat()])?;
    let code = memory.upto(initialiser.value, INITIALISER_MAX)?;
    let code = &code[..code
        .len()
        .min(usize::try_from(initialiser.size).unwrap_or(usize::MAX))];
    let target = |at: usize| {
        let raw = *code.get(at + 3..)?.first_chunk::<4>()?;
        let after = initialiser.value.wrapping_add(at as u64 + 7);
        Some(after.wrapping_add_signed(i64::from(i32::from_le_bytes(raw))))
    };
    // lea rax, [rip+table], or in a plugin mov rax, [rip+word that holds its address]
    let mut words = 0;
    let loads = |at: &usize| match code[*at..].first_chunk() {
        Some([0x48, 0x8d, 0x05]) => target(*at) == Some(table.value),
        Some([0x48, 0x8b, 0x05]) if words < WORDS_MAX => {
            words += 1;
            let word = target(*at);
            word.is_some_and(|word| {
                let patches = memory.patches(word..word.saturating_add(8));
                memory.resolved(&patches, word) == Some(table.value)
            })
        }
        _ => false,
    };
    let at = (0..code.len()).find(loads)?;
    // mov r8d, mode
    let mut numbers = code[at..].windows(6);
    let number = numbers.find(|w| w.starts_with(&[0x41, 0xb8]) && w[3..] == [0, 0, 0])?;
    match number[2] {
        1 => Some(CoverMode::Set),
        2 => Some(CoverMode::Count),
        3 => Some(CoverMode::Atomic),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::covered;

    #[test]
    fn tables_name_their_package() {
        let name = |name: &[u8]| covered(name).map(<[u8]>::to_vec);
        assert_eq!(
            name(b"example.com/a/b.goCover_ba7dc225bb1f_M"),
            Some(b"example.com/a/b".to_vec())
        );
        assert_eq!(name(b"main.goCover_ba7dc225bb1f_M"), Some(b"main".to_vec()));
        assert_eq!(name(b"main.goCover_ba7dc225bb1f_P"), None);
        assert_eq!(name(b"internal/coverage/cfile.goCoverDir"), None);
        assert_eq!(name(b".goCover_x_M"), None);
    }
}
