//! Numbers of the ELF specifications that facts and loaders use, by their names without prefix.

/// `e_type`.
pub mod et {
    /// no file type
    pub const NONE: u16 = 0;
    /// relocatable object (`.o`)
    pub const REL: u16 = 1;
    /// program at fixed addresses
    pub const EXEC: u16 = 2;
    /// shared object or position-independent program
    pub const DYN: u16 = 3;
    /// core dump
    pub const CORE: u16 = 4;
}

/// `e_ident[EI_OSABI]`.
pub mod osabi {
    /// System V: what most files say
    pub const SYSV: u8 = 0;
    /// HP-UX
    pub const HPUX: u8 = 1;
    /// NetBSD
    pub const NETBSD: u8 = 2;
    /// GNU extensions used (IFUNC, unique symbols)
    pub const GNU: u8 = 3;
    /// Solaris
    pub const SOLARIS: u8 = 6;
    /// FreeBSD
    pub const FREEBSD: u8 = 9;
    /// OpenBSD
    pub const OPENBSD: u8 = 12;
    /// ARM EABI
    pub const ARM_AEABI: u8 = 0x40;
    /// ARM
    pub const ARM: u8 = 0x61;
    /// embedded
    pub const STANDALONE: u8 = 0xff;
}

/// `p_type`: kinds of program headers.
pub mod pt {
    /// unused
    pub const NULL: u32 = 0;
    /// part of the file to map
    pub const LOAD: u32 = 1;
    /// the dynamic section
    pub const DYNAMIC: u32 = 2;
    /// the path of the program's interpreter (its loader)
    pub const INTERP: u32 = 3;
    /// notes
    pub const NOTE: u32 = 4;
    /// reserved
    pub const SHLIB: u32 = 5;
    /// the program headers themselves
    pub const PHDR: u32 = 6;
    /// the initial image of thread-local storage
    pub const TLS: u32 = 7;
    /// unwind table
    pub const GNU_EH_FRAME: u32 = 0x6474_e550;
    /// whether the stack must be executable
    pub const GNU_STACK: u32 = 0x6474_e551;
    /// what is read-only after relocation
    pub const GNU_RELRO: u32 = 0x6474_e552;
    /// `NT_GNU_PROPERTY_TYPE_0`
    pub const GNU_PROPERTY: u32 = 0x6474_e553;
    /// SFrame stack trace table
    pub const GNU_SFRAME: u32 = 0x6474_e554;
    /// OpenBSD: to be filled with random bytes
    pub const OPENBSD_RANDOMIZE: u32 = 0x65a3_dbe6;
    /// ARM: exception index
    pub const ARM_EXIDX: u32 = 0x7000_0001;
    /// AArch64: memory tags
    pub const AARCH64_MEMTAG_MTE: u32 = 0x7000_0002;
    /// MIPS: ABI flags
    pub const MIPS_ABIFLAGS: u32 = 0x7000_0003;
    /// RISC-V: attributes
    pub const RISCV_ATTRIBUTES: u32 = 0x7000_0003;
}

/// `p_flags`.
pub mod pf {
    /// executable
    pub const X: u32 = 1;
    /// writable
    pub const W: u32 = 2;
    /// readable
    pub const R: u32 = 4;
}

