//! What is shared by all questions of one run: parsed files by identity, and path look-ups.

use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use sayso_facts::elf::{Image, Relocation, Source};
use sayso_facts::go::Program;

use crate::glibc::{Cache, Rules, Tunables, suffixes};
use crate::identify::Identified;
use crate::request::Release;
use crate::trace::Object;
use sayso_world::config::ld_so_cache::LdSoCache;
use sayso_world::config::ld_so_conf::LdSoConf;
use sayso_world::hash::FastMap;
use sayso_world::{Entry, Errno, FileId, FileStat, InPieces, TargetPath, World};

/// How much a trace records and checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// Check versions and bind symbols (false: names only, as `libtree` does).
    pub symbols: bool,
    /// Record an [`crate::Event::Bound`] for every reference, with its provider.
    pub bindings: bool,
}

impl Default for Detail {
    fn default() -> Detail {
        Detail {
            symbols: true,
            bindings: false,
        }
    }
}

/// The subdirectories that a glibc tries in each directory, shared.
type Suffixes = Arc<[Vec<u8>]>;

/// Shared state over one world.
pub struct Session<'w> {
    world: &'w dyn World,
    /// How much to record.
    pub detail: Detail,
    images: RwLock<FastMap<FileId, Arc<Opened>>>,
    held: RwLock<FastMap<FileId, Weak<Opened>>>,
    lookups: RwLock<FastMap<TargetPath, Result<FileStat, Errno>>>,
    listings: RwLock<FastMap<TargetPath, Arc<[Entry]>>>,
    caches: RwLock<FastMap<TargetPath, Arc<Option<Cache>>>>,
    satisfied: RwLock<FastMap<FileId, Arc<Satisfied>>>,
    mentions: RwLock<FastMap<(FileId, FileId), bool>>,
    loaders: RwLock<FastMap<FileId, Arc<Identified>>>,
    go: RwLock<FastMap<FileId, Option<Arc<Program>>>>,
    empty: Arc<Image>,
    suffixes: RwLock<FastMap<(Release, bool), Suffixes>>,
    configured: OnceLock<Arc<[TargetPath]>>,
}

/// Which files answered all strong references of a file, and which references nothing answered.
#[derive(Debug)]
pub(crate) struct Satisfied {
    pub(crate) providers: Vec<FileId>,
    pub(crate) missing: Vec<u32>,
    /// Relocations that must be looked at even so: of a type that the loader does not know, of static thread-local storage, and
    /// copies.
    pub(crate) special: Box<[Relocation]>,
    /// Among them is one that matters in a library, too.
    pub(crate) odd: bool,
}

/// A file header and nothing else, for what was not found.
const EMPTY: [u8; 64] = {
    let mut header = [0; 64];
    header[0] = 0x7f;
    header[1] = b'E';
    header[2] = b'L';
    header[3] = b'F';
    header[4] = 2;
    header[5] = 1;
    header[6] = 1;
    header[52] = 64;
    header
};

/// A file that was read.
#[derive(Debug)]
pub enum Opened {
    /// An ELF image.
    Image(Arc<Image>),
    /// Read, but no ELF header in it.
    NotElf(bytes::Bytes),
    /// It could not be read.
    Unreadable(Errno),
}

