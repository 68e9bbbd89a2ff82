//! Every limit of this crate, by name.

/// Symbolic links followed in one lookup before `ELOOP`, as Linux has it (`MAXSYMLINKS`).
pub const SYMLINKS_MAX: usize = 40;
/// Longest path in bytes, terminating NUL included (`PATH_MAX`).
pub const PATH_BYTES_MAX: usize = 4096;
/// Longest component of a path in bytes (`NAME_MAX`).
pub const NAME_BYTES_MAX: usize = 255;
/// Files up to this size in bytes are copied, bigger ones mapped. Measured on 2,299 ELF files in fresh processes: at 16 KiB open,
/// read and release take as long together as with everything mapped (39 ms); from 64 KiB on copies lose (57 ms and more).
pub const COPIED_BYTES_MAX: u64 = 16 * 1024;
/// Files that are held open at once to be read in pieces; more are brought in whole.
pub const FILES_IN_PIECES_MAX: usize = 64;
/// Biggest file in bytes that is copied into memory where mapping is not wanted or the size is not known.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
/// Directories of a root folder that are kept open at once, far below the usual limit of 1024 open files.
pub const DIRECTORIES_OPEN_MAX: usize = 256;
/// Longest access control list in bytes that is read (500 entries); a longer one leaves the permission bits to decide.
pub const ACL_BYTES_MAX: usize = 4 + 500 * 8;
/// Nesting of `include` lines in `ld.so.conf`.
pub const CONF_INCLUDE_DEPTH_MAX: usize = 8;
/// Files that one `ld.so.conf` may come to with its includes.
pub const CONF_FILES_MAX: usize = 1024;
/// Paths that one `include` pattern may match.
pub const GLOB_MATCHES_MAX: usize = 4096;
/// Program headers looked at to tell what a loader's file is (real ones have about ten).
pub const SEGMENTS_MAX: usize = 64;
