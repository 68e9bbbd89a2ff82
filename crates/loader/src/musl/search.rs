//! Finding a library (`load_library`, `path_open`, `fixup_rpath`).

use std::sync::Arc;

use sayso_facts::elf::{Image, gnu_hash, pt};
use sayso_world::{Errno, FileStat, TargetPath};

use super::map::{Layout, Refusal};
use super::process::{Crashed, Dso, HEAD, LDSO, Module, Process};
use super::symbols::defines;
use crate::limits::OBJECTS_MAX;
use crate::trace::{
    Event, EventId, Identity, Object, ObjectId, PreloadSource, Probe, ProbeOutcome, SearchRule,
};

/// `NAME_MAX`
const NAME_MAX: usize = 255;
/// Size of `load_library`'s buffer: longer paths are passed over without a word.
const PATH_BUFFER: usize = 2 * NAME_MAX + 2;
/// Names that mean libc itself, behind `lib`.
const RESERVED: [&[u8]; 7] = [
    b"c.",
    b"pthread.",
    b"rt.",
    b"m.",
    b"dl.",
    b"util.",
    b"xnet.",
];

/// How one list of directories ended.
enum PathSearch {
    Found(Vec<u8>, FileStat),
    /// Go on with the next list (-1).
    NotHere,
    /// An error that ends the whole search (-2).
    Stop,
}

/// What a name led to.
pub(crate) struct Answer {
    /// `None`: not found or not mapped, with the reason in `errno`.
    pub(crate) dso: Option<Dso>,
    /// The search event.
    pub(crate) event: EventId,
}

impl Process<'_, '_> {
    /// `open(path, O_RDONLY)`.
    pub(crate) fn open_file(&mut self, path: &[u8]) -> Result<FileStat, Errno> {
        let absolute =
            TargetPath::new(path).join_to(&self.session.world().machine().working_directory);
        let opened = self.session.lookup(&absolute).and_then(|stat| {
            if stat.readable {
                Ok(stat)
            } else {
                Err(Errno::EACCES)
            }
        });
        if let Err(errno) = &opened {
            self.errno = Some(*errno);
        }
        opened
    }

    /// The place of a name among the reserved ones, as a bit of `reported`.
    fn reserved(name: &[u8]) -> Option<u32> {
        let rest = name.strip_prefix(b"lib")?;
        let at = RESERVED
            .iter()
            .position(|reserved| rest.starts_with(reserved))?;
        Some(1 << at)
    }

    /// `load_library`. `preload` names what asked, where that is no object.
    pub(crate) fn load_library(
        &mut self,
        name: &[u8],
        asker: Option<Dso>,
        preload: Option<PreloadSource>,
    ) -> Result<Answer, Crashed> {
        let event = self.record(Event::Search {
            name: name.to_vec(),
            asker: asker.and_then(|asker| self.dsos[asker].object),
            probes: Vec::new(),
            result: None,
        });
        let mut probes = Vec::new();
        let before = self.dsos.len();
        let found = self.find_library(name, asker, preload, &mut probes);
        let object = match found {
            Ok(Some(dso)) => Some(self.object_of(dso, asker, name)),
            _ => None,
        };
        if let Some(Event::Search {
            probes: tried,
            result,
            ..
        }) = self.events.get_mut(event.0 as usize)
        {
            *tried = probes;
            *result = object;
        }
        let dso = found?;
        if let (Some(dso), Some(object)) = (dso, object)
            && dso >= before
        {
            self.record(Event::Mapped(object));
        }
        Ok(Answer { dso, event })
    }

    /// `ldso`, put into the list if it is not there yet.
    fn itself(&mut self, probes: &mut Vec<Probe>) -> Dso {
        if !self.loader_listed {
            self.loader_listed = true;
            self.list.push(LDSO);
        }
        probes.push(Probe {
            path: TargetPath::new(&self.dsos[LDSO].name),
            because: SearchRule::LibcItself,
            outcome: ProbeOutcome::Found(self.loader.stat.id),
        });
        LDSO
    }

