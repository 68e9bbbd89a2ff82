//! Relocation, as far as it can fail or bind (`elf/dl-reloc.c: _dl_relocate_object`, `sysdeps/*/dl-machine.h`).
//!
//! The usual question is only whether every reference finds something, and that is monotone: what was found among some files is
//! found wherever these files are in scope. So a session remembers for each file which files satisfied it, and looks again only
//! where that does not hold, or where the exact binding is asked for.

use std::collections::HashSet;
use std::sync::Arc;

use sayso_facts::elf::{Image, Relocation, RelocationTable, gnu_hash};
use sayso_world::FileId;

use super::process::{Kind, Process, Scope};
use super::protected::is_direct;
use super::symbols::{Class, Query, wanted_version};
use super::versions::{crash, endless};
use crate::messages::{Failure, glibc as message};
use crate::session::Satisfied;
use crate::trace::{Event, ExpectedSymbol, ObjectId};

/// What a relocation type asks for.
pub(super) enum Action {
    /// Nothing by name.
    None,
    /// A symbol.
    Symbol(Class),
    /// A symbol whose thread-local storage must be in the static block.
    StaticTls,
    /// The loader does not know it.
    Unknown,
}

pub(super) fn action(machine: u16, kind: u32) -> Action {
    match (machine, kind) {
        (62, 0 | 8 | 37 | 38) | (183, 0 | 1027 | 1032) | (3, 0 | 8 | 42) | (40, 0 | 23 | 160) => {
            Action::None
        }
        (62 | 3, 6) => Action::Symbol(Class::ADDRESS),
        (62, 1 | 2 | 10 | 32 | 33) | (183, 257 | 1025) | (3, 1 | 2) | (40, 2 | 3 | 21) => {
            Action::Symbol(Class::ANY)
        }
        (62, 7 | 16 | 17 | 36)
        | (183, 1026 | 1028 | 1029 | 1031)
        | (3, 7 | 35 | 36 | 41)
        | (40, 17 | 18 | 22 | 13) => Action::Symbol(Class::PLT),
        (62 | 3, 5) | (183, 1024) | (40, 20) => Action::Symbol(Class::COPY),
        (62, 18) | (183, 1030) | (3, 14 | 37) | (40, 19) => Action::StaticTls,
        // Architectures without a table here: any symbol is looked up, no type is refused.
        (62 | 183 | 3 | 40, _) => Action::Unknown,
        _ => Action::Symbol(Class::ANY),
    }
}

/// One relocation that names a symbol.
struct Reference {
    symbol: u32,
    class: Class,
    /// A call that is bound when it is made.
    lazily: bool,
    statically: bool,
    /// The program has an address of its own for the function.
    direct: bool,
    /// Its resolver may be called before its library is ready.
    early: bool,
}

/// Relocations that are not done with when every reference finds something: of a type that the loader does not know, of static
/// thread-local storage, copies, and a program's direct references.
fn special_relocations(image: &Image) -> Box<[Relocation]> {
    let machine = image.header().machine;
    let is_program = image.interpreter().is_some();
    let relocations = image.relocations_after_relative();
    relocations
        .filter(|relocation| match action(machine, relocation.kind) {
            Action::Unknown | Action::StaticTls => true,
            Action::Symbol(class) => {
                class.copy || is_program && is_direct(image, *relocation, class)
            }
            Action::None => false,
        })
        .collect()
}

/// Whether one of them is of a type that the loader does not know, or asks for the thread-local storage of whoever answers a name,
/// which may have none.
fn is_odd(machine: u16, special: &[Relocation]) -> bool {
    let mut special = special.iter();
    special.any(|relocation| match action(machine, relocation.kind) {
        Action::Unknown => true,
        Action::StaticTls => relocation.symbol != 0,
        _ => false,
    })
}

impl Process<'_, '_> {
    /// Whether this object's calls are bound when it is relocated.
    fn binds_now(&self, id: ObjectId, lazy: bool) -> bool {
        let now = self.map(id).image.dynamic().is_some_and(|dynamic| {
            dynamic.bind_now || dynamic.flags & 8 != 0 || dynamic.flags_1 & 1 != 0
        });
        now || !lazy
    }

