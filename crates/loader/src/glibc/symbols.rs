//! Which definition a reference gets (`elf/dl-lookup.c: _dl_lookup_symbol_x, do_lookup_x, check_match`).

use sayso_facts::elf::{Image, Symbol, gnu_hash};

use super::process::{Kind, Process, Scope};
use crate::messages::Failure;
use crate::trace::ObjectId;

/// `type_class`: what a reference will not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    /// `ELF_RTYPE_CLASS_PLT`: not an undefined symbol of the program that merely has an address.
    pub(crate) plt: bool,
    /// `ELF_RTYPE_CLASS_COPY`: not the program's own.
    pub(crate) copy: bool,
    /// `ELF_RTYPE_CLASS_EXTERN_PROTECTED_DATA`: may be of a protected variable that the program holds a copy of.
    pub(crate) address: bool,
}

impl Class {
    /// Data, dlsym.
    pub(crate) const ANY: Class = Class {
        plt: false,
        copy: false,
        address: false,
    };
    /// An entry of the global offset table.
    pub(crate) const ADDRESS: Class = Class {
        address: true,
        ..Class::ANY
    };
    /// Calls and thread-local references.
    pub(crate) const PLT: Class = Class {
        plt: true,
        ..Class::ANY
    };
    /// Copy relocations.
    pub(crate) const COPY: Class = Class {
        copy: true,
        ..Class::ANY
    };
}

/// The version that a reference asks for (`struct r_found_version`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a [u8],
    /// The file it is expected from; `None` when it is a version of the referring object's own.
    pub(crate) file: Option<&'a [u8]>,
    pub(crate) hidden: bool,
}

/// One look-up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) hash: u32,
    pub(crate) version: Option<Wanted<'a>>,
    pub(crate) class: Class,
    /// `DL_LOOKUP_RETURN_NEWEST`: dlsym without a version.
    pub(crate) newest: bool,
}

impl<'a> Query<'a> {
    /// A look-up by name alone.
    pub(crate) fn name(name: &'a [u8]) -> Query<'a> {
        Query {
            name,
            hash: gnu_hash(name),
            version: None,
            class: Class::ANY,
            newest: false,
        }
    }
}

/// The version that a symbol of an image refers to or is defined with, as `l_versions[versym & 0x7fff]`.
pub(crate) fn wanted_version(image: &Image, symbol: u32) -> Option<Wanted<'_>> {
    let index = image.versym(symbol)?;
    let (name, file) = image.version_name(index & 0x7fff)?;
    // `hidden` of a need is the top bit of vna_other, which no linker sets.
    Some(Wanted {
        name,
        file,
        hidden: false,
    })
}

/// `l_versyms` is only set up where versions are needed or defined.
fn has_versions(image: &Image) -> bool {
    !image.version_needs().is_empty() || !image.version_definitions().is_empty()
}

/// What one object answers.
enum Match {
    Symbol(u32),
    Nothing,
    /// The assertion about a version that must have been there.
    Inconsistent,
}

const STB_WEAK: u8 = 2;
const STB_UNIQUE: u8 = 10;

/// `check_match`'s first half: anything that may count as a definition.
fn is_definition(symbol: &Symbol, class: Class) -> bool {
    let kind = symbol.info & 0xf;
    if symbol.value == 0 && symbol.shndx != 0xfff1 && kind != 6 {
        return false;
    }
    if class.plt && symbol.shndx == 0 {
        return false;
    }
    matches!(kind, 0 | 1 | 2 | 5 | 6 | 10)
}

impl Process<'_, '_> {
    /// The objects of one scope element.
    pub(crate) fn scope_objects(&self, scope: Scope) -> &[ObjectId] {
        match scope {
            Scope::SearchList(id) => self.map(id).search_list.as_deref().unwrap_or_default(),
            Scope::Itself(ref id) => std::slice::from_ref(&self.maps[id.0 as usize].id),
        }
    }

