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
