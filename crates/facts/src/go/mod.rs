//! Go programs and plugins: what the linker and the runtime left in the file, stripped or not.
//!
//! Everything is found the way the runtime itself finds it, through the dynamic symbols, the initialiser and `moduledata`, never through
//! a scan of the whole file where there is anything that leads to it. `moduledata` has another layout in nearly every release
//! ([`Layout`]); what only a known layout can tell is absent, with the reason, where the layout is not known.
//!
//! ```
//! use sayso_facts::{Binary, go};
//!
//! # fn main() -> std::io::Result<()> {
//! let bytes = std::fs::read(std::env::current_exe()?)?;
//! if let Binary::Elf(image) = Binary::parse(bytes.into()) {
//!     // This program is written in Rust.
//!     assert!(go::Program::of(&image).is_none());
//! }
//! # Ok(())
//! # }
//! ```

mod build_info;
mod coverage;
mod layout;
mod macho;
mod memory;
mod module;
mod program;
mod reach;
mod sections;
mod sources;
mod types;
mod version;

pub use build_info::{BuildInfo, Module};
pub use macho::{MachProgram, NOT_MODELLED};
pub use version::Version;

use crate::elf::Image;

/// A Go program, plugin or library: one ELF file with a Go runtime or Go packages in it.
#[derive(Debug, Clone)]
pub struct Program {
    /// What the file was built as, from what is in it (build info's `-buildmode` may be absent).
    pub mode: Mode,
    /// The processor.
    pub architecture: Architecture,
    /// The release of the toolchain as written in the file: from the build info, else from `runtime.buildVersion`.
    /// `None`: neither is there.
    pub version: Option<Version>,
    /// Module list and build settings. Plugins have none up to Go 1.19.
    pub build_info: Option<BuildInfo>,
    /// `moduledata`: where it lies and what it says, or why it cannot be read.
    pub module: Result<ModuleData, ModuleGap>,
    /// The plugin's path (`moduledata.pluginpath`), which is its main package's path; `None` where there is none.
    pub plugin_path: Option<String>,
    /// The packages that `plugin.Open` checks, in Go's own order (dependencies first). Only plugins have them.
    pub package_hashes: Vec<PackageHash>,
    /// The packages whose hashes this file offers to plugins that come after it: symbols `go:link.pkghash.PACKAGE`.
    /// Hosts that can open plugins have them, and plugins. In the order of the symbol table.
    pub offered_hashes: Vec<OfferedHash>,
    /// What `Lookup` finds: exported functions and variables of the plugin's main package, sorted as in the file.
    pub exports: Vec<Export>,
    /// Number of init tasks that `plugin.Open` runs (Go 1.21 and later: `len(moduledata.inittasks)`; before, Go ran the one task of
    /// the main package and what that depends on, so the number is not in the file: `None`).
    pub init_tasks: Option<u64>,
    /// `runtime.islibrary`: set by the linker in everything that is no program (plugin, c-shared, c-archive). `None`: the symbol is not there.
    pub is_library: Option<bool>,
    image: Image,
    /// See [`Program::plugin_support`].
    plugin_support: std::sync::OnceLock<PluginSupport>,
    exports_at: Option<types::Table>,
    types_at: Option<std::ops::Range<u64>>,
}

/// What a Go file was built as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `-buildmode=exe` or `pie`
    Executable,
    /// `-buildmode=plugin`
    Plugin,
    /// `-buildmode=c-shared`, or a C library that holds a c-archive
    CShared,
    /// `-buildmode=shared`: packages for `-linkshared`
    Shared,
}

/// The processor of a Go file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// amd64
    Amd64,
    /// arm64
    Arm64,
    /// Another one, by `e_machine`: `moduledata` is not read there.
    Other(u16),
}

/// `runtime.moduledata`, as far as it is needed. Addresses are the file's own (virtual addresses before the load bias).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleData {
    /// Where it lies.
    pub address: u64,
    /// How its address was found.
    pub found_by: FoundBy,
    /// Which fields lie where; `None` for a release whose layout is not known (what could be read without it is still read).
    pub layout: Option<&'static Layout>,
    /// Offset of `next` as the file's own `addmoduledata` writes it, read from its machine code; `None` where that is not there.
    pub next_in_code: Option<u64>,
}

/// How [`ModuleData::address`] was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoundBy {
    /// The initialiser in `DT_INIT_ARRAY` that the Go linker writes passes it to `runtime.addmoduledata`.
    Initialiser,
    /// The relocations that name package hashes lie in an array that one word of it points at.
    Relocations,
    /// The dynamic symbol `runtime.firstmoduledata`.
    Symbol,
    /// A section named `.go.module` (Go 1.26 and later).
    Section,
}

/// One word of `moduledata` as the loader leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleWord {
    /// A number that stands in the file.
    Number(u64),
    /// An address: of something in this file, or of a symbol wherever it is found.
    Address,
}

