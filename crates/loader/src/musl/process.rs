//! The loader's memory: `struct dso`, the lists they hang in, and the trace that is being written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sayso_facts::elf::{Class, Endian, Image, Relocation};
use sayso_world::{Errno, FileId, TargetPath};

use super::architecture::Relocations;
use super::map::Layout;
use super::release::Rules;
use crate::glibc::Loaded;
use crate::limits::EVENTS_MAX;
use crate::messages::{Failure, Fields, Frame, Message, musl as message};
use crate::request::{Family, Release};
use crate::session::Session;
use crate::trace::{
    Event, EventId, ExpectedSymbol, Gap, LoaderUsed, Object, ObjectId, SearchRule, StepOutcome,
    Trace, Verdict,
};

/// What is built into this loader.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) release: Release,
    pub(crate) release_known: bool,
}

/// Index into [`Process::dsos`].
pub(crate) type Dso = usize;

/// The program: the first of every list.
pub(crate) const HEAD: Dso = 0;
/// The loader, which is libc, too (`ldso`). It is in the lists once somebody asked for it.
pub(crate) const LDSO: Dso = 1;

/// `struct dso`.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its place in the trace; the loader gets one when it is first needed.
    pub(crate) object: Option<ObjectId>,
    /// `name`
    pub(crate) name: Vec<u8>,
    /// `shortname`: what a later need is compared with. Only objects that a search found have one.
    pub(crate) short_name: Option<Vec<u8>>,
    /// `dev`, `ino`; the program and the loader have none.
    pub(crate) file: Option<FileId>,
    pub(crate) image: Arc<Image>,
    pub(crate) layout: Layout,
    pub(crate) needed_by: Option<Dso>,
    /// `deps`: direct ones first, then (after `extend_bfs_deps`) all the others.
    pub(crate) deps: Option<Vec<Dso>>,
    /// `ndeps_direct`
    pub(crate) direct: usize,
    pub(crate) bfs_built: bool,
    /// `rpath`, with `$ORIGIN` replaced.
    pub(crate) rpath: Option<Vec<u8>>,
    pub(crate) kernel_mapped: bool,
    /// `tls_id`, 0 without thread variables.
    pub(crate) tls_id: usize,
    pub(crate) relocated: bool,
    pub(crate) constructed: bool,
    /// `lazy`: references that wait for a definition. `None`: this object does not bind lazily.
    pub(crate) lazy: Option<Vec<Relocation>>,
    /// The program of a process that is not there (a library judged alone).
    pub(crate) phantom: bool,
}

impl Module {
    /// An object of which nothing is known yet.
    pub(crate) fn empty(image: Arc<Image>, phantom: bool) -> Module {
        Module {
            object: None,
            name: Vec::new(),
            short_name: None,
            file: None,
            image,
            layout: Layout::default(),
            needed_by: None,
            deps: None,
            direct: 0,
            bfs_built: false,
            rpath: None,
            kernel_mapped: false,
            tls_id: 0,
            relocated: false,
            constructed: false,
            lazy: None,
            phantom,
        }
    }
}

/// The real process dies here: the model stops following it.
#[derive(Debug)]
pub(crate) struct Crashed;

/// The lists and counters that a failed `dlopen` puts back (`orig_tail` and the others).
pub(crate) struct Mark {
    list: usize,
    globals: usize,
    lazy: Vec<Dso>,
    tls_count: usize,
    tls_layout: (u64, u64),
}

