//! `ld.so.cache`: which entry answers a name (`elf/dl-cache.c: search_cache`).

use super::release::Rules;

/// The cache of one world, parsed once.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(crate) file: sayso_world::config::ld_so_cache::LdSoCache,
}

/// `FLAG_ELF_LIBC6 | FLAG_X8664_LIB64` and friends: what this architecture asks for.
fn wanted_flags(machine: u16, class64: bool) -> &'static [i32] {
    match (machine, class64) {
        (62, true) => &[0x0303],
        (62, false) => &[0x0803],
        (183, _) => &[0x0a03],
        (40, _) => &[0x0903, 0x0b03, 3],
        (243, _) => &[0x1003, 0x0e03, 3],
        (22, true) => &[0x0403],
        (21, true) => &[0x0503],
        _ => &[3],
    }
}

impl Cache {
    /// The path that answers the name for this processor; `suffixes` are the active hwcaps subdirectories in their order.
    pub(crate) fn find(
        &self,
        name: &[u8],
        rules: Rules,
        machine: u16,
        class64: bool,
        suffixes: &[Vec<u8>],
        legacy_hwcap: u64,
    ) -> Option<&[u8]> {
        const PLATFORM_BITS: u64 = 3 << 48;
        const TLS_BIT: u64 = 1 << 63;
        let wanted = wanted_flags(machine, class64);
        let exclude = !(legacy_hwcap | PLATFORM_BITS | TLS_BIT);
        let mut best: Option<&[u8]> = None;
        let mut best_priority = usize::MAX;
        for entry in self.file.lookup(name) {
            if !wanted.contains(&entry.flags) {
                continue;
            }
            let named = rules.hwcaps_subdirectories() && entry.is_glibc_hwcaps();
            if named {
                let Some(hwcap) = self.file.hwcaps_name(entry.hwcaps_index()) else {
                    continue;
                };
                let priority = suffixes.iter().position(|suffix| {
                    suffix
                        .strip_prefix(b"glibc-hwcaps/")
                        .and_then(|rest| rest.strip_suffix(b"/"))
                        == Some(hwcap)
                });
                let Some(priority) = priority else { continue };
                if priority < best_priority {
                    best_priority = priority;
                    best = Some(entry.value);
                }
                continue;
            }
            if best.is_some() {
                break;
            }
            // From 2.37 on only plain entries count beside the named ones.
            if entry.hwcap & exclude != 0 || (!rules.legacy_subdirectories() && entry.hwcap != 0) {
                continue;
            }
            best = Some(entry.value);
            if entry.flags == wanted[0] {
                break;
            }
        }
        best
    }
}