impl<'w> Session<'w> {
    /// A fresh session.
    pub fn new(world: &'w dyn World) -> Session<'w> {
        Session {
            world,
            detail: Detail::default(),
            images: RwLock::default(),
            held: RwLock::default(),
            lookups: RwLock::default(),
            caches: RwLock::default(),
            listings: RwLock::default(),
            satisfied: RwLock::default(),
            mentions: RwLock::default(),
            loaders: RwLock::default(),
            go: RwLock::default(),
            empty: Arc::new(
                Image::parse(bytes::Bytes::from_static(&EMPTY))
                    .unwrap_or_else(|_| unreachable!("a whole file header")),
            ),
            suffixes: RwLock::default(),
            configured: OnceLock::new(),
        }
    }
    /// The world.
    pub fn world(&self) -> &'w dyn World {
        self.world
    }
    /// `World::lookup`, remembered.
    pub fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        if let Some(known) = read(&self.lookups).get(path) {
            return known.clone();
        }
        let answer = self.world.lookup(path);
        write(&self.lookups).insert(path.clone(), answer.clone());
        answer
    }
    /// The entries of a directory, remembered; none if it cannot be read.
    pub fn list(&self, directory: &TargetPath) -> Arc<[Entry]> {
        if let Some(known) = read(&self.listings).get(directory) {
            return known.clone();
        }
        let entries: Arc<[Entry]> = self.world.list(directory).unwrap_or_default().into();
        write(&self.listings).insert(directory.clone(), entries.clone());
        entries
    }
    /// The directories of `/etc/ld.so.conf`, read once: no loader looks there, but `ldconfig` will.
    pub fn configured_directories(&self) -> Arc<[TargetPath]> {
        let read = || {
            let conf = LdSoConf::load(self.world, &TargetPath::from("/etc/ld.so.conf"));
            let paths = conf.directories.into_iter();
            paths.map(|directory| directory.path).collect()
        };
        self.configured.get_or_init(read).clone()
    }
    pub(crate) fn empty_image(&self) -> Arc<Image> {
        self.empty.clone()
    }
    /// `ld.so.cache`, parsed once; `None` where there is none or it is no cache.
    pub(crate) fn cache(&self, path: &TargetPath) -> Arc<Option<Cache>> {
        if let Some(known) = read(&self.caches).get(path) {
            return known.clone();
        }
        let file = self
            .lookup(path)
            .ok()
            .filter(|stat| stat.readable)
            .and_then(|stat| self.world.read(&stat).ok());
        let cache = Arc::new(
            file.and_then(|bytes| {
                LdSoCache::parse(
                    bytes,
                    self.world.machine().architecture == sayso_world::Architecture::S390x,
                )
                .ok()
            })
            .map(Cache::new),
        );
        write(&self.caches).insert(path.clone(), cache.clone());
        cache
    }
    /// The hwcaps subdirectories of a glibc release on this machine's processor where nobody says otherwise.
    pub(crate) fn suffixes(&self, rules: Rules, x86_64: bool) -> Suffixes {
        if let Some(known) = read(&self.suffixes).get(&(rules.0, x86_64)) {
            return known.clone();
        }
        let (machine, tunables) = (self.world.machine(), Tunables::default());
        let found: Suffixes = suffixes(rules, machine, &tunables, x86_64, None, None).into();
        write(&self.suffixes).insert((rules.0, x86_64), found.clone());
        found
    }
    pub(crate) fn satisfied(&self, file: FileId) -> Option<Arc<Satisfied>> {
        read(&self.satisfied).get(&file).cloned()
    }
    pub(crate) fn remember_satisfied(&self, file: FileId, satisfied: Arc<Satisfied>) {
        write(&self.satisfied).insert(file, satisfied);
    }
    /// Whether a reference of this file has the name of a function of the provider's that is resolved by code (`STT_GNU_IFUNC`),
    /// remembered.
    pub(crate) fn mentions_indirect(
        &self,
        (file, image): (Option<FileId>, &Image),
        (provider, defined): (Option<FileId>, &Image),
    ) -> bool {
        let key = file.zip(provider);
        if let Some(known) = key.and_then(|key| read(&self.mentions).get(&key).copied()) {
            return known;
        }
        let referenced = image.referenced_names();
        let mut names = defined.indirect_functions().iter();
        let answer = names.any(|name| referenced.binary_search(name).is_ok());
        if let Some(key) = key {
            write(&self.mentions).insert(key, answer);
        }
        answer
    }
    /// What a loader is, worked out once.
    pub(crate) fn remember_loader(
        &self,
        file: FileId,
        find_out: impl FnOnce() -> Identified,
    ) -> Arc<Identified> {
        if let Some(known) = read(&self.loaders).get(&file) {
            return known.clone();
        }
        let identified = Arc::new(find_out());
        write(&self.loaders).insert(file, identified.clone());
        identified
    }
    /// The Go side of a mapped object; `None` if there is no Go in it. Most libraries are asked about for many programs and have none.
    pub fn go_program(&self, object: &Object) -> Option<Arc<Program>> {
        if let Some(known) = read(&self.go).get(&object.file) {
            return known.clone();
        }
        let program = Program::of(&object.image).map(Arc::new);
        // What is read for one question only is not kept for its Go side's sake.
        if program.is_none() || read(&self.images).contains_key(&object.file) {
            write(&self.go).insert(object.file, program.clone());
        }
        program
    }
    /// The parsed file, remembered by identity.
    pub fn open(&self, file: &FileStat) -> Arc<Opened> {
        if let Some(known) = read(&self.images).get(&file.id) {
            return known.clone();
        }
        let opened = Arc::new(self.parse(file));
        write(&self.images).entry(file.id).or_insert(opened).clone()
    }
    /// The same for what a question is about: it is kept only as long as somebody holds it, because a run asks about thousands of
    /// files once each.
    pub fn open_once(&self, file: &FileStat) -> Arc<Opened> {
        let known = read(&self.images).get(&file.id).cloned();
        let held = || read(&self.held).get(&file.id).and_then(Weak::upgrade);
        known.or_else(held).unwrap_or_else(|| {
            // Who asks only for names looks at little of each file.
            let opened = if self.detail.symbols {
                self.parse(file)
            } else {
                self.parse_in_pieces(file)
            };
            let opened = Arc::new(opened);
            write(&self.held).insert(file.id, Arc::downgrade(&opened));
            opened
        })
    }
    fn parse(&self, file: &FileStat) -> Opened {
        match self.world.read(file) {
            Err(errno) => Opened::Unreadable(errno),
            Ok(bytes) => parsed(bytes),
        }
    }
    fn parse_in_pieces(&self, file: &FileStat) -> Opened {
        let pieces = match self.world.open(file) {
            Err(errno) => return Opened::Unreadable(errno),
            Ok(Err(bytes)) => return parsed(bytes),
            Ok(Ok(pieces)) => Arc::new(Pieces(pieces)),
        };
        match Image::parse_in_pieces(pieces.clone()) {
            Ok(image) => Opened::Image(Arc::new(image)),
            Err(_) => match pieces.0.whole() {
                Ok(bytes) => parsed(bytes),
                Err(errno) => Opened::Unreadable(errno),
            },
        }
    }
}

fn parsed(bytes: bytes::Bytes) -> Opened {
    match Image::parse(bytes.clone()) {
        Ok(image) => Opened::Image(Arc::new(image)),
        Err(_) => Opened::NotElf(bytes),
    }
}

/// A file of the world as the facts read it.
#[derive(Debug)]
struct Pieces(InPieces);

impl Source for Pieces {
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn part(&self, start: u64, length: usize) -> bytes::Bytes {
        self.0.part(start, length)
    }
    fn whole(&self) -> bytes::Bytes {
        self.0.whole().unwrap_or_default()
    }
}

/// What is kept is only ever added to, so a panic of another thread leaves nothing half done.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