    /// `do_lookup_x` for one object.
    fn match_in(&self, query: &Query<'_>, id: ObjectId) -> Match {
        let image = &self.real(id).image;
        let mut versions_seen = 0;
        let mut versioned = None;
        for index in image.lookup(query.name, query.hash) {
            let Some(symbol) = image.symbol(index) else {
                continue;
            };
            if !is_definition(&symbol, query.class) {
                continue;
            }
            let versym = image.versym(index).filter(|_| has_versions(image));
            match (query.version, versym) {
                (Some(version), None) => {
                    // Until 2.40 ld.so asserts that the file named in the need has versions.
                    let asserted = self.config.release < crate::request::Release(2, 41, 0);
                    if asserted
                        && version
                            .file
                            .is_some_and(|file| self.name_matches(file, self.real(id).id))
                    {
                        return Match::Inconsistent;
                    }
                }
                (Some(version), Some(versym)) => {
                    let defined = image.version_name(versym & 0x7fff).map(|(name, _)| name);
                    let other = defined != Some(version.name);
                    if other && (version.hidden || defined.is_some() || versym & 0x8000 != 0) {
                        continue;
                    }
                }
                (None, Some(versym)) => {
                    if versym & 0x7fff >= if query.newest { 2 } else { 3 } {
                        if versym & 0x8000 == 0 {
                            if versions_seen == 0 {
                                versioned = Some(index);
                            }
                            versions_seen += 1;
                        }
                        continue;
                    }
                }
                (None, None) => {}
            }
            return Match::Symbol(index);
        }
        match versioned {
            Some(index) if versions_seen == 1 => Match::Symbol(index),
            _ => Match::Nothing,
        }
    }

    /// `_dl_lookup_symbol_x` over a list of scopes; `skip` starts behind that object (`RTLD_NEXT`).
    pub(crate) fn lookup(
        &mut self,
        query: &Query<'_>,
        scopes: &[Scope],
        namespace: u32,
        skip: Option<ObjectId>,
    ) -> Result<Option<(ObjectId, u32)>, Box<Failure>> {
        let mut skipping = skip;
        let mut weak = None;
        for &scope in scopes {
            let count = self.scope_objects(scope).len();
            for position in 0..count {
                let id = self.scope_objects(scope)[position];
                if let Some(until) = skipping {
                    if id == until {
                        skipping = None;
                    }
                    continue;
                }
                let map = self.real(id);
                if map.removed || map.faked || (query.class.copy && map.kind == Kind::Executable) {
                    continue;
                }
                match self.match_in(query, id) {
                    Match::Nothing => {}
                    Match::Inconsistent => return Err(self.version_inconsistency()),
                    Match::Symbol(index) => {
                        let symbol = self.real(id).image.symbol(index).expect("just looked at");
                        // Hidden and internal definitions are nobody else's.
                        if matches!(symbol.other & 3, 1 | 2) {
                            continue;
                        }
                        match symbol.info >> 4 {
                            // `LD_DYNAMIC_WEAK`: a weak definition gives way to a strong one behind it.
                            STB_WEAK if self.dynamic_weak => {
                                weak = weak.or(Some((self.real(id).id, index)));
                            }
                            1 | STB_WEAK => return Ok(Some((self.real(id).id, index))),
                            STB_UNIQUE => {
                                return Ok(Some(self.unique(query, id, index, namespace)));
                            }
                            _ => {}
                        }
                    }
                }
            }
            // An asker that is not in the first scope (RTLD_NEXT from elsewhere) starts the next one from its beginning.
            skipping = None;
        }
        Ok(weak)
    }

    /// `do_lookup_unique`: the first definition of this name in the namespace serves everybody.
    fn unique(
        &mut self,
        query: &Query<'_>,
        id: ObjectId,
        index: u32,
        namespace: u32,
    ) -> (ObjectId, u32) {
        let table = &mut self.namespaces[namespace as usize].unique;
        let &mut first = table.entry(query.name.to_vec()).or_insert(id);
        if first == id {
            if self.map(id).kind == Kind::Loaded {
                self.map_mut(id).nodelete = true;
            }
            return (id, index);
        }
        if query.class.copy {
            (id, index)
        } else {
            (first, index)
        }
    }

    fn version_inconsistency(&self) -> Box<Failure> {
        let line = match self.config.release.1 {
            ..=29 => "167",
            30 | 31 => "111",
            32..=34 => "105",
            35 | 39 | 40 => "106",
            _ => "107",
        };
        super::versions::inconsistency(
            "dl-lookup.c",
            line,
            "check_match",
            "version->filename == NULL || ! _dl_name_match_p (version->filename, map)",
        )
    }
}
