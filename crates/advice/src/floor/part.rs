//! One object: what it needs by version and by name, read once.

use std::collections::{BTreeMap, HashMap, HashSet};

use sayso_facts::elf::{Class, Image, Scope, dt, em, pf, pt, shn, stb, stt};
use sayso_facts::go::Program;

use super::libc::{Libc, Signs, is_glibc, signs};

/// One object of an artifact.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name in the artifact: a path inside a folder or archive.
    pub name: String,
    /// The file.
    pub image: Image,
    /// The `GOAMD64` level (1 to 4) that a Go program's build information names.
    pub goamd64: Option<u32>,
}

/// A version needed from a library.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct VersionKey {
    pub(super) library: String,
    pub(super) version: String,
}

/// How a version is needed.
#[derive(Debug, Clone, Default)]
pub(super) struct VersionUse {
    /// Every record of it has the weak flag: the loader only warns when it is missing.
    pub(super) weak: bool,
    /// The symbols that ask for it.
    pub(super) symbols: Vec<String>,
}

/// What a part says, decoded.
pub(super) struct Reading<'a> {
    pub(super) part: &'a Part,
    pub(super) machine: u16,
    pub(super) class: Class,
    pub(super) libc: Libc,
    pub(super) two_libcs: bool,
    pub(super) needed: Vec<String>,
    /// Names it can be asked for by: its soname and its file's name.
    pub(super) names: Vec<String>,
    pub(super) versions: BTreeMap<VersionKey, VersionUse>,
    pub(super) defined_versions: HashSet<String>,
    /// Strong undefined symbols without a version.
    pub(super) plain_imports: Vec<String>,
}

/// A part's text, for names that are shown and compared.
fn text(bytes: &[u8]) -> String {
    crate::show(bytes)
}

impl Part {
    /// An object of this name.
    pub fn new(name: impl Into<String>, image: Image) -> Part {
        Part {
            name: name.into(),
            goamd64: goamd64(&image),
            image,
        }
    }
    /// Why a measurement of it would not be the truth: a loader would meet damage where its needs stand. `None`: it is sound.
    pub fn damage(&self) -> Option<String> {
        let anomalies = self.image.anomalies();
        let met = anomalies
            .iter()
            .find(|anomaly| anomaly.scope == Scope::Loaders);
        if let Some(anomaly) = met {
            return Some(anomaly.what.clone());
        }
        let promised = self.image.dynamic_value(dt::VERNEEDNUM).unwrap_or(0);
        let found = self.image.version_needs().len() as u64;
        (found < promised).then(|| {
            format!("it promises version needs from {promised} libraries, and {found} can be read")
        })
    }
}

/// The level that a Go program was compiled for, from its build information.
fn goamd64(image: &Image) -> Option<u32> {
    if image.header().machine != em::X86_64 {
        return None;
    }
    let program = Program::of(image)?;
    let info = program.build_info?;
    let level = info.setting("GOAMD64")?.strip_prefix('v')?.parse();
    level.ok().filter(|level| (1..=4).contains(level))
}

