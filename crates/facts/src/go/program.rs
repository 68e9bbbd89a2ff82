//! Putting the parts together.

use std::sync::OnceLock;

use crate::elf::{Image, dt, et, pf, pt, stt};

use super::memory::Memory;
use super::{
    Architecture, BuildInfo, Coverage, ExportKind, Hash, Mode, ModuleWord, NamedType,
    PackageSources, PluginSupport, Program, SizeDifference, TypeFacts, Version, coverage, module,
    reach, sections, sources, types,
};

/// The block's symbol: since Go 1.20, and before.
const BUILD_INFO: [&[u8]; 2] = [b"go:buildinfo", b"go.buildinfo"];
/// `runtime.buildVersion`, a string; the linker gives it its text.
const BUILD_VERSION: [&[u8]; 1] = [b"runtime.buildVersion"];
/// What everything that the Go linker makes for other objects to bind to has.
const FIRST_MODULE: [&[u8]; 1] = [b"runtime.firstmoduledata"];
/// Symbols that differ in size between any host and any plugin.
const ALWAYS_DIFFERENT: [&str; 3] = ["runtime.islibrary", "go:buildinfo", "go.buildinfo"];
/// ELF notes of Go's linker: owner, and kinds (`cmd/link/internal/ld/elf.go`).
const NOTE_OWNER: &[u8] = b"Go";
const NOTE_PACKAGE_LIST: u32 = 1;

impl Program {
    /// Reads the Go side of an ELF file; `None` if there is no Go in it.
    pub fn of(image: &Image) -> Option<Program> {
        let memory = Memory::of(image);
        let mut notes = image.notes().filter(|note| note.owner == NOTE_OWNER);
        let is_marked = notes.next().is_some() || memory.symbol(&FIRST_MODULE).is_some();
        let build_info = build_info(memory, is_marked);
        let build_version = || {
            if let Architecture::Other(_) = memory.architecture() {
                return None;
            }
            let header = memory.symbol(&BUILD_VERSION)?.value;
            Some(String::from_utf8_lossy(memory.string(header)?).into_owned())
        };
        let version = build_info.as_ref().map(|info| info.go_version.clone());
        let version = version
            .or_else(build_version)
            .filter(|text| !text.is_empty());
        let version = version.map(|text| Version::parse(&text));
        if !is_marked && version.is_none() {
            return None;
        }
        let module = module::find(memory, version.as_ref());
        let contents = module
            .as_ref()
            .map(|module| module::contents(memory, module));
        let contents = contents.unwrap_or_default();
        let exports_at = contents.exports;
        let exports = exports_at.as_ref();
        let exports = exports.map(|table| types::exports(memory, table));
        let is_plugin = contents.plugin_path.is_some() || !contents.package_hashes.is_empty();
        let mode = mode(image, build_info.as_ref(), is_plugin);
        Some(Program {
            mode,
            architecture: memory.architecture(),
            version,
            build_info,
            module: module.clone(),
            plugin_path: contents.plugin_path,
            package_hashes: contents.package_hashes,
            offered_hashes: module::offered_hashes(memory),
            exports: exports.unwrap_or_default(),
            init_tasks: contents.init_tasks.filter(|_| is_plugin),
            is_library: is_library(memory),
            image: image.clone(),
            exports_at,
            types_at: contents.types,
            plugin_support: OnceLock::new(),
        })
    }

    /// The file it was read from.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Whether this program can open plugins at all. Worked out when it is first asked for: it may take a look at the names of all
    /// source files.
    pub fn plugin_support(&self) -> PluginSupport {
        *self
            .plugin_support
            .get_or_init(|| self.find_plugin_support())
    }

    /// Built with `-linkshared`: the standard library and its runtime are in `libstd.so` (Go up to 1.22 can build that).
    pub fn links_packages(&self) -> bool {
        self.image.needed().any(|name| name == b"libstd.so")
    }

