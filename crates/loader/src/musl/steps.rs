//! What the process does after it has started (`dlopen`, `dlsym`, `dlclose`).

use std::collections::HashSet;
use std::sync::Arc;

use sayso_facts::elf::{Image, gnu_hash};

use super::process::{Crashed, Dso, HEAD, Process};
use crate::goplugin;
use crate::messages::{Failure, Fields, musl as message};
use crate::request::{DlopenFlags, Handle, Step};
use crate::trace::{Gap, ObjectId, StepOutcome};

/// What a step gave when it went well.
enum Answer {
    Nothing,
    Handle(Dso),
    SymbolIn(Dso),
}

impl Process<'_, '_> {
    /// One step after the other, until one ends the process.
    pub(crate) fn carry_out(&mut self, steps: &[Step]) {
        let mut handles: Vec<Option<Dso>> = Vec::new();
        let mut go = goplugin::Runtime::default();
        let outer = std::mem::take(&mut self.gaps);
        for (index, step) in steps.iter().enumerate() {
            self.step = index + 1;
            self.failed = None;
            let first_event = self.events.len() as u32;
            let first_object = self.objects.len() as u32;
            let session = self.session;
            let told = go.step(session, self, index + 1, step);
            let answer = match &told {
                None => self.step_once(step, &handles),
                Some(told) => {
                    self.failed.clone_from(&told.failure);
                    self.gaps.extend(told.gaps.iter().cloned());
                    Ok(Answer::Nothing)
                }
            };
            handles.push(match answer {
                Ok(Answer::Handle(dso)) if self.failed.is_none() => Some(dso),
                _ => None,
            });
            let kept = self
                .list
                .iter()
                .filter_map(|&dso| self.dsos[dso].object)
                .filter(|object| object.0 >= first_object)
                .collect();
            let symbol_in: Option<ObjectId> = match answer {
                Ok(Answer::SymbolIn(dso)) => Some(self.object_of(dso, None, b"libc.so")),
                _ => None,
            };
            let died = told.as_ref().is_some_and(goplugin::Answer::process_ended);
            let over = died || self.crashed.is_some();
            self.steps.push(StepOutcome {
                failure: self.failed.take(),
                process_ended: over,
                objects: kept,
                symbol_in,
                events: first_event..self.events.len() as u32,
                gaps: std::mem::take(&mut self.gaps),
                go: told.map(|told| Box::new(told.told)),
            });
            if over {
                break;
            }
        }
        self.gaps = outer;
    }

    fn step_once(&mut self, step: &Step, handles: &[Option<Dso>]) -> Result<Answer, Crashed> {
        let handle = |number: usize| {
            number
                .checked_sub(1)
                .and_then(|index| handles.get(index).copied())
        };
        match step {
            Step::Dlopen { name, flags, .. } => {
                // The caller does not matter: musl searches for the program.
                let DlopenFlags {
                    lazy,
                    global,
                    noload,
                    ..
                } = *flags;
                if name.is_empty() {
                    return Ok(Answer::Handle(HEAD));
                }
                if name == b"linux-gate.so.1" && !self.by_short_name.contains_key(name.as_slice()) {
                    self.gaps.push(Gap {
                        name: "vdso",
                        what:
                            "linux-gate.so.1 is what the kernel maps into the process, if it does"
                                .into(),
                    });
                    return Ok(Answer::Nothing);
                }
                let opened = self.open(name, lazy, global, noload)?;
                Ok(opened.map_or(Answer::Nothing, Answer::Handle))
            }
            Step::Dlsym {
                version: Some(_), ..
            } => {
                self.no_such_function("dlvsym");
                Ok(Answer::Nothing)
            }
            Step::Dlmopen { .. } => {
                self.no_such_function("dlmopen");
                Ok(Answer::Nothing)
            }
            Step::Dlsym {
                handle: of,
                name,
                version: None,
            } => {
                let of = match of {
                    // NULL is RTLD_DEFAULT.
                    Handle::Step(number) => {
                        let Some(dso) = handle(*number) else {
                            self.gaps.push(no_handle(*number));
                            return Ok(Answer::Nothing);
                        };
                        dso.unwrap_or(HEAD)
                    }
                    Handle::Default => HEAD,
                    Handle::Next => return self.symbol_behind_program(name),
                };
                self.symbol(of, name)
            }
            Step::Dlclose { handle: number } => {
                match handle(*number) {
                    None => self.gaps.push(no_handle(*number)),
                    // Nothing is ever closed, but NULL is no handle.
                    Some(None) => {
                        let fields = Fields::new().with("handle", "0");
                        let failure = self.failure(&message::INVALID_HANDLE, fields);
                        self.error(failure);
                    }
                    Some(Some(_)) => {}
                }
                Ok(Answer::Nothing)
            }
            // LD_LIBRARY_PATH was read at start; Go's own steps were carried out before it came here.
            Step::Setenv { .. } | Step::PluginOpen { .. } | Step::Lookup { .. } => {
                Ok(Answer::Nothing)
            }
        }
    }

    fn no_such_function(&mut self, name: &str) {
        self.gaps.push(Gap {
            name: "no-such-function",
            what: format!("musl has no {name}: a program that calls it does not start"),
        });
    }