/// The loader's memory.
pub(crate) struct Process<'s, 'w> {
    pub(crate) session: &'s Session<'w>,
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) relocations: Relocations,
    /// Class and byte order as this build of musl reads every file, whatever the file says.
    pub(crate) native: (Class, Endian),
    pub(crate) loader: Loaded,
    /// `LDSO_ARCH`
    pub(crate) architecture: Vec<u8>,
    /// What `/proc/self/exe` leads to.
    pub(crate) program_file: Vec<u8>,
    /// `ldso.name`: `PT_INTERP`, or argv\[0\] of the loader run as a command.
    pub(crate) loader_name: Vec<u8>,
    /// `libc.secure`
    pub(crate) secure: bool,
    /// `env_path`
    pub(crate) env_path: Option<Vec<u8>>,
    /// `sys_path`, once it was needed.
    pub(crate) sys_path: Option<(Vec<u8>, SearchRule)>,
    /// `errno`: the sentences are made of whatever it holds, however old.
    pub(crate) errno: Option<Errno>,
    pub(crate) dsos: Vec<Module>,
    /// `head … tail`
    pub(crate) list: Vec<Dso>,
    /// `ldso.prev`: the loader is in the list.
    pub(crate) loader_listed: bool,
    /// `head … syms_tail`: the global symbol table.
    pub(crate) globals: Vec<Dso>,
    /// `lazy_head`
    pub(crate) lazy: Vec<Dso>,
    pub(crate) by_short_name: HashMap<Vec<u8>, Dso>,
    pub(crate) by_file: HashMap<FileId, Dso>,
    pub(crate) tls_count: usize,
    /// `static_tls_cnt`
    pub(crate) static_tls_count: usize,
    /// `tls_offset` and `tls_align`
    pub(crate) tls_layout: (u64, u64),
    /// After the start: errors are for `dlerror`.
    pub(crate) runtime: bool,
    /// `ldd_mode`
    pub(crate) list_mode: bool,
    /// `noload`
    pub(crate) noload: bool,
    /// `reported`: reserved names that ldd has printed.
    pub(crate) reported: u32,
    /// Symbols that are left to the host are no failure (a library alone).
    pub(crate) host_supplies: bool,
    /// 0 at start, else the number of the step.
    pub(crate) step: usize,
    /// Exit status of a process that a signal ended.
    pub(crate) crashed: Option<i32>,
    /// First failure of what is going on after the start.
    pub(crate) failed: Option<Failure>,
    /// `errno` when it happened.
    pub(crate) failed_errno: Option<Errno>,
    // What becomes the trace.
    pub(crate) objects: Vec<Object>,
    pub(crate) events: Vec<Event>,
    pub(crate) problems: Vec<EventId>,
    pub(crate) printed: Vec<EventId>,
    pub(crate) expected: Vec<ExpectedSymbol>,
    pub(crate) expected_seen: HashSet<(ObjectId, Vec<u8>)>,
    pub(crate) unbound: Vec<ExpectedSymbol>,
    pub(crate) steps: Vec<StepOutcome>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) output: Option<Vec<u8>>,
    pub(crate) load_order: Vec<ObjectId>,
}

impl Process<'_, '_> {
    pub(crate) fn name(&self, dso: Dso) -> &[u8] {
        &self.dsos[dso].name
    }

