//! Finding a library (`elf/dl-load.c: _dl_map_object, open_path, open_verify`).

use std::sync::Arc;

use sayso_facts::elf::Image;
use sayso_world::{Errno, FileStat, TargetPath};

use super::cache;
use super::process::{Directories, DirectoryStatus, Kind, NewMap, Origin, Outcome, Process};
use super::tunables::{HWCAP_AVX512, HWCAP_X86_64};
use super::verify::{self, Header, Mode};
use crate::messages::{Failure, glibc as message};
use crate::session::Opened;
use crate::trace::{Event, Identity, ObjectId, Probe, ProbeOutcome, SearchRule};

/// A file that passed the header checks.
pub(crate) struct Hit {
    /// `realname`
    pub(crate) path: TargetPath,
    pub(crate) stat: FileStat,
    pub(crate) image: Arc<Image>,
    pub(crate) rule: SearchRule,
}

/// One search: what was tried, and what the texts will need.
#[derive(Default)]
pub(crate) struct Search {
    probes: Vec<Probe>,
    other_class: bool,
}

impl Process<'_, '_> {
    /// `open_verify`: `Ok(None)` is "go on elsewhere", with the error number set.
    fn open_verify(
        &mut self,
        search: &mut Search,
        spelled: TargetPath,
        rule: &SearchRule,
    ) -> Outcome<Option<Hit>> {
        let absolute = spelled.join_to(&self.session.world().machine().working_directory);
        let opened = if spelled.as_bytes().is_empty() {
            Err(Errno::ENOENT)
        } else {
            self.session.lookup(&absolute)
        };
        let opened = opened.and_then(|stat| {
            if stat.readable {
                Ok(stat)
            } else {
                Err(Errno::EACCES)
            }
        });
        let stat = match opened {
            Ok(stat) => stat,
            Err(errno) => {
                self.errno = Some(errno);
                search.probes.push(Probe {
                    path: spelled,
                    because: rule.clone(),
                    outcome: ProbeOutcome::Errno(errno),
                });
                return Ok(None);
            }
        };
        self.errno = None;
        let content = self.session.open(&stat);
        match verify::header(self.target, self.rules, &stat, &content) {
            Header::Good => {
                let Opened::Image(image) = content.as_ref() else {
                    unreachable!("the header checks ask for an image")
                };
                search.probes.push(Probe {
                    path: spelled.clone(),
                    because: rule.clone(),
                    outcome: ProbeOutcome::Found(stat.id),
                });
                Ok(Some(Hit {
                    path: spelled,
                    image: image.clone(),
                    stat,
                    rule: rule.clone(),
                }))
            }
            Header::Skip(reason) => {
                search.other_class |= reason == crate::trace::SkipReason::WrongClass;
                self.errno = Some(Errno::ENOENT);
                search.probes.push(Probe {
                    path: spelled,
                    because: rule.clone(),
                    outcome: ProbeOutcome::Skipped(reason),
                });
                Ok(None)
            }
            Header::Fatal(text, errno) => {
                let failure = self.header_failure(text, spelled.as_bytes(), errno);
                search.probes.push(Probe {
                    path: spelled,
                    because: rule.clone(),
                    outcome: ProbeOutcome::Fatal,
                });
                Err(failure)
            }
        }
    }

    /// A name in a directory of a search path, below one of its hwcaps subdirectories.
    fn path_in(&self, index: usize, suffix: usize, name: &[u8]) -> Vec<u8> {
        let directory = &self.directories[index].name;
        [directory.as_slice(), &self.suffixes[suffix], name].concat()
    }

