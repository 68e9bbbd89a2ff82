//! The loader's memory: link maps, namespaces, directories, and the trace that is being written.

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_world::hash::{FastMap, FastSet};
use sayso_world::{Errno, FileId, FileStat, TargetPath};

use super::cache::Cache;
use super::release::Rules;
use super::tunables::Tunables;
use super::verify::Target;
use crate::limits::EVENTS_MAX;
use crate::messages::{Failure, Frame, Message};
use crate::request::{Family, Release};
use crate::session::Session;
use crate::trace::{
    Event, EventId, ExpectedSymbol, Gap, LoaderUsed, Object, ObjectId, SearchRule, StepOutcome,
    Trace, Verdict,
};

/// What is built into this ld.so, read from its file.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) release: Release,
    pub(crate) release_known: bool,
    /// Built-in directories with a trailing slash.
    pub(crate) system_directories: Arc<[Vec<u8>]>,
    pub(crate) cache_path: TargetPath,
    pub(crate) preload_path: TargetPath,
    pub(crate) ahead: Ahead,
    /// What `$LIB` stands for.
    pub(crate) lib_token: Arc<[u8]>,
}

/// What distributors carried back into an older release, as its file tells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ahead {
    /// It ends the process instead of calling the program's resolvers too early (2.33).
    pub(crate) refuses_program_resolvers: bool,
    /// Static TLS is tunable (2.32).
    pub(crate) knows_rtld_tunables: bool,
}

/// `l_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Executable,
    Library,
    Loaded,
}

/// `struct r_search_path_struct.dirs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Directories {
    /// Not decomposed yet.
    Unknown,
    /// Nothing to search.
    None,
    /// Indexes into [`Process::directories`].
    List(Vec<usize>),
}

/// What is known of a directory with one hwcaps suffix (`enum r_dir_status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirectoryStatus {
    Unknown,
    Existing,
    Absent,
}

/// `struct r_search_path_elem`.
#[derive(Debug)]
pub(crate) struct Directory {
    /// With a trailing slash; empty for the working directory.
    pub(crate) name: Vec<u8>,
    /// One for each hwcaps suffix.
    pub(crate) status: Vec<DirectoryStatus>,
}

/// One element of `l_scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The `l_searchlist` of an object (of the namespace's first object: the global scope).
    SearchList(ObjectId),
    /// Only the object itself (`DT_SYMBOLIC`).
    Itself(ObjectId),
}

/// `l_origin`, found out when a token asks for it.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// The directory of `l_name`, made absolute with the working directory.
    OfName,
    /// The directory of a path with every link followed (`/proc/self/exe`).
    OfRealPath(TargetPath),
    /// This; `None` if it could not be found out.
    Known(Option<Vec<u8>>),
}

/// `struct link_map`.
#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) id: ObjectId,
    /// `l_libname`: every name it was asked for by. The first is the one it was loaded for.
    pub(crate) names: Vec<Vec<u8>>,
    /// `l_name`; empty for the program.
    pub(crate) l_name: Vec<u8>,
    pub(crate) image: Arc<Image>,
    pub(crate) file: Option<FileId>,
    pub(crate) loader: Option<ObjectId>,
    pub(crate) kind: Kind,
    pub(crate) namespace: u32,
    /// A stand-in for something that was not found.
    pub(crate) faked: bool,
    pub(crate) removed: bool,
    pub(crate) rpath: Directories,
    pub(crate) runpath: Directories,
    /// `l_origin`
    pub(crate) origin: Origin,
    pub(crate) search_list: Option<Vec<ObjectId>>,
    /// Direct dependencies, itself first (`l_initfini` of an object that is not a root).
    pub(crate) direct: Option<Vec<ObjectId>>,
    /// Sorted dependencies of a root, itself included.
    pub(crate) sorted: Vec<ObjectId>,
    pub(crate) scope: Vec<Scope>,
    pub(crate) global: bool,
    pub(crate) relocated: bool,
    pub(crate) initialised: bool,
    pub(crate) nodelete: bool,
    pub(crate) opens: u32,
    pub(crate) versions_checked: bool,
    /// It needs a version of a file that defines none: any reference of it may meet the assertion in `check_match`.
    pub(crate) unversioned_need: bool,
    /// Objects that this one was bound to outside its own dependencies (`l_reldeps`).
    pub(crate) relocation_dependencies: Vec<ObjectId>,
    /// The mirror of ld.so in another namespace (`l_real`).
    pub(crate) real: Option<ObjectId>,
    /// Static TLS was given to it.
    pub(crate) static_tls: bool,
}

