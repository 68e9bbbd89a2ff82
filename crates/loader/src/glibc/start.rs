//! From the kernel's hand-over to the program's entry point (`elf/rtld.c: dl_main`).

use std::sync::Arc;

use sayso_facts::elf::{Class as ElfClass, Image};
use sayso_world::hash::{FastMap, FastSet};
use sayso_world::{FileStat, TargetPath};

use super::command::Command;
use super::process::{Config, Directories, Kind, Namespace, NewMap, Origin, Process};
use super::release::Rules;
use super::tls::StaticTls;
use super::tunables::{Asked, Tunables};
use super::verify::{Mode, Target};
use super::versions::{Remark, ends};
use crate::messages::{Failure, Fields, Frame, glibc as message};
use crate::request::Step;
use crate::session::Session;
use crate::trace::{ObjectId, PreloadSource, SearchRule, Trace};

/// Room for so many objects is made at once: most programs have fewer.
const USUAL_OBJECTS: usize = 16;

/// A file with what stands in it.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// The path as it was given.
    pub(crate) path: TargetPath,
    pub(crate) stat: FileStat,
    pub(crate) image: Arc<Image>,
}

/// What ld.so is started for.
pub(crate) enum Purpose {
    /// As the interpreter of a program.
    Interpreter(Loaded),
    /// A library alone, as a bare process would dlopen it.
    Library(Loaded),
    /// As a command with arguments.
    Command,
}

/// One start of ld.so.
pub(crate) struct Invocation<'a> {
    pub(crate) config: Config,
    /// ld.so itself.
    pub(crate) loader: Loaded,
    pub(crate) purpose: Purpose,
    /// argv, argv\[0\] first.
    pub(crate) arguments: &'a [Vec<u8>],
    pub(crate) secure: bool,
    pub(crate) steps: &'a [Step],
}

/// Runs the model.
pub(crate) fn run(session: &Session<'_>, invocation: Invocation<'_>) -> Trace {
    let mut process = Process::new(session, &invocation);
    let command = match invocation.purpose {
        Purpose::Interpreter(program) => {
            process.setup_program(program);
            Command::default()
        }
        Purpose::Library(library) => {
            process.setup_library(library);
            Command::default()
        }
        Purpose::Command => match process.setup_command(invocation.arguments, &invocation.loader) {
            Some(command) => command,
            None => return process.into_trace(),
        },
    };
    process.start(&invocation.loader, &command);
    if !process.ended && process.list_output.is_none() {
        process.carry_out(invocation.steps);
    }
    process.into_trace()
}

/// What this ld.so is built for: its own header says it; without one, what the machine runs or the library is for.
fn target(session: &Session<'_>, invocation: &Invocation<'_>) -> Target {
    match &invocation.purpose {
        _ if invocation.loader.image.header().machine != 0 => Target::of(&invocation.loader.image),
        Purpose::Library(library) => Target::of(&library.image),
        _ => Target::native(session.world().machine().architecture),
    }
}

impl<'s, 'w> Process<'s, 'w> {
    fn new(session: &'s Session<'w>, invocation: &Invocation<'_>) -> Process<'s, 'w> {
        let rules = Rules(invocation.config.release);
        let machine = session.world().machine();
        let x86_64 = invocation.loader.image.header().machine == 62
            && invocation.loader.image.header().class == ElfClass::Elf64;
        let (tunables, complaints) = Tunables::read(
            Asked {
                rules,
                secure: invocation.secure,
                static_tls: rules.rtld_tunables() || invocation.config.ahead.knows_rtld_tunables,
            },
            machine,
        );
        let secure = invocation.secure || tunables.enable_secure;
        let heeded = |name: &[u8]| {
            (!secure || rules.secure_programs_heed())
                && machine
                    .variable(name)
                    .is_some_and(|value| !value.is_empty())
        };
        let mut process = Process {
            session,
            rules,
            config: invocation.config.clone(),
            loader_path: invocation.loader.path.clone(),
            target: target(session, invocation),
            secure,
            program: invocation.arguments.first().cloned().unwrap_or_default(),
            errno: None,
            maps: Vec::with_capacity(USUAL_OBJECTS),
            namespaces: vec![Namespace::default()],
            rtld: None,
            directories: Vec::new(),
            directory_index: FastMap::default(),
            suffixes: if tunables.leaves_hwcaps_alone() {
                session.suffixes(rules, x86_64)
            } else {
                super::paths::suffixes(rules, machine, &tunables, x86_64, None, None).into()
            },
            library_path: Directories::None,
            system_path: Vec::new(),
            cache: None,
            inhibit_cache: false,
            inhibit_rpath: None,
            lazy: !heeded(b"LD_BIND_NOW"),
            execstack: true,
            tls: StaticTls::default(),
            tunables,
            dynamic_weak: !secure && machine.variable(b"LD_DYNAMIC_WEAK").is_some(),
            audit_modules: 0,
            step: 0,
            host_supplies: false,
            present: FastSet::default(),
            objects: Vec::with_capacity(USUAL_OBJECTS),
            events: Vec::with_capacity(4 * USUAL_OBJECTS),
            problems: Vec::new(),
            warnings: Vec::new(),
            expected: Vec::new(),
            unbound: Vec::new(),
            steps: Vec::new(),
            gaps: Vec::new(),
            list_output: None,
            printed: Vec::new(),
            load_order: Vec::new(),
            ended: false,
            verbose: heeded(b"LD_WARN"),
        };
        // A library alone stands for one that is opened later: what its process said at its start is not its affair.
        if !matches!(invocation.purpose, Purpose::Library(_)) {
            for complaint in complaints {
                process.warn(complaint);
            }
        }
        process
    }

