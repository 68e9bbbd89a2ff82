//! `GLIBC_TUNABLES`, as far as it changes what loads (`elf/dl-tunables.c`, `elf/dl-tunables.list`, `sysdeps/x86/cpu-tunables.c`).
//!
//! Until 2.38 the text is read leniently: what makes no sense is passed over, a number ends where its digits end. From 2.39 on a
//! text that is not a list of `NAME=VALUE` is told of and ignored as a whole, and so is each value that is no number.
//! (2.31 and 2.36 were run for the one, 2.41 and 2.43 for the other.) Secure mode ignores all of it.

use sayso_world::{Cpu, Machine};

use super::release::Rules;
use crate::messages::{Failure, Fields, Frame, Message, glibc as message};

/// What the tunables say, each its default where none does.
#[derive(Debug, Clone)]
pub(crate) struct Tunables {
    /// `glibc.rtld.nns`: namespaces that static TLS is set aside for.
    pub(crate) namespaces: u64,
    /// `glibc.rtld.optional_static_tls`, in bytes.
    pub(crate) optional_static_tls: u64,
    /// `glibc.rtld.enable_secure`
    pub(crate) enable_secure: bool,
    /// `glibc.rtld.execstack`: 0 none at all, 1 at the start, 2 always.
    pub(crate) execstack: u64,
    /// `glibc.rtld.dynamic_sort`: 1 is the old order of initialisation.
    pub(crate) old_sort: bool,
    /// `glibc.cpu.hwcap_mask`, also as `LD_HWCAP_MASK`.
    pub(crate) hwcap_mask: u64,
    /// Static TLS is tunable at all.
    static_tls: bool,
    /// Names that `glibc.cpu.hwcaps` takes away from the processor.
    missing_features: Vec<Vec<u8>>,
}

/// Which ld.so reads them, and for whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) rules: Rules,
    pub(crate) secure: bool,
    /// It knows the tunables of static TLS.
    pub(crate) static_tls: bool,
}

impl Default for Tunables {
    fn default() -> Tunables {
        Tunables {
            namespaces: 4,
            optional_static_tls: 512,
            enable_secure: false,
            execstack: 1,
            old_sort: false,
            hwcap_mask: HWCAP_X86_64 | HWCAP_AVX512,
            static_tls: false,
            missing_features: Vec::new(),
        }
    }
}

/// `HWCAP_X86_64` and `HWCAP_X86_AVX512_1`
pub(crate) const HWCAP_X86_64: u64 = 2;
pub(crate) const HWCAP_AVX512: u64 = 4;

/// Numeric tunables that loading does not depend on; only a value that is no number is told of.
const OTHER_NUMBERS: &[&str] = &[
    "glibc.malloc.check",
    "glibc.malloc.top_pad",
    "glibc.malloc.perturb",
    "glibc.malloc.mmap_max",
    "glibc.malloc.mmap_threshold",
    "glibc.malloc.trim_threshold",
    "glibc.malloc.arena_max",
    "glibc.malloc.arena_test",
    "glibc.malloc.tcache_max",
    "glibc.malloc.tcache_count",
    "glibc.malloc.tcache_unsorted_limit",
    "glibc.malloc.mxfast",
    "glibc.malloc.hugetlb",
    "glibc.mem.tagging",
    "glibc.mem.decorate_maps",
    "glibc.pthread.mutex_spin_count",
    "glibc.pthread.stack_cache_size",
    "glibc.pthread.rseq",
    "glibc.pthread.stack_hugetlb",
];

/// Features of each x86-64 level that `glibc.cpu.hwcaps` can name (`sysdeps/x86/get-isa-level.h`).
const LEVELS: [(u8, &[&str]); 3] = [
    (2, &["POPCNT", "SSSE3", "SSE4_1", "SSE4_2"]),
    (3, &["AVX", "AVX2", "BMI1", "BMI2", "FMA", "LZCNT", "MOVBE"]),
    (
        4,
        &["AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL"],
    ),
];

