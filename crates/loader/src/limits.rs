//! Every limit of this crate, by name.

/// Objects mapped in one process before the model stops with a gap: several times what the largest programs have. Every name is
/// looked for among all of them, so a file made to be slow takes a tenth of a second with 5,000, and one with 20,000.
pub const OBJECTS_MAX: usize = 5_000;
/// Comparisons of one sort of objects as it was before glibc 2.35, which needs a cube of them where needs run in circles. The order
/// that is reached by then is kept.
pub const SORT_STEPS_MAX: usize = 50_000_000;
/// Entries of one walk over needs before it is taken for one without an end. Only filters that lead to one another make many more
/// than there are objects; `ld.so` keeps the entries on its stack, and dies when that is full.
pub const WALK_ENTRIES_MAX: usize = 200_000;
/// Events kept in one trace; a search that goes on is still carried out.
pub const EVENTS_MAX: usize = 4_000_000;
/// Script interpreters in a row before the kernel answers `ELOOP` (`fs/exec.c: exec_binprm`).
pub const SCRIPT_DEPTH_MAX: usize = 5;
/// `PT_LOAD` segments of one object up to which every write of a musl relocation is checked against them (no linker makes ten).
pub const SEGMENTS_WATCHED_MAX: usize = 64;
/// Longest text that is read as one message: paths are at most 4,096 bytes, and a message holds few of them.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Paths that a snapshot does not know and that an answer names; the others are counted.
pub const UNKNOWN_PATHS_NAMED_MAX: usize = 8;
