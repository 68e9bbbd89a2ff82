//! Relocation (`reloc_all`, `do_relocs`, `prepare_lazy`, `redo_lazy_relocs`).

use std::collections::HashMap;
use std::sync::Arc;

use sayso_facts::elf::{Image, Relocation, RelocationTable, Symbol, df, df_1, dt, stb};
use sayso_world::Errno;

use super::architecture::Kind;
use super::map::{RelroOutcome, TableTrouble, relocation_tables, writes_are_doubtful};
use super::process::{Crashed, Dso, LDSO, Process, Signal};
use crate::messages::{Fields, musl as message};
use crate::trace::{Event, ExpectedSymbol};

/// What is remembered while one object is relocated.
#[derive(Default)]
struct Memory {
    /// (symbol, needs a definition, behind the program) → who defines it.
    found: HashMap<(u32, bool, bool), Option<Dso>>,
    /// `name` of `do_relocs`: the last symbol of this table that was named. It is never cleared, and not set at first.
    named: Option<(RelocationTable, u32)>,
}

impl Process<'_, '_> {
    /// `reloc_all`
    pub(crate) fn relocate_all(&mut self, order: &[Dso]) -> Result<(), Crashed> {
        for &dso in order {
            if self.dsos[dso].relocated || dso == LDSO || self.dsos[dso].phantom {
                continue;
            }
            self.relocate(dso)?;
            self.dsos[dso].relocated = true;
        }
        Ok(())
    }

    fn relocate(&mut self, dso: Dso) -> Result<(), Crashed> {
        let image = self.dsos[dso].image.clone();
        match relocation_tables(&image, &self.dsos[dso].layout) {
            Ok(()) => {}
            Err(TableTrouble::Signal(signal)) => {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                let why = format!("{name}: its table of relocations is not in its memory");
                return Err(self.crash(signal, dso, why));
            }
            Err(TableTrouble::CutOff) => {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                self.gap(
                    "relocation-table-cut",
                    format!("{name}: its table of relocations goes on in memory that is none"),
                );
            }
        }
        let doubtful = writes_are_doubtful(&image, &self.dsos[dso].layout);
        let mut memory = Memory::default();
        // `DT_JMPREL` comes first, then `DT_REL` and `DT_RELA`.
        for plt in [true, false] {
            let wanted =
                |relocation: &Relocation| (relocation.table == RelocationTable::Plt) == plt;
            if doubtful {
                for relocation in image.relocations().filter(wanted) {
                    self.apply(dso, &image, relocation, &mut memory)?;
                }
            } else {
                for relocation in image.relocations_after_relative().filter(wanted) {
                    self.apply(dso, &image, relocation, &mut memory)?;
                }
            }
        }
        self.protect(dso);
        Ok(())
    }

    /// The RELRO `mprotect`.
    fn protect(&mut self, dso: Dso) {
        match self.dsos[dso].layout.relro_outcome() {
            RelroOutcome::Fine => return,
            RelroOutcome::Elsewhere => {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                self.gap(
                    "relro-elsewhere",
                    format!("{name}: PT_GNU_RELRO reaches out of the object, and makes read-only whatever lies there"),
                );
                return;
            }
            RelroOutcome::Refused => {}
        }
        if !self.rules.relro_error_is_stale() {
            self.errno = Some(Errno::ENOMEM);
        }
        let fields = Fields::new()
            .with("object", self.name(dso))
            .with("reason", self.errno_text());
        let mut failure = self.failure(&message::RELRO, fields);
        failure.by = self.dsos[dso].object;
        self.error(failure);
    }