/// What a new link map is made of.
pub(crate) struct NewMap<'a> {
    pub(crate) image: Arc<Image>,
    /// The name it was asked for by.
    pub(crate) name: &'a [u8],
    /// `realname`; empty for the program.
    pub(crate) l_name: Vec<u8>,
    /// `None` for stand-ins.
    pub(crate) stat: Option<&'a FileStat>,
    pub(crate) loader: Option<ObjectId>,
    pub(crate) kind: Kind,
    pub(crate) namespace: u32,
    pub(crate) deepbind: bool,
    pub(crate) rule: SearchRule,
}

/// `struct link_namespaces`.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    /// `_ns_loaded` and its `l_next` chain.
    pub(crate) list: Vec<ObjectId>,
    /// What filtees were moved to before `_ns_loaded`, which stays where it is: nothing finds it there.
    hidden: Vec<ObjectId>,
    /// The kernel's own object is there, too.
    vdso_hidden: bool,
    pub(crate) unique: FastMap<Vec<u8>, ObjectId>,
}

impl Namespace {
    /// Puts a filtee before its filter in the chain (`_dl_map_object_deps`). The chain stays sound both ways, but
    /// `_ns_loaded` goes on pointing to the same object, wherever that stands now.
    fn move_before(&mut self, filtee: ObjectId, filter: ObjectId) {
        self.rechain(|chain| {
            chain.retain(|&id| id != filtee);
            let place = chain.iter().position(|&id| id == filter);
            chain.insert(place.unwrap_or(chain.len()), filtee);
        });
    }

    /// Takes an object out of the chain, and puts it behind another one if there is one.
    pub(crate) fn move_behind(&mut self, object: ObjectId, other: Option<ObjectId>) {
        self.rechain(|chain| {
            chain.retain(|&id| id != object);
            if let Some(other) = other {
                let place = chain.iter().position(|&id| id == other);
                chain.insert(place.map_or(chain.len(), |place| place + 1), object);
            }
        });
    }

    fn rechain(&mut self, change: impl FnOnce(&mut Vec<ObjectId>)) {
        let Some(first) = self.list.first().copied() else {
            return;
        };
        let mut chain = std::mem::take(&mut self.hidden);
        chain.append(&mut self.list);
        change(&mut chain);
        let place = chain.iter().position(|&id| id == first);
        self.list = chain.split_off(place.unwrap_or_default());
        self.hidden = chain;
    }

    /// Puts what was lost behind the first object.
    pub(crate) fn find_again(&mut self) {
        let place = self.list.len().min(1);
        self.list.splice(place..place, self.hidden.drain(..));
        self.vdso_hidden = false;
    }

    /// Whether a walk from `_ns_loaded` does not meet this one.
    pub(crate) fn has_lost(&self, object: ObjectId) -> bool {
        self.hidden.contains(&object)
    }

    /// Whether a walk from `_ns_loaded` meets fewer objects than `_ns_nloaded` counts.
    pub(crate) fn has_lost_some(&self) -> bool {
        self.vdso_hidden || !self.hidden.is_empty()
    }
}

/// How a failure ends what is going on: carried up to `_dl_catch_exception` or to the end of the process.
pub(crate) type Outcome<T> = Result<T, Box<Failure>>;

/// The loader's memory.
pub(crate) struct Process<'s, 'w> {
    pub(crate) session: &'s Session<'w>,
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) loader_path: TargetPath,
    pub(crate) target: Target,
    /// `__libc_enable_secure`.
    pub(crate) secure: bool,
    /// `_dl_argv[0]`.
    pub(crate) program: Vec<u8>,
    /// ld.so's own `errno`.
    pub(crate) errno: Option<Errno>,
    pub(crate) maps: Vec<Map>,
    pub(crate) namespaces: Vec<Namespace>,
    /// The map of ld.so itself.
    pub(crate) rtld: Option<ObjectId>,
    pub(crate) directories: Vec<Directory>,
    pub(crate) directory_index: FastMap<Vec<u8>, usize>,
    /// hwcaps suffixes with a trailing slash, the empty one last.
    pub(crate) suffixes: Arc<[Vec<u8>]>,
    pub(crate) library_path: Directories,
    pub(crate) system_path: Vec<usize>,
    pub(crate) cache: Option<Arc<Option<Cache>>>,
    pub(crate) inhibit_cache: bool,
    pub(crate) inhibit_rpath: Option<Vec<u8>>,
    /// `GLRO(dl_lazy)`.
    pub(crate) lazy: bool,
    pub(crate) execstack: bool,
    pub(crate) tls: super::tls::StaticTls,
    pub(crate) tunables: Tunables,
    /// `GLRO(dl_dynamic_weak)`
    pub(crate) dynamic_weak: bool,
    /// Modules that `LD_AUDIT` and its like name.
    pub(crate) audit_modules: u64,
    /// 0 at start, else the number of the step.
    pub(crate) step: usize,
    /// Symbols that are left to the host are no failure (a library alone).
    pub(crate) host_supplies: bool,
    pub(crate) present: FastSet<FileId>,
    // What becomes the trace.
    pub(crate) objects: Vec<Object>,
    pub(crate) events: Vec<Event>,
    pub(crate) problems: Vec<EventId>,
    pub(crate) warnings: Vec<EventId>,
    pub(crate) expected: Vec<ExpectedSymbol>,
    pub(crate) unbound: Vec<ExpectedSymbol>,
    pub(crate) steps: Vec<StepOutcome>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) list_output: Option<Vec<u8>>,
    pub(crate) printed: Vec<EventId>,
    pub(crate) load_order: Vec<ObjectId>,
    /// The real process is over: what follows is what would be met next.
    pub(crate) ended: bool,
    /// `GLRO(dl_verbose)`: `LD_WARN` is set.
    pub(crate) verbose: bool,
}

