//! Everything about a machine that is not a file.

use crate::TargetPath;

/// The processor architecture that the kernel runs, by `e_machine` and class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Architecture {
    X86_64,
    I386,
    Aarch64,
    Arm,
    Riscv64,
    Ppc64le,
    S390x,
    Other,
}

/// What the dynamic loader asks the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cpu {
    /// x86-64 micro-architecture level, 1 to 4 (1 elsewhere).
    pub level: u8,
    /// Features that the glibc ≤ 2.36 legacy platform name (`haswell`, `xeon_phi`) and hwcap (`avx512_1`) are made of.
    pub legacy: LegacyPlatform,
}

/// `GLRO(dl_platform)` and `GLRO(dl_hwcap)` of x86-64 glibc up to 2.36 (`sysdeps/x86/cpu-features.c: init_cpu_features`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LegacyPlatform {
    /// `haswell` (all of its list), `xeon_phi`, or `None` (then the kernel's `AT_PLATFORM`, `x86_64`).
    pub platform: Option<&'static str>,
    /// `HWCAP_X86_AVX512_1`.
    pub avx512_1: bool,
}

/// Who runs the program.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

/// What is asked of a file's permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Open for reading; list a directory.
    Read,
    /// Execute a file.
    Execute,
    /// Pass through a directory.
    Search,
}

impl Access {
    /// Its permission bit: 4 to read, 1 to execute or search.
    pub(crate) fn bit(self) -> u32 {
        match self {
            Access::Read => 4,
            Access::Execute | Access::Search => 1,
        }
    }
}

impl Credentials {
    /// User 0 with no further groups.
    pub fn root() -> Credentials {
        Credentials {
            uid: 0,
            gid: 0,
            groups: Vec::new(),
        }
    }
    /// What the permission bits of a file say to this user, as `fs/namei.c: generic_permission` has it (without ACLs). User 0
    /// has the capabilities that pass over them, except that a file without any x bit is not executable for it either.
    pub fn may(&self, access: Access, mode: u32, uid: u32, gid: u32) -> bool {
        if self.uid == 0 {
            return access != Access::Execute || mode & 0o111 != 0;
        }
        self.class_bits(mode, uid, gid) & access.bit() != 0
    }
    /// The three permission bits (4 read, 2 write, 1 execute) of the class that this user falls into: owner, group or others.
    pub fn class_bits(&self, mode: u32, uid: u32, gid: u32) -> u32 {
        let class = if self.uid == uid {
            mode >> 6
        } else if self.gid == gid || self.groups.contains(&gid) {
            mode >> 3
        } else {
            mode
        };
        class & 0o7
    }
}

/// Everything about a machine that is not a file.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What its kernel runs natively.
    pub architecture: Architecture,
    /// 32-bit programs of the same family run too (x86-64 with i386; aarch64 with arm).
    pub runs_32bit: bool,
    /// Processor level and legacy names.
    pub cpu: Cpu,
    /// The environment of the process to be started, in order (later duplicates do not win: the first one does, as in libc).
    pub environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// Working directory, absolute.
    pub working_directory: TargetPath,
    /// Real (= effective) user and groups of the starting process.
    pub credentials: Credentials,
    /// `/proc` is mounted (without it `$ORIGIN` of the program is taken from the kernel's `AT_EXECFN` or is unknown).
    pub proc_mounted: bool,
    /// Page size in bytes.
    pub page_size: u64,
}

impl Default for Machine {
    /// A plain x86-64 machine: baseline processor, no environment, `/` as the working directory, user 0.
    fn default() -> Machine {
        Machine {
            architecture: Architecture::X86_64,
            runs_32bit: true,
            cpu: Cpu {
                level: 1,
                legacy: LegacyPlatform::default(),
            },
            environment: Vec::new(),
            working_directory: TargetPath::new("/"),
            credentials: Credentials::root(),
            proc_mounted: true,
            page_size: 4096,
        }
    }
}

impl Machine {
    /// The first value of an environment variable.
    pub fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.environment
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_slice())
    }
}