/// Why `moduledata` cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModuleGap {
    /// Another processor than amd64 and arm64.
    Architecture,
    /// Nothing leads to it (a stripped static program before Go 1.26).
    NotFound,
}

/// Byte offsets of `moduledata`'s fields in a range of releases (64 bit; `runtime/symtab.go`).
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields' own names in runtime/symtab.go")]
pub struct Layout {
    /// First and last minor release (`19` is Go 1.19).
    pub releases: (u16, u16),
    pub types: u64,
    pub etypes: u64,
    pub ptab: u64,
    pub pluginpath: u64,
    pub pkghashes: u64,
    /// Go 1.21 and later.
    pub inittasks: Option<u64>,
    pub bad: u64,
    pub typemap: u64,
    pub next: u64,
}

/// One entry of `moduledata.pkghashes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageHash {
    /// The package's path.
    pub package: String,
    /// What the plugin was linked with.
    pub link_hash: Hash,
    /// The dynamic symbol that leads to the hash to compare with (`go:link.pkghash.PACKAGE`; `go.link.…` up to 1.19): whichever
    /// object the loader's global scope finds first provides it. Index into [`Image::symbols`]; `None` where no relocation names one.
    pub symbol: Option<u32>,
}

/// One `go:link.pkghash.PACKAGE` that a file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedHash {
    /// The package's path.
    pub package: String,
    /// The hash that its own `go:link.pkghashbytes.PACKAGE` holds.
    pub hash: Hash,
}

/// A package's fingerprint: the first 8 bytes of a digest of its export data, shown in hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub Box<[u8]>);

/// One exported function or variable of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Function or variable.
    pub kind: ExportKind,
    /// The type of the `plugin.Symbol` that `Lookup` returns, as Go prints it with `%T`: for a variable a pointer to the variable's type.
    /// `None` if the type lies elsewhere (in the host) or cannot be read.
    pub go_type: Option<String>,
}

/// What a type assertion looks at in a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFacts {
    /// As `%T` prints it.
    pub name: String,
    /// The package that Go takes the type itself to be of (`pkgpath` in the runtime): a named type's, and that of a pointer to one with methods.
    pub package: Option<String>,
    /// The packages of every named type that it is made of, sorted; types of the language have none. `None`: some part of it cannot be read.
    pub packages: Option<Vec<String>>,
    /// Its methods with their types (`func() string`), sorted by name; a method's type is `None` where it was left out by the linker. `None`:
    /// they cannot be read.
    pub methods: Option<Vec<(String, Option<String>)>>,
}

/// A type with a name of its own, as far as an assertion to it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedType {
    /// As `%T` prints it: `leaf.Shape`.
    pub name: String,
    /// The package that it is of.
    pub package: Option<String>,
    /// An interface: the methods that it asks for with their types, in the order in which Go looks for them. `None`: no interface.
    pub asks_for: Option<Vec<(String, String)>>,
}

/// What an [`Export`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportKind {
    /// A function: the symbol is the function itself.
    Function,
    /// A variable: the symbol is a pointer to it.
    Variable,
}

/// Whether a program can open plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PluginSupport {
    /// Package `plugin` is linked in, with its cgo part.
    Yes,
    /// Package `plugin` is linked in without its cgo part (`CGO_ENABLED=0`, or an unsupported system): `plugin: not implemented`.
    NotImplemented,
    /// Linked statically, so it exports nothing that a plugin could bind to, though `plugin` has its cgo part.
    Static,
    /// Package `plugin` is not linked in: the program never calls `plugin.Open`.
    NotLinked,
    /// Not a program (a plugin can open plugins only through its host), or it cannot be seen.
    Unknown,
}

/// The files that a package was compiled from, as the compiler recorded them (after `-trimpath`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSources {
    /// The package's path, `main` for a program's main package (a plugin's main package has the plugin's path).
    pub package: String,
    /// Files, as in the line tables: those of the package and of what was inlined into it.
    pub files: Vec<String>,
}

/// Packages with counters for `go test`'s and `go build`'s `-cover`, since Go 1.20.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Their paths, sorted; a program's own package is `main`.
    pub packages: Vec<String>,
    /// How they count; `None`: nothing is covered, or it is not amd64, or the code does not show it.
    pub mode: Option<CoverMode>,
}

/// `-covermode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoverMode {
    /// Whether a statement ran.
    Set,
    /// How often.
    Count,
    /// How often, in every thread; with `-race` the default.
    Atomic,
}

/// A dynamic symbol that two files define with another size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeDifference {
    /// The symbol, e.g. `example.com/shared/leaf.state`.
    pub symbol: String,
    /// A variable (`STT_OBJECT`) or a function (`STT_FUNC`).
    pub kind: ExportKind,
    /// Size in this file, in bytes.
    pub here: u64,
    /// Size in the other file, in bytes.
    pub there: u64,
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hash({self})")
    }
}