    /// An environment variable that ld.so listens to, unless secure mode takes it away.
    pub(crate) fn listened(&self, name: &[u8]) -> Option<Vec<u8>> {
        (!self.secure)
            .then(|| {
                self.session
                    .world()
                    .machine()
                    .variable(name)
                    .map(<[u8]>::to_vec)
            })
            .flatten()
    }

    /// The program as the kernel mapped it: nothing of it was checked by ld.so.
    fn setup_program(&mut self, program: Loaded) {
        let stack = program
            .image
            .segment(0x6474_e551)
            .map_or(7, |segment| segment.flags);
        self.execstack = stack & 1 != 0;
        let id = self.add_map(NewMap {
            image: program.image,
            name: b"",
            l_name: Vec::new(),
            stat: Some(&program.stat),
            loader: None,
            kind: Kind::Executable,
            namespace: 0,
            deepbind: false,
            rule: SearchRule::Given,
        });
        let machine = self.session.world().machine();
        // `_dl_get_origin`: readlink of /proc/self/exe, or LD_ORIGIN_PATH.
        let origin = if machine.proc_mounted {
            Origin::OfRealPath(self.absolute(program.path.as_bytes()))
        } else {
            Origin::Known(self.listened(b"LD_ORIGIN_PATH"))
        };
        self.objects[id.0 as usize].path = program.path;
        let map = self.map_mut(id);
        map.opens = 1;
        map.origin = origin;
        // The kernel does not tell which file it mapped: the program has no identity (`dl_main`'s own comment).
        map.file = None;
    }

    /// A library alone, checked as dlopen checks it.
    fn setup_library(&mut self, library: Loaded) {
        self.host_supplies = true;
        self.lazy = false;
        self.execstack = false;
        let name = library.path.as_bytes().to_vec();
        let opened = crate::session::Opened::Image(library.image.clone());
        let mode = Mode {
            dlopen: true,
            ..Mode::default()
        };
        self.rtld = None;
        match super::verify::header(self.target, self.rules, &library.stat, &opened) {
            super::verify::Header::Fatal(text, errno) => {
                let failure = self.header_failure(text, &name, errno);
                self.fatal(*failure);
            }
            super::verify::Header::Skip(_) | super::verify::Header::Good => {
                if let Err(failure) =
                    self.check_mappable(&name, &library.stat, &library.image, mode)
                {
                    self.fatal(*failure);
                }
            }
        }
        self.add_map(NewMap {
            image: library.image,
            name: &name,
            l_name: name.clone(),
            stat: Some(&library.stat),
            loader: None,
            kind: Kind::Library,
            namespace: 0,
            deepbind: false,
            rule: SearchRule::Given,
        });
    }

    /// ld.so's own link map.
    ///
    /// As a command it is called what argv\[0\] says, and answers to the interpreter that the program names.
    fn setup_rtld(&mut self, loader: &Loaded, command: &Command) -> ObjectId {
        let l_name = command
            .invoked_as
            .clone()
            .unwrap_or_else(|| loader.path.as_bytes().to_vec());
        let main = self.main().map(|main| self.map(main).image.clone());
        let asked = main
            .as_ref()
            .and_then(|image| image.interpreter())
            .map(<[u8]>::to_vec);
        let name = if command.invoked_as.is_some() {
            asked.unwrap_or_else(|| l_name.clone())
        } else {
            l_name.clone()
        };
        let id = self.add_map(NewMap {
            image: loader.image.clone(),
            name: &name,
            l_name,
            stat: Some(&loader.stat),
            loader: None,
            kind: Kind::Library,
            namespace: 0,
            deepbind: false,
            rule: SearchRule::Interpreter,
        });
        let soname = loader.image.soname().map(<[u8]>::to_vec);
        let map = self.map_mut(id);
        map.names.extend(soname.filter(|soname| *soname != name));
        map.relocated = true;
        map.versions_checked = true;
        // ld.so does not look at its own file: its identity is not known to it.
        map.file = None;
        self.rtld = Some(id);
        id
    }

