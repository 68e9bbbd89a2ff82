//! Every limit of this crate, by name. Those of [`Limits`] can be set by the caller; the others are facts of the formats or of Linux.

/// Bytes that one layer (or the one archive) may come to when it is inflated.
pub const LAYER_BYTES_MAX: u64 = 16 << 30;
/// How many times its stored size a layer may come to, once it is bigger than [`RATIO_FREE_BYTES`]. Real layers come to 2 to 30.
pub const RATIO_MAX: u64 = 250;
/// Up to this many bytes any ratio is taken: a small file of zeros is no bomb.
pub const RATIO_FREE_BYTES: u64 = 256 << 20;
/// Files, folders, links and whiteouts of all layers together.
pub const ENTRIES_MAX: u64 = 1_000_000;
/// Bytes of all entry names and link texts of one layer.
pub const NAME_BYTES_MAX: u64 = 128 << 20;
/// Bytes that are held in memory at once: contents of files, and [`ENTRY_BYTES`] for every entry. Contents that lie uncompressed in
/// the file itself cost nothing.
pub const HELD_BYTES_MAX: u64 = 448 << 20;
/// Biggest single file whose contents are held.
pub const HELD_FILE_BYTES_MAX: u64 = 256 << 20;
/// Memory that one entry is charged with: 230 bytes, measured on a million of them with their names, and a share of the folders that
/// no entry stands for.
pub const ENTRY_BYTES: u64 = 400;
/// Folders that no entry stands for: so many, and one more for every four entries.
pub const IMPLIED_FOLDERS_FREE: u64 = 100_000;
/// Layers of one image (container engines stop at 127).
pub const LAYERS_MAX: usize = 512;

/// What the caller may set. The defaults keep any input below about 60 seconds and 512 MB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// See [`LAYER_BYTES_MAX`].
    pub layer_bytes: u64,
    /// See [`RATIO_MAX`].
    pub ratio: u64,
    /// See [`RATIO_FREE_BYTES`].
    pub ratio_free_bytes: u64,
    /// See [`ENTRIES_MAX`].
    pub entries: u64,
    /// See [`NAME_BYTES_MAX`].
    pub name_bytes: u64,
    /// See [`HELD_BYTES_MAX`].
    pub held_bytes: u64,
    /// See [`HELD_FILE_BYTES_MAX`].
    pub held_file_bytes: u64,
    /// See [`LAYERS_MAX`].
    pub layers: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            layer_bytes: LAYER_BYTES_MAX,
            ratio: RATIO_MAX,
            ratio_free_bytes: RATIO_FREE_BYTES,
            entries: ENTRIES_MAX,
            name_bytes: NAME_BYTES_MAX,
            held_bytes: HELD_BYTES_MAX,
            held_file_bytes: HELD_FILE_BYTES_MAX,
            layers: LAYERS_MAX,
        }
    }
}

/// Bytes of an index, a manifest, a configuration or another piece of JSON (registries stop at 4 MiB).
pub const JSON_BYTES_MAX: u64 = 8 << 20;
/// Indexes within indexes.
pub const INDEX_DEPTH_MAX: usize = 4;
/// Manifests of one index that are looked at.
pub const MANIFESTS_MAX: usize = 1024;
/// Bytes of one set of PAX records, as Go's `archive/tar` has it.
pub const PAX_BYTES_MAX: u64 = 1 << 20;
/// Pieces of one sparse file.
pub const SPARSE_PIECES_MAX: usize = 65_536;
/// Bytes at the start of a file that decide whether its contents are held.
pub const HEAD_BYTES: usize = 4096;
/// Window of a zstd frame, as its own command line tool has it by default (`--long` needs to be told).
pub const ZSTD_WINDOW_MAX: u64 = 128 << 20;
/// Memory in KiB of one xz decoder: the dictionary of `xz -9` is 64 MiB.
pub const XZ_MEMORY_KIB_MAX: u32 = 100 << 10;
/// Bytes that are asked of a file at once.
pub const PIECE_BYTES: usize = 256 << 10;
/// Bytes that are asked of a file at first, where it may well be all that is wanted.
pub const FIRST_PIECE_BYTES: usize = 16 << 10;
/// Steps from folder to folder that all entries of an image may take, links followed. A million ordinary entries take ten million.
pub const WALK_STEPS_MAX: u64 = 100_000_000;
/// Layers that are read at the same time: each has a decoder of its own.
pub const THREADS_MAX: usize = 4;
/// Members of a Debian package (there are three).
pub const AR_MEMBERS_MAX: usize = 64;
/// Names of hard links in a cpio archive whose contents have not come yet.
pub const CPIO_LINKS_MAX: usize = 100_000;
/// Bytes of a zip archive's central directory.
pub const ZIP_DIRECTORY_BYTES_MAX: u64 = 128 << 20;
/// Bytes of a symbolic link's text, terminating NUL included.
pub const LINK_BYTES_MAX: u64 = 4096;
/// Bytes of a file that describes a package (`control`, `.PKGINFO`).
pub const PACKAGE_BYTES_MAX: u64 = 1 << 20;
/// Bytes of buffer for one member of a zip archive.
pub const MEMBER_BUFFER_BYTES: usize = 16 << 10;
/// ELF files below this size are held whole.
pub const PIECES_FROM_BYTES: u64 = 64 << 10;
/// Bytes before the section headers that are held: their names lie there.
pub const SECTION_NAMES_BYTES: u64 = 16 << 10;
/// An ELF file of a compressed layer that would cost more than this part of the biggest file held ([`Limits::held_file_bytes`]) is looked
/// at twice: where its tables lie, and then, in a second decoding of the layer, those tables and nothing else (of a CUDA library of a
/// gigabyte: 20 MB).
pub const LOOK_AGAIN_PART: u64 = 8;
/// Bytes that the first look at such a file may keep.
pub const FIRST_LOOK_BYTES_MAX: u64 = 4 << 20;
/// Biggest ELF file that is held in pieces: this much address space is asked for when it is read.
pub const LOADED_BYTES_MAX: u64 = 2 << 30;
