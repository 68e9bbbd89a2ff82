//! The machine that we run on.

use std::os::unix::ffi::OsStringExt;

use crate::{Architecture, Cpu, Credentials, LegacyPlatform, Machine, TargetPath};

/// The running machine with this process's environment, working directory and credentials. Asks the processor and a handful of
/// cheap system calls; reads no file.
pub fn this_machine() -> Machine {
    let architecture = architecture();
    Machine {
        architecture,
        runs_32bit: runs_32bit(architecture),
        cpu: Cpu::of_this_machine(),
        environment: environment(),
        working_directory: working_directory(),
        credentials: credentials(),
        proc_mounted: exists("/proc/self/exe"),
        page_size: rustix::param::page_size() as u64,
    }
}

/// This process's environment, in its order.
pub fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    std::env::vars_os()
        .map(|(key, value)| (key.into_vec(), value.into_vec()))
        .collect()
}

/// This process's working directory; `/` if it has been removed.
pub fn working_directory() -> TargetPath {
    match std::env::current_dir() {
        Ok(path) => TargetPath::new(path.into_os_string().into_vec()),
        Err(_) => TargetPath::new("/"),
    }
}

/// This process's effective user and groups.
pub fn credentials() -> Credentials {
    let groups = rustix::process::getgroups().unwrap_or_default();
    Credentials {
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        groups: groups.into_iter().map(rustix::fs::Gid::as_raw).collect(),
    }
}

fn exists(path: &str) -> bool {
    let access = rustix::fs::Access::EXISTS;
    let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::accessat(rustix::fs::CWD, path, access, flags).is_ok()
}

fn architecture() -> Architecture {
    Architecture::from_uname(rustix::system::uname().machine().to_bytes())
}

/// Whether the kernel starts 32-bit programs of its family, as far as it shows: x86-64 kernels with 32-bit emulation have the
/// setting `abi.vsyscall32`; aarch64 ones show no such sign, and few processors still can.
fn runs_32bit(architecture: Architecture) -> bool {
    match architecture {
        Architecture::X86_64 => exists("/proc/sys/abi/vsyscall32"),
        _ => false,
    }
}

impl Architecture {
    /// From `uname -m`.
    pub fn from_uname(machine: &[u8]) -> Architecture {
        match machine {
            b"x86_64" => Architecture::X86_64,
            [b'i', b'3'..=b'6', b'8', b'6'] => Architecture::I386,
            b"aarch64" => Architecture::Aarch64,
            b"riscv64" => Architecture::Riscv64,
            b"ppc64le" => Architecture::Ppc64le,
            b"s390x" => Architecture::S390x,
            _ if machine.starts_with(b"arm") => Architecture::Arm,
            _ => Architecture::Other,
        }
    }
}

impl Cpu {
    /// An x86-64 processor by its level alone (1 to 4), of a kind that has no legacy platform name of its own (not Intel's).
    pub const fn of_level(level: u8) -> Cpu {
        Cpu {
            level,
            legacy: LegacyPlatform {
                platform: None,
                avx512_1: false,
            },
        }
    }

    /// What `--cpu` takes: `x86-64`, `x86-64-v1` … `x86-64-v4` (also `v1` … `v4`), and the two names that glibc up to 2.36 had
    /// for Intel processors: `haswell` and `xeon_phi`, with `haswell-avx512` for one that also has `avx512_1`.
    pub fn parse(name: &str) -> Option<Cpu> {
        let legacy = |level, platform, avx512_1| Cpu {
            level,
            legacy: LegacyPlatform {
                platform: Some(platform),
                avx512_1,
            },
        };
        match name.strip_prefix("x86-64-").unwrap_or(name) {
            "x86-64" | "v1" => Some(Cpu::of_level(1)),
            "v2" => Some(Cpu::of_level(2)),
            "v3" => Some(Cpu::of_level(3)),
            "v4" => Some(Cpu::of_level(4)),
            "haswell" => Some(legacy(3, "haswell", false)),
            "haswell-avx512" => Some(legacy(4, "haswell", true)),
            "xeon_phi" => Some(legacy(3, "xeon_phi", false)),
            _ => None,
        }
    }

    /// The processor that we run on, by the rules of glibc's `sysdeps/x86/get-isa-level.h` and, for the legacy names,
    /// `sysdeps/x86/cpu-features.c: init_cpu_features`.
    #[cfg(target_arch = "x86_64")]
    pub fn of_this_machine() -> Cpu {
        // glibc's level 2 also wants LAHF/SAHF in 64-bit mode, which every processor with SSE4.2 has.
        let v2 = is_x86_feature_detected!("cmpxchg16b")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("sse3")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("sse4.2");
        let v3 = v2
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("f16c")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("movbe");
        let v4 = v3
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512cd")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        Cpu {
            level: 1 + u8::from(v2) + u8::from(v3) + u8::from(v4),
            legacy: if is_intel() {
                intel_legacy_platform()
            } else {
                LegacyPlatform::default()
            },
        }
    }

    /// The processor that we run on: levels are x86-64's only.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn of_this_machine() -> Cpu {
        Cpu::of_level(1)
    }
}

/// `cpu_features->basic.kind == arch_kind_intel`
#[cfg(target_arch = "x86_64")]
fn is_intel() -> bool {
    let vendor = core::arch::x86_64::__cpuid(0);
    [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes) == [*b"Genu", *b"ineI", *b"ntel"]
}

#[cfg(target_arch = "x86_64")]
fn intel_legacy_platform() -> LegacyPlatform {
    // Leaf 7, EBX: bit 27 AVX512ER, bit 26 AVX512PF (Xeon Phi only; Rust has no names for them any more).
    let extended = core::arch::x86_64::__cpuid_count(7, 0).ebx;
    let (er, pf) = (extended >> 27 & 1 != 0, extended >> 26 & 1 != 0);
    let cd = is_x86_feature_detected!("avx512cd");
    let haswell = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("movbe")
        && is_x86_feature_detected!("popcnt");
    LegacyPlatform {
        platform: match () {
            () if cd && er && pf => Some("xeon_phi"),
            () if haswell => Some("haswell"),
            () => None,
        },
        avx512_1: cd
            && !er
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl"),
    }
}