    fn find_library(
        &mut self,
        name: &[u8],
        asker: Option<Dso>,
        preload: Option<PreloadSource>,
        probes: &mut Vec<Probe>,
    ) -> Result<Option<Dso>, Crashed> {
        if name.is_empty() {
            self.errno = Some(Errno::EINVAL);
            return Ok(None);
        }
        if let Some(bit) = Self::reserved(name) {
            if self.list_mode && self.reported & bit == 0 {
                self.reported |= bit;
                let loader = self.loader_name.clone();
                self.print_mapping(Some(name), &loader);
            }
            return Ok(Some(self.itself(probes)));
        }
        if name == self.loader_name {
            return Ok(Some(self.itself(probes)));
        }
        let searched = !name.contains(&b'/');
        let found = if searched {
            if let Some(&dso) = self.by_short_name.get(name) {
                self.already_loaded(dso, Identity::Name, probes);
                return Ok(Some(dso));
            }
            if name.len() > NAME_MAX {
                return Ok(None);
            }
            self.search(name, asker, probes)
        } else {
            match self.open_file(name) {
                Ok(stat) => {
                    probes.push(probe(
                        name,
                        SearchRule::AsGiven,
                        ProbeOutcome::Found(stat.id),
                    ));
                    Some((name.to_vec(), stat))
                }
                Err(errno) => {
                    probes.push(probe(name, SearchRule::AsGiven, ProbeOutcome::Errno(errno)));
                    None
                }
            }
        };
        let Some((path, stat)) = found else {
            return Ok(None);
        };
        if let Some(&dso) = self.by_file.get(&stat.id) {
            // A search that finds what was loaded by its path gives it a name.
            if searched && self.dsos[dso].short_name.is_none() && !self.is_past_failure() {
                let own = TargetPath::new(&self.dsos[dso].name);
                self.dsos[dso].short_name = Some(own.file_name().to_vec());
                self.index(dso);
            }
            return Ok(Some(dso));
        }
        if self.noload {
            return Ok(None);
        }
        self.map_found(name, path, &stat, asker, preload, searched, probes)
    }