    /// One relocation (the body of the loop in `do_relocs`).
    fn apply(
        &mut self,
        dso: Dso,
        image: &Arc<Image>,
        relocation: Relocation,
        memory: &mut Memory,
    ) -> Result<(), Crashed> {
        let kind = self.relocations.kind(relocation.kind);
        if kind == Kind::None {
            return Ok(());
        }
        let mut definition = None;
        if relocation.symbol != 0 {
            let Some(symbol) = image.symbol(relocation.symbol) else {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                self.gap(
                    "symbol-out-of-table",
                    format!(
                        "{name}: a relocation names symbol {}, which is not in the file",
                        relocation.symbol
                    ),
                );
                return Ok(());
            };
            memory.named = Some((relocation.table, relocation.symbol));
            definition = self.definition(dso, image, relocation, symbol, kind, memory)?;
            if definition.is_none() && (!symbol.is_undefined() || symbol.bind() != stb::WEAK) {
                self.not_found(dso, image, relocation, symbol, kind);
                return Ok(());
            }
        }
        let named = memory
            .named
            .filter(|named| named.0 == relocation.table)
            .map(|named| named.1);
        self.check_thread_variable(dso, image, relocation, kind, definition, named)?;
        match kind {
            Kind::Unsupported => {
                let fields = Fields::new()
                    .with("object", self.name(dso))
                    .with("type", (relocation.kind & 0x7fff_ffff).to_string());
                let mut failure = self.failure(&message::UNSUPPORTED_RELOCATION, fields);
                failure.by = self.dsos[dso].object;
                self.error(failure);
                return Ok(());
            }
            Kind::Copy if definition.is_none() => {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                return Err(self.crash(
                    Signal::Segmentation,
                    dso,
                    format!("{name}: a copy relocation of a weak symbol that nobody defines"),
                ));
            }
            _ => {}
        }
        self.write(dso, relocation.offset)
    }

    /// The store into the object's memory.
    fn write(&mut self, dso: Dso, address: u64) -> Result<(), Crashed> {
        let Some(signal) = self.dsos[dso].layout.access(address, true) else {
            return Ok(());
        };
        let name = String::from_utf8_lossy(self.name(dso)).into_owned();
        let why = match signal {
            Signal::Segmentation => {
                format!("{name}: a relocation at {address:#x} lies in read-only memory or outside")
            }
            Signal::Bus => {
                format!("{name}: a relocation at {address:#x} lies behind the end of the file")
            }
        };
        Err(self.crash(signal, dso, why))
    }

    fn definition(
        &mut self,
        dso: Dso,
        image: &Arc<Image>,
        relocation: Relocation,
        symbol: Symbol,
        kind: Kind,
        memory: &mut Memory,
    ) -> Result<Option<Dso>, Crashed> {
        if symbol.bind() == stb::LOCAL {
            return Ok(Some(dso));
        }
        let key = (relocation.symbol, kind == Kind::Plt, kind == Kind::Copy);
        if let Some(known) = memory.found.get(&key) {
            return Ok(*known);
        }
        let name = image.string(symbol.name);
        let definition = self.find_global(name, key.1, key.2)?;
        memory.found.insert(key, definition);
        if let Some(definition) = definition
            && self.session.detail.bindings
        {
            let to = self.object_of(definition, Some(dso), name);
            let by = self.object_of(dso, None, b"");
            self.record(Event::Bound {
                by,
                symbol: name.to_vec(),
                version: version_asked(image, relocation.symbol),
                to,
            });
        }
        Ok(definition)
    }

    /// A strong reference that nobody defines.
    fn not_found(
        &mut self,
        dso: Dso,
        image: &Arc<Image>,
        relocation: Relocation,
        symbol: Symbol,
        kind: Kind,
    ) {
        if let Some(waiting) = &mut self.dsos[dso].lazy
            && matches!(kind, Kind::Plt | Kind::Got)
        {
            waiting.push(relocation);
            return;
        }
        if self.loader_is_absent() {
            self.gap(
                "libc-not-seen",
                "musl's libc is not there to be read: what it defines is not known".into(),
            );
            return;
        }
        if self.host_supplies {
            let expected = self.reference(dso, image, relocation.symbol);
            self.expect_from_host(expected);
            return;
        }
        let fields = Fields::new()
            .with("object", self.name(dso))
            .with("symbol", image.string(symbol.name));
        let mut failure = self.failure(&message::SYMBOL_NOT_FOUND, fields);
        failure.by = self.dsos[dso].object;
        self.error(failure);
    }

    /// A reference as people are told of it.
    fn reference(&mut self, dso: Dso, image: &Image, symbol: u32) -> ExpectedSymbol {
        let name = image.symbol(symbol).map(|found| image.string(found.name));
        ExpectedSymbol {
            by: self.object_of(dso, None, b""),
            name: name.unwrap_or_default().to_vec(),
            version: version_asked(image, symbol),
        }
    }

    fn expect_from_host(&mut self, expected: ExpectedSymbol) {
        if self
            .expected_seen
            .insert((expected.by, expected.name.clone()))
        {
            self.expected.push(expected);
        }
    }