impl Tunables {
    /// Reads the environment of a process. The complaints are what ld.so prints about it.
    pub(crate) fn read(asked: Asked, machine: &Machine) -> (Tunables, Vec<Failure>) {
        let (mut tunables, mut complaints) = (Tunables::default(), Vec::new());
        tunables.static_tls = asked.static_tls;
        let rules = asked.rules;
        if asked.secure {
            return (tunables, complaints);
        }
        for (name, value) in &machine.environment {
            match name.as_slice() {
                b"LD_HWCAP_MASK" => tunables.set(asked, b"glibc.cpu.hwcap_mask", value),
                b"GLIBC_TUNABLES" if rules.tunables_strict() => {
                    tunables.read_strictly(asked, value, &mut complaints);
                }
                b"GLIBC_TUNABLES" if rules.tunables() => {
                    for (name, value) in value.split(|&byte| byte == b':').filter_map(pair) {
                        tunables.set(asked, name, value);
                    }
                }
                _ => {}
            }
        }
        (tunables, complaints)
    }

    fn read_strictly(&mut self, asked: Asked, text: &[u8], complaints: &mut Vec<Failure>) {
        if text.is_empty() {
            return;
        }
        let mut found: Vec<(&[u8], &[u8])> = Vec::new();
        let mut items = text.split(|&byte| byte == b':').peekable();
        while let Some(item) = items.next() {
            match pair(item) {
                Some((_, value)) if value.contains(&b'=') => return complaints.push(whole(text)),
                Some((name, value)) => {
                    // One place for each: the last one counts.
                    found.retain(|(known, _)| *known != name);
                    found.push((name, value));
                }
                // Only what is followed by a colon may be without a value.
                None if items.peek().is_none() && !item.is_empty() => {
                    return complaints.push(whole(text));
                }
                None if items.peek().is_none() => return complaints.push(whole(text)),
                None => {}
            }
        }
        let secure = found
            .iter()
            .find(|(name, _)| *name == b"glibc.rtld.enable_secure");
        if secure.is_some_and(|(_, value)| number(value) == (1, value.len())) {
            self.enable_secure = true;
            return;
        }
        for (name, value) in found {
            let known = std::str::from_utf8(name).unwrap_or_default();
            let numeric = known.starts_with("glibc.rtld.") || OTHER_NUMBERS.contains(&known);
            if numeric && is_known(asked, known) && number(value).1 != value.len() {
                let fields = Fields::new().with("value", value).with("name", name);
                complaints.push(said(&message::TUNABLE_VALUE_INVALID, fields));
                continue;
            }
            self.set(asked, name, value);
        }
    }

    /// One assignment; out of its bounds it counts for nothing.
    fn set(&mut self, asked: Asked, name: &[u8], value: &[u8]) {
        let (number, _) = number(value);
        let known = std::str::from_utf8(name).unwrap_or_default();
        if known.starts_with("glibc.rtld.") && !is_known(asked, known) {
            return;
        }
        match name {
            b"glibc.rtld.nns" if (1..=16).contains(&number) => self.namespaces = number,
            b"glibc.rtld.optional_static_tls" => self.optional_static_tls = number,
            b"glibc.rtld.execstack" if number <= asked.rules.execstack_tunable_max() => {
                self.execstack = number;
            }
            b"glibc.rtld.dynamic_sort" if (1..=2).contains(&number) => self.old_sort = number == 1,
            b"glibc.cpu.hwcap_mask" => self.hwcap_mask = number,
            b"glibc.cpu.hwcaps" => {
                self.missing_features = value
                    .split(|&byte| byte == b',')
                    .filter_map(|item| Some(item.strip_prefix(b"-")?.to_vec()))
                    .collect();
            }
            _ => {}
        }
    }

    /// The processor that is left.
    pub(crate) fn processor(&self, cpu: &Cpu) -> Cpu {
        let mut cpu = *cpu;
        let lacks = |names: &[&str]| {
            let mut missing = self.missing_features.iter();
            missing.any(|missing| names.iter().any(|name| name.as_bytes() == missing))
        };
        for (level, names) in LEVELS {
            if lacks(names) {
                cpu.level = cpu.level.min(level - 1);
            }
        }
        // The old names are given by some of the same features.
        if lacks(LEVELS[1].1) || lacks(&["POPCNT"]) {
            cpu.legacy.platform = None;
        }
        cpu.legacy.avx512_1 &= !lacks(LEVELS[2].1);
        cpu
    }