impl Process<'_, '_> {
    pub(crate) fn map(&self, id: ObjectId) -> &Map {
        &self.maps[id.0 as usize]
    }
    pub(crate) fn map_mut(&mut self, id: ObjectId) -> &mut Map {
        &mut self.maps[id.0 as usize]
    }
    /// `l_real`: ld.so's mirror in another namespace stands for ld.so.
    pub(crate) fn real(&self, id: ObjectId) -> &Map {
        self.map(self.map(id).real.unwrap_or(id))
    }
    /// The program, or what stands first in the base namespace.
    pub(crate) fn main(&self) -> Option<ObjectId> {
        self.namespaces[0].list.first().copied()
    }

    /// Puts a filtee before its filter.
    pub(crate) fn move_before(&mut self, filtee: ObjectId, filter: ObjectId) {
        let number = self.map(filter).namespace;
        let namespace = &mut self.namespaces[number as usize];
        // The kernel's own object stands behind the program, which goes past it.
        namespace.vdso_hidden |= number == 0 && namespace.list.first() == Some(&filtee);
        namespace.move_before(filtee, filter);
    }

    /// `DSO_FILENAME`: the program has no name of its own.
    pub(crate) fn display_name(&self, id: ObjectId) -> Vec<u8> {
        let name = &self.map(id).l_name;
        if name.is_empty() {
            self.program.clone()
        } else {
            name.clone()
        }
    }

