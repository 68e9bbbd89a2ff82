//! ELF as a loader sees it: program headers, `PT_DYNAMIC`, and what these point at.
//!
//! [`Image`] keeps the file's bytes and small decoded tables; symbols, relocations and strings are read where they
//! lie when they are asked for.

use bytes::Bytes;

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
#[allow(missing_docs)]
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
#[allow(missing_docs)]
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
#[allow(missing_docs)]
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
#[allow(missing_docs)]
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
#[allow(missing_docs)]
pub enum RelocationTable {
    Rel,
    Rela,
    Plt,
}

/// One relocation (not the compact `DT_RELR` ones, which never name a symbol).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
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
}

/// Well-known entries of `PT_DYNAMIC`, decoded once. Strings are offsets into the dynamic string table
/// (see [`Image::string`]). Where a tag may stand once, the last entry wins, as it does in ld.so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
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

/// One ELF file.
#[derive(Debug, Clone)]
pub struct Image {
    bytes: Bytes,
    header: Header,
    segments: Vec<Segment>,
    dynamic: Option<Dynamic>,
}

impl Image {
    /// Reads the file header, the program headers, and `PT_DYNAMIC`. Section headers are not touched here.
    /// A header with odd values (another version, padding …) is still an image: the loader judges it.
    pub fn parse(bytes: Bytes) -> Result<Image, NotElf> {
        let _ = bytes;
        unimplemented!("H1")
    }
    /// The whole file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
    /// The file header.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// The program headers that lie in the file (see [`crate::limits::PROGRAM_HEADERS_MAX`]).
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
    /// `PT_DYNAMIC`, if there is one. An unreadable one is `Some` and empty, with an anomaly.
    pub fn dynamic(&self) -> Option<&Dynamic> {
        self.dynamic.as_ref()
    }
    /// `PT_INTERP` without its terminating NUL, as the kernel reads it (`p_filesz` bytes; `None` if it lies outside the file).
    pub fn interpreter(&self) -> Option<&[u8]> {
        unimplemented!("H1")
    }

    /// The bytes at a virtual address, from the `PT_LOAD` that maps it to the end of that segment's file part.
    pub fn at(&self, vaddr: u64) -> Option<&[u8]> {
        let _ = vaddr;
        unimplemented!("H1")
    }
    /// A string of the dynamic string table, without its NUL; empty if the offset lies outside (that is an anomaly).
    pub fn string(&self, offset: u32) -> &[u8] {
        let _ = offset;
        unimplemented!("H1")
    }

    /// `DT_NEEDED` names in order.
    pub fn needed(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }
    /// `DT_SONAME`.
    pub fn soname(&self) -> Option<&[u8]> {
        unimplemented!("H1")
    }
    /// `DT_RPATH`, raw, also when `DT_RUNPATH` makes it void.
    pub fn rpath(&self) -> Option<&[u8]> {
        unimplemented!("H1")
    }
    /// `DT_RUNPATH`, raw.
    pub fn runpath(&self) -> Option<&[u8]> {
        unimplemented!("H1")
    }

    /// Number of entries of the dynamic symbol table, from `DT_HASH` (nchain) or, without it, by walking `DT_GNU_HASH`
    /// and then trusting the gap up to the string table for tables without hashed symbols. Index 0 counts.
    pub fn symbol_count(&self) -> u32 {
        unimplemented!("H1")
    }
    /// One dynamic symbol; works past `symbol_count` as long as the bytes are there (relocations may name any index).
    pub fn symbol(&self, index: u32) -> Option<Symbol> {
        let _ = index;
        unimplemented!("H1")
    }
    /// `DT_VERSYM` of one symbol, with the hidden bit (0x8000) still in it; `None` without a version table.
    pub fn versym(&self, index: u32) -> Option<u16> {
        let _ = index;
        unimplemented!("H1")
    }
    /// Indexes of symbols of this name in hash order, through `DT_GNU_HASH` (bloom filter first) if present, else `DT_HASH`,
    /// exactly the candidates that ld.so's `do_lookup_x` would meet. `gnu_hash` is [`gnu_hash`] of the name, computed once by the caller.
    pub fn lookup(&self, name: &[u8], gnu_hash: u32) -> impl Iterator<Item = u32> {
        let _ = (name, gnu_hash);
        std::iter::empty()
    }
    /// `DT_VERNEED`.
    pub fn version_needs(&self) -> &[VersionNeed] {
        unimplemented!("H1")
    }
    /// `DT_VERDEF`.
    pub fn version_definitions(&self) -> &[VersionDefinition] {
        unimplemented!("H1")
    }
    /// Relocations in the loader's order: `DT_REL`, `DT_RELA`, then `DT_JMPREL`.
    pub fn relocations(&self) -> impl Iterator<Item = Relocation> {
        std::iter::empty()
    }
    /// Number of relocated words that `DT_RELR` encodes.
    pub fn relr_count(&self) -> u64 {
        unimplemented!("H1")
    }

    /// The one segment of this kind that the loader uses (the last, as in ld.so's loop).
    pub fn segment(&self, kind: u32) -> Option<&Segment> {
        let _ = kind;
        unimplemented!("H1")
    }
    /// `GNU_PROPERTY_X86_ISA_1_NEEDED` bits from `PT_GNU_PROPERTY`/`PT_NOTE` (bit 0 baseline, 1 v2, 2 v3, 3 v4); 0 if none.
    pub fn x86_isa_needed(&self) -> u32 {
        unimplemented!("H1")
    }
    /// `NT_GNU_ABI_TAG`: (os, major, minor, patch); os 0 is Linux.
    pub fn abi_tag(&self) -> Option<[u32; 4]> {
        unimplemented!("H1")
    }
    /// `NT_GNU_BUILD_ID`.
    pub fn build_id(&self) -> Option<&[u8]> {
        unimplemented!("H1")
    }
    /// The JSON texts of `.note.dlopen` notes (owner `FDO`, type 0x407c0c0a) found through `PT_NOTE`.
    pub fn dlopen_notes(&self) -> Vec<&[u8]> {
        unimplemented!("H1")
    }
    /// What is wrong or inconsistent in this file: tables that lie outside it, counts that disagree, section headers that
    /// contradict `PT_DYNAMIC`. Costs a full look at the tables; ask only when it is shown.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        unimplemented!("H1")
    }
}

/// The GNU hash of a symbol name (`h * 33 + c` from 5381).
pub fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381u32, |h, &c| {
        h.wrapping_mul(33).wrapping_add(u32::from(c))
    })
}

/// The System V hash of a name, as version records carry it (`_dl_elf_hash`).
pub fn sysv_hash(name: &[u8]) -> u32 {
    name.iter().fold(0u32, |h, &c| {
        let h = (h << 4).wrapping_add(u32::from(c));
        let high = h & 0xf000_0000;
        (h ^ (high >> 24)) & !high
    })
}
