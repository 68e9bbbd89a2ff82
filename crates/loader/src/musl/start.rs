//! From the kernel's hand-over to the program's entry point (`__dls3`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sayso_facts::elf::{Class, Image, dt, et, pt};
use sayso_world::TargetPath;

use super::architecture::{self, Relocations};
use super::map::Layout;
use super::process::{Config, Crashed, Dso, HEAD, LDSO, Module, Process, Signal};
use super::release::Rules;
use crate::glibc::Loaded;
use crate::messages::{Fields, musl as message};
use crate::request::Step;
use crate::session::Session;
use crate::trace::{Event, Object, ObjectId, PreloadSource, SearchRule, Trace};

/// Thread storage that no machine has.
pub(crate) const TLS_MAX: u64 = 1 << 40;
/// Thread storage that some machines have and others do not.
const TLS_DOUBTFUL: u64 = 1 << 30;

/// What musl's loader is started for.
pub(crate) enum Purpose {
    /// As the interpreter of a program. `execfn` is what the kernel passes as `AT_EXECFN`: the path given to execve (of a script:
    /// the script's).
    Interpreter { program: Loaded, execfn: TargetPath },
    /// A library alone, as a bare process would dlopen it. The image only tells the machine, where no loader is there to.
    Library { path: TargetPath, image: Arc<Image> },
    /// As a command with arguments (also under a name that ends in `ldd`).
    Command,
}

/// One start.
pub(crate) struct Invocation<'a> {
    pub(crate) config: Config,
    /// The loader's file, by the path that the program (or the user) gave for it.
    pub(crate) loader: Loaded,
    pub(crate) purpose: Purpose,
    /// argv, argv\[0\] first.
    pub(crate) arguments: &'a [Vec<u8>],
    /// `AT_SECURE`
    pub(crate) secure: bool,
    pub(crate) steps: &'a [Step],
}

/// Runs the model.
pub(crate) fn run(session: &Session<'_>, invocation: Invocation<'_>) -> Trace {
    let Invocation {
        config,
        loader,
        purpose,
        arguments,
        secure,
        steps,
    } = invocation;
    let mut process = Process::new(session, config, loader, secure);
    if !secure {
        process.env_path = session
            .world()
            .machine()
            .variable(b"LD_LIBRARY_PATH")
            .map(<[u8]>::to_vec);
    }
    // A crash is in the trace; here it only ends the run.
    let Ok(()) = (match purpose {
        Purpose::Library { path, image } => process.judge_library(&path, &image),
        Purpose::Interpreter { program, execfn } => {
            process.set_up_program(program, &execfn, arguments);
            process.start(None)
        }
        Purpose::Command => match process.command(arguments) {
            Some(preload) => process.start(preload),
            None => return process.into_trace(),
        },
    }) else {
        return process.into_trace();
    };
    if process.problems.is_empty() && !process.list_mode && process.crashed.is_none() {
        process.carry_out(steps);
        process.list_unbound();
    }
    process.into_trace()
}

impl<'s, 'w> Process<'s, 'w> {
    fn new(
        session: &'s Session<'w>,
        config: Config,
        loader: Loaded,
        secure: bool,
    ) -> Process<'s, 'w> {
        let rules = Rules(config.release);
        let page = session.world().machine().page_size;
        let header = loader.image.header();
        let smallest_align = if header.class == Class::Elf64 { 8 } else { 4 };
        let empty = |phantom| Module::empty(session.empty_image(), phantom);
        let ldso = Module {
            name: loader.path.as_bytes().to_vec(),
            image: loader.image.clone(),
            layout: Layout::new(&loader.image, page),
            deps: Some(Vec::new()),
            kernel_mapped: true,
            relocated: true,
            ..empty(false)
        };
        Process {
            session,
            rules,
            relocations: Relocations::of(header, rules),
            native: (header.class, header.endian),
            architecture: architecture::name(header).to_vec(),
            program_file: Vec::new(),
            loader_name: loader.path.as_bytes().to_vec(),
            loader,
            config,
            secure,
            env_path: None,
            sys_path: None,
            errno: None,
            dsos: vec![empty(true), ldso],
            list: vec![HEAD],
            loader_listed: false,
            globals: vec![HEAD],
            lazy: Vec::new(),
            by_short_name: HashMap::new(),
            by_file: HashMap::new(),
            tls_count: 0,
            static_tls_count: 0,
            // `MIN_TLS_ALIGN`: one word.
            tls_layout: (0, smallest_align),
            runtime: false,
            list_mode: false,
            noload: false,
            reported: 0,
            host_supplies: false,
            step: 0,
            crashed: None,
            failed: None,
            failed_errno: None,
            objects: Vec::new(),
            events: Vec::new(),
            problems: Vec::new(),
            printed: Vec::new(),
            expected: Vec::new(),
            expected_seen: HashSet::new(),
            unbound: Vec::new(),
            steps: Vec::new(),
            gaps: Vec::new(),
            output: None,
            load_order: Vec::new(),
        }
    }

