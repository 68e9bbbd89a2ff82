//! FreeBSD's rtld (DragonFly's and NetBSD's say much the same), read in the published source: users paste it, no model speaks it.
//!
//! A start shows `ld-elf.so.1: ` before the sentence (see [`frames`]), `dlerror` does not.

super::messages! {
    /// A library that an object needs is in none of the folders.
    NEEDED_NOT_FOUND "rtld/needed-not-found" Some(1), "libexec/rtld-elf/rtld.c: find_library", "Shared object \"{object}\" not found, required by \"{requirer}\"";
    /// A library that was asked for.
    NOT_FOUND "rtld/not-found" Some(1), "libexec/rtld-elf/rtld.c: find_library", "Shared object \"{object}\" not found";
    /// A strong reference that nobody defines; the version stands behind an `@`.
    UNDEFINED_SYMBOL "rtld/undefined-symbol" Some(1), "libexec/rtld-elf/rtld.c: find_symdef", "{object}: Undefined symbol \"{symbol}\"";
    /// The library defines versions, and not this one.
    VERSION_NOT_FOUND "rtld/version-not-found" Some(1), "libexec/rtld-elf/rtld.c: check_object_provided_version", "{object}: version {version} required by {requirer} not found";
    /// The library defines no versions.
    VERSION_NOT_DEFINED "rtld/version-not-defined" Some(1), "libexec/rtld-elf/rtld.c: check_object_provided_version", "{object}: version {version} required by {requirer} not defined";
    /// No ELF file, or a cut one.
    FORMAT "rtld/invalid-format" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: invalid file format";
    /// The other word size or byte order.
    LAYOUT "rtld/unsupported-layout" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: unsupported file layout";
    /// Another machine.
    MACHINE "rtld/unsupported-machine" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: unsupported machine";
    /// An object file or a core.
    TYPE "rtld/unsupported-type" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: unsupported file type";
    /// `e_version`.
    FILE_VERSION "rtld/unsupported-version" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: unsupported file version";
    /// The file cannot be mapped.
    READ "rtld/read-error" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: read error: {reason}";
    /// Damage.
    PHENTSIZE "rtld/phentsize" Some(1), "libexec/rtld-elf/map_object.c: get_elf_header", "{object}: invalid shared object: e_phentsize != sizeof(Elf_Phdr)";
    /// Initial-exec thread storage does not fit.
    STATIC_TLS "rtld/static-tls" Some(1), "libexec/rtld-elf: reloc.c", "{object}: No space available for static Thread Local Storage";
}

/// What stands before rtld's sentences.
pub mod frames {
    crate::messages::messages! {
        /// FreeBSD and DragonFly.
        START "rtld/frame-start" None, "libexec/rtld-elf/rtld.c: rtld_die", "ld-elf.so.1: {message}";
        /// FreeBSD's loader for 32-bit programs.
        START_32 "rtld/frame-start-32" None, "libexec/rtld-elf/rtld.c: rtld_die", "ld-elf32.so.1: {message}";
    }
}
