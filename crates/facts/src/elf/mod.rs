//! ELF as a loader sees it: program headers, `PT_DYNAMIC`, and what these point at.
//!
//! [`Image`] keeps the file's bytes and small decoded tables; symbols, relocations and strings are read where they
//! lie when they are asked for.

mod anomalies;
mod constants;
mod content;
mod dynamic;
mod hash;
mod header;
mod image;
mod machine;
mod notes;
mod read;
mod relocations;
mod symbols;
mod versions;

pub use constants::{df, df_1, dt, et, osabi, pf, pt, shn, sht, stb, stt, stv, ver};
pub use content::Source;
pub use hash::{gnu_hash, sysv_hash};
pub use image::Image;
pub use machine::{em, machine_name};
pub use notes::{Note, Properties};
pub use versions::VersionMeaning;

/// Why the bytes are no ELF image at all (everything milder is an [`Anomaly`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotElf {
    /// Shorter than a file header of its class, or no `\x7fELF`.
    NoHeader,
}

/// `e_ident[EI_CLASS]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 32 bit
    Elf32,
    /// 64 bit
    Elf64,
}

/// `e_ident[EI_DATA]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endian {
    /// least significant byte first
    Little,
    /// most significant byte first
    Big,
}

/// The file header, raw fields by their names in the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct Header {
    pub ident: [u8; 16],
    pub class: Class,
    pub endian: Endian,
    pub kind: u16,
    pub machine: u16,
    pub version: u32,
    pub entry: u64,
    pub phoff: u64,
    pub shoff: u64,
    pub flags: u32,
    pub ehsize: u16,
    pub phentsize: u16,
    pub phnum: u16,
    pub shentsize: u16,
    pub shnum: u16,
    pub shstrndx: u16,
}

/// One program header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct Segment {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub vaddr: u64,
    pub paddr: u64,
    pub filesz: u64,
    pub memsz: u64,
    pub align: u64,
}

/// One dynamic symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct Symbol {
    pub name: u32,
    pub info: u8,
    pub other: u8,
    pub shndx: u16,
    pub value: u64,
    pub size: u64,
}

/// One file of `DT_VERNEED` with the versions needed from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNeed {
    /// `vn_version`, 1 in every sound file.
    pub revision: u16,
    /// Offset of the file's name (a soname) in the string table.
    pub file: u32,
    /// The versions.
    pub versions: Vec<NeededVersion>,
}

/// One `Vernaux` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct NeededVersion {
    pub name: u32,
    pub hash: u32,
    pub flags: u16,
    pub index: u16,
}

/// One `Verdef` entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDefinition {
    /// `vd_version`, 1 in every sound file.
    pub revision: u16,
    /// `vd_flags`: 1 = base (the file itself), 2 = weak.
    pub flags: u16,
    /// `vd_ndx`.
    pub index: u16,
    /// `vd_hash`.
    pub hash: u32,
    /// Offset of the version's name in the string table (0 if it has no name entry).
    pub name: u32,
    /// Offsets of its parents' names.
    pub parents: Vec<u32>,
}

/// Which table a relocation stands in. The loader works them off in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the specification's own names")]
pub enum RelocationTable {
    Rel,
    Rela,
    Plt,
}

/// One relocation (not the compact `DT_RELR` ones, which never name a symbol).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct Relocation {
    pub table: RelocationTable,
    pub offset: u64,
    pub kind: u32,
    pub symbol: u32,
    pub addend: i64,
}

/// Something in the file that is not as it should be, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// What is wrong, in words that fit after the file's name and a colon.
    pub what: String,
    /// Byte offset in the file, where one can be named.
    pub offset: Option<u64>,
    /// Who meets it.
    pub scope: Scope,
}

/// Who meets an [`Anomaly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A loader: it stands in what program headers and `PT_DYNAMIC` lead to.
    Loaders,
    /// Only tools that read section headers (linkers, debuggers, strip); the file loads as if it were not there.
    Sections,
}

/// Well-known entries of `PT_DYNAMIC`, decoded once. Strings are offsets into the dynamic string table
/// (see [`Image::string`]). Where a tag may stand once, the last entry wins, as it does in ld.so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the specification's own names")]
pub struct Dynamic {
    /// Every entry in file order, up to but without `DT_NULL`.
    pub entries: Vec<(i64, u64)>,
    pub needed: Vec<u32>,
    pub soname: Option<u32>,
    pub rpath: Option<u32>,
    pub runpath: Option<u32>,
    /// `DT_FLAGS` (DF_ORIGIN 1, DF_SYMBOLIC 2, DF_TEXTREL 4, DF_BIND_NOW 8, DF_STATIC_TLS 16).
    pub flags: u64,
    /// `DT_FLAGS_1` (DF_1_NOW 1, DF_1_NODELETE 8, DF_1_NOOPEN 0x40, DF_1_NODEFLIB 0x800, DF_1_PIE 0x08000000 …).
    pub flags_1: u64,
    /// `DT_FILTER` / `DT_AUXILIARY` in file order: (is auxiliary, name).
    pub filters: Vec<(bool, u32)>,
    /// `DT_AUDIT` and `DT_DEPAUDIT`.
    pub audit: Option<u32>,
    pub depaudit: Option<u32>,
    /// `DT_SYMBOLIC` (the tag; DF_SYMBOLIC is in `flags`).
    pub symbolic: bool,
    /// `DT_TEXTREL` (the tag; DF_TEXTREL is in `flags`).
    pub textrel: bool,
    /// `DT_BIND_NOW` (the tag).
    pub bind_now: bool,
    /// `DT_STRTAB`, `DT_STRSZ`, `DT_SYMTAB`, `DT_HASH`, `DT_GNU_HASH`, `DT_VERSYM` as virtual addresses/sizes.
    pub strtab: Option<u64>,
    pub strsz: u64,
    pub symtab: Option<u64>,
    pub hash: Option<u64>,
    pub gnu_hash: Option<u64>,
    pub versym: Option<u64>,
    /// Sizes in bytes of `DT_INIT_ARRAY`, `DT_FINI_ARRAY`, `DT_PREINIT_ARRAY`, and whether DT_INIT / DT_FINI exist.
    pub init_array: u64,
    pub fini_array: u64,
    pub preinit_array: u64,
    pub init: bool,
    pub fini: bool,
    /// `DT_RELR` present.
    pub relr: bool,
}
