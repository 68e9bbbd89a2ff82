//! References that nobody defines, gathered by the object that holds them: a hundred missing symbols are one finding.

use sayso_facts::elf::{Image, gnu_hash};
use sayso_loader::request::Family;
use sayso_loader::{EventId, ObjectId};

use crate::context::{Context, Trouble};
use crate::limits::SYMBOLS_NAMED_MAX;
use crate::show::show;

/// Messages that say that a symbol was not found.
pub(super) const MESSAGES: &[&str] = &[
    "glibc/undefined-symbol",
    "glibc/link-time-reference",
    "musl/symbol-not-found",
];

/// References of one object that nobody defines, of one kind.
#[derive(Debug)]
pub(crate) struct MissingSymbols<'a> {
    /// The object, as the message names it.
    pub(crate) object: &'a [u8],
    /// The object.
    pub(crate) id: Option<ObjectId>,
    /// What is common to them.
    pub(crate) kind: Kind,
    /// The symbols, with the version asked for.
    pub(crate) symbols: Vec<(&'a [u8], Option<&'a [u8]>)>,
    /// The step (0: the start).
    pub(crate) step: usize,
    /// The complaints.
    pub(crate) events: Vec<EventId>,
}

/// Why a symbol is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An object built for glibc runs under musl.
    GlibcUnderMusl,
    /// The other `std::string` ABI is defined.
    Cxx11 {
        /// By whom.
        defined_by: ObjectId,
    },
    /// The library that the version was linked against defines the version, but no such symbol in it.
    NotInFile {
        /// The soname of the version need.
        file: Vec<u8>,
    },
    /// Somebody in the process defines it, but under another version.
    OtherVersion {
        /// By whom.
        defined_by: ObjectId,
    },
    /// Somebody in the process defines it, but is not in the scope of this object.
    OutOfScope {
        /// By whom.
        defined_by: ObjectId,
    },
    /// Nobody in the process defines it, and a library is missing there that may.
    OfMissing,
    /// Nobody in the process defines it.
    Nobody,
}

impl MissingSymbols<'_> {
    /// The first few names, the rest counted.
    pub(crate) fn names(&self) -> String {
        let names: Vec<String> = self.symbols.iter().map(|(name, _)| show(name)).collect();
        super::enumerate_some(&names, SYMBOLS_NAMED_MAX)
    }
    /// "symbol" or "symbols".
    pub(crate) fn noun(&self) -> &'static str {
        if self.symbols.len() == 1 {
            "symbol"
        } else {
            "symbols"
        }
    }
}

/// Groups the complaints.
pub(crate) fn missing_symbols<'a>(context: &Context<'a>) -> Vec<MissingSymbols<'a>> {
    let mut groups: Vec<MissingSymbols<'a>> = Vec::new();
    for trouble in context.troubles_with(MESSAGES) {
        let failure = trouble.failure;
        let (Some(object), Some(symbol)) = (failure.field("object"), failure.field("symbol"))
        else {
            continue;
        };
        let version = failure.field("version");
        let id = context.object_called(object).or(failure.by);
        let kind = kind(context, trouble, id, symbol, version);
        match groups.iter_mut().find(|group| {
            group.object == object && group.kind == kind && group.step == trouble.step
        }) {
            Some(group) => {
                group.symbols.push((symbol, version));
                group.events.extend(trouble.events());
            }
            None => groups.push(MissingSymbols {
                object,
                id,
                kind,
                symbols: vec![(symbol, version)],
                step: trouble.step,
                events: trouble.events().collect(),
            }),
        }
    }
    groups
}

/// Whether a library that was needed is not there, so that nobody can tell what it would have defined.
fn lacks_a_library(context: &Context<'_>, step: usize) -> bool {
    let stand_in = |object: &sayso_loader::Object| object.missing;
    context.trace.objects.iter().any(stand_in)
        || context
            .lost()
            .iter()
            .any(|lost| lost.trouble.step == step && lost.asker.is_some())
}

