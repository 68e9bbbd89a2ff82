//! What changed from release to release, as data.

use crate::request::Release;

/// Questions whose answer depends on the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules(pub(crate) Release);

impl Rules {
    fn from(self, major: u16, minor: u16) -> bool {
        self.0 >= Release(major, minor, 0)
    }
    /// `glibc-hwcaps/` subdirectories (2.33).
    pub(crate) fn hwcaps_subdirectories(self) -> bool {
        self.from(2, 33)
    }
    /// `tls/`, platform and hwcap subdirectories (gone in 2.37).
    pub(crate) fn legacy_subdirectories(self) -> bool {
        !self.from(2, 37)
    }
    /// The check of `NT_GNU_ABI_TAG` against the kernel (gone in 2.36).
    pub(crate) fn abi_note_checked(self) -> bool {
        !self.from(2, 36)
    }
    /// `DT_RELR` is understood and its marker asked for (2.36).
    pub(crate) fn relr(self) -> bool {
        self.from(2, 36)
    }
    /// A PIE is refused as a library (2.30; `DF_1_PIE`).
    pub(crate) fn pie_refused(self) -> bool {
        self.from(2, 30)
    }
    /// One check of load alignment against the page instead of two against `p_align` (2.35).
    pub(crate) fn page_alignment_only(self) -> bool {
        self.from(2, 35)
    }
    /// dlopen never makes the stack executable (2.41).
    pub(crate) fn execstack_refused_by_dlopen(self) -> bool {
        self.from(2, 41)
    }
    /// Depth-first sort of the initialisation order (2.35 by default).
    pub(crate) fn depth_first_sort(self) -> bool {
        self.from(2, 35)
    }
    /// "undefined symbol: S, version V" instead of "link time reference" (2.30).
    pub(crate) fn undefined_symbol_with_version(self) -> bool {
        self.from(2, 30)
    }
    /// `DT_AUDIT` of the program is looked at (2.32).
    pub(crate) fn audit_tags(self) -> bool {
        self.from(2, 32)
    }
    /// ld.so as a command: `--help`, `--argv0`, unknown options refused (2.33).
    pub(crate) fn modern_command(self) -> bool {
        self.from(2, 33)
    }
    /// x86 ISA level of files is checked (2.33).
    pub(crate) fn isa_level_checked(self) -> bool {
        self.from(2, 33)
    }
    /// ld.so's own link map is always on the list (2.41).
    pub(crate) fn rtld_always_listed(self) -> bool {
        self.from(2, 41)
    }
    /// A filtee may stand before the object that dlopen was asked for (2.32; before, an assertion).
    pub(crate) fn filtee_of_root(self) -> bool {
        self.from(2, 32)
    }
    /// `$ORIGIN` of a program started through ld.so follows links (2.42).
    pub(crate) fn command_origin_resolved(self) -> bool {
        self.from(2, 42)
    }
    /// A resolver of a library that is not relocated yet is told of ("Relink", bug 20019; 2.26 by the sources at hand: not in
    /// 2.17, in 2.31).
    pub(crate) fn early_resolvers_told(self) -> bool {
        self.from(2, 26)
    }
    /// A resolver in the program ends the process instead of being called too early (2.33, bug 20019).
    pub(crate) fn program_resolvers_refused(self) -> bool {
        self.from(2, 33)
    }
    /// Protected symbols and what a program does with them are looked at (2.35, by the sources: where the library asks for it).
    pub(crate) fn protected_checked(self) -> bool {
        self.from(2, 35)
    }
    /// A warning comes first in any case, and a protected variable is its library's own even where the program has copied it
    /// (2.36).
    pub(crate) fn protected_warned(self) -> bool {
        self.from(2, 36)
    }
    /// libc is relocated before everything else (bug 31083; 2.36 does not, 2.41 does).
    pub(crate) fn libc_relocated_first(self) -> bool {
        self.from(2, 39)
    }
    /// `GLIBC_TUNABLES` is read at all (2.26).
    pub(crate) fn tunables(self) -> bool {
        self.from(2, 26)
    }
    /// It is read strictly, with complaints (2.39; not in 2.36, in 2.41).
    pub(crate) fn tunables_strict(self) -> bool {
        self.from(2, 39)
    }
    /// `glibc.rtld.nns` and `glibc.rtld.optional_static_tls` (2.32).
    pub(crate) fn rtld_tunables(self) -> bool {
        self.from(2, 32)
    }
    /// A look-up that starts again takes a piece of the stack (as Debian's compiler made 2.43; 2.42 not seen).
    pub(crate) fn recursive_lookup(self) -> bool {
        self.from(2, 42)
    }
    /// `LD_BIND_NOW` and `LD_WARN` count for programs with other rights than their starter's, too (seen in
    /// 2.36, no more in 2.41; 2.39 is taken for the first without).
    pub(crate) fn secure_programs_heed(self) -> bool {
        !self.from(2, 39)
    }
    /// `glibc.rtld.enable_secure` (2.40).
    pub(crate) fn enable_secure_tunable(self) -> bool {
        self.from(2, 40)
    }
    /// The greatest value of `glibc.rtld.execstack`.
    pub(crate) fn execstack_tunable_max(self) -> u64 {
        // 2 is 2.42's; the stable branch of 2.41 has it, too.
        if self.from(2, 41) { 2 } else { 1 }
    }
    /// The area for restartable sequences lies in static TLS (2.41).
    pub(crate) fn rseq_in_static_tls(self) -> bool {
        self.from(2, 41)
    }
}