    /// What still waits when everything is over: who calls it dies.
    pub(crate) fn list_unbound(&mut self) {
        for dso in self.lazy.clone() {
            let image = self.dsos[dso].image.clone();
            for relocation in self.dsos[dso].lazy.take().unwrap_or_default() {
                let unbound = self.reference(dso, &image, relocation.symbol);
                self.unbound.push(unbound);
            }
        }
    }

    /// Thread variables: initial-exec ones must be of the start, and of no weak reference that nobody defines.
    fn check_thread_variable(
        &mut self,
        dso: Dso,
        image: &Arc<Image>,
        relocation: Relocation,
        kind: Kind,
        definition: Option<Dso>,
        named: Option<u32>,
    ) -> Result<(), Crashed> {
        let thread = [
            Kind::ThreadPointerOffset,
            Kind::ModuleOfThreadVariable,
            Kind::ThreadDescriptor,
        ];
        if !thread.contains(&kind) {
            return Ok(());
        }
        let owner = match definition {
            Some(definition) => definition,
            None if relocation.symbol == 0 => dso,
            None if self.host_supplies => {
                let expected = self.reference(dso, image, relocation.symbol);
                self.expect_from_host(expected);
                return Ok(());
            }
            None => {
                let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                return Err(self.crash(
                    Signal::Segmentation,
                    dso,
                    format!("{name}: a weak reference to a thread variable that nobody defines"),
                ));
            }
        };
        if kind != Kind::ThreadPointerOffset || self.dsos[owner].tls_id <= self.static_tls_count {
            return Ok(());
        }
        // A variable of the object's own has no symbol, and the text is made of what `name` held before.
        let symbol = named.and_then(|named| image.symbol(named));
        if symbol.is_none() {
            let name = String::from_utf8_lossy(self.name(dso)).into_owned();
            self.gap(
                "symbol-name-not-set",
                format!("{name}: musl makes this text with a variable that it has not set: the symbol's name may be anything, and reading it may be a crash"),
            );
        }
        let symbol = symbol.map_or(b"(null)".as_slice(), |symbol| image.string(symbol.name));
        let fields = Fields::new()
            .with("object", self.name(dso))
            .with("symbol", symbol)
            .with("provider", self.name(owner));
        let mut failure = self.failure(&message::INITIAL_EXEC_TLS, fields);
        failure.by = self.dsos[dso].object;
        self.error(failure);
        Ok(())
    }

    /// `prepare_lazy`: unless the object asks to be bound at once.
    pub(crate) fn prepare_lazy(&mut self, dso: Dso) {
        let image = &self.dsos[dso].image;
        let value = |tag| image.dynamic_value(tag).unwrap_or(0);
        if value(dt::BIND_NOW) != 0
            || value(dt::FLAGS) & df::BIND_NOW != 0
            || value(dt::FLAGS_1) & df_1::NOW != 0
        {
            return;
        }
        self.dsos[dso].lazy = Some(Vec::new());
        self.lazy.insert(0, dso);
    }

    /// `redo_lazy_relocs`: references that waited are looked for again. What is found is written, even where RELRO has already
    /// made the memory read-only.
    pub(crate) fn redo_lazy(&mut self) -> Result<(), Crashed> {
        for dso in std::mem::take(&mut self.lazy) {
            let waiting = self.dsos[dso].lazy.replace(Vec::new()).unwrap_or_default();
            let image = self.dsos[dso].image.clone();
            let mut memory = Memory::default();
            for relocation in waiting {
                let before = self.dsos[dso].lazy.as_ref().map_or(0, Vec::len);
                self.apply(dso, &image, relocation, &mut memory)?;
                let written = self.dsos[dso].lazy.as_ref().map_or(0, Vec::len) == before;
                if written && self.dsos[dso].layout.in_relro(relocation.offset) {
                    let name = String::from_utf8_lossy(self.name(dso)).into_owned();
                    return Err(self.crash(Signal::Segmentation, dso, format!("{name}: a reference that waited lies in memory that is read-only by now (RELRO)")));
                }
            }
            if self.dsos[dso].lazy.as_ref().is_some_and(Vec::is_empty) {
                self.dsos[dso].lazy = None;
            } else {
                self.lazy.insert(0, dso);
            }
        }
        Ok(())
    }
}

/// The version that the file asks for; musl does not look at it, people do.
fn version_asked(image: &Image, symbol: u32) -> Option<Vec<u8>> {
    let index = image.versym(symbol)? & 0x7fff;
    image.version_name(index).map(|(name, _)| name.to_vec())
}