    fn start(&mut self, loader: &Loaded, command: &Command) {
        let Some(main) = self.main() else { return };
        let library_path = command
            .library_path
            .clone()
            .or_else(|| self.listened(b"LD_LIBRARY_PATH"));
        let rtld = self.setup_rtld(loader, command);
        if command.hwcaps_prepend.is_some() || command.hwcaps_mask.is_some() {
            let machine = self.session.world().machine();
            let x86_64 = loader.image.header().machine == 62
                && loader.image.header().class == ElfClass::Elf64;
            self.suffixes = super::paths::suffixes(
                self.rules,
                machine,
                &self.tunables,
                x86_64,
                command.hwcaps_prepend.as_deref(),
                command.hwcaps_mask.as_deref(),
            )
            .into();
        }
        self.handle_execstack_tunable();
        self.init_paths(library_path.as_deref());
        let audit = command.audit.clone().or_else(|| self.listened(b"LD_AUDIT"));
        self.load_audit_modules(main, audit);
        let preloads = self.preload(main, command);
        let trace = command.list || self.listened_even_if_empty(b"LD_TRACE_LOADED_OBJECTS");
        let mode = Mode {
            trace: trace && !command.list_is_strict,
            ..Mode::default()
        };
        let frame_plain = self.host_supplies;
        self.map_dependencies(main, &preloads, mode, &mut |process, failure| {
            let failure = if frame_plain || ends(&failure) {
                failure
            } else {
                process.at_start(failure)
            };
            process.fatal(*failure);
        });
        self.place_rtld(main, rtld);
        self.load_order = self.namespaces[0].list.clone();
        for id in self.map(main).search_list.clone().unwrap_or_default() {
            self.map_mut(id).global = true;
        }
        if self.session.detail.symbols {
            self.check_all_versions(trace);
        }
        if trace {
            if !self.ended {
                self.list_output = Some(self.list_objects(main));
            }
            return;
        }
        self.check_isa_levels(main);
        self.lay_out_static_tls();
        if self.session.detail.symbols {
            self.relocate_all(main);
        }
        for map in &mut self.maps {
            map.initialised = true;
            map.relocated = true;
        }
    }

    /// `_dl_handle_execstack_tunable`
    fn handle_execstack_tunable(&mut self) {
        match self.tunables.execstack {
            0 if self.execstack => {
                let mut failure = Failure::of(&message::EXECSTACK_FORBIDDEN, b"");
                failure.fields = Fields::new();
                self.fatal(*failure);
            }
            2 => self.execstack = true,
            _ => {}
        }
    }

    fn listened_even_if_empty(&self, name: &[u8]) -> bool {
        !self.secure && self.session.world().machine().variable(name).is_some()
    }