    /// `dlopen`. `None`: it failed, and `failed` says why.
    pub(crate) fn open(
        &mut self,
        name: &[u8],
        lazy: bool,
        global: bool,
        noload: bool,
    ) -> Result<Option<Dso>, Crashed> {
        let mark = self.mark();
        self.noload = noload;
        let answer = self.load_library(name, Some(HEAD), None)?;
        let Some(dso) = answer.dso else {
            let fields = Fields::new().with("object", name);
            let mut failure = if noload {
                self.failure(&message::NOT_LOADED, fields)
            } else {
                self.failure(
                    &message::DLOPEN_LIBRARY,
                    fields.with("reason", self.errno_text()),
                )
            };
            failure.by = self.dsos[HEAD].object;
            failure.search = Some(answer.event);
            self.error(failure);
            return Ok(None);
        };
        self.load_dependencies(dso)?;
        if self.failed.is_some() {
            self.give_up(mark);
            return Ok(None);
        }
        self.extend_dependencies(dso);
        let mut family = vec![dso];
        family.extend(self.dsos[dso].deps.iter().flatten());
        let fresh = !self.dsos[dso].relocated;
        if fresh && lazy {
            for &dso in &family {
                if !self.dsos[dso].relocated {
                    self.prepare_lazy(dso);
                }
            }
        }
        if fresh || global {
            let known: HashSet<Dso> = self.globals.iter().copied().collect();
            self.globals
                .extend(family.iter().filter(|dso| !known.contains(dso)));
        }
        if fresh && self.session.detail.symbols {
            let at = self
                .list
                .iter()
                .position(|&other| other == dso)
                .unwrap_or(0);
            let order = self.list[at..].to_vec();
            self.relocate_all(&order)?;
            if self.failed.is_some() {
                self.give_up(mark);
                return Ok(None);
            }
        }
        if !global {
            self.revert_globals(&mark);
        }
        self.redo_lazy()?;
        for &dso in &family {
            self.dsos[dso].relocated = true;
        }
        self.construct(dso)?;
        Ok(Some(dso))
    }

    /// The end of a failed `dlopen`. A library that is judged alone keeps its tree: it is what the user asked about.
    fn give_up(&mut self, mark: super::process::Mark) {
        if !self.host_supplies {
            self.roll_back(mark);
        }
    }

    /// `do_dlsym`: the program's handle (and `RTLD_DEFAULT`) is the global scope, another one the object and its needs.
    fn symbol(&mut self, of: Dso, name: &[u8]) -> Result<Answer, Crashed> {
        let chain = if of == HEAD {
            self.globals.clone()
        } else {
            std::iter::once(of)
                .chain(self.dsos[of].deps.iter().flatten().copied())
                .collect()
        };
        self.symbol_in(&chain, name)
    }

    /// `RTLD_NEXT` from the program: from the next object of the list on, along the global chain.
    fn symbol_behind_program(&mut self, name: &[u8]) -> Result<Answer, Crashed> {
        let chain = match self.list.get(1) {
            None => Vec::new(),
            Some(&next) => match self.globals.iter().position(|&dso| dso == next) {
                Some(at) => self.globals[at..].to_vec(),
                None => vec![next],
            },
        };
        self.symbol_in(&chain, name)
    }

    fn symbol_in(&mut self, chain: &[Dso], name: &[u8]) -> Result<Answer, Crashed> {
        if let Some(definition) = self.find_in(chain, name, gnu_hash(name), false)? {
            return Ok(Answer::SymbolIn(definition));
        }
        let failure: Failure = self.failure(&message::DLSYM, Fields::new().with("symbol", name));
        self.error(failure);
        Ok(Answer::Nothing)
    }
}

/// What a Go program's runtime asks of musl.
impl goplugin::Linker for Process<'_, '_> {
    fn program(&self) -> Option<ObjectId> {
        self.dsos[HEAD].object.filter(|_| !self.dsos[HEAD].phantom)
    }
    fn objects(&self) -> Vec<ObjectId> {
        let objects = self.list.iter().filter_map(|&dso| self.dsos[dso].object);
        objects.collect()
    }
    fn image(&self, object: ObjectId) -> Arc<Image> {
        self.objects[object.0 as usize].image.clone()
    }
    fn open(&mut self, path: &[u8]) -> goplugin::Opened {
        let opened = self.open(path, false, true, false);
        match (opened, self.failed.take()) {
            (Err(Crashed), Some(failure)) => goplugin::Opened::Died(Box::new(failure)),
            (Ok(None), Some(failure)) => goplugin::Opened::Error(Box::new(failure)),
            (Ok(Some(dso)), _) => goplugin::Opened::Handle(self.object_of(dso, Some(HEAD), path)),
            (_, None) => goplugin::Opened::Unknown(Gap {
                name: "no-handle",
                what: "dlopen gave no handle".into(),
            }),
        }
    }
    fn definer(&mut self, _: ObjectId, symbol: &[u8]) -> Option<ObjectId> {
        let dso = self.find_global(symbol, true, false).ok()??;
        self.dsos[dso].object
    }
    fn symbol(&mut self, handle: ObjectId, symbol: &[u8]) -> Result<(), Box<Failure>> {
        let dso = self.dsos.iter().position(|dso| dso.object == Some(handle));
        let before = self.failed.take();
        let answer = self.symbol(dso.unwrap_or(HEAD), symbol);
        let failure = std::mem::replace(&mut self.failed, before);
        match (answer, failure) {
            (Ok(_), None) | (Err(Crashed), _) => Ok(()),
            (Ok(_), Some(failure)) => Err(Box::new(failure)),
        }
    }
}

fn no_handle(number: usize) -> Gap {
    Gap {
        name: "no-handle",
        what: format!("step {number} is not there to have given a handle"),
    }
}
