//! Android's linker, 5.0 to 15 and later: read in the published sources (tags android-5.0.0_r1 to android-15.0.0_r23 and the newest), not run.
//!
//! Releases are Android's. `dlerror` and Java's `UnsatisfiedLinkError` show `dlopen failed: ` before the sentence, a start shows
//! `CANNOT LINK EXECUTABLE "PROGRAM": `: see [`frames`]. `{object}` is the library's path, or its name where it was not found.

use crate::request::Release;

const A5: Release = Release(5, 0, 0);
const A6: Release = Release(6, 0, 0);
const A7: Release = Release(7, 0, 0);
const A7_1: Release = Release(7, 1, 2);
const A9: Release = Release(9, 0, 0);
const A10: Release = Release(10, 0, 0);
const A11: Release = Release(11, 0, 0);
const A16: Release = Release(16, 0, 0);

super::messages! {
    /// A library that an object needs is in none of the folders of the namespace.
    NEEDED_NOT_FOUND "bionic/needed-library-not-found" Some(134), "linker/linker.cpp: find_libraries", "library \"{object}\" not found: needed by {requirer} in namespace {namespace}" since A11;
    /// The same for a program.
    PROGRAM_NEEDS "bionic/program-needs-library" Some(134), "linker/linker.cpp: find_libraries", "library \"{object}\" not found: needed by main executable" since A11;
    /// A library that was asked for, or (up to 10) is needed, is nowhere; a name of a desktop system such as `libm.so.6` never is there.
    NOT_FOUND "bionic/library-not-found" Some(134), "linker/linker.cpp: open_library", "library \"{object}\" not found";
    /// The same up to 5.0, with who needs it.
    COULD_NOT_LOAD "bionic/could-not-load" Some(134), "linker/linker.cpp: soinfo_link_image", "could not load library \"{object}\" needed by \"{requirer}\"; caused by {reason}" , until A5;
    /// It is there, and an app may not use it: a private library of the system.
    NOT_ACCESSIBLE "bionic/not-accessible" None, "linker/linker.cpp: load_library", "library \"{object}\" needed or dlopened by \"{requirer}\" is not accessible for the namespace \"{namespace}\"" since A7;
    /// `RTLD_NOLOAD`.
    NOT_LOADED "bionic/not-loaded" None, "linker/linker.cpp: load_library", "library \"{object}\" wasn't loaded and RTLD_NOLOAD prevented it";
    /// A strong reference that nobody defines: a newer Android, another library, or a missing `-l`.
    SYMBOL "bionic/cannot-locate-symbol" Some(134), "linker/linker_relocate.cpp: lookup_symbol", "cannot locate symbol \"{symbol}\" referenced by \"{object}\"...";
    /// `dlsym`.
    DLSYM "bionic/undefined-symbol" None, "linker/linker.cpp: do_dlsym", "undefined symbol: {symbol}" since A7;
    /// `dlsym` of something hidden.
    NOT_GLOBAL "bionic/symbol-not-global" None, "linker/linker.cpp: do_dlsym", "symbol \"{symbol}\" found but not global" since A7;
    /// The other word size.
    CLASS_32 "bionic/is-32-bit" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" is 32-bit instead of 64-bit" since A5;
    /// The other word size.
    CLASS_64 "bionic/is-64-bit" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" is 64-bit instead of 32-bit" since A5;
    /// Another machine.
    MACHINE "bionic/machine" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" is for {have} ({have_number:d}) instead of {need} ({need_number:d})" since A10;
    /// The same before 10: the number of `e_machine`; 40 is ARM, 183 AArch64, 3 x86, 62 x86-64.
    MACHINE_OLD "bionic/machine-old" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" has unexpected e_machine: {have:d}[ ({name})]" , until A9;
    /// No ELF file.
    MAGIC "bionic/bad-elf-magic" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" has bad ELF magic: {bytes:x}" since A10;
    /// The same before 10.
    MAGIC_OLD "bionic/bad-elf-magic-old" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" has bad ELF magic" , until A9;
    /// Empty or cut.
    TOO_SMALL "bionic/too-small" Some(134), "linker/linker_phdr.cpp: ReadElfHeader", "\"{object}\" is too small to be an ELF executable: only found {size:d} bytes";
    /// Cut.
    PAST_END "bionic/past-end" Some(134), "linker/linker_phdr.cpp: LoadSegments", "invalid ELF file \"{object}\" load segment[[{index:d}]]: p_offset ({offset}) + p_filesz ({size}) ( = {end}) past end of file (0x{file:x})";
    /// Other byte order.
    ENDIAN "bionic/not-little-endian" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" not little-endian: {data:d}";
    /// A program or an object file as a library.
    TYPE "bionic/unexpected-type" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" has unexpected e_type: {type:d}";
    /// Stripped of its section headers, which Android wants since 7.
    SECTION_HEADERS "bionic/no-section-headers" Some(134), "linker/linker_phdr.cpp: VerifyElfHeader", "\"{object}\" has no section headers" since A7;
    /// Linked for 4 KiB pages, on a device with 16 KiB pages.
    ALIGNMENT "bionic/page-size" Some(134), "linker/linker_phdr.cpp: CheckProgramHeaderAlignment", "\"{object}\" program alignment ({have:d}) cannot be smaller than system page size ({need:d})" since A16;
    /// Text relocations, which Android does not take since 6.
    TEXT_RELOCATIONS "bionic/text-relocations" Some(134), "linker/linker.cpp: link_image", "\"{object}\" has text relocations" since A6;
    /// Verneed that no need stands for: an editor removed or renamed a need only.
    VERNEED "bionic/verneed-without-need" Some(134), "linker/linker.cpp: VersionTracker::init_verneed", "cannot find \"{library}\" from verneed[[{index:d}]] in DT_NEEDED list for \"{object}\"" since A6;
    /// Initial-exec thread storage of a library that came after the start.
    IE_TLS "bionic/initial-exec-tls" None, "linker/linker_relocate.cpp", "TLS symbol \"{symbol}\" in dlopened \"{provider}\" referenced from \"{object}\" using IE access model" since A10;
    /// Another machine's or a newer relocation.
    RELOCATION "bionic/relocation-type" Some(134), "linker/linker_relocate.cpp", "unknown reloc type {type:d} in \"{object}\"";
    /// mmap refused.
    MAP "bionic/map-segment" Some(134), "linker/linker_phdr.cpp: LoadSegments", "couldn't map \"{object}\" segment {index:d}: {reason}";
    /// The file cannot be read.
    READ "bionic/cannot-read" Some(134), "linker/linker_phdr.cpp: ReadElfHeader", "can't read file \"{object}\": {reason}";
    /// A program without PIE.
    PIE "bionic/only-pie" Some(1), "linker/linker_main.cpp", "{object}: Android only supports position-independent executables (-fPIE)" since Release(8, 0, 0);
    /// The same from 5 to 7.
    PIE_OLD "bionic/only-pie-old" Some(1), "linker/linker.cpp", "only position independent executables (PIE) are supported." since A5, until A7_1;
    /// Damage, or something that is no shared library.
    NO_DYNAMIC "bionic/no-dynamic" Some(134), "linker/linker.cpp: prelink_image", "missing PT_DYNAMIC in \"{object}\"";
    /// Linked with a hash table that this linker does not know.
    NO_HASH "bionic/no-hash" Some(134), "linker/linker.cpp: prelink_image", "empty/missing DT_HASH[/DT_GNU_HASH] in \"{object}\" (new hash type from the future?)";
}

/// What stands before Android's sentences.
pub mod frames {
    use super::{A5, A6};

    crate::messages::messages! {
        /// A start.
        CANNOT_LINK "bionic/frame-cannot-link" None, "linker/linker_main.cpp: __linker_cannot_link", "CANNOT LINK EXECUTABLE \"{program}\": {message}" since A6;
        /// The same up to 5.
        CANNOT_LINK_OLD "bionic/frame-cannot-link-old" None, "linker/linker.cpp", "CANNOT LINK EXECUTABLE: {message}" , until A5;
        /// `dlopen`; Java's `System.loadLibrary` shows it too.
        DLOPEN "bionic/frame-dlopen" None, "linker/dlfcn.cpp: dlopen_ext", "dlopen failed: {message}";
        /// `dlsym`.
        DLSYM "bionic/frame-dlsym" None, "linker/dlfcn.cpp: dlsym_impl", "dlsym failed: {message}";
        /// The linker as a command.
        COMMAND "bionic/frame-command" None, "linker/linker_main.cpp: __linker_error", "error: {message}";
    }
}
