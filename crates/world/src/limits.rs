//! Every limit of this crate, by name.

/// Symbolic links followed in one lookup before `ELOOP`, as Linux has it (`MAXSYMLINKS`).
pub const SYMLINKS_MAX: usize = 40;
/// Longest path in bytes, terminating NUL included (`PATH_MAX`).
pub const PATH_BYTES_MAX: usize = 4096;
/// Longest component of a path in bytes (`NAME_MAX`).
pub const NAME_BYTES_MAX: usize = 255;