    /// The loader's file was not there to be read: it is assumed, and what it defines is not known.
    pub(crate) fn loader_is_absent(&self) -> bool {
        self.loader.image.segments().is_empty()
    }

    /// A machine that nobody has seen a loader of: what the first object says counts.
    fn assume_machine_of(&mut self, image: &Image) {
        if self.loader_is_absent() {
            let header = image.header();
            self.relocations = Relocations::of(header, self.rules);
            self.native = (header.class, header.endian);
            self.architecture = architecture::name(header).to_vec();
        }
    }

    /// The program as the kernel mapped it.
    fn set_up_program(&mut self, program: Loaded, execfn: &TargetPath, arguments: &[Vec<u8>]) {
        self.assume_machine_of(&program.image);
        // `/proc/…` is what fexecve gives; argv[0] says more.
        let name = if execfn.as_bytes().starts_with(b"/proc/") {
            arguments.first().cloned().unwrap_or_default()
        } else {
            execfn.as_bytes().to_vec()
        };
        let layout = Layout::new(&program.image, self.session.world().machine().page_size);
        self.put_head(program, name, layout);
        self.dsos[HEAD].kernel_mapped = true;
    }

    /// The first object, whoever mapped it.
    pub(crate) fn put_head(&mut self, program: Loaded, name: Vec<u8>, layout: Layout) {
        self.program_file = program.path.as_bytes().to_vec();
        let object = ObjectId(0);
        self.objects.push(Object {
            id: object,
            name: name.clone(),
            path: TargetPath::new(&name),
            file: program.stat.id,
            image: program.image.clone(),
            needed_by: None,
            rule: SearchRule::Given,
            namespace: 0,
            step: 0,
            missing: false,
        });
        self.record(Event::Mapped(object));
        let head = &mut self.dsos[HEAD];
        head.object = Some(object);
        head.name = name;
        head.image = program.image;
        head.layout = layout;
        head.phantom = false;
    }

    /// From the first need to the jump to the entry point.
    fn start(&mut self, preload_option: Option<Vec<u8>>) -> Result<(), Crashed> {
        let head = self.dsos[HEAD].image.clone();
        self.check_program_headers(&head)?;
        self.dsos[HEAD].tls_id = self.add_thread_storage(&head);
        let variable = self
            .session
            .world()
            .machine()
            .variable(b"LD_PRELOAD")
            .map(<[u8]>::to_vec);
        let preload = match preload_option {
            Some(names) => Some((names, PreloadSource::Option)),
            None => variable
                .filter(|_| !self.secure)
                .map(|names| (names, PreloadSource::Variable)),
        };
        if let Some((names, source)) = preload {
            self.load_preload(&names, source)?;
        }
        self.load_dependencies(HEAD)?;
        self.globals = self.list.clone();
        self.load_order = self
            .list
            .iter()
            .filter_map(|&dso| self.dsos[dso].object)
            .collect();
        self.check_thread_storage_size();
        self.static_tls_count = self.tls_count;
        if self.session.detail.symbols && self.crashed.is_none() {
            let order: Vec<Dso> = self.list[1..].iter().copied().chain([HEAD]).collect();
            self.relocate_all(&order)?;
        }
        if self.problems.is_empty() && !self.list_mode {
            self.construct(HEAD)?;
        }
        for dso in self.list.clone() {
            self.dsos[dso].relocated = true;
            self.dsos[dso].constructed = true;
        }
        self.errno = None;
        self.failed = None;
        self.runtime = true;
        Ok(())
    }

    /// The program's own headers tell the loader where the kernel has put it; what is not said there is taken for 0.
    fn check_program_headers(&mut self, program: &Image) -> Result<(), Crashed> {
        if !self.dsos[HEAD].kernel_mapped {
            return Ok(());
        }
        let why = if program.segment(pt::DYNAMIC).is_none() {
            "it names a loader but has no dynamic section"
        } else if program.header().kind == et::DYN && program.segment(pt::PHDR).is_none() {
            "it has no PT_PHDR, and musl takes it for loaded at address 0"
        } else {
            return Ok(());
        };
        let name = String::from_utf8_lossy(self.name(HEAD)).into_owned();
        Err(self.crash(Signal::Segmentation, HEAD, format!("{name}: {why}")))
    }

    /// A library as the first thing that a bare process opens: `dlopen(path, RTLD_NOW)` in a program that needs nothing but libc.
    fn judge_library(&mut self, path: &TargetPath, image: &Image) -> Result<(), Crashed> {
        self.assume_machine_of(image);
        self.runtime = true;
        self.host_supplies = true;
        self.list = vec![HEAD, LDSO];
        self.loader_listed = true;
        self.globals = vec![HEAD, LDSO];
        let path = path.as_bytes();
        let name = if path.contains(&b'/') {
            path.to_vec()
        } else {
            [b"./", path].concat()
        };
        self.open(&name, false, true, false)?;
        self.load_order = self.list[1..]
            .iter()
            .filter_map(|&dso| self.dsos[dso].object)
            .collect();
        self.host_supplies = false;
        self.failed = None;
        Ok(())
    }