impl Reading<'_> {
    pub(super) fn of(part: &Part) -> Reading<'_> {
        let image = &part.image;
        let needed: Vec<String> = image.needed().map(text).collect();
        let soname = image.soname().map(text);
        let Signs { libc, both } = signs(image, &needed, soname.as_deref());
        let file = part.name.rsplit('/').next().unwrap_or_default().to_owned();
        let (versions, plain_imports) = imports(image);
        Reading {
            part,
            machine: image.header().machine,
            class: image.class(),
            libc,
            two_libcs: both,
            needed,
            names: soname.into_iter().chain([file]).collect(),
            versions,
            defined_versions: image
                .version_definitions()
                .iter()
                .map(|definition| text(image.string(definition.name)))
                .collect(),
            plain_imports,
        }
    }
    /// It has an entry as a program: it is started, not opened.
    pub(super) fn is_program(&self) -> bool {
        self.part.image.interpreter().is_some() && self.part.image.soname().is_none()
    }
    /// It asks for an executable stack, or does not say that it needs none where that counts as asking.
    pub(super) fn wants_executable_stack(&self) -> bool {
        let image = &self.part.image;
        match image.segment(pt::GNU_STACK) {
            Some(stack) => stack.flags & pf::X != 0,
            None => matches!(self.machine, 3 | 62) && image.dynamic().is_some(),
        }
    }
    /// It defines a symbol that only one copy of may exist in a process.
    pub(super) fn has_unique_symbols(&self) -> bool {
        let mut symbols = self.part.image.symbols();
        symbols.any(|(_, symbol)| symbol.bind() == stb::GNU_UNIQUE && symbol.shndx != shn::UNDEF)
    }
    /// Strong undefined functions of these names.
    pub(super) fn expects(&self, symbols: &HashSet<&str>) -> Vec<String> {
        let image = &self.part.image;
        image
            .symbols()
            .filter(|(_, symbol)| {
                symbol.is_undefined()
                    && symbol.bind() != stb::WEAK
                    && matches!(symbol.kind(), stt::FUNC | stt::NOTYPE)
            })
            .filter_map(|(_, symbol)| std::str::from_utf8(image.string(symbol.name)).ok())
            .filter(|name| symbols.contains(name))
            .map(ToOwned::to_owned)
            .collect()
    }
}

/// Needs by version, with the symbols behind them, and the names that are asked for without one.
///
/// The loader checks the records and not the symbols (`elf/dl-version.c: _dl_check_map_versions`), so a record without a
/// symbol counts, and a weak symbol under a record without the weak flag does too.
fn imports(image: &Image) -> (BTreeMap<VersionKey, VersionUse>, Vec<String>) {
    let mut by_index: HashMap<(u32, u32), Vec<String>> = HashMap::new();
    let mut plain = Vec::new();
    for (at, symbol) in image.symbols() {
        if at == 0 || !symbol.is_undefined() {
            continue;
        }
        let meaning = image
            .versym(at)
            .and_then(|index| image.version_meaning(index));
        match meaning.and_then(|meaning| Some((meaning.file?, meaning.name))) {
            Some(key) => {
                let name = text(image.string(symbol.name));
                by_index.entry(key).or_default().push(name);
            }
            None if symbol.bind() != stb::WEAK => plain.push(text(image.string(symbol.name))),
            None => {}
        }
    }
    let mut versions: BTreeMap<VersionKey, VersionUse> = BTreeMap::new();
    for need in image.version_needs() {
        for version in &need.versions {
            let key = VersionKey {
                library: text(image.string(need.file)),
                version: text(image.string(version.name)),
            };
            let weak = version.flags & FLAG_WEAK != 0;
            let known = versions.entry(key).or_insert_with(|| VersionUse {
                weak: true,
                symbols: Vec::new(),
            });
            known.weak &= weak;
            // Taken, not copied: records of a damaged file may share their symbols.
            if let Some(symbols) = by_index.remove(&(need.file, version.name)) {
                known.symbols.extend(symbols);
            }
        }
    }
    (versions, plain)
}

/// `VER_FLG_WEAK`
const FLAG_WEAK: u16 = 2;

/// What an axis is called in versions: prefix, and which libraries it is asked of.
pub(super) fn axis_of(key: &VersionKey) -> Option<(super::Axis, super::Number)> {
    use super::{Axis, Number};
    let from = |stem: &str| {
        key.library
            .strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with(".so"))
    };
    let rows: [(&str, Axis, bool); 4] = [
        ("GLIBC_", Axis::Glibc, is_glibc(&key.library)),
        ("GLIBCXX_", Axis::Glibcxx, from("libstdc++")),
        ("CXXABI_", Axis::Cxxabi, from("libstdc++")),
        ("GCC_", Axis::Libgcc, from("libgcc_s")),
    ];
    rows.iter().find_map(|(prefix, axis, ours)| {
        let number = Number::behind(prefix, &key.version)?;
        ours.then_some((*axis, number))
    })
}