fn kind(
    context: &Context<'_>,
    trouble: &Trouble<'_>,
    id: Option<ObjectId>,
    symbol: &[u8],
    version: Option<&[u8]>,
) -> Kind {
    let image = id.map(|id| &*context.trace.object(id).image);
    if context.family() == Family::Musl && image.is_some_and(is_built_for_glibc) {
        return Kind::GlibcUnderMusl;
    }
    if let Some(file) = trouble.failure.field("file") {
        return Kind::NotInFile {
            file: file.to_vec(),
        };
    }
    if let Some(file) = version.and_then(|version| file_of_version(image?, version)) {
        let holder = context.mapped().find(|object| {
            object.name == file
                || object.image.soname() == Some(&file)
                || object.path.file_name() == file
        });
        let has_version = |image: &Image| {
            let mut definitions = image.version_definitions().iter();
            definitions.any(|definition| Some(image.string(definition.name)) == version)
        };
        if holder
            .is_some_and(|object| has_version(&object.image) && !defines(&object.image, symbol))
        {
            return Kind::NotInFile { file };
        }
    }
    let hash = gnu_hash(symbol);
    for object in context.mapped() {
        if Some(object.id) != id && defines_hashed(&object.image, symbol, hash) {
            return if version.is_some() {
                Kind::OtherVersion {
                    defined_by: object.id,
                }
            } else {
                Kind::OutOfScope {
                    defined_by: object.id,
                }
            };
        }
    }
    match other_string_abi(context, symbol) {
        Some(defined_by) => Kind::Cxx11 { defined_by },
        None if lacks_a_library(context, trouble.step) => Kind::OfMissing,
        None => Kind::Nobody,
    }
}

/// The file asks for versions of glibc's own libraries.
pub(super) fn is_built_for_glibc(image: &Image) -> bool {
    image.version_needs().iter().any(|need| {
        need.versions
            .iter()
            .any(|version| image.string(version.name).starts_with(b"GLIBC_"))
    })
}

/// The soname from which a version is needed.
fn file_of_version(image: &Image, version: &[u8]) -> Option<Vec<u8>> {
    image
        .version_needs()
        .iter()
        .find(|need| {
            need.versions
                .iter()
                .any(|aux| image.string(aux.name) == version)
        })
        .map(|need| image.string(need.file).to_vec())
}

/// The image defines a symbol of this name, under whatever version.
pub(super) fn defines(image: &Image, symbol: &[u8]) -> bool {
    defines_hashed(image, symbol, gnu_hash(symbol))
}

/// The same with the hash worked out.
pub(super) fn defines_hashed(image: &Image, symbol: &[u8], hash: u32) -> bool {
    image.lookup(symbol, hash).any(|index| {
        image
            .symbol(index)
            .is_some_and(|found| found.shndx != 0 && found.info >> 4 != 0)
    })
}

/// Marks of the `std::string` and `std::list` of GCC 5 and later in a mangled name.
const NEW_ABI: &[&[u8]] = &[b"NSt7__cxx11", b"B5cxx11"];

fn position(name: &[u8], mark: &[u8]) -> Option<usize> {
    name.windows(mark.len()).position(|window| window == mark)
}

/// Who defines the same function with the other `std::string`: the mangled names are equal up to the first string in
/// them, and differ in the mark.
fn other_string_abi(context: &Context<'_>, symbol: &[u8]) -> Option<ObjectId> {
    if !symbol.starts_with(b"_Z") {
        return None;
    }
    let new = NEW_ABI
        .iter()
        .filter_map(|mark| position(symbol, mark))
        .min();
    let prefix = &symbol[..new.or_else(|| position(symbol, b"Ss"))?];
    // Qualifiers of a reference belong to the parameter, not to the function's name.
    let end = prefix
        .iter()
        .rposition(|b| !b"RKPO".contains(b))
        .map_or(0, |at| at + 1);
    let prefix = &prefix[..end];
    if prefix.len() < 5 {
        return None;
    }
    let is_other = |name: &[u8]| {
        let has_new = NEW_ABI.iter().any(|mark| position(name, mark).is_some());
        name.starts_with(prefix) && name != symbol && has_new == new.is_none()
    };
    context
        .trace
        .objects
        .iter()
        .find(|object| {
            let image = &object.image;
            (1..image.symbol_count()).any(|index| {
                image
                    .symbol(index)
                    .is_some_and(|found| found.shndx != 0 && is_other(image.string(found.name)))
            })
        })
        .map(|object| object.id)
}