    /// `handle_preload_list` and `/etc/ld.so.preload`.
    fn preload(&mut self, main: ObjectId, command: &Command) -> Vec<ObjectId> {
        let before = self.maps.len();
        let split = |list: &[u8]| {
            list.split(|byte| matches!(byte, b' ' | b':'))
                .filter(|name| !name.is_empty())
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        let environment = self
            .session
            .world()
            .machine()
            .variable(b"LD_PRELOAD")
            .map(split)
            .unwrap_or_default();
        let secure = self.secure;
        for name in environment
            .into_iter()
            .filter(|name| !secure || (!name.contains(&b'/') && name.len() < 255))
        {
            self.preload_one(main, &name, "LD_PRELOAD", PreloadSource::Variable);
        }
        for name in command.preload.as_deref().map(split).unwrap_or_default() {
            self.preload_one(main, &name, "--preload", PreloadSource::Option);
        }
        let path = self.config.preload_path.clone();
        if !self.host_supplies
            && let Ok(stat) = self.session.lookup(&path)
            && stat.readable
            && let Ok(text) = self.session.world().read(&stat)
        {
            let source = path.to_string();
            for name in sayso_world::config::ld_so_preload::names(&text) {
                self.preload_one(main, &name, &source, PreloadSource::File);
            }
        }
        (before..self.maps.len())
            .map(|index| ObjectId(index as u32))
            .filter(|&id| self.map(id).namespace == 0)
            .collect()
    }

    fn preload_one(&mut self, main: ObjectId, name: &[u8], source: &str, rule: PreloadSource) {
        let before = self.maps.len();
        match self.map_object(
            Some(main),
            name,
            Kind::Library,
            Mode {
                preload: true,
                ..Mode::default()
            },
            0,
            false,
        ) {
            Ok(_) => {
                for object in &mut self.objects[before..] {
                    object.rule = SearchRule::Preload(rule);
                }
            }
            Err(failure) => {
                let warning = Failure {
                    message: &message::PRELOAD_IGNORED,
                    fields: Fields::new()
                        .with("object", name)
                        .with("source", source)
                        .with("error", bare(&failure)),
                    frame: Frame::Plain,
                    exit_status: None,
                    by: failure.by,
                    search: failure.search,
                };
                self.warn(warning);
            }
        }
    }

    /// ld.so leaves the chain and comes back where a need names it.
    fn place_rtld(&mut self, main: ObjectId, rtld: ObjectId) {
        let search_list = self.map(main).search_list.clone().unwrap_or_default();
        let named = search_list.iter().skip(1).position(|&id| id == rtld);
        // From 2.41 on it comes back in any case, at the end if nobody named it.
        let always = self
            .rules
            .rtld_always_listed()
            .then_some(search_list.len() - 1);
        let before = named.or(always).map(|at| search_list[at]);
        self.namespaces[0].move_behind(rtld, before);
    }

    fn check_all_versions(&mut self, trace: bool) {
        let mut failed = false;
        for id in self.namespaces[0].list.clone() {
            if self.map(id).faked {
                continue;
            }
            self.map_mut(id).versions_checked = true;
            for remark in self.check_versions(id) {
                match remark {
                    Remark::Warning(mut warning) => {
                        warning.frame = self.version_frame();
                        if !self.host_supplies {
                            self.warn(*warning);
                        }
                    }
                    Remark::Error(mut failure) => {
                        failure.frame = self.version_frame();
                        if trace {
                            // Only printed: the list is what was asked for.
                            self.warn(*failure);
                            continue;
                        }
                        self.problem(*failure);
                        failed = true;
                    }
                    Remark::Fatal(failure) => {
                        let failure = if self.host_supplies || failure.is(&message::INCONSISTENCY) {
                            failure
                        } else {
                            self.at_start(failure)
                        };
                        self.fatal(*failure);
                    }
                }
            }
        }
        self.ended |= failed;
    }

    fn version_frame(&self) -> Frame {
        if self.host_supplies {
            Frame::Plain
        } else {
            Frame::GlibcOccasion {
                program: self.program.clone(),
                occasion: "",
            }
        }
    }

    /// `sysdeps/x86/dl-prop.h: dl_isa_level_check`
    pub(crate) fn first_isa_failure(&self, root: ObjectId) -> Option<ObjectId> {
        if !self.rules.isa_level_checked() {
            return None;
        }
        let have = (1u32 << self.session.world().machine().cpu.level.clamp(1, 4)) - 1;
        self.map(root).sorted.iter().rev().copied().find(|&id| {
            let map = self.map(id);
            let needed = if map.image.header().machine == 62 {
                map.image.x86_isa_needed()
            } else {
                0
            };
            !map.initialised
                && Some(id) != self.rtld
                && map.real.is_none()
                && needed & have != needed
        })
    }

    fn check_isa_levels(&mut self, main: ObjectId) {
        if let Some(id) = self.first_isa_failure(main) {
            let failure = Failure::of(&message::ISA_LEVEL, self.display_name(id));
            self.fatal(*failure);
        }
    }

    /// Everything but ld.so is relocated, last initialised first.
    fn relocate_all(&mut self, main: ObjectId) {
        let lazy = self.lazy;
        let mut order = self.map(main).sorted.clone();
        order.reverse();
        self.libc_first(0, &mut order);
        for id in order {
            let plain = self.host_supplies;
            self.relocate(id, lazy, &mut |process, mut failure| {
                let whole = ends(&failure) || failure.is(&message::IFUNC_IN_PROGRAM);
                let refusals = [
                    &message::INDIRECT_ACCESS,
                    &message::COPY_REFUSED,
                    &message::DIRECT_REFUSED,
                ];
                if !plain && !whole {
                    let occasion = if failure.is(&message::UNDEFINED_SYMBOL) {
                        "symbol lookup error"
                    } else if failure.is(&message::LINK_TIME_REFERENCE) {
                        "relocation error"
                    } else if refusals.iter().any(|message| failure.is(message)) {
                        // ld.so gives the symbol's name as the occasion.
                        ""
                    } else {
                        "error while loading shared libraries"
                    };
                    failure.frame = Frame::GlibcOccasion {
                        program: process.program.clone(),
                        occasion,
                    };
                }
                process.fatal(*failure);
            });
        }
    }
}

/// The sentence alone, without the object before it and the error number's sentence behind it.
pub(crate) fn bare(failure: &Failure) -> Vec<u8> {
    let mut fields = Fields::new().with("object", b"");
    for (name, value) in failure
        .fields
        .iter()
        .filter(|(name, _)| !matches!(*name, "object" | "reason"))
    {
        fields = fields.with(name, value);
    }
    let text = failure.message.format(&fields);
    text.strip_prefix(b": ").unwrap_or(&text).to_vec()
}
