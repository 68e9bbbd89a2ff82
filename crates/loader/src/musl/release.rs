//! What changed from release to release, as data.

use sayso_facts::elf::em;

use crate::request::Release;

/// Questions whose answer depends on the release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules(pub(crate) Release);

impl Rules {
    fn from(self, patch: u16) -> bool {
        self.0 >= Release(1, 2, patch)
    }
    /// `DT_RELR` is applied (1.2.4); before, nobody looks at it and the words keep their link-time values.
    pub(crate) fn relr(self) -> bool {
        self.from(4)
    }
    /// `fopen64` and the like, gone from the symbol table, are resolved to `fopen` for old binaries (1.2.4). The longest name
    /// that is looked at: 1.2.4 and 1.2.5 overlook `posix_fallocate64` (17 characters), 1.2.6 does not.
    pub(crate) fn lfs64_name_max(self) -> usize {
        match self {
            _ if self.from(6) => 18,
            _ if self.from(4) => 16,
            _ => 0,
        }
    }
    /// TLS descriptors of this machine are known (RISC-V 1.2.5, LoongArch 1.2.6, the others all along).
    pub(crate) fn thread_descriptors(self, machine: u16) -> bool {
        match machine {
            em::RISCV => self.from(5),
            em::LOONGARCH => self.from(6),
            _ => true,
        }
    }
    /// The RELRO `mprotect` goes past `errno` (1.2.4), so its sentence is that of an older error.
    pub(crate) fn relro_error_is_stale(self) -> bool {
        self.from(4)
    }
}