    /// The minor release, 22 for `go1.22.10`.
    pub fn minor(&self) -> Option<u16> {
        self.version.as_ref()?.minor
    }

    /// What an assertion looks at in the type of an exported symbol; `None` if there is no such symbol or its type cannot be read.
    pub fn export_type(&self, name: &str) -> Option<TypeFacts> {
        let table = self.exports_at.as_ref()?;
        let memory = Memory::of(&self.image);
        let address = types::export_type(memory, table, name)?;
        self.types()?.facts(address)
    }

    /// The types of this name (`leaf.Shape`) that stand in the file for others to bind to; several packages may have one.
    pub fn named_types(&self, name: &str) -> Vec<NamedType> {
        let types = self.types();
        types.map_or_else(Vec::new, |types| types.all_named(name))
    }

    fn types(&self) -> Option<reach::Types<'_>> {
        let memory = Memory::of(&self.image);
        let range = self.types_at.clone()?;
        let experiment = self
            .build_info
            .as_ref()
            .and_then(|info| info.setting("GOEXPERIMENT"));
        let plain_maps =
            experiment.is_some_and(|list| list.split(',').any(|name| name == "noswissmap"));
        let layout = self.module.as_ref().ok().and_then(|module| module.layout);
        let minor = self.minor().or(layout.map(|layout| layout.releases.0));
        Some(reach::Types {
            memory,
            patches: memory.patches(range.clone()),
            range,
            map_size: reach::map_size(minor, plain_maps),
        })
    }

    /// The hash that this file offers for a package.
    pub fn offered_hash(&self, package: &str) -> Option<&Hash> {
        let mut offered = self.offered_hashes.iter();
        offered
            .find(|offered| offered.package == package)
            .map(|offered| &offered.hash)
    }

    /// The word at an offset of `moduledata`, as the loader leaves it: for programs that read it with another layout. `None` if it does not
    /// lie in the file.
    pub fn module_word(&self, offset: u64) -> Option<ModuleWord> {
        let address = self.module.as_ref().ok()?.address.checked_add(offset)?;
        let memory = Memory::of(&self.image);
        let patches = memory.patches(address..address.checked_add(8)?);
        if patches.get(address).is_some() {
            return Some(ModuleWord::Address);
        }
        memory.u64(address).map(ModuleWord::Number)
    }

    /// Every package with the files that it was compiled from, sorted by package; empty where the line tables cannot be found or are older than
    /// Go 1.18's. Reads one word for each function of the file, so it is worked out when it is asked for.
    pub fn sources(&self) -> Vec<PackageSources> {
        sources::sources(Memory::of(&self.image), self.module.as_ref().ok())
    }

    /// The packages that were compiled with `-cover`. Goes through all dynamic symbols, so it is worked out when it is asked for.
    pub fn coverage(&self) -> Coverage {
        coverage::coverage(Memory::of(&self.image))
    }

    /// Dynamic symbols that both files define with other sizes. Go looks at none of them: a shared package's variable of another size means
    /// that one side misreads the memory, a function of another size that the code differs. Equal sizes prove nothing.
    /// In the order of this file's symbol table.
    pub fn size_differences(&self, other: &Program) -> Vec<SizeDifference> {
        let there = Memory::of(&other.image);
        let kind_of = |symbol: &crate::elf::Symbol| match symbol.kind() {
            stt::OBJECT => Some(ExportKind::Variable),
            stt::FUNC => Some(ExportKind::Function),
            _ => None,
        };
        let difference = |symbol: crate::elf::Symbol| {
            let kind = kind_of(&symbol).filter(|_| !symbol.is_undefined())?;
            let name = self.image.string(symbol.name);
            let twin = there.symbol(&[name])?;
            if twin.size == symbol.size || kind_of(&twin) != Some(kind) {
                return None;
            }
            let name = String::from_utf8_lossy(name).into_owned();
            Some(SizeDifference {
                symbol: name,
                kind,
                here: symbol.size,
                there: twin.size,
            })
        };
        let differences = self
            .image
            .symbols()
            .filter_map(|(_, symbol)| difference(symbol));
        differences
            .filter(|found| !ALWAYS_DIFFERENT.contains(&found.symbol.as_str()))
            .collect()
    }

    /// `plugin/plugin_dlopen.go` and `plugin/plugin_stubs.go` are two makes of the package; which one was compiled shows in the dynamic symbols of
    /// a program that can be linked to, and in the line tables of any.
    fn find_plugin_support(&self) -> PluginSupport {
        // With -linkshared, package plugin is in another file.
        if self.mode != Mode::Executable || self.links_packages() {
            return PluginSupport::Unknown;
        }
        let memory = Memory::of(&self.image);
        if memory.symbol(&[b"plugin.lastmoduleinit"]).is_some() {
            return PluginSupport::Yes;
        }
        if let Architecture::Other(_) = self.architecture {
            return PluginSupport::Unknown;
        }
        let module = self.module.as_ref().ok();
        let Some(files) = sources::file_names(memory, module) else {
            return PluginSupport::Unknown;
        };
        // All of it may have been inlined into its callers, so the files of every package count.
        let has = |name: &[u8]| memchr::memmem::find(files, name).is_some();
        if has(b"plugin/plugin_stubs.go\0") {
            PluginSupport::NotImplemented
        } else if has(b"plugin/plugin_dlopen.go\0") && self.image.interpreter().is_none() {
            PluginSupport::Static
        } else {
            PluginSupport::NotLinked
        }
    }
}