    /// `open_path`: `Ok(None)` when nothing was found in this list (or an odd error ended it).
    fn open_path(
        &mut self,
        search: &mut Search,
        name: &[u8],
        directories: &[usize],
        rule: &SearchRule,
        mode: Mode,
    ) -> Outcome<Option<Hit>> {
        for &index in directories {
            let mut here_any = false;
            for suffix in 0..self.suffixes.len() {
                if self.directories[index].status[suffix] == DirectoryStatus::Absent {
                    continue;
                }
                let path = self.path_in(index, suffix, name);
                let mut hit = self.open_verify(search, TargetPath::new(path), rule)?;
                if self.directories[index].status[suffix] == DirectoryStatus::Unknown {
                    let exists = hit.is_some() || {
                        let mut directory = self.path_in(index, suffix, b"");
                        if directory.len() > 1 {
                            directory.pop();
                        }
                        self.is_directory(&directory)
                    };
                    self.directories[index].status[suffix] = if exists {
                        DirectoryStatus::Existing
                    } else {
                        DirectoryStatus::Absent
                    };
                }
                here_any |= self.directories[index].status[suffix] != DirectoryStatus::Absent;
                // In secure mode a preload must carry the set-user-ID bit itself.
                if mode.preload
                    && self.secure
                    && hit.as_ref().is_some_and(|hit| hit.stat.mode & 0o4000 == 0)
                {
                    hit = None;
                    self.errno = Some(Errno::ENOENT);
                }
                if hit.is_some() {
                    return Ok(hit);
                }
            }
            // The file is there and readable, but something is wrong with it: the rest of this list is not tried.
            if here_any && !matches!(self.errno, Some(Errno::ENOENT | Errno::EACCES)) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The `stat` after a failed open, which leaves its own error number behind.
    fn is_directory(&mut self, directory: &[u8]) -> bool {
        let absolute = self.absolute(directory);
        match self.session.lookup(&absolute) {
            Ok(stat) => stat.kind == sayso_world::FileKind::Directory,
            Err(errno) => {
                self.errno = Some(errno);
                false
            }
        }
    }

    /// Already loaded under this name or soname (`_dl_map_object`'s first loop).
    pub(crate) fn already_loaded(
        &mut self,
        name: &[u8],
        namespace: u32,
    ) -> Option<(ObjectId, Identity)> {
        let list = &self.namespaces[namespace as usize].list;
        let found = list.iter().copied().find_map(|id| {
            let map = &self.maps[id.0 as usize];
            if map.faked && !map.names.iter().any(|known| known == name) || map.removed {
                return None;
            }
            let real = &self.maps[map.real.unwrap_or(id).0 as usize];
            // `_dl_name_match_p` looks at the path it was found under, too.
            if real.l_name == name || real.names.iter().any(|known| known == name) {
                return Some((id, Identity::Name));
            }
            map.image.soname_is(name).then_some((id, Identity::Soname))
        })?;
        if found.1 == Identity::Soname {
            self.map_mut(found.0).names.push(name.to_vec());
        }
        Some(found)
    }

    /// `_dl_map_object`. `loader` is the asker; with `dlopened` it only lends its search paths.
    pub(crate) fn map_object(
        &mut self,
        loader: Option<ObjectId>,
        name: &[u8],
        kind: Kind,
        mode: Mode,
        namespace: u32,
        dlopened: bool,
    ) -> Outcome<Option<ObjectId>> {
        if let Some((id, identity)) = self.already_loaded(name, namespace) {
            let map = self.map(id);
            let nameless = sayso_world::FileId {
                device: 0,
                inode: 0,
            };
            let probe = Probe {
                path: if map.l_name.is_empty() {
                    TargetPath::new(b"")
                } else {
                    self.objects[id.0 as usize].path.clone()
                },
                because: SearchRule::AlreadyLoaded(identity),
                outcome: ProbeOutcome::Found(map.file.unwrap_or(nameless)),
            };
            self.record(Event::Search {
                name: name.to_vec(),
                asker: loader,
                result: Some(id),
                probes: vec![probe],
            });
            return Ok(Some(id));
        }
        let mut search = Search::default();
        let hit = if name.contains(&b'/') {
            self.open_as_given(&mut search, loader, name)
        } else {
            self.search_by_name(&mut search, loader, name, mode, namespace)
        };
        let other_class = search.other_class;
        let event = self.record(Event::Search {
            name: name.to_vec(),
            asker: loader,
            probes: search.probes,
            result: None,
        });
        let owner = if dlopened { None } else { loader };
        let annotate = |mut failure: Box<Failure>| {
            failure.by = loader;
            failure.search = Some(event);
            failure
        };
        match hit.map_err(annotate)? {
            Some(hit) => {
                let id = self
                    .map_from_file(hit, name, owner, kind, mode, namespace)
                    .map_err(annotate)?;
                if let Some(Event::Search { result, .. }) = self.events.get_mut(event.0 as usize) {
                    *result = id;
                }
                Ok(id)
            }
            None if mode.trace => Ok(Some(self.fake(name, loader, namespace))),
            None if other_class => {
                let mut failure = Failure::of(&message::WRONG_CLASS, name);
                failure.fields = failure
                    .fields
                    .with("bits", if self.target.class64 { "32" } else { "64" });
                Err(annotate(failure))
            }
            None => {
                let errno = self.errno;
                Err(annotate(self.failure_with_errno(
                    &message::CANNOT_OPEN,
                    name,
                    errno,
                )))
            }
        }
    }

    /// A stand-in for what was not found, so that the walk can go on.
    pub(crate) fn fake(
        &mut self,
        name: &[u8],
        loader: Option<ObjectId>,
        namespace: u32,
    ) -> ObjectId {
        let id = self.add_map(NewMap {
            image: self.session.empty_image(),
            name,
            l_name: name.to_vec(),
            stat: None,
            loader,
            // A failed dlopen takes its stand-ins away with it.
            kind: if self.step == 0 {
                Kind::Library
            } else {
                Kind::Loaded
            },
            namespace,
            deepbind: false,
            rule: SearchRule::AsGiven,
        });
        let map = self.map_mut(id);
        map.faked = true;
        map.relocated = true;
        self.objects[id.0 as usize].missing = true;
        id
    }

    fn open_as_given(
        &mut self,
        search: &mut Search,
        loader: Option<ObjectId>,
        name: &[u8],
    ) -> Outcome<Option<Hit>> {
        let path = if loader.is_some() && super::paths::has_token(name) {
            self.substitute(loader, name).unwrap_or_default()
        } else {
            name.to_vec()
        };
        self.open_verify(search, TargetPath::new(path), &SearchRule::AsGiven)
    }

    /// The search in its order: RPATH chain, LD_LIBRARY_PATH, RUNPATH, cache, built-in directories.
    fn search_by_name(
        &mut self,
        search: &mut Search,
        loader: Option<ObjectId>,
        name: &[u8],
        mode: Mode,
        namespace: u32,
    ) -> Outcome<Option<Hit>> {
        if let Some(hit) = self.search_rpaths(search, loader, name, mode)? {
            return Ok(Some(hit));
        }
        if let Directories::List(directories) = self.library_path.clone()
            && let Some(hit) =
                self.open_path(search, name, &directories, &SearchRule::LibraryPath, mode)?
        {
            return Ok(Some(hit));
        }
        if let Some(loader) = loader
            && let Some(directories) = self.run_path(loader, true)
            && let Some(hit) = self.open_path(
                search,
                name,
                &directories,
                &SearchRule::Runpath { of: loader },
                mode,
            )?
        {
            return Ok(Some(hit));
        }
        let first = loader.or_else(|| self.namespaces[namespace as usize].list.first().copied());
        let no_default = first.or(self.main()).is_some_and(|id| {
            self.map(id)
                .image
                .dynamic()
                .is_some_and(|dynamic| dynamic.flags_1 & 0x800 != 0)
        });
        let cache_counts = !(self.inhibit_cache || mode.preload && self.secure);
        let cached = if cache_counts {
            self.cached(name)
        } else {
            None
        };
        let system = &self.config.system_directories;
        // Under DF_1_NODEFLIB the cache does not answer with what lies in the built-in directories either.
        let refused = |path: &TargetPath| {
            let inside = |directory: &Vec<u8>| path.as_bytes().starts_with(directory);
            no_default && system.iter().any(inside)
        };
        if let Some(path) = cached.filter(|path| !refused(path))
            && let Some(hit) = self.open_verify(search, path, &SearchRule::Cache)?
        {
            return Ok(Some(hit));
        }
        if no_default {
            return Ok(None);
        }
        let directories = self.system_path.clone();
        self.open_path(
            search,
            name,
            &directories,
            &SearchRule::DefaultDirectory,
            mode,
        )
    }

    /// `DT_RPATH` of the asker and of those that loaded it, up to the program; none of it if the asker has a RUNPATH.
    fn search_rpaths(
        &mut self,
        search: &mut Search,
        loader: Option<ObjectId>,
        name: &[u8],
        mode: Mode,
    ) -> Outcome<Option<Hit>> {
        if loader.is_some_and(|loader| self.map(loader).image.runpath().is_some()) {
            return Ok(None);
        }
        let main = self.main();
        let (mut did_main, mut asker) = (false, loader);
        while let Some(id) = asker {
            if let Some(directories) = self.run_path(id, false) {
                let rule = SearchRule::Rpath { of: id };
                let hit = self.open_path(search, name, &directories, &rule, mode)?;
                if hit.is_some() {
                    return Ok(hit);
                }
                did_main |= Some(id) == main;
            }
            asker = self.map(id).loader;
        }
        let Some(main) = main.filter(|&id| !did_main && self.map(id).kind != Kind::Loaded) else {
            return Ok(None);
        };
        if let Some(directories) = self.run_path(main, false) {
            let rule = SearchRule::Rpath { of: main };
            let hit = self.open_path(search, name, &directories, &rule, mode)?;
            if hit.is_some() {
                return Ok(hit);
            }
        }
        // LD_AUDIT modules are looked for along the program's RUNPATH, too.
        if mode.audit
            && let Some(directories) = self.run_path(main, true)
        {
            let rule = SearchRule::Runpath { of: main };
            return self.open_path(search, name, &directories, &rule, mode);
        }
        Ok(None)
    }

    /// `_dl_load_cache_lookup`.
    fn cached(&mut self, name: &[u8]) -> Option<TargetPath> {
        if self.cache.is_none() {
            self.cache = Some(self.session.cache(&self.config.cache_path));
            // Only the first attempt opens the file, and leaves its error number.
            if let Err(errno) = self.session.lookup(&self.config.cache_path) {
                self.errno = Some(errno);
            }
        }
        let cache = self.cache.clone()?;
        let Some(cache) = cache.as_ref() else {
            return None;
        };
        let target = self.target;
        let cpu = self.tunables.processor(&self.session.world().machine().cpu);
        let legacy = match target.machine {
            62 if cpu.legacy.avx512_1 => HWCAP_X86_64 | HWCAP_AVX512,
            62 => HWCAP_X86_64,
            _ => 0,
        };
        let asker = cache::Asker {
            rules: self.rules,
            machine: target.machine,
            class64: target.class64,
            suffixes: self.suffixes.clone(),
            legacy_hwcap: legacy & self.tunables.hwcap_mask,
        };
        cache.find(name, &asker)
    }

    /// `_dl_map_object_from_fd`.
    pub(crate) fn map_from_file(
        &mut self,
        hit: Hit,
        name: &[u8],
        loader: Option<ObjectId>,
        kind: Kind,
        mode: Mode,
        namespace: u32,
    ) -> Outcome<Option<ObjectId>> {
        if !mode.program
            && let Some(id) = self.file_loaded(namespace, hit.stat.id)
        {
            let map = self.map_mut(id);
            if !map.names.iter().any(|known| known == name) {
                map.names.push(name.to_vec());
            }
            return Ok(Some(id));
        }
        if namespace != 0
            && let Some(rtld) = self.rtld
            && (self.map(rtld).file == Some(hit.stat.id)
                || self.map(rtld).names.iter().any(|known| known == name))
        {
            // There is only ever one ld.so: other namespaces get a mirror.
            let id = self.add_map(NewMap {
                image: hit.image,
                name,
                l_name: hit.path.as_bytes().to_vec(),
                stat: Some(&hit.stat),
                loader,
                kind,
                namespace,
                deepbind: mode.deepbind,
                rule: hit.rule,
            });
            self.map_mut(id).real = Some(rtld);
            self.map_mut(id).relocated = true;
            return Ok(Some(id));
        }
        if mode.noload {
            return Ok(None);
        }
        self.check_mappable(name, &hit.stat, &hit.image, mode)?;
        let l_name = if mode.program {
            Vec::new()
        } else {
            hit.path.as_bytes().to_vec()
        };
        let id = self.add_map(NewMap {
            image: hit.image,
            name: if mode.program { b"" } else { name },
            l_name,
            stat: Some(&hit.stat),
            loader,
            kind,
            namespace,
            deepbind: mode.deepbind,
            rule: hit.rule,
        });
        if mode.program {
            let path = self.absolute(hit.path.as_bytes());
            let origin = if self.rules.command_origin_resolved() {
                Origin::OfRealPath(path)
            } else {
                Origin::Known(Some(path.parent().as_bytes().to_vec()))
            };
            let map = self.map_mut(id);
            map.origin = origin;
            map.file = None;
            self.objects[id.0 as usize].path = hit.path;
        }
        self.record(Event::Mapped(id));
        Ok(Some(id))
    }
}