    /// `tls_cnt` and `tls_offset` for one more object (the end of `load_library`).
    pub(crate) fn add_thread_storage(&mut self, image: &Image) -> usize {
        let Some(tls) = image.segment(pt::TLS).filter(|tls| tls.memsz > 0) else {
            return 0;
        };
        let align = tls.align.max(1);
        let (offset, largest) = self.tls_layout;
        let offset = offset.saturating_add(tls.memsz).saturating_add(align - 1);
        let misplaced = if align.is_power_of_two() {
            offset.wrapping_add(tls.vaddr) & (align - 1)
        } else {
            0
        };
        self.tls_layout = (offset.saturating_sub(misplaced), largest.max(align));
        self.tls_count += 1;
        self.tls_count
    }

    /// `calloc(libc.tls_size)` fails when all thread storage together is larger than memory.
    fn check_thread_storage_size(&mut self) {
        let (offset, align) = self.tls_layout;
        if offset > TLS_MAX {
            let word = if self.native.0 == Class::Elf64 { 8 } else { 4 };
            let size = (1 + self.tls_count as u64)
                .saturating_mul(word)
                .saturating_add(offset)
                .saturating_add(THREAD_SIZE)
                .saturating_add(align.saturating_mul(2));
            let size = size.saturating_add(align - 1) & align.wrapping_neg();
            let fields = Fields::new()
                .with("program", self.name(HEAD))
                .with("bytes", size.to_string())
                .with("reason", sayso_world::Errno::ENOMEM.musl_text());
            let failure = self.failure(&message::TLS_MEMORY, fields);
            self.error(failure);
        } else if offset > TLS_DOUBTFUL {
            self.gap(
                "thread-storage-size",
                format!("{offset} bytes of thread storage for each thread"),
            );
        }
    }

    /// What initialisers meet in a release that leaves `DT_RELR` words alone: a call to a link-time address.
    pub(crate) fn construct(&mut self, root: Dso) -> Result<(), Crashed> {
        for dso in self.constructor_order(root) {
            if self.dsos[dso].constructed || dso == LDSO {
                continue;
            }
            self.dsos[dso].constructed = true;
            let image = self.dsos[dso].image.clone();
            if self.rules.relr() || image.relr_count() == 0 {
                continue;
            }
            let name = String::from_utf8_lossy(self.name(dso)).into_owned();
            if initialisers_are_in_relr(&image) {
                let why = format!(
                    "{name} has its relative relocations in DT_RELR, which musl before 1.2.4 does not apply: its first initialiser is called at a link-time address"
                );
                return Err(self.crash(Signal::Segmentation, dso, why));
            }
            self.gap(
                "relr-ignored",
                format!(
                    "{name} has {} relocations in DT_RELR, which musl before 1.2.4 does not apply",
                    image.relr_count()
                ),
            );
        }
        Ok(())
    }
}

/// `sizeof(struct pthread)` on the common 64-bit machines.
const THREAD_SIZE: u64 = 200;

/// A word of `DT_INIT_ARRAY` is among those that `DT_RELR` encodes.
fn initialisers_are_in_relr(image: &Image) -> bool {
    let (Some(array), Some(size)) = (
        image.dynamic_value(dt::INIT_ARRAY),
        image.dynamic_value(dt::INIT_ARRAYSZ),
    ) else {
        return false;
    };
    let inside = |address: u64| address.wrapping_sub(array) < size;
    let (Some(table), Some(bytes)) = (
        image.dynamic_value(dt::RELR),
        image.dynamic_value(dt::RELRSZ),
    ) else {
        return false;
    };
    let wide = image.class() == Class::Elf64;
    let little = image.header().endian == sayso_facts::elf::Endian::Little;
    let word: u64 = if wide { 8 } else { 4 };
    let Some(raw) = image.at(table) else {
        return false;
    };
    let mut base = 0u64;
    for entry in raw[..raw.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))]
        .chunks_exact(word as usize)
    {
        let value = entry.iter().enumerate().fold(0u64, |value, (at, &byte)| {
            let at = if little { at } else { entry.len() - 1 - at };
            value | u64::from(byte) << (8 * at)
        });
        if value & 1 == 0 {
            if inside(value) {
                return true;
            }
            base = value.wrapping_add(word);
            continue;
        }
        let bits = word * 8 - 1;
        if (0..bits).any(|bit| value >> (bit + 1) & 1 == 1 && inside(base.wrapping_add(bit * word)))
        {
            return true;
        }
        base = base.wrapping_add(bits * word);
    }
    false
}
