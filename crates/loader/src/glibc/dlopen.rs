//! What a running process asks (`elf/dl-open.c`, `elf/dl-sym.c`, `elf/dl-close.c`).

use std::sync::Arc;

use sayso_facts::elf::{Image, pf, pt};

use super::process::{Kind, Namespace, Outcome, Process, Scope};
use super::symbols::{Query, Wanted};
use super::verify::Mode;
use super::versions::{Remark, crash, ends};
use crate::goplugin;
use crate::messages::{Failure, glibc as message};
use crate::request::{DlopenFlags, Handle, Step};
use crate::trace::{Event, Gap, ObjectId, StepOutcome};

/// `DL_NNS`
const NAMESPACES_MAX: usize = 16;

/// The smallest page that Linux has: what lies in the file's last one can be read.
const PAGE: u64 = 4096;
const SIGBUS: i32 = 7;

fn show(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// What a step gave.
pub(super) enum Answer {
    Nothing,
    Handle(ObjectId),
    SymbolIn(ObjectId),
    Unknown(Gap),
}

impl Process<'_, '_> {
    /// The steps, one after the other.
    pub(crate) fn carry_out(&mut self, steps: &[Step]) {
        let mut handles: Vec<Option<ObjectId>> = Vec::new();
        let mut go = goplugin::Runtime::default();
        for (index, step) in steps.iter().enumerate() {
            self.step = index + 1;
            let first_event = self.events.len() as u32;
            let first_map = self.maps.len();
            let session = self.session;
            let mut told = go.step(session, self, index + 1, step);
            let answer = match &mut told {
                None => self.step_once(step, &handles),
                Some(told) => told
                    .failure
                    .take()
                    .map_or(Ok(Answer::Nothing), |f| Err(Box::new(f))),
            };
            handles.push(match &answer {
                Ok(Answer::Handle(id)) => Some(*id),
                _ => None,
            });
            let kept = (first_map..self.maps.len())
                .map(|index| ObjectId(index as u32))
                .filter(|&id| !self.map(id).removed && !self.map(id).faked)
                .collect();
            let outcome = StepOutcome {
                failure: answer.as_ref().err().map(|failure| (**failure).clone()),
                process_ended: told.as_ref().is_some_and(goplugin::Answer::process_ended)
                    || answer.as_ref().err().is_some_and(|failure| ends(failure)),
                objects: kept,
                symbol_in: match &answer {
                    Ok(Answer::SymbolIn(id)) => Some(*id),
                    _ => None,
                },
                events: first_event..self.events.len() as u32,
                gaps: match (&mut told, answer) {
                    (Some(told), _) => std::mem::take(&mut told.gaps),
                    (None, Ok(Answer::Unknown(gap))) => vec![gap],
                    _ => Vec::new(),
                },
                go: told.map(|told| Box::new(told.told)),
            };
            let over = outcome.process_ended;
            self.steps.push(outcome);
            if over {
                break;
            }
        }
    }

    fn step_once(&mut self, step: &Step, handles: &[Option<ObjectId>]) -> Outcome<Answer> {
        let handle = |number: usize| {
            number
                .checked_sub(1)
                .and_then(|index| handles.get(index).copied().flatten())
        };
        let no_handle = |number: usize| {
            Ok(Answer::Unknown(Gap {
                name: "no-handle",
                what: format!("step {number} gave no handle"),
            }))
        };
        match step {
            Step::Dlopen { name, flags, from } => {
                let Some(caller) = self.caller(from.as_deref()) else {
                    return Ok(Answer::Unknown(unknown_caller(from.as_deref())));
                };
                let namespace = self.map(caller).namespace;
                self.open(
                    name,
                    *flags,
                    Some(caller),
                    if name.is_empty() { 0 } else { namespace },
                )
            }
            Step::Dlmopen { name, flags, from } => {
                let Some(caller) = self.caller(from.as_deref()) else {
                    return Ok(Answer::Unknown(unknown_caller(from.as_deref())));
                };
                if name.is_empty() {
                    return Err(Failure::of(&message::DLMOPEN_NULL, b""));
                }
                if flags.global {
                    return Err(Failure::of(&message::DLMOPEN_GLOBAL, b""));
                }
                let free = (1..self.namespaces.len())
                    .find(|&index| self.namespaces[index].list.is_empty());
                let namespace = free.unwrap_or(self.namespaces.len());
                if namespace == NAMESPACES_MAX {
                    return Err(Failure::of(&message::NO_NAMESPACE, name));
                }
                if free.is_none() {
                    self.namespaces.push(Namespace::default());
                }
                let lends = name.contains(&b'$') || !name.contains(&b'/');
                self.open(name, *flags, lends.then_some(caller), namespace as u32)
            }
            Step::Dlsym {
                handle: Handle::Step(number),
                name,
                version,
            } => match handle(*number) {
                None => no_handle(*number),
                Some(id) => {
                    self.dlsym(id, &[Scope::SearchList(id)], None, name, version.as_deref())
                }
            },
            Step::Dlsym {
                handle: Handle::Default,
                name,
                version,
            } => self.dlsym_program(false, name, version.as_deref()),
            Step::Dlsym {
                handle: Handle::Next,
                name,
                version,
            } => self.dlsym_program(true, name, version.as_deref()),
            Step::Dlclose { handle: number } => match handle(*number) {
                None => no_handle(*number),
                Some(id) => self.dlclose(id),
            },
            // Go's own steps were carried out before it came here.
            Step::Setenv { .. } | Step::PluginOpen { .. } | Step::Lookup { .. } => {
                Ok(Answer::Nothing)
            }
        }
    }

    /// The object whose code calls: by soname, file name, or path; the program if none is named.
    fn caller(&self, from: Option<&[u8]>) -> Option<ObjectId> {
        let Some(from) = from else { return self.main() };
        let matches = |id: &ObjectId| {
            let map = self.map(*id);
            let object = &self.objects[id.0 as usize];
            !map.removed
                && !map.faked
                && (map.image.soname() == Some(from)
                    || map.l_name == from
                    || object.path.as_bytes() == from
                    || object.path.file_name() == from)
        };
        (0..self.maps.len())
            .map(|index| ObjectId(index as u32))
            .find(matches)
    }

    /// `_dl_open` with its clean-up.
    fn open(
        &mut self,
        name: &[u8],
        flags: DlopenFlags,
        caller: Option<ObjectId>,
        namespace: u32,
    ) -> Outcome<Answer> {
        if !flags.now && !flags.lazy {
            return Err(Failure::of(&message::INVALID_MODE, name));
        }
        let first_new = self.maps.len();
        let mode = Mode {
            dlopen: true,
            noload: flags.noload,
            deepbind: flags.deepbind,
            ..Mode::default()
        };
        let Some(id) = self.map_object(caller, name, Kind::Loaded, mode, namespace, true)? else {
            return Ok(Answer::Nothing);
        };
        if let Some(failure) = self.cut_off(first_new) {
            return Err(failure);
        }
        self.map_mut(id).opens += 1;
        let was_open = self.map(id).search_list.is_some();
        if was_open {
            if flags.nodelete {
                self.map_mut(id).nodelete = true;
            }
            if flags.global {
                self.add_to_global(id);
            }
            return Ok(Answer::Handle(id));
        }
        let (failures, lost) = self.load_tree(id, flags, mode);
        if let Some(first) = failures.first().cloned() {
            for index in first_new..self.maps.len() {
                self.maps[index].nodelete = false;
            }
            self.map_mut(id).opens -= 1;
            // A crash or an assertion leaves nothing to tidy.
            if !ends(&first) {
                if lost {
                    return Err(self.lost_objects());
                }
                // What the walk did after the failure, the real one did not do.
                self.namespaces[namespace as usize].find_again();
                self.collect(namespace)?;
            }
            return Err(Box::new(first));
        }
        self.activate(id, first_new, flags);
        Ok(Answer::Handle(id))
    }

    /// `_dl_map_segments` clears what lies behind the file's part in the last page of a segment, and `elf_get_dynamic_info` reads the dynamic
    /// section. Where the file has been cut before that page, the touch is a bus error.
    fn cut_off(&self, first_new: usize) -> Option<Box<Failure>> {
        let cut = self.maps[first_new..].iter().find(|map| {
            let size = (map.image.file_size() as u64).next_multiple_of(PAGE);
            let is_lost = |offset: u64| offset >= size;
            let mut segments = map.image.segments().iter();
            map.file.is_some()
                && segments.any(|segment| {
                    let end = segment.offset.saturating_add(segment.filesz);
                    let clears = segment.kind == pt::LOAD
                        && segment.flags & pf::W != 0
                        && segment.memsz > segment.filesz
                        && end % PAGE != 0;
                    let reads = segment.kind == pt::DYNAMIC;
                    (clears && is_lost(end - 1)) || (reads && is_lost(segment.offset))
                })
        })?;
        let why = format!("{} ends before its last page in memory", show(&cut.l_name));
        Some(crash(SIGBUS, cut.id, why))
    }

    /// Dependencies, versions, ISA level, relocation: everything that can fail. And whether the namespace had lost objects by
    /// the first failure.
    fn load_tree(&mut self, id: ObjectId, flags: DlopenFlags, mode: Mode) -> (Vec<Failure>, bool) {
        let mut failures: Vec<Failure> = Vec::new();
        let namespace = self.map(id).namespace;
        let has_lost = |process: &Self| process.namespaces[namespace as usize].has_lost_some();
        let mut lost = None;
        let deps = Mode {
            noload: false,
            ..mode
        };
        self.map_dependencies(id, &[], deps, &mut |process, failure| {
            lost.get_or_insert_with(|| has_lost(process));
            process.note(&mut failures, *failure);
        });
        let lost = lost.unwrap_or_else(|| has_lost(self));
        if !self.session.detail.symbols {
            return (failures, lost);
        }
        for member in self.map(id).search_list.clone().unwrap_or_default() {
            if std::mem::replace(&mut self.map_mut(member).versions_checked, true) {
                continue;
            }
            for remark in self.check_versions(member) {
                match remark {
                    Remark::Error(failure) | Remark::Fatal(failure) => {
                        self.note(&mut failures, *failure);
                    }
                    Remark::Warning(_) => {}
                }
            }
        }
        if let Some(culprit) = self.first_isa_failure(id) {
            let failure = Failure::of(&message::ISA_LEVEL, self.map(culprit).l_name.clone());
            self.note(&mut failures, *failure);
        }
        let lazy = self.lazy && flags.lazy && !flags.now;
        let mut order = self.map(id).sorted.clone();
        order.reverse();
        self.libc_first(namespace, &mut order);
        for member in order {
            if self.map(member).real.is_none() {
                self.relocate(member, lazy, &mut |process, failure| {
                    process.note(&mut failures, *failure);
                });
            }
        }
        (failures, lost)
    }

    /// The trace has a failure where it happened: the real loader tries nothing behind the first.
    fn note(&mut self, failures: &mut Vec<Failure>, failure: Failure) {
        self.record(Event::Problem(failure.clone()));
        failures.push(failure);
    }

    /// After the point of no return: scopes, flags, global scope.
    fn activate(&mut self, id: ObjectId, first_new: usize, flags: DlopenFlags) {
        if flags.nodelete {
            self.map_mut(id).nodelete = true;
        }
        let members = self.map(id).search_list.clone().unwrap_or_default();
        for &member in &members {
            let map = self.map_mut(member);
            if map.initialised
                && map.kind == Kind::Loaded
                && !map.scope.contains(&Scope::SearchList(id))
            {
                map.scope.push(Scope::SearchList(id));
            }
        }
        for map in &mut self.maps[first_new..] {
            map.nodelete |= map
                .image
                .dynamic()
                .is_some_and(|dynamic| dynamic.flags_1 & 8 != 0);
            map.initialised = true;
        }
        if flags.global {
            self.add_to_global(id);
        }
    }

    /// `add_to_global_update`
    fn add_to_global(&mut self, id: ObjectId) {
        let Some(&first) = self.namespaces[self.map(id).namespace as usize]
            .list
            .first()
        else {
            return;
        };
        for member in self.map(id).search_list.clone().unwrap_or_default() {
            if std::mem::replace(&mut self.map_mut(member).global, true) {
                continue;
            }
            if let Some(list) = &mut self.map_mut(first).search_list {
                list.push(member);
            }
        }
    }

    fn dlsym_program(
        &mut self,
        next: bool,
        name: &[u8],
        version: Option<&[u8]>,
    ) -> Outcome<Answer> {
        let Some(main) = self.main() else {
            return Ok(Answer::Nothing);
        };
        if next {
            return self.dlsym(main, &[Scope::SearchList(main)], Some(main), name, version);
        }
        let scope = self.map(main).scope.clone();
        let answer = self.dlsym(main, &scope, None, name, version)?;
        // `DL_LOOKUP_ADD_DEPENDENCY`: what the program was given stays.
        if let Answer::SymbolIn(definer) = answer {
            self.depend(main, definer);
        }
        Ok(answer)
    }

    fn dlsym(
        &mut self,
        id: ObjectId,
        scopes: &[Scope],
        skip: Option<ObjectId>,
        name: &[u8],
        version: Option<&[u8]>,
    ) -> Outcome<Answer> {
        if self.map(id).removed {
            return Ok(Answer::Unknown(closed_handle()));
        }
        let wanted = version.map(|name| Wanted {
            name,
            file: None,
            hidden: true,
        });
        let query = Query {
            version: wanted,
            newest: version.is_none(),
            ..Query::name(name)
        };
        let namespace = self.map(id).namespace;
        if let Some((definer, _)) = self.lookup(&query, scopes, namespace, skip)? {
            return Ok(Answer::SymbolIn(definer));
        }
        let mut failure = Failure::of(&message::DLSYM_UNDEFINED, self.display_name(id));
        failure.fields = failure.fields.with("symbol", name);
        if let Some(version) = version {
            failure.fields = failure.fields.with("version", version);
        }
        Err(failure)
    }
}

/// What a Go program's runtime asks of ld.so.
impl goplugin::Linker for Process<'_, '_> {
    fn program(&self) -> Option<ObjectId> {
        self.main().filter(|_| !self.host_supplies)
    }
    fn objects(&self) -> Vec<ObjectId> {
        self.namespaces[0].list.clone()
    }
    fn image(&self, object: ObjectId) -> Arc<Image> {
        self.map(object).image.clone()
    }
    fn open(&mut self, path: &[u8]) -> goplugin::Opened {
        let flags = DlopenFlags {
            now: true,
            global: true,
            ..DlopenFlags::default()
        };
        match self.open(path, flags, self.main(), 0) {
            Ok(Answer::Handle(id)) => goplugin::Opened::Handle(id),
            Ok(Answer::Unknown(gap)) => goplugin::Opened::Unknown(gap),
            Ok(_) => goplugin::Opened::Unknown(Gap {
                name: "no-handle",
                what: "dlopen gave no handle".into(),
            }),
            Err(failure) if ends(&failure) => goplugin::Opened::Died(failure),
            Err(failure) => goplugin::Opened::Error(failure),
        }
    }
    fn definer(&mut self, by: ObjectId, symbol: &[u8]) -> Option<ObjectId> {
        let scopes = self.map(by).scope.clone();
        let namespace = self.map(by).namespace;
        let found = self.lookup(&Query::name(symbol), &scopes, namespace, None);
        Some(found.ok()??.0)
    }
    fn symbol(&mut self, handle: ObjectId, symbol: &[u8]) -> Outcome<()> {
        self.dlsym(handle, &[Scope::SearchList(handle)], None, symbol, None)
            .map(drop)
    }
}

pub(super) fn closed_handle() -> Gap {
    Gap {
        name: "closed-handle",
        what: "the handle was closed before: what the loader does with freed memory cannot be told"
            .into(),
    }
}

fn unknown_caller(from: Option<&[u8]>) -> Gap {
    Gap {
        name: "unknown-caller",
        what: format!(
            "no loaded object is called {}",
            String::from_utf8_lossy(from.unwrap_or_default())
        ),
    }
}
