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
/// Bytes of a pasted text that are read.
pub const TEXT_BYTES_MAX: usize = 1 << 30;
/// Messages that are looked at in one text, repetitions counted.
pub const EXPLAIN_FOUND_MAX: usize = 50_000;
/// Places of broad words of others (`error: …`, a stack's line) that are looked at in one text.
pub const EXPLAIN_ELSEWHERE_MAX: usize = 4096;
/// Different failures that are explained in one text.
pub const EXPLAIN_RESULTS_MAX: usize = 64;
/// Different failures of others among them: a build's hundred errors leave room for the loader's one.
pub const EXPLAIN_OTHERS_MAX: usize = 16;
/// Steps of reading that a text may cost for each of its bytes …
pub const EXPLAIN_WORK_A_BYTE: u64 = 16;
/// … and at least, so that a short text is read whatever it holds.
pub const EXPLAIN_WORK_MIN: u64 = 4_000_000;
/// Texts up to this length are read a second time as if their lines had been wrapped.
pub const EXPLAIN_WRAPPED_MAX: usize = 256 * 1024;

/// Steps of one plan that makes a file load.
pub const MEND_ACTIONS_MAX: usize = 16;
/// Changes that are tried before one trouble is given up.
pub const MEND_CANDIDATES_MAX: usize = 24;

/// Bytes of a file that are digested at a time: what one thread holds of it.
pub const DIGEST_PIECE_BYTES: usize = 1 << 20;
/// Bytes of a checksum list that are read.
pub const SUMS_BYTES_MAX: u64 = 1 << 30;
/// Commands of one image that are followed, through scripts, shells and wrappers.
pub const COMMANDS_MAX: usize = 16;
/// Bytes of a shell's text or script that are read for the command that it ends in.
pub const SHELL_TEXT_MAX: usize = 256 * 1024;
/// Nested folders of an image that are walked: no real tree is deeper, and a hostile one must not take all memory.
pub const SURVEY_DEPTH_MAX: usize = 256;
/// Files of an image that are looked at.
pub const SURVEY_FILES_MAX: usize = 4_000_000;
/// Rounds in which a library is given what it lacks from elsewhere in its image.
pub const NEIGHBOUR_ROUNDS_MAX: usize = 4;
/// Symbols that one file lacks and other modules are asked for.
pub const SUPPLIED_SYMBOLS_MAX: usize = 256;
/// Section headers that are looked at to tell which bytes a snapshot keeps; a file with more is kept whole.
pub const SNAPSHOT_SECTIONS_MAX: usize = 10_000;
/// Bytes of a snapshot's file that are read.
pub const SNAPSHOT_BYTES_MAX: u64 = 512 << 20;
/// Bytes that the files of a snapshot may come to together, as long as they were.
pub const SNAPSHOT_FILES_BYTES_MAX: u64 = 8 << 30;
/// Bytes of them that may be kept, inflated.
pub const SNAPSHOT_KEPT_BYTES_MAX: u64 = 1 << 30;
/// Bound references of one process that are compared with another's.
pub const BINDINGS_COMPARED_MAX: usize = 2_000_000;

/// Bytes of a policy file that are read.
pub const POLICY_BYTES_MAX: usize = 1 << 20;
/// Bytes of a bill of materials that are read: JSON of a hundred thousand files is a tenth of it, and takes a few times as much memory.
pub const SBOM_BYTES_MAX: u64 = 256 << 20;
/// Digests of one file that a bill may tell: formats know fewer than twenty algorithms, and one name that is told over and over must not
/// take a look at all the others each time.
pub const SBOM_DIGESTS_MAX: usize = 32;
/// Files that packages own, of all databases together (a big installation has 600,000).
pub const INSTALLED_FILES_MAX: usize = 2_000_000;
/// Bytes of a name, version or licence in a package database that are kept.
pub const PACKAGE_TEXT_MAX: usize = 64 << 10;