/// `d_tag`: tags of the dynamic section.
pub mod dt {
    /// end of the dynamic section
    pub const NULL: i64 = 0;
    /// name of a needed library
    pub const NEEDED: i64 = 1;
    /// size in bytes of the PLT relocations
    pub const PLTRELSZ: i64 = 2;
    /// address of the PLT or GOT
    pub const PLTGOT: i64 = 3;
    /// address of the System V hash table
    pub const HASH: i64 = 4;
    /// address of the string table
    pub const STRTAB: i64 = 5;
    /// address of the symbol table
    pub const SYMTAB: i64 = 6;
    /// address of relocations with addend
    pub const RELA: i64 = 7;
    /// their size in bytes
    pub const RELASZ: i64 = 8;
    /// size of one of them
    pub const RELAENT: i64 = 9;
    /// size in bytes of the string table
    pub const STRSZ: i64 = 10;
    /// size of a symbol
    pub const SYMENT: i64 = 11;
    /// address of the initialiser
    pub const INIT: i64 = 12;
    /// address of the finaliser
    pub const FINI: i64 = 13;
    /// the library's own name
    pub const SONAME: i64 = 14;
    /// search path, inherited
    pub const RPATH: i64 = 15;
    /// look up own symbols first
    pub const SYMBOLIC: i64 = 16;
    /// address of relocations without addend
    pub const REL: i64 = 17;
    /// their size in bytes
    pub const RELSZ: i64 = 18;
    /// size of one of them
    pub const RELENT: i64 = 19;
    /// kind of the PLT relocations: `RELA` or `REL`
    pub const PLTREL: i64 = 20;
    /// for debuggers
    pub const DEBUG: i64 = 21;
    /// relocations change read-only segments
    pub const TEXTREL: i64 = 22;
    /// address of the PLT relocations
    pub const JMPREL: i64 = 23;
    /// bind all at once
    pub const BIND_NOW: i64 = 24;
    /// address of the initialisers
    pub const INIT_ARRAY: i64 = 25;
    /// address of the finalisers
    pub const FINI_ARRAY: i64 = 26;
    /// size in bytes of the initialisers
    pub const INIT_ARRAYSZ: i64 = 27;
    /// size in bytes of the finalisers
    pub const FINI_ARRAYSZ: i64 = 28;
    /// search path, not inherited
    pub const RUNPATH: i64 = 29;
    /// see [`super::df`]
    pub const FLAGS: i64 = 30;
    /// address of the program's first initialisers
    pub const PREINIT_ARRAY: i64 = 32;
    /// their size in bytes
    pub const PREINIT_ARRAYSZ: i64 = 33;
    /// address of extended section indexes
    pub const SYMTAB_SHNDX: i64 = 34;
    /// size in bytes of the compact relative relocations
    pub const RELRSZ: i64 = 35;
    /// address of the compact relative relocations
    pub const RELR: i64 = 36;
    /// size of one of their words
    pub const RELRENT: i64 = 37;
    /// when prelink changed it
    pub const GNU_PRELINKED: i64 = 0x6fff_fdf5;
    /// prelink
    pub const GNU_CONFLICTSZ: i64 = 0x6fff_fdf6;
    /// prelink
    pub const GNU_LIBLISTSZ: i64 = 0x6fff_fdf7;
    /// checksum
    pub const CHECKSUM: i64 = 0x6fff_fdf8;
    /// Solaris
    pub const MOVEENT: i64 = 0x6fff_fdfa;
    /// Solaris
    pub const MOVESZ: i64 = 0x6fff_fdfb;
    /// Solaris
    pub const FEATURE_1: i64 = 0x6fff_fdfc;
    /// flags for the next entry
    pub const POSFLAG_1: i64 = 0x6fff_fdfd;
    /// Solaris
    pub const SYMINSZ: i64 = 0x6fff_fdfe;
    /// Solaris
    pub const SYMINENT: i64 = 0x6fff_fdff;
    /// address of the GNU hash table
    pub const GNU_HASH: i64 = 0x6fff_fef5;
    /// lazy TLS descriptors
    pub const TLSDESC_PLT: i64 = 0x6fff_fef6;
    /// lazy TLS descriptors
    pub const TLSDESC_GOT: i64 = 0x6fff_fef7;
    /// prelink
    pub const GNU_CONFLICT: i64 = 0x6fff_fef8;
    /// prelink
    pub const GNU_LIBLIST: i64 = 0x6fff_fef9;
    /// MIPS: where the debugger's hook lies, relative to the entry itself
    pub const MIPS_RLD_MAP_REL: i64 = 0x7000_0035;
    /// Solaris: configuration file
    pub const CONFIG: i64 = 0x6fff_fefa;
    /// audit libraries for this object and its needs
    pub const DEPAUDIT: i64 = 0x6fff_fefb;
    /// audit libraries for this object
    pub const AUDIT: i64 = 0x6fff_fefc;
    /// PLT padding
    pub const PLTPAD: i64 = 0x6fff_fefd;
    /// Solaris
    pub const MOVETAB: i64 = 0x6fff_fefe;
    /// Solaris
    pub const SYMINFO: i64 = 0x6fff_feff;
    /// address of the symbols' version indexes
    pub const VERSYM: i64 = 0x6fff_fff0;
    /// number of leading relative relocations in `RELA`
    pub const RELACOUNT: i64 = 0x6fff_fff9;
    /// number of leading relative relocations in `REL`
    pub const RELCOUNT: i64 = 0x6fff_fffa;
    /// see [`super::df_1`]
    pub const FLAGS_1: i64 = 0x6fff_fffb;
    /// address of the version definitions
    pub const VERDEF: i64 = 0x6fff_fffc;
    /// their number
    pub const VERDEFNUM: i64 = 0x6fff_fffd;
    /// address of the version needs
    pub const VERNEED: i64 = 0x6fff_fffe;
    /// their number
    pub const VERNEEDNUM: i64 = 0x6fff_ffff;
    /// MIPS: GNU hash with a translation table
    pub const MIPS_XHASH: i64 = 0x7000_0036;
    /// library to look in first, if it is there
    pub const AUXILIARY: i64 = 0x7fff_fffd;
    /// library to look in instead
    pub const FILTER: i64 = 0x7fff_ffff;
}