    /// From the open file to the end of `load_library`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the local variables of one function of the model"
    )]
    fn map_found(
        &mut self,
        name: &[u8],
        path: Vec<u8>,
        stat: &FileStat,
        asker: Option<Dso>,
        preload: Option<PreloadSource>,
        searched: bool,
        probes: &mut Vec<Probe>,
    ) -> Result<Option<Dso>, Crashed> {
        let fatal = |probes: &mut Vec<Probe>| {
            if let Some(last) = probes.last_mut() {
                last.outcome = ProbeOutcome::Fatal;
            }
        };
        if self.list.len() >= OBJECTS_MAX {
            self.gap(
                "too-many-objects",
                format!("more than {OBJECTS_MAX} objects"),
            );
            return Ok(None);
        }
        let (image, layout) = match self.map_library(stat) {
            Ok(mapped) => mapped,
            Err(Refusal::Errno(errno)) => {
                fatal(probes);
                self.errno = Some(errno);
                return Ok(None);
            }
            Err(Refusal::Signal(signal, why)) => {
                fatal(probes);
                let why = format!("{}: {why}", TargetPath::new(&path));
                return Err(self.crash(signal, asker.unwrap_or(HEAD), why));
            }
        };
        if let Some((signal, why)) = Self::missing_table(&image, &layout) {
            fatal(probes);
            let why = format!("{}: {why}", TargetPath::new(&path));
            return Err(self.crash(signal, asker.unwrap_or(HEAD), why));
        }
        if is_a_libc(&image) {
            let answer = self.find_library(b"libc.so", asker, None, probes)?;
            return Ok(answer);
        }
        // Thread storage of a library that comes later is allocated with its `struct dso`.
        let thread_storage = image
            .segment(pt::TLS)
            .filter(|tls| tls.memsz > 0)
            .map_or(0, |tls| tls.memsz.saturating_add(tls.align));
        if self.runtime && thread_storage > super::start::TLS_MAX {
            fatal(probes);
            self.errno = Some(Errno::ENOMEM);
            return Ok(None);
        }
        let rule = match (preload, probes.last()) {
            (Some(source), _) => SearchRule::Preload(source),
            (None, Some(probe)) => probe.because.clone(),
            (None, None) => SearchRule::AsGiven,
        };
        let dso = self.add(name, path, stat, image, layout, asker, rule, searched);
        Ok(Some(dso))
    }

    /// The new `struct dso`, at the end of the list.
    #[expect(clippy::too_many_arguments, reason = "the facts of one object")]
    pub(crate) fn add(
        &mut self,
        name: &[u8],
        path: Vec<u8>,
        stat: &FileStat,
        image: Arc<Image>,
        layout: Layout,
        asker: Option<Dso>,
        rule: SearchRule,
        searched: bool,
    ) -> Dso {
        let object = ObjectId(self.objects.len() as u32);
        let target = TargetPath::new(&path);
        self.objects.push(Object {
            id: object,
            name: name.to_vec(),
            path: target.clone(),
            file: stat.id,
            image: image.clone(),
            needed_by: asker.and_then(|asker| self.dsos[asker].object),
            rule,
            namespace: 0,
            step: self.step,
            missing: false,
        });
        let dso = self.dsos.len();
        let tls_id = self.add_thread_storage(&image);
        if self.list_mode {
            self.print_mapping(Some(name), &path);
        }
        self.dsos.push(Module {
            object: Some(object),
            name: path,
            short_name: searched.then(|| target.file_name().to_vec()),
            file: Some(stat.id),
            image,
            layout,
            needed_by: asker,
            deps: None,
            direct: 0,
            bfs_built: false,
            rpath: None,
            kernel_mapped: false,
            tls_id,
            relocated: false,
            constructed: false,
            lazy: None,
            phantom: false,
        });
        self.list.push(dso);
        self.index(dso);
        dso
    }

    fn already_loaded(&self, dso: Dso, identity: Identity, probes: &mut Vec<Probe>) {
        let module = &self.dsos[dso];
        probes.push(Probe {
            path: TargetPath::new(&module.name),
            because: SearchRule::AlreadyLoaded(identity),
            outcome: ProbeOutcome::Found(module.file.unwrap_or(self.loader.stat.id)),
        });
    }

    /// The search in its order: `LD_LIBRARY_PATH`, the run paths of the asker and of all its askers, the path file or the default.
    fn search(
        &mut self,
        name: &[u8],
        asker: Option<Dso>,
        probes: &mut Vec<Probe>,
    ) -> Option<(Vec<u8>, FileStat)> {
        if let Some(directories) = self.env_path.clone() {
            match self.path_open(name, &directories, &SearchRule::LibraryPath, probes) {
                PathSearch::Found(path, stat) => return Some((path, stat)),
                PathSearch::Stop => return None,
                PathSearch::NotHere => {}
            }
        }
        let mut ancestor = asker;
        while let Some(dso) = ancestor {
            if self.fix_up_rpath(dso).is_err() {
                return None;
            }
            if let Some(directories) = self.dsos[dso].rpath.clone() {
                let of = self.dsos[dso].object.unwrap_or(ObjectId(0));
                let rule = if self.dsos[dso].image.runpath().is_some() {
                    SearchRule::Runpath { of }
                } else {
                    SearchRule::Rpath { of }
                };
                match self.path_open(name, &directories, &rule, probes) {
                    PathSearch::Found(path, stat) => return Some((path, stat)),
                    PathSearch::Stop => return None,
                    PathSearch::NotHere => {}
                }
            }
            ancestor = self.dsos[dso].needed_by;
        }
        let (directories, rule) = self.system_path();
        match self.path_open(name, &directories, &rule, probes) {
            PathSearch::Found(path, stat) => Some((path, stat)),
            _ => None,
        }
    }

    /// `path_open`: elements end at `:` or a line end, empty ones do not count.
    fn path_open(
        &mut self,
        name: &[u8],
        directories: &[u8],
        rule: &SearchRule,
        probes: &mut Vec<Probe>,
    ) -> PathSearch {
        for directory in directories.split(|&byte| byte == b':' || byte == b'\n') {
            if directory.is_empty() {
                continue;
            }
            let path = [directory, b"/", name].concat();
            if path.len() >= PATH_BUFFER {
                continue;
            }
            match self.open_file(&path) {
                Ok(stat) => {
                    probes.push(probe(&path, rule.clone(), ProbeOutcome::Found(stat.id)));
                    return PathSearch::Found(path, stat);
                }
                Err(errno) => {
                    probes.push(probe(&path, rule.clone(), ProbeOutcome::Errno(errno)));
                    let goes_on = [
                        Errno::ENOENT,
                        Errno::ENOTDIR,
                        Errno::EACCES,
                        Errno::ENAMETOOLONG,
                    ];
                    if !goes_on.contains(&errno) {
                        return PathSearch::Stop;
                    }
                }
            }
        }
        PathSearch::NotHere
    }

    /// `fixup_rpath`: a run path with a `$` that does not begin `$ORIGIN` is dropped as a whole. `Err` ends the search.
    fn fix_up_rpath(&mut self, dso: Dso) -> Result<(), ()> {
        let module = &self.dsos[dso];
        if module.rpath.is_some() {
            return Ok(());
        }
        let Some(original) = module.image.runpath().or(module.image.rpath()) else {
            return Ok(());
        };
        let original = original.to_vec();
        if !original.contains(&b'$') {
            self.dsos[dso].rpath = Some(original);
            return Ok(());
        }
        let mut rest = original.as_slice();
        while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
            if !rest[at..].starts_with(b"$ORIGIN") && !rest[at..].starts_with(b"${ORIGIN}") {
                return Ok(());
            }
            rest = &rest[at + 1..];
        }
        let Some(origin) = self.origin(dso)? else {
            return Ok(());
        };
        let mut fixed = Vec::with_capacity(original.len() + origin.len());
        let mut rest = original.as_slice();
        while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
            fixed.extend_from_slice(&rest[..at]);
            fixed.extend_from_slice(&origin);
            let token = if rest.get(at + 1) == Some(&b'{') {
                9
            } else {
                7
            };
            rest = &rest[at + token..];
        }
        fixed.extend_from_slice(rest);
        self.dsos[dso].rpath = Some(fixed);
        Ok(())
    }

    /// The directory that `$ORIGIN` stands for; `None`: it stands for nothing, and the run path is dropped.
    fn origin(&mut self, dso: Dso) -> Result<Option<Vec<u8>>, ()> {
        let module = &self.dsos[dso];
        let name = if module.kernel_mapped {
            if self.secure {
                return Ok(None);
            }
            let machine = self.session.world().machine();
            if !machine.proc_mounted {
                self.errno = Some(Errno::ENOENT);
                return Ok(None);
            }
            let program = TargetPath::new(&self.program_file).join_to(&machine.working_directory);
            match self.session.world().canonical(&program) {
                Ok(path) if path.as_bytes().len() < PATH_BUFFER => path.as_bytes().to_vec(),
                Ok(_) => return Ok(None),
                Err(errno) => {
                    self.errno = Some(errno);
                    return Err(());
                }
            }
        } else {
            module.name.clone()
        };
        let origin = match name.iter().rposition(|&byte| byte == b'/') {
            Some(at) => name[..at].to_vec(),
            None => b".".to_vec(),
        };
        let absolute = name.first() == Some(&b'/');
        Ok((!self.secure || absolute).then_some(origin))
    }

    /// `sys_path`: the path file beside the loader's directory, or the default if there is none.
    fn system_path(&mut self) -> (Vec<u8>, SearchRule) {
        if let Some(known) = &self.sys_path {
            return known.clone();
        }
        let path = self.path_file();
        let answer = match self.open_file(&path) {
            Ok(stat) => {
                let text = self.session.world().read(&stat).unwrap_or_else(|errno| {
                    self.errno = Some(errno);
                    bytes::Bytes::new()
                });
                let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
                (text.to_vec(), SearchRule::PathFile)
            }
            Err(Errno::ENOENT) => (DEFAULT_PATH.to_vec(), SearchRule::DefaultDirectory),
            Err(_) => (Vec::new(), SearchRule::PathFile),
        };
        self.sys_path = Some(answer.clone());
        answer
    }

    /// `PREFIX/etc/ld-musl-ARCH.path`, where PREFIX is what stands before the last two components of the loader's name.
    fn path_file(&self) -> Vec<u8> {
        let name = &self.loader_name;
        let mut slashes = name
            .iter()
            .enumerate()
            .rev()
            .filter(|&(_, &byte)| byte == b'/')
            .map(|(at, _)| at);
        let prefix = match (name.first(), slashes.next(), slashes.next()) {
            (Some(b'/'), Some(_), Some(second)) => &name[..second],
            _ => b"".as_slice(),
        };
        [prefix, b"/etc/ld-musl-", &self.architecture, b".path"].concat()
    }
}

/// musl's built-in directories (`sys_path`).
const DEFAULT_PATH: &[u8] = b"/lib:/usr/local/lib:/usr/lib";

fn probe(path: &[u8], because: SearchRule, outcome: ProbeOutcome) -> Probe {
    Probe {
        path: TargetPath::new(path),
        because,
        outcome,
    }
}

/// A libc by what it defines, ours or another: it is replaced by the loader, so that there are never two.
fn is_a_libc(image: &Image) -> bool {
    [b"__libc_start_main".as_slice(), b"stdin"]
        .iter()
        .all(|name| defines(image, name, gnu_hash(name), true))
}
