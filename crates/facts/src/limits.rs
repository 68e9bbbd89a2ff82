//! Every limit of this crate, by name.

/// Program headers beyond this many are not read (`e_phnum` itself allows 65,535).
pub const PROGRAM_HEADERS_MAX: usize = 4096;

/// Bytes of a script that the kernel looks at (`BINPRM_BUF_SIZE` since Linux 5.1; it was 128 before).
pub const SHEBANG_BYTES_MAX: usize = 256;

/// Bytes at the start of a file that decide what text it is.
pub const MAGIC_BYTES_MAX: usize = 1024;

/// Anomalies of one file beyond this many are not told.
pub const ANOMALIES_MAX: usize = 200;

/// `anomalies` reads at most this many times the file's size of names.
pub const NAME_READS_MAX: usize = 16;

/// Section headers of one file that are looked at for a name (Go's linkers write fewer than a hundred).
pub const SECTIONS_MAX: usize = 4096;

/// Architectures of one Mach-O file (Apple's tools write two).
pub const MACHO_ARCHITECTURES_MAX: usize = 16;

/// Load commands of one Mach-O file.
pub const MACHO_COMMANDS_MAX: u32 = 4096;

/// Go types looked at for one question about a type.
pub const GO_TYPES_MAX: usize = 1024;

/// Methods looked at of one Go type.
pub const GO_METHODS_MAX: u64 = 4096;

/// Go types of one name that are told apart.
pub const GO_NAMESAKES_MAX: usize = 16;

/// Bytes of the values in one package's header, in a database of rpm's and in a package file (a kernel's has 2 MiB; rpm itself stops at
/// 256 MiB).
pub const RPM_HEADER_BYTES_MAX: usize = 64 << 20;

/// Entries of one header of rpm's (`HEADER_TAGS_MAX`).
pub const RPM_ENTRIES_MAX: usize = 65_535;

/// Values of one entry that are read (`HEADER_ARRAY_MAX`).
pub const RPM_ARRAY_MAX: usize = 0x000f_ffff;

/// Packages of one database of rpm's (a big installation has 5,000).
pub const RPM_PACKAGES_MAX: usize = 100_000;