    /// `_dl_relocate_object`: notes every failure, where the real one stops at the first.
    pub(crate) fn relocate(
        &mut self,
        id: ObjectId,
        lazy: bool,
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        if self.map(id).relocated {
            return;
        }
        self.map_mut(id).relocated = true;
        let image = self.map(id).image.clone();
        let early = self.may_meet_early_resolvers(id);
        let exact = self.session.detail.bindings
            || self.step != 0
            || self.map(id).unversioned_need
            || early;
        let (missing, known) = if exact {
            (Vec::new(), None)
        } else {
            self.unsatisfied(id)
        };
        let copies = self.map(id).kind == Kind::Executable;
        let few = known.filter(|_| missing.is_empty());
        if few.as_ref().is_some_and(|few| !few.odd && !copies) {
            return;
        }
        // Where every reference finds something, few relocations are left to look at.
        let all = few.is_none().then(|| image.relocations_after_relative());
        let special = few.iter().flat_map(|few| few.special.iter().copied());
        let missing: HashSet<u32> = missing.into_iter().collect();
        let now = self.binds_now(id, lazy);
        let machine = image.header().machine;
        let mut reported: HashSet<u32> = HashSet::new();
        for relocation in all.into_iter().flatten().chain(special) {
            let class = match action(machine, relocation.kind) {
                Action::None => continue,
                Action::Unknown => {
                    let failure = self.bad_type(id, relocation, now);
                    failures(self, failure);
                    continue;
                }
                Action::Symbol(class) => class,
                Action::StaticTls => Class::PLT,
            };
            let symbol = relocation.symbol;
            let lazily = relocation.table == RelocationTable::Plt && !now && class == Class::PLT;
            let reference = Reference {
                symbol,
                class,
                lazily,
                statically: matches!(action(machine, relocation.kind), Action::StaticTls),
                direct: copies && !lazily && is_direct(&image, relocation, class),
                early: early && !lazily,
            };
            if symbol == 0 {
                // A local thread-local variable, named by no symbol.
                if reference.statically
                    && let Some(failure) = self.static_tls_of(id)
                {
                    failures(self, failure);
                }
                continue;
            }
            let asks = class.copy || reference.statically || reference.direct;
            if !exact && !asks && !missing.contains(&symbol) {
                continue;
            }
            match self.bind(id, symbol, class) {
                // A call that is bound later fails later.
                Err(_) if lazily => {}
                Err(failure) => failures(self, failure),
                Ok(Bound::To(definer, definition)) => {
                    self.fill_in(id, &reference, (definer, definition), failures);
                }
                Ok(Bound::Nothing) => {}
                Ok(Bound::Missing(failure)) => {
                    if reported.insert(symbol) {
                        self.report_missing(id, symbol, lazily, failure, failures);
                    }
                }
            }
        }
    }

    /// What happens when the definition is known, as far as it can fail or keeps something loaded.
    fn fill_in(
        &mut self,
        id: ObjectId,
        reference: &Reference,
        (definer, definition): (ObjectId, u32),
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        let class = reference.class;
        if class.copy || reference.direct {
            self.check_access(
                class,
                (id, reference.symbol),
                (definer, definition),
                failures,
            );
        }
        if reference.early {
            let symbol = self.map(id).image.symbol(reference.symbol);
            let name = symbol.map_or(0, |entry| entry.name);
            self.call_resolver(id, name, definer, definition, failures);
        }
        if reference.statically
            && let Some(failure) = self.static_tls_of(definer)
        {
            failures(self, failure);
        }
        if !reference.lazily && !self.depend(id, definer) {
            let failure = self.looked_for_over_and_over(id, definer);
            failures(self, failure);
        }
    }

    fn report_missing(
        &mut self,
        id: ObjectId,
        symbol: u32,
        lazily: bool,
        failure: Box<Failure>,
        failures: &mut dyn FnMut(&mut Self, Box<Failure>),
    ) {
        let image = self.map(id).image.clone();
        let entry = image.symbol(symbol).map(|entry| ExpectedSymbol {
            by: id,
            name: image.string(entry.name).to_vec(),
            version: wanted_version(&image, symbol).map(|version| version.name.to_vec()),
        });
        if self.host_supplies {
            self.expected.extend(entry);
        } else if lazily {
            self.unbound.extend(entry);
        } else {
            failures(self, failure);
        }
    }

