//! How far an edit may go.

/// Most bytes that a hole between the end of a program and its new segment may span, where old kernels need the program
/// headers to lie at the same distance in the file and in memory.
pub const HOLE_BYTES_MAX: u64 = 1 << 20;

/// Most bytes of one string that an edit may put into a file: a path that no system call takes is a mistake.
pub const STRING_BYTES_MAX: usize = 1 << 16;

/// Entries that a moved dynamic section has to spare, so that the next edit need not move it again.
pub const SPARE_ENTRIES: usize = 3;