    /// Nothing says anything about hwcaps subdirectories.
    pub(crate) fn leaves_hwcaps_alone(&self) -> bool {
        self.missing_features.is_empty() && self.hwcap_mask == Tunables::default().hwcap_mask
    }

    /// `elf/dl-tls.c: _dl_tls_static_surplus_init`: bytes of static TLS for objects that come later.
    pub(crate) fn static_tls_surplus(&self, audit_modules: u64) -> u64 {
        /// For libc and for other libraries, in each namespace.
        const INITIAL_EXEC_BYTES: u64 = 144;
        /// What it was before 2.32, when it became tunable, and is by default since.
        const USUAL_BYTES: u64 = 1664;
        let bytes = |namespaces: u64, optional: u64| {
            ((2 * namespaces - 1) * INITIAL_EXEC_BYTES).saturating_add(optional)
        };
        if !self.static_tls {
            return USUAL_BYTES;
        }
        let padding = USUAL_BYTES - bytes(4, 512);
        bytes(self.namespaces + audit_modules, self.optional_static_tls).saturating_add(padding)
    }
}

fn is_known(asked: Asked, name: &str) -> bool {
    let rules = asked.rules;
    match name {
        "glibc.rtld.nns" | "glibc.rtld.optional_static_tls" => asked.static_tls,
        "glibc.rtld.enable_secure" => rules.enable_secure_tunable(),
        "glibc.rtld.execstack" => rules.execstack_refused_by_dlopen(),
        "glibc.rtld.dynamic_sort" => rules.depth_first_sort(),
        "glibc.pthread.stack_hugetlb" | "glibc.mem.decorate_maps" => rules.tunables_strict(),
        name => OTHER_NUMBERS.contains(&name),
    }
}

fn pair(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = item.iter().position(|&byte| byte == b'=')?;
    Some((&item[..at], &item[at + 1..]))
}

fn whole(text: &[u8]) -> Failure {
    said(
        &message::TUNABLES_INVALID,
        Fields::new().with("value", text),
    )
}

fn said(message: &'static Message, fields: Fields) -> Failure {
    Failure {
        message,
        fields,
        frame: Frame::Plain,
        exit_status: None,
        by: None,
        search: None,
    }
}

/// `_dl_strtoul`: the number and how many bytes it takes. Too large a one is all ones.
fn number(text: &[u8]) -> (u64, usize) {
    let mut at = text
        .iter()
        .take_while(|&&byte| matches!(byte, b' ' | b'\t'))
        .count();
    let negative = text.get(at) == Some(&b'-');
    at += usize::from(matches!(text.get(at), Some(b'-' | b'+')));
    if !text.get(at).is_some_and(u8::is_ascii_digit) {
        return (0, at);
    }
    let base = match (text[at], text.get(at + 1)) {
        (b'0', Some(b'x' | b'X')) => {
            at += 2;
            16
        }
        (b'0', _) => 8,
        _ => 10,
    };
    let mut result = 0u64;
    while let Some(digit) = text
        .get(at)
        .and_then(|&byte| char::from(byte).to_digit(base))
    {
        let (base, digit) = (u64::from(base), u64::from(digit));
        if result >= (u64::MAX - digit) / base {
            return (u64::MAX, at);
        }
        result = result * base + digit;
        at += 1;
    }
    (
        if negative {
            result.wrapping_neg()
        } else {
            result
        },
        at,
    )
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_ld_so_reads_them() {
        let check = |text: &str, want| assert_eq!(number(text.as_bytes()), want, "{text}");
        check("12", (12, 2));
        check(" 12a", (12, 3));
        check("0x1Fg", (31, 4));
        check("017", (15, 3));
        check("08", (0, 1));
        check("-1", (u64::MAX, 2));
        check("abc", (0, 0));
        check("", (0, 0));
        check("99999999999999999999", (u64::MAX, 19));
    }
}