    /// Why an object's storage cannot be static. `None`: it is.
    fn static_tls_of(&mut self, id: ObjectId) -> Option<Box<Failure>> {
        const SIGFPE: i32 = 8;
        if self.crashes_for_want_of_tls(id) {
            let why = format!(
                "{} has no thread-local storage, and a relocation refers to it",
                String::from_utf8_lossy(&self.display_name(id))
            );
            return Some(crash(SIGFPE, id, why));
        }
        (!self.allocate_static_tls(id)).then(|| self.static_tls_failure(id))
    }

    fn static_tls_failure(&self, id: ObjectId) -> Box<Failure> {
        Failure::of(&message::STATIC_TLS, self.map(id).l_name.clone())
    }

    fn bad_type(&self, id: ObjectId, relocation: Relocation, now: bool) -> Box<Failure> {
        let plt = relocation.table == RelocationTable::Plt && !now;
        let mut failure = Failure::of(
            if plt {
                &message::PLT_RELOCATION_TYPE
            } else {
                &message::RELOCATION_TYPE
            },
            self.map(id).l_name.clone(),
        );
        let digits = if relocation.kind > 0xff {
            format!("{:08x}", relocation.kind)
        } else {
            format!("{:02x}", relocation.kind)
        };
        failure.fields = failure.fields.with("type", digits);
        failure
    }

    /// `resolve_map` for one symbol of an object.
    fn bind(&mut self, id: ObjectId, symbol: u32, class: Class) -> Result<Bound, Box<Failure>> {
        let image = self.map(id).image.clone();
        let Some(entry) = image.symbol(symbol) else {
            return Ok(Bound::Nothing);
        };
        let (binding, visibility) = (entry.info >> 4, entry.other & 3);
        if binding == 0 || matches!(visibility, 1 | 2) {
            return Ok(Bound::To(id, symbol));
        }
        let name = image.string(entry.name);
        let version = wanted_version(&image, symbol);
        let query = Query {
            name,
            hash: gnu_hash(name),
            version,
            class,
            newest: false,
        };
        let scopes = self.map(id).scope.clone();
        let namespace = self.map(id).namespace;
        let mut found = self.lookup(&query, &scopes, namespace, None)?;
        // A protected symbol is its own object's, whatever comes first in the scope.
        if visibility == 3 && found.is_some_and(|(definer, _)| definer != id) {
            // But for a variable that the program has copied, before 2.36.
            let shared = class.address && entry.info & 0xf == 1 && !self.rules.protected_warned();
            let copied = shared
                && found.is_some_and(|(definer, _)| {
                    self.map(definer).kind == Kind::Executable && self.is_copied(definer, name)
                });
            let again = Query {
                class: if copied {
                    Class::COPY
                } else if shared {
                    Class::ANY
                } else {
                    Class::PLT
                },
                ..query
            };
            let own = class.plt
                || self
                    .lookup(&again, &scopes, namespace, None)?
                    .is_some_and(|(definer, _)| definer != id);
            if own {
                found = Some((id, symbol));
            }
        }
        let Some((definer, index)) = found else {
            if binding == 2 {
                return Ok(Bound::Nothing);
            }
            return Ok(Bound::Missing(self.undefined(
                id,
                name,
                version.map(|version| version.name),
                version.and_then(|version| version.file),
            )));
        };
        if self.session.detail.bindings {
            self.record(Event::Bound {
                by: id,
                symbol: name.to_vec(),
                version: version.map(|version| version.name.to_vec()),
                to: definer,
            });
        }
        Ok(Bound::To(definer, index))
    }

    /// `undefined symbol: …`
    pub(crate) fn undefined(
        &self,
        id: ObjectId,
        name: &[u8],
        version: Option<&[u8]>,
        file: Option<&[u8]>,
    ) -> Box<Failure> {
        let old = !self.rules.undefined_symbol_with_version();
        let mut failure = Failure::of(
            if old && version.is_some() && file.is_some() {
                &message::LINK_TIME_REFERENCE
            } else {
                &message::UNDEFINED_SYMBOL
            },
            self.display_name(id),
        );
        failure.fields = failure.fields.with("symbol", name);
        if let Some(version) = version {
            failure.fields = failure.fields.with("version", version);
        }
        if let Some(file) = file.filter(|_| old) {
            failure.fields = failure.fields.with("file", file);
        }
        failure.by = Some(id);
        failure
    }