    pub(crate) fn record(&mut self, event: Event) -> EventId {
        let id = EventId(self.events.len() as u32);
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        }
        id
    }

    /// A failure in musl's own words. What it exits with is decided by when it happens.
    pub(crate) fn failure(&self, message: &'static Message, fields: Fields) -> Failure {
        Failure {
            message,
            fields,
            frame: Frame::Plain,
            exit_status: if self.runtime {
                None
            } else {
                message.exit_status
            },
            by: None,
            search: None,
        }
    }

    /// `error`: printed at start, kept for `dlerror` later. The model goes on in both cases.
    pub(crate) fn error(&mut self, failure: Failure) {
        let id = self.record(Event::Problem(failure.clone()));
        if self.step == 0 {
            self.problems.push(id);
        }
        if !self.runtime {
            self.printed.push(id);
        }
        if self.failed.is_none() {
            self.failed = Some(failure);
            self.failed_errno = self.errno;
        }
    }

    /// A `dlopen` has failed, and the model looks on to see what else is wrong: nothing of that may leave a trace in its memory.
    pub(crate) fn is_past_failure(&self) -> bool {
        self.runtime && self.failed.is_some()
    }

    /// The process dies of a signal. What was printed before stays, and every complaint now carries the status of the death.
    /// After a failed step the real process never comes this far, so the model just stops following it.
    pub(crate) fn crash(&mut self, signal: Signal, by: Dso, why: String) -> Crashed {
        if self.is_past_failure() {
            return Crashed;
        }
        let status = 128 + signal.number();
        self.crashed = Some(status);
        let mut failure = self.failure(
            &message::CRASH,
            Fields::new()
                .with("signal", signal.number().to_string())
                .with("why", why),
        );
        failure.exit_status = Some(status);
        failure.by = self.dsos.get(by).and_then(|module| module.object);
        let id = self.record(Event::Problem(failure.clone()));
        if self.step == 0 {
            self.problems.push(id);
        }
        self.failed.get_or_insert(failure);
        for &id in &self.problems {
            if let Some(Event::Problem(failure)) = self.events.get_mut(id.0 as usize)
                && self.step == 0
            {
                failure.exit_status = Some(status);
            }
        }
        Crashed
    }

    /// Something that the files do not tell; each name once in a start or step.
    pub(crate) fn gap(&mut self, name: &'static str, what: String) {
        if !self.gaps.iter().any(|gap| gap.name == name) {
            self.gaps.push(Gap { name, what });
        }
    }

    /// The object of a module; the loader's is made when it is first needed.
    pub(crate) fn object_of(&mut self, dso: Dso, asker: Option<Dso>, asked: &[u8]) -> ObjectId {
        if let Some(object) = self.dsos[dso].object {
            return object;
        }
        let id = ObjectId(self.objects.len() as u32);
        self.objects.push(Object {
            id,
            name: asked.to_vec(),
            path: TargetPath::new(&self.dsos[dso].name),
            file: self.loader.stat.id,
            image: self.dsos[dso].image.clone(),
            needed_by: asker.and_then(|asker| self.dsos[asker].object),
            rule: SearchRule::LibcItself,
            namespace: 0,
            step: self.step,
            missing: false,
        });
        self.dsos[dso].object = Some(id);
        id
    }

    /// The name and inode tables of what is in the list.
    pub(crate) fn index(&mut self, dso: Dso) {
        let module = &self.dsos[dso];
        if let Some(name) = &module.short_name {
            self.by_short_name.entry(name.clone()).or_insert(dso);
        }
        if let Some(file) = module.file {
            self.by_file.entry(file).or_insert(dso);
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            list: self.list.len(),
            globals: self.globals.len(),
            lazy: self.lazy.clone(),
            tls_count: self.tls_count,
            tls_layout: self.tls_layout,
        }
    }

    /// The end of a `dlopen` that failed: everything new is unmapped (the `setjmp` branch of `dlopen`).
    pub(crate) fn roll_back(&mut self, mark: Mark) {
        for dso in self.list.split_off(mark.list) {
            if dso == LDSO {
                // The real loader would unmap itself; a process that can call dlopen has it in the list.
                self.list.push(LDSO);
                continue;
            }
            let module = &self.dsos[dso];
            if let Some(name) = &module.short_name {
                self.by_short_name.remove(name);
            }
            if let Some(file) = &module.file {
                self.by_file.remove(file);
            }
        }
        self.globals.truncate(mark.globals);
        self.lazy = mark.lazy;
        self.errno = self.failed_errno;
        self.tls_count = mark.tls_count;
        self.tls_layout = mark.tls_layout;
    }

    /// `revert_syms`
    pub(crate) fn revert_globals(&mut self, mark: &Mark) {
        self.globals.truncate(mark.globals);
    }

    /// Ends the run.
    pub(crate) fn into_trace(self) -> Trace {
        let first = self.problems.first().copied();
        let verdict = match first.and_then(|id| Some((id, self.events.get(id.0 as usize)?))) {
            Some((at, Event::Problem(failure))) => Verdict::Fails {
                failure: failure.clone(),
                at,
            },
            _ if !self.gaps.is_empty() => Verdict::Unknown {
                gaps: self.gaps.clone(),
            },
            _ => Verdict::Loads,
        };
        Trace {
            loader: Some(LoaderUsed {
                family: Family::Musl,
                release: self.config.release,
                path: self.loader.path,
                release_known: self.config.release_known,
            }),
            objects: self.objects,
            events: self.events,
            steps: self.steps,
            verdict,
            problems: self.problems,
            printed: self.printed,
            load_order: self.load_order,
            expected_from_host: self.expected,
            unbound_lazily: self.unbound,
            warnings: Vec::new(),
            output: self.output,
        }
    }
}

/// What ends a process without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Memory that is not there, or not writable.
    Segmentation,
    /// A mapped page behind the end of its file.
    Bus,
}

impl Signal {
    pub(crate) fn number(self) -> i32 {
        match self {
            Signal::Segmentation => 11,
            Signal::Bus => 7,
        }
    }
}