/// Bits of `DT_FLAGS`.
pub mod df {
    /// uses `$ORIGIN`
    pub const ORIGIN: u64 = 1;
    /// look up own symbols first
    pub const SYMBOLIC: u64 = 2;
    /// relocations change read-only segments
    pub const TEXTREL: u64 = 4;
    /// bind all at once
    pub const BIND_NOW: u64 = 8;
    /// needs room in the static TLS block
    pub const STATIC_TLS: u64 = 0x10;
}

/// Bits of `DT_FLAGS_1`.
pub mod df_1 {
    /// bind all at once
    pub const NOW: u64 = 1;
    /// unused by glibc
    pub const GLOBAL: u64 = 2;
    /// group
    pub const GROUP: u64 = 4;
    /// never unloaded
    pub const NODELETE: u64 = 8;
    /// load filters at once
    pub const LOADFLTR: u64 = 0x10;
    /// its initialiser runs first
    pub const INITFIRST: u64 = 0x20;
    /// not for `dlopen`
    pub const NOOPEN: u64 = 0x40;
    /// uses `$ORIGIN`
    pub const ORIGIN: u64 = 0x80;
    /// direct binding
    pub const DIRECT: u64 = 0x100;
    /// interposes
    pub const INTERPOSE: u64 = 0x400;
    /// no default directories
    pub const NODEFLIB: u64 = 0x800;
    /// not for `dldump`
    pub const NODUMP: u64 = 0x1000;
    /// Solaris
    pub const CONFALT: u64 = 0x2000;
    /// filtee ends the search
    pub const ENDFILTEE: u64 = 0x4000;
    /// Solaris
    pub const DISPRELDNE: u64 = 0x8000;
    /// Solaris
    pub const DISPRELPND: u64 = 0x0001_0000;
    /// no direct binding
    pub const NODIRECT: u64 = 0x0002_0000;
    /// Solaris
    pub const NOKSYMS: u64 = 0x0008_0000;
    /// Solaris
    pub const NOHDR: u64 = 0x0010_0000;
    /// changed after linking
    pub const EDITED: u64 = 0x0020_0000;
    /// Solaris
    pub const NORELOC: u64 = 0x0040_0000;
    /// single symbols interpose
    pub const SYMINTPOSE: u64 = 0x0080_0000;
    /// audit globally
    pub const GLOBAUDIT: u64 = 0x0100_0000;
    /// has unique symbols
    pub const SINGLETON: u64 = 0x0200_0000;
    /// stub
    pub const STUB: u64 = 0x0400_0000;
    /// position-independent program
    pub const PIE: u64 = 0x0800_0000;
}

