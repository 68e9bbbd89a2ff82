//! glibc's messages. `{object}` is what stands before the colon: a path tried, a name, or the object that was being worked on.

use crate::request::Release;

const R2_29: Release = Release(2, 29, 0);
const R2_30: Release = Release(2, 30, 0);
const R2_33: Release = Release(2, 33, 0);
const R2_35: Release = Release(2, 35, 0);
const R2_39: Release = Release(2, 39, 0);
const R2_41: Release = Release(2, 41, 0);
const R2_36: Release = Release(2, 36, 0);

super::messages! {
    /// No place that was searched held the library; `reason` is the error of the *last* place only.
    CANNOT_OPEN "glibc/cannot-open" Some(127), "elf/dl-load.c: _dl_map_object", "{object}: cannot open shared object file[: {reason}]";
    /// Only files of the other class were found.
    WRONG_CLASS "glibc/wrong-class" Some(127), "elf/dl-load.c: _dl_map_object", "{object}: wrong ELF class: ELFCLASS{bits}";
    /// Shorter than a file header.
    FILE_TOO_SHORT "glibc/file-too-short" Some(127), "elf/dl-load.c: open_verify", "{object}: file too short";
    /// A read failed, a directory was opened, or the program headers lie outside the file.
    CANNOT_READ "glibc/cannot-read" Some(127), "elf/dl-load.c: open_verify", "{object}: cannot read file data[: {reason}]";
    /// No `\x7fELF`.
    INVALID_HEADER "glibc/invalid-header" Some(127), "elf/dl-load.c: open_verify", "{object}: invalid ELF header";
    /// Other byte order.
    WRONG_ENDIAN "glibc/wrong-endian" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file data encoding not {endian}-endian";
    /// `EI_VERSION`.
    WRONG_IDENT_VERSION "glibc/wrong-ident-version" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file version ident does not match current one";
    /// `e_version`.
    WRONG_VERSION "glibc/wrong-version" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file version does not match current one";
    /// `EI_OSABI`.
    WRONG_OSABI "glibc/wrong-osabi" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file OS ABI invalid";
    /// `EI_ABIVERSION`.
    WRONG_ABI_VERSION "glibc/wrong-abi-version" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file ABI version invalid";
    /// Bytes behind `EI_ABIVERSION`.
    NONZERO_PADDING "glibc/nonzero-padding" Some(127), "elf/dl-load.c: open_verify", "{object}: nonzero padding in e_ident";
    /// An object file or a core.
    WRONG_TYPE "glibc/wrong-type" Some(127), "elf/dl-load.c: open_verify", "{object}: only ET_DYN and ET_EXEC can be loaded";
    /// `e_phentsize`.
    WRONG_PHENTSIZE "glibc/wrong-phentsize" Some(127), "elf/dl-load.c: open_verify", "{object}: ELF file's phentsize not the expected size";
    /// `p_vaddr` and `p_offset` disagree modulo the page.
    MISALIGNED_LOAD "glibc/misaligned-load" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: ELF load command address/offset not page-aligned" since R2_35;
    /// The same before 2.35.
    MISALIGNED_LOAD_OLD "glibc/misaligned-load-old" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: ELF load command address/offset not properly aligned" , until R2_35;
    /// `p_align` is not a multiple of the page, before 2.35.
    MISALIGNED_ALIGN_OLD "glibc/misaligned-align-old" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: ELF load command alignment not page-aligned" , until R2_35;
    /// No `PT_LOAD`.
    NO_LOADABLE "glibc/no-loadable-segments" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: object file has no loadable segments";
    /// `ET_EXEC` as a library.
    EXECUTABLE_AS_LIBRARY "glibc/executable-as-library" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: cannot dynamically load executable";
    /// A PIE as a library.
    PIE_AS_LIBRARY "glibc/pie-as-library" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: cannot dynamically load position-independent executable" since R2_30;
    /// `DF_1_NOOPEN`.
    NOOPEN "glibc/noopen" None, "elf/dl-load.c: _dl_map_object_from_fd", "{object}: shared object cannot be dlopen()ed";
    /// No `PT_DYNAMIC`, or one without bytes (a debug file).
    NO_DYNAMIC "glibc/no-dynamic-section" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: object file has no dynamic section";
    /// The stack would have to become executable, and may not.
    EXECSTACK "glibc/execstack-refused" Some(127), "elf/dl-load.c: _dl_map_object_from_fd", "{object}: cannot enable executable stack as shared object requires[: {reason}]";
    /// mmap refused: a noexec mount, a security module, limits.
    MAP_SEGMENT "glibc/map-segment" Some(127), "elf/dl-map-segments.h: _dl_map_segments", "{object}: failed to map segment from shared object[: {reason}]";
    /// Memory.
    ZERO_FILL "glibc/zero-fill" Some(127), "elf/dl-map-segments.h: _dl_map_segments", "{object}: cannot map zero-fill pages[: {reason}]";
    /// A token in a need in secure mode.
    TOKEN_IN_SECURE_NEED "glibc/token-in-secure-need" Some(127), "elf/dl-deps.c: expand_dst", "{object}: DST not allowed in SUID/SGID programs";
    /// A token that expands to nothing.
    EMPTY_TOKEN "glibc/empty-token" Some(127), "elf/dl-deps.c: expand_dst", "{object}: empty dynamic string token substitution";
    /// The file does not define a version that is needed from it.
    VERSION_NOT_FOUND "glibc/version-not-found" Some(1), "elf/dl-version.c: match_symbol", "{object}: version `{version}' not found (required by {requirer})";
    /// The same, marked weak: a warning.
    WEAK_VERSION_NOT_FOUND "glibc/weak-version-not-found" None, "elf/dl-version.c: match_symbol", "{object}: weak version `{version}' not found (required by {requirer})";
    /// The library defines no versions at all: a warning.
    NO_VERSION_INFORMATION "glibc/no-version-information" None, "elf/dl-version.c: match_symbol", "{object}: no version information available (required by {requirer})";
    /// Damage.
    VERDEF_REVISION "glibc/verdef-revision" Some(1), "elf/dl-version.c: match_symbol", "{object}: unsupported version {revision} of Verdef record";
    /// Damage.
    VERNEED_REVISION "glibc/verneed-revision" Some(127), "elf/dl-version.c: _dl_check_map_versions", "{object}: unsupported version {revision} of Verneed record";
    /// Linked with packed relocations by a linker that does not add the marker.
    RELR_WITHOUT_MARKER "glibc/relr-without-marker" Some(127), "elf/dl-version.c: _dl_check_map_versions", "{object}: DT_RELR without GLIBC_ABI_DT_RELR dependency" since R2_36;
    /// A strong reference that nobody defines.
    UNDEFINED_SYMBOL "glibc/undefined-symbol" Some(127), "elf/dl-lookup.c: _dl_lookup_symbol_x", "{object}: undefined symbol: {symbol}[, version {version}]";
    /// The same with a version, until 2.29.
    LINK_TIME_REFERENCE "glibc/link-time-reference" Some(127), "elf/dl-lookup.c: _dl_lookup_symbol_x", "{object}: symbol {symbol}, version {version} not defined in file {file} with link time reference" , until R2_29;
    /// Initial-exec thread storage of a dlopened object does not fit what was set aside.
    STATIC_TLS "glibc/static-tls" Some(127), "elf/dl-reloc.c: _dl_allocate_static_tls", "{object}: cannot allocate memory in static TLS block";
    /// Text relocations where memory may not be made writable.
    TEXTREL_WRITABLE "glibc/textrel-writable" Some(127), "elf/dl-reloc.c: _dl_relocate_object", "{object}: cannot make segment writable for relocation[: {reason}]";
    /// Text relocations where memory may not be made executable again.
    TEXTREL_RESTORE "glibc/textrel-restore" Some(127), "elf/dl-reloc.c: _dl_relocate_object", "{object}: cannot restore segment prot after reloc[: {reason}]";
    /// A relocation of another or a newer architecture, or damage.
    RELOCATION_TYPE "glibc/relocation-type" Some(127), "elf/dl-reloc.c: _dl_reloc_bad_type", "{object}: unexpected reloc type 0x{type}";
    /// The same in the PLT.
    PLT_RELOCATION_TYPE "glibc/plt-relocation-type" Some(127), "elf/dl-reloc.c: _dl_reloc_bad_type", "{object}: unexpected PLT reloc type 0x{type}";
    /// A copy relocation and the library disagree about the size: a warning.
    COPY_SIZE "glibc/copy-size" None, "sysdeps/x86_64/dl-machine.h: elf_machine_rela", "{program}: Symbol `{symbol}' has different size in shared object, consider re-linking";
    /// The program holds a copy of a variable that its library goes on using its own of: a warning.
    COPY_OF_PROTECTED "glibc/copy-of-protected" None, "sysdeps/generic/dl-protected.h: _dl_check_protected_symbol", "warning: copy relocation against non-copyable protected symbol `{symbol}' in `{object}'" since R2_36;
    /// The program takes a function's address without asking, and the library uses another one: a warning.
    DIRECT_TO_PROTECTED "glibc/direct-reference-to-protected" None, "sysdeps/generic/dl-protected.h: _dl_check_protected_symbol", "warning: direct reference to protected function `{symbol}' in `{object}' may break pointer equality" since R2_36;
    /// Behind one of these warnings: the library says that nobody may do so.
    INDIRECT_ACCESS "glibc/indirect-access" Some(127), "sysdeps/generic/dl-protected.h: _dl_check_protected_symbol", "{symbol}: {object}: error due to GNU_PROPERTY_1_NEEDED_INDIRECT_EXTERN_ACCESS" since R2_36;
    /// The same in 2.35, for a copy.
    COPY_REFUSED "glibc/copy-of-protected-refused" Some(127), "sysdeps/generic/dl-protected.h: _dl_check_protected_symbol", "{symbol}: {object}: copy relocation against non-copyable protected symbol" since R2_35, until R2_35;
    /// The same in 2.35, for a function.
    DIRECT_REFUSED "glibc/direct-reference-refused" Some(127), "sysdeps/generic/dl-protected.h: _dl_check_protected_symbol", "{symbol}: {object}: non-canonical reference to canonical protected function" since R2_35, until R2_35;
    /// The processor is older than the file.
    ISA_LEVEL "glibc/isa-level" Some(127), "sysdeps/x86/dl-prop.h: dl_isa_level_check", "{object}: CPU ISA level is lower than required";
    /// Neither lazy nor now.
    INVALID_MODE "glibc/invalid-mode" None, "elf/dl-open.c: _dl_open", "{object}: invalid mode for dlopen(): Invalid argument";
    /// `RTLD_GLOBAL` in a namespace of its own.
    DLMOPEN_GLOBAL "glibc/dlmopen-global" None, "dlfcn/dlmopen.c: dlmopen_doit", "invalid mode: Invalid argument";
    /// The program's handle in a namespace of its own.
    DLMOPEN_NULL "glibc/dlmopen-null" None, "dlfcn/dlmopen.c: dlmopen_doit", "invalid namespace: Invalid argument";
    /// Sixteen are in use.
    NO_NAMESPACE "glibc/no-namespace" None, "elf/dl-open.c: _dl_open", "{object}: no more namespaces available for dlmopen(): Invalid argument";
    /// `dlsym` found nothing.
    DLSYM_UNDEFINED "glibc/dlsym-undefined" None, "elf/dl-lookup.c: _dl_lookup_symbol_x", "{object}: undefined symbol: {symbol}[, version {version}]";
    /// A handle closed twice.
    NOT_OPEN "glibc/not-open" None, "elf/dl-close.c: _dl_close", "{object}: shared object not open";
    /// `RTLD_NEXT` from nowhere.
    NEXT_FROM_NOWHERE "glibc/next-from-nowhere" None, "elf/dl-sym.c: do_sym", "RTLD_NEXT used in code not dynamically loaded";
    /// A preload that was not found or not sound: a warning.
    PRELOAD_IGNORED "glibc/preload-ignored" None, "elf/rtld.c: do_preload", "ERROR: ld.so: object '{object}' from {source} cannot be preloaded ({error}): ignored.";
    /// An audit module that was not found or not sound: a warning.
    AUDIT_IGNORED "glibc/audit-ignored" None, "elf/rtld.c: report_audit_module_load_error", "ERROR: ld.so: object '{object}' cannot be loaded as audit interface: {error}; ignored.";
    /// ld.so run on itself.
    LOADS_ITSELF "glibc/loads-itself" Some(127), "elf/rtld.c: rtld_chain_load", "{loader}: loader cannot load itself";
    /// The same before 2.33.
    LOADS_ITSELF_OLD "glibc/loads-itself-old" Some(127), "elf/rtld.c: dl_main", "loader cannot load itself" , until Release(2, 33, 0);
    /// ld.so run on a static program that execve refuses.
    CANNOT_EXECUTE "glibc/cannot-execute" Some(127), "elf/rtld.c: rtld_chain_load", "{loader}: cannot execute {program}: {error}";
    /// ld.so run without a program.
    MISSING_PROGRAM "glibc/missing-program" Some(1), "elf/dl-usage.c: _dl_usage", "{loader}: missing program name\nTry '{loader} --help' for more information.";
    /// ld.so run with an unknown option.
    UNKNOWN_OPTION "glibc/unknown-option" Some(1), "elf/dl-usage.c: _dl_usage", "{loader}: unrecognized option '{option}'\nTry '{loader} --help' for more information.";
    /// An assertion of ld.so's own failed: a damaged file.
    INCONSISTENCY "glibc/inconsistency" Some(127), "elf/dl-minimal.c: __assert_fail", "Inconsistency detected by ld.so: {file}: {line}: {function}: Assertion `{assertion}' failed!";
    /// glibc itself was built for a newer processor.
    CPU_TOO_OLD "glibc/cpu-too-old" Some(127), "sysdeps/x86/dl-get-cpu-features.c", "Fatal glibc error: CPU does not support x86-64-v{level}";
    /// An IFUNC resolver lives in a library that was not relocated yet.
    IFUNC_RELINK "glibc/ifunc-relink" None, "sysdeps/x86_64/dl-machine.h: elf_machine_rela", "{program}: Relink `{object}' with `{provider}' for IFUNC symbol `{symbol}'";
    /// An IFUNC resolver lives in the program, which is relocated last.
    IFUNC_IN_PROGRAM "glibc/ifunc-in-program" Some(127), "sysdeps/x86_64/dl-machine.h: elf_machine_rela", "{program}: IFUNC symbol '{symbol}' referenced in '{object}' is defined in the executable and creates an unsatisfiable circular dependency." since R2_33;
    /// `GLIBC_TUNABLES` is not a list of names and values.
    TUNABLES_INVALID "glibc/tunables-invalid" None, "elf/dl-tunables.c: parse_tunables", "WARNING: ld.so: invalid GLIBC_TUNABLES `{value}': ignored." since R2_39;
    /// A tunable's value is no number.
    TUNABLE_VALUE_INVALID "glibc/tunable-value-invalid" None, "elf/dl-tunables.c: parse_tunable_print_error", "WARNING: ld.so: invalid GLIBC_TUNABLES value `{value}' for option `{name}': ignored." since R2_39;
    /// The program wants an executable stack, and a tunable forbids it.
    EXECSTACK_FORBIDDEN "glibc/execstack-forbidden" Some(127), "elf/rtld.c: dl_main", "Fatal glibc error: executable stack is not allowed" since R2_41;
    /// The process does not come back.
    ENDLESS "glibc/endless" None, "elf/dl-lookup.c: _dl_lookup_symbol_x", "(no message: the process does not come back, {why})";
    /// The process dies without a word.
    CRASH "glibc/crash" Some(139), "the processor", "(no message: the process dies of signal {signal}, {why})";
}

/// What ld.so prints before a sentence. `{message}` is read on through the table above.
pub mod frames {
    crate::messages::messages! {
        /// At start: mapping and searching.
        START "glibc/frame-start" Some(127), "elf/dl-catch.c: fatal_error", "{program}: error while loading shared libraries: {message}";
        /// At start or at a lazy call: a symbol.
        LOOKUP "glibc/frame-symbol-lookup" Some(127), "elf/dl-lookup.c: _dl_signal_cexception", "{program}: symbol lookup error: {message}";
        /// At start: relocations, and symbol versions until 2.29.
        RELOCATION "glibc/frame-relocation" Some(127), "elf/dl-reloc.c, elf/dl-lookup.c", "{program}: relocation error: {message}";
        /// At start: versions.
        PLAIN "glibc/frame-plain" Some(1), "elf/dl-version.c: _dl_check_all_versions", "{program}: {message}";
    }
}
