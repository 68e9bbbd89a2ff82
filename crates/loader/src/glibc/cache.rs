//! `ld.so.cache`: which entry answers a name (`elf/dl-cache.c: search_cache`).

use std::sync::{Arc, OnceLock, RwLock};

use sayso_world::TargetPath;
use sayso_world::config::ld_so_cache::LdSoCache;
use sayso_world::hash::FastMap;

use super::release::Rules;
use crate::session;

/// The cache of one world, parsed once.
#[derive(Debug)]
pub(crate) struct Cache {
    file: LdSoCache,
    /// Answers given, with who asked first: a run asks for the same few hundred names thousands of times.
    known: OnceLock<(Asker, RwLock<Answers>)>,
}

type Answers = FastMap<Box<[u8]>, Option<TargetPath>>;

/// What an answer depends on beside the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) rules: Rules,
    pub(crate) machine: u16,
    pub(crate) class64: bool,
    /// The active hwcaps subdirectories in their order.
    pub(crate) suffixes: Arc<[Vec<u8>]>,
    /// `GLRO(dl_hwcap)` of x86 up to 2.36.
    pub(crate) legacy_hwcap: u64,
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
    pub(crate) fn new(file: LdSoCache) -> Cache {
        Cache {
            file,
            known: OnceLock::new(),
        }
    }

    /// The path that answers the name for this processor.
    pub(crate) fn find(&self, name: &[u8], asker: &Asker) -> Option<TargetPath> {
        let (first, answers) = self
            .known
            .get_or_init(|| (asker.clone(), RwLock::default()));
        if first != asker {
            return self.search(name, asker).map(TargetPath::new);
        }
        if let Some(known) = session::read(answers).get(name) {
            return known.clone();
        }
        let answer = self.search(name, asker).map(TargetPath::new);
        session::write(answers).insert(name.into(), answer.clone());
        answer
    }

    fn search(&self, name: &[u8], asker: &Asker) -> Option<&[u8]> {
        const PLATFORM_BITS: u64 = 3 << 48;
        const TLS_BIT: u64 = 1 << 63;
        let wanted = wanted_flags(asker.machine, asker.class64);
        let exclude = !(asker.legacy_hwcap | PLATFORM_BITS | TLS_BIT);
        let mut best: Option<&[u8]> = None;
        let mut best_priority = usize::MAX;
        for entry in self.file.lookup(name) {
            if !wanted.contains(&entry.flags) {
                continue;
            }
            let named = asker.rules.hwcaps_subdirectories() && entry.is_glibc_hwcaps();
            if named {
                let Some(hwcap) = self.file.hwcaps_name(entry.hwcaps_index()) else {
                    continue;
                };
                let priority = asker.suffixes.iter().position(|suffix| {
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
            if entry.hwcap & exclude != 0
                || (!asker.rules.legacy_subdirectories() && entry.hwcap != 0)
            {
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