/// `sh_type`: kinds of sections. No loader reads sections; they serve as evidence.
pub mod sht {
    /// unused
    pub const NULL: u32 = 0;
    /// contents
    pub const PROGBITS: u32 = 1;
    /// static symbol table
    pub const SYMTAB: u32 = 2;
    /// strings
    pub const STRTAB: u32 = 3;
    /// relocations with addend
    pub const RELA: u32 = 4;
    /// System V hash table
    pub const HASH: u32 = 5;
    /// dynamic section
    pub const DYNAMIC: u32 = 6;
    /// notes
    pub const NOTE: u32 = 7;
    /// no bytes in the file
    pub const NOBITS: u32 = 8;
    /// relocations without addend
    pub const REL: u32 = 9;
    /// dynamic symbol table
    pub const DYNSYM: u32 = 11;
    /// initialisers
    pub const INIT_ARRAY: u32 = 14;
    /// finalisers
    pub const FINI_ARRAY: u32 = 15;
    /// first initialisers
    pub const PREINIT_ARRAY: u32 = 0x10;
    /// compact relative relocations
    pub const RELR: u32 = 0x13;
    /// GNU hash table
    pub const GNU_HASH: u32 = 0x6fff_fff6;
    /// version definitions
    pub const GNU_VERDEF: u32 = 0x6fff_fffd;
    /// version needs
    pub const GNU_VERNEED: u32 = 0x6fff_fffe;
    /// version indexes
    pub const GNU_VERSYM: u32 = 0x6fff_ffff;
}

/// `st_shndx`: special section indexes.
pub mod shn {
    /// not defined here
    pub const UNDEF: u16 = 0;
    /// an absolute value
    pub const ABS: u16 = 0xfff1;
    /// unallocated common
    pub const COMMON: u16 = 0xfff2;
    /// the index is elsewhere
    pub const XINDEX: u16 = 0xffff;
}

/// `ELF_ST_BIND`.
pub mod stb {
    /// local
    pub const LOCAL: u8 = 0;
    /// global
    pub const GLOBAL: u8 = 1;
    /// weak
    pub const WEAK: u8 = 2;
    /// one definition in the whole process
    pub const GNU_UNIQUE: u8 = 10;
}

/// `ELF_ST_TYPE`.
pub mod stt {
    /// none
    pub const NOTYPE: u8 = 0;
    /// data
    pub const OBJECT: u8 = 1;
    /// function
    pub const FUNC: u8 = 2;
    /// section
    pub const SECTION: u8 = 3;
    /// source file
    pub const FILE: u8 = 4;
    /// common data
    pub const COMMON: u8 = 5;
    /// thread-local data
    pub const TLS: u8 = 6;
    /// function chosen by a resolver at load time
    pub const GNU_IFUNC: u8 = 10;
}

/// `ELF_ST_VISIBILITY`.
pub mod stv {
    /// visible, can be interposed
    pub const DEFAULT: u8 = 0;
    /// hidden, processor-specific
    pub const INTERNAL: u8 = 1;
    /// not for other objects
    pub const HIDDEN: u8 = 2;
    /// visible, own references bind to it
    pub const PROTECTED: u8 = 3;
}

/// Flags and indexes of version records.
pub mod ver {
    /// the definition names the file itself
    pub const FLAG_BASE: u16 = 1;
    /// weak
    pub const FLAG_WEAK: u16 = 2;
    /// `DT_VERSYM`: local symbol
    pub const LOCAL: u16 = 0;
    /// `DT_VERSYM`: global, no version
    pub const GLOBAL: u16 = 1;
    /// `DT_VERSYM`: not the default version
    pub const HIDDEN: u16 = 0x8000;
}
