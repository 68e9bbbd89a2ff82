//! Every limit of this crate, by name.

/// Directories that are looked into for a copy of a library that was not found.
pub const DIRECTORIES_MAX: usize = 1024;
/// Entries of one directory that are compared with a name.
pub const ENTRIES_MAX: usize = 50_000;
/// Copies of one library that are named in a finding.
pub const COPIES_MAX: usize = 4;
/// Symbols named in one finding; the others are counted.
pub const SYMBOLS_NAMED_MAX: usize = 5;
/// Length of the chain of askers that is shown.
pub const ASKERS_MAX: usize = 32;