fn build_info(memory: Memory<'_>, is_marked: bool) -> Option<BuildInfo> {
    if let Some(symbol) = memory.symbol(&BUILD_INFO)
        && let Some(info) = BuildInfo::at(memory, symbol.value)
    {
        return Some(info);
    }
    if let Some(range) = sections::named(memory.image(), b".go.buildinfo") {
        let data = memory.upto(
            range.start,
            usize::try_from(range.end - range.start).unwrap_or(usize::MAX),
        );
        return data.and_then(|data| BuildInfo::search(memory, range.start, data));
    }
    // Where sections are gone, as debug/buildinfo does: in the writable memory. Only in files that Go's linker has marked.
    let writable = memory.image().segments().iter().filter(|segment| {
        segment.kind == pt::LOAD && segment.flags & (pf::W | pf::X) == pf::W && is_marked
    });
    writable
        .filter_map(|s| Some((s.vaddr, memory.image().at(s.vaddr)?)))
        .find_map(|(start, data)| BuildInfo::search(memory, start, data))
}

fn mode(image: &Image, info: Option<&BuildInfo>, is_plugin: bool) -> Mode {
    let has_package_list = || {
        let mut notes = image.notes();
        notes.any(|note| note.owner == NOTE_OWNER && note.kind == NOTE_PACKAGE_LIST)
    };
    match info.and_then(|info| info.setting("-buildmode")) {
        _ if is_plugin => Mode::Plugin,
        Some("shared") => Mode::Shared,
        Some("c-shared") => Mode::CShared,
        Some("exe" | "pie") => Mode::Executable,
        _ if has_package_list() => Mode::Shared,
        _ => {
            let is_program = image.header().kind == et::EXEC
                || image.segment(pt::INTERP).is_some()
                || image.dynamic_value(dt::FLAGS_1).unwrap_or(0) & crate::elf::df_1::PIE != 0;
            if is_program {
                Mode::Executable
            } else {
                Mode::CShared
            }
        }
    }
}

/// `runtime.islibrary`, where the symbol is there.
fn is_library(memory: Memory<'_>) -> Option<bool> {
    let symbol = memory.symbol(&[b"runtime.islibrary"])?;
    // A variable without a value lies past the file's part of its segment: zero.
    let byte = memory.bytes(symbol.value, 1).and_then(|held| held.first());
    Some(byte.is_some_and(|&byte| byte != 0))
}