    pub(crate) fn record(&mut self, event: Event) -> EventId {
        let id = EventId(self.events.len() as u32);
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        }
        id
    }
    /// A problem of the start: recorded, and the model goes on.
    pub(crate) fn problem(&mut self, failure: Failure) -> EventId {
        let id = self.record(Event::Problem(failure));
        self.problems.push(id);
        if !self.ended {
            self.printed.push(id);
        }
        id
    }
    pub(crate) fn warn(&mut self, failure: Failure) {
        let id = self.record(Event::Warning(failure));
        self.warnings.push(id);
        if !self.ended {
            self.printed.push(id);
        }
    }
    /// A problem of the start that ends the process.
    pub(crate) fn fatal(&mut self, failure: Failure) {
        self.problem(failure);
        self.ended = true;
    }

    /// An error as `_dl_signal_error` gets it, with the sentence of an error number behind it (none for 0).
    pub(crate) fn failure_with_errno(
        &self,
        message: &'static Message,
        object: impl AsRef<[u8]>,
        errno: Option<Errno>,
    ) -> Box<Failure> {
        let mut failure = Failure::of(message, object);
        if let Some(errno) = errno {
            failure.fields = failure.fields.with("reason", self.errno_text(errno));
        }
        failure
    }
    /// At start ld.so knows only five sentences (`elf/dl-minimal.c: __strerror_r`); dlerror has libc's.
    fn errno_text(&self, errno: Errno) -> String {
        let known = [
            Errno::ENOMEM,
            Errno::EINVAL,
            Errno::ENOENT,
            Errno::EPERM,
            Errno::EACCES,
        ];
        if self.step == 0 && !self.host_supplies && !known.contains(&errno) {
            format!("Error {}", errno.0)
        } else {
            errno.glibc_text()
        }
    }
    /// Frames an error as the end of the start.
    pub(crate) fn at_start(&self, mut failure: Box<Failure>) -> Box<Failure> {
        failure.frame = Frame::GlibcStart {
            program: self.program.clone(),
        };
        failure
    }

    /// The object that a file's identity, name or soname already stands for, if it is in this namespace.
    pub(crate) fn file_loaded(&self, namespace: u32, file: FileId) -> Option<ObjectId> {
        self.namespaces[namespace as usize]
            .list
            .iter()
            .copied()
            .find(|&id| {
                let map = self.map(id);
                !map.removed && map.file == Some(file)
            })
    }

    /// `_dl_new_object` and `_dl_add_to_namespace_list`.
    pub(crate) fn add_map(&mut self, new: NewMap<'_>) -> ObjectId {
        let id = ObjectId(self.maps.len() as u32);
        let origin = if new.l_name.is_empty() {
            Origin::Known(None)
        } else {
            Origin::OfName
        };
        let path = match new.stat {
            Some(stat) if new.l_name.is_empty() => stat.path.clone(),
            _ => TargetPath::new(&new.l_name),
        };
        let scope = self.scope_of(id, &new);
        self.objects.push(Object {
            id,
            name: new.name.to_vec(),
            path,
            file: new.stat.map_or(
                FileId {
                    device: 0,
                    inode: 0,
                },
                |stat| stat.id,
            ),
            image: new.image.clone(),
            needed_by: new.loader,
            rule: new.rule,
            namespace: new.namespace,
            step: self.step,
            missing: false,
        });
        self.present.extend(new.stat.map(|stat| stat.id));
        self.maps.push(Map {
            id,
            names: vec![new.name.to_vec()],
            l_name: new.l_name,
            image: new.image,
            file: new.stat.map(|stat| stat.id),
            loader: new.loader,
            kind: new.kind,
            namespace: new.namespace,
            faked: false,
            removed: false,
            rpath: Directories::Unknown,
            runpath: Directories::Unknown,
            origin,
            search_list: None,
            direct: None,
            sorted: Vec::new(),
            scope,
            global: false,
            relocated: false,
            initialised: false,
            nodelete: false,
            opens: 0,
            versions_checked: false,
            unversioned_need: false,
            relocation_dependencies: Vec::new(),
            real: None,
            static_tls: false,
        });
        self.namespaces[new.namespace as usize].list.push(id);
        id
    }

    /// `l_scope`: the global scope, then that of the object that started the load; `RTLD_DEEPBIND` turns them round, and
    /// `DT_SYMBOLIC` puts the object itself first.
    fn scope_of(&self, id: ObjectId, new: &NewMap<'_>) -> Vec<Scope> {
        let mut scope = Vec::new();
        let first = self.namespaces[new.namespace as usize].list.first();
        scope.extend(first.map(|&first| Scope::SearchList(first)));
        let mut root = id;
        let mut loader = new.loader;
        while let Some(next) = loader {
            root = next;
            loader = self.map(next).loader;
        }
        if scope.first() != Some(&Scope::SearchList(root)) {
            let at = if new.deepbind { 0 } else { scope.len() };
            scope.insert(at, Scope::SearchList(root));
        }
        let dynamic = new.image.dynamic();
        let symbolic = dynamic.is_some_and(|dynamic| dynamic.symbolic || dynamic.flags & 2 != 0);
        if symbolic && !new.deepbind && new.kind != Kind::Executable {
            scope.insert(0, Scope::Itself(id));
        }
        scope
    }

    /// `l_origin` of an object.
    pub(crate) fn origin(&self, id: ObjectId) -> Option<Vec<u8>> {
        let directory = match &self.map(id).origin {
            Origin::Known(known) => return known.clone(),
            Origin::OfName => self.absolute(&self.map(id).l_name),
            Origin::OfRealPath(path) => {
                let real = self.session.world().canonical(path);
                real.unwrap_or_else(|_| path.clone())
            }
        };
        Some(directory.parent().as_bytes().to_vec())
    }

    /// A path as the kernel takes it: relative ones start at the working directory.
    pub(crate) fn absolute(&self, path: &[u8]) -> TargetPath {
        TargetPath::new(path).join_to(&self.session.world().machine().working_directory)
    }

    /// Ends the run.
    pub(crate) fn into_trace(self) -> Trace {
        let first = self.problems.first().copied();
        let verdict = match first.map(|id| (id, &self.events[id.0 as usize])) {
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
                family: Family::Glibc,
                release: self.config.release,
                path: self.loader_path,
                release_known: self.config.release_known,
            }),
            objects: self.objects,
            events: self.events,
            steps: self.steps,
            verdict,
            problems: self.problems,
            expected_from_host: self.expected,
            unbound_lazily: self.unbound,
            warnings: self.warnings,
            output: self.list_output,
            printed: self.printed,
            load_order: self.load_order,
        }
    }
}