    /// `add_dependency`: a binding outside one's own dependencies keeps the definer loaded. `false` if it is not on the list of
    /// objects (any more): then the loader looks for another definition.
    pub(crate) fn depend(&mut self, id: ObjectId, definer: ObjectId) -> bool {
        if id == definer || self.map(definer).kind != Kind::Loaded || self.map(definer).nodelete {
            return true;
        }
        let map = self.map(id);
        if self.initfini(id).contains(&definer) || map.relocation_dependencies.contains(&definer) {
            return true;
        }
        if self.namespaces[map.namespace as usize].has_lost(definer) {
            return false;
        }
        if map.kind != Kind::Loaded || map.nodelete {
            self.map_mut(definer).nodelete = true;
        } else {
            self.map_mut(id).relocation_dependencies.push(definer);
        }
        true
    }

    /// `_dl_lookup_symbol_x` calls itself where the definer is not on the list. A circle, if the compiler made a jump of it (Debian's
    /// 2.36 and 2.41); else the stack's end (2.43).
    fn looked_for_over_and_over(&self, id: ObjectId, definer: ObjectId) -> Box<Failure> {
        const SIGSEGV: i32 = 11;
        let (by, of) = (self.display_name(id), self.display_name(definer));
        let why = format!(
            "{} is bound to {}, which a filter has moved out of the list of objects: it is looked for over and over",
            String::from_utf8_lossy(&by),
            String::from_utf8_lossy(&of)
        );
        if self.rules.recursive_lookup() {
            return crash(SIGSEGV, id, why);
        }
        endless(id, why)
    }

    /// Strong references that nothing in scope answers; what was satisfied is remembered in the session.
    fn unsatisfied(&mut self, id: ObjectId) -> (Vec<u32>, Option<Arc<Satisfied>>) {
        let Some(file) = self.map(id).file else {
            return (self.scan(id, None).0, None);
        };
        if let Some(known) = self.session.satisfied(file)
            && known
                .providers
                .iter()
                .all(|provider| self.present.contains(provider))
        {
            let missing = if known.missing.is_empty() {
                Vec::new()
            } else {
                self.scan(id, Some(&known.missing)).0
            };
            return (missing, Some(known));
        }
        let (missing, providers) = self.scan(id, None);
        let image = &self.map(id).image;
        let special = special_relocations(image);
        let odd = is_odd(image.header().machine, &special);
        let mut providers: Vec<FileId> = providers.into_iter().collect();
        providers.sort_unstable();
        let known = Arc::new(Satisfied {
            providers,
            missing: missing.clone(),
            special,
            odd,
        });
        self.session.remember_satisfied(file, known.clone());
        (missing, Some(known))
    }

    /// Looks for a definition of every undefined strong symbol (or of those listed).
    fn scan(&mut self, id: ObjectId, only: Option<&[u32]>) -> (Vec<u32>, HashSet<FileId>) {
        let image = self.map(id).image.clone();
        let scopes: Vec<Scope> = self.map(id).scope.clone();
        let namespace = self.map(id).namespace;
        let (mut missing, mut providers) = (Vec::new(), HashSet::new());
        let mut check = |process: &mut Self, index: u32| {
            let Some(symbol) = image.symbol(index) else {
                return;
            };
            if symbol.shndx != 0 || symbol.info >> 4 == 0 || symbol.info >> 4 == 2 {
                return;
            }
            let name = image.string(symbol.name);
            if name.is_empty() {
                return;
            }
            let query = Query {
                name,
                hash: gnu_hash(name),
                version: wanted_version(&image, index),
                class: Class::PLT,
                newest: false,
            };
            match process.lookup(&query, &scopes, namespace, None) {
                Ok(Some((definer, _))) => providers.extend(process.map(definer).file),
                // An assertion is met again, and told, when the relocations are walked.
                Ok(None) | Err(_) => missing.push(index),
            }
        };
        match only {
            Some(list) => {
                for &index in list {
                    check(self, index);
                }
            }
            None => {
                for index in 1..image.symbol_count() {
                    check(self, index);
                }
            }
        }
        (missing, providers)
    }
}

/// What a reference got.
enum Bound {
    /// The definer and the index of the definition in it.
    To(ObjectId, u32),
    /// A weak reference that stays zero.
    Nothing,
    Missing(Box<Failure>),
}
