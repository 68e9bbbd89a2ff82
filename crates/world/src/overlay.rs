//! A world with some files changed, on top of another: fixes are tried in one before they are proposed.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::machine::Access;
use crate::resolve::{Child, Last, Resolved, Tree, resolve};
use crate::{Credentials, Entry, Errno, FileId, FileKind, FileStat, Machine, TargetPath, World};

/// The device number of all overlays' own files: no real one.
const DEVICE: u64 = u64::MAX;
/// Inodes are unique across overlays, so that one may lie on another.
static NEXT_INODE: AtomicU64 = AtomicU64::new(1);

/// Changes on top of a world, which itself stays as it is.
///
/// Paths of changes are resolved when they are made (links in their directories followed, missing directories made), so a
/// change to `/lib/libz.so.1` is one to `/usr/lib/libz.so.1` where `/lib` is a link. A name that is a link itself is replaced,
/// as `rename` onto it does; to change the file behind it, give [`World::canonical`].
#[derive(Debug)]
pub struct Overlay<W> {
    base: W,
    machine: Machine,
    /// By canonical path.
    changes: BTreeMap<Vec<u8>, Change>,
    /// What the base says of a canonical path, once asked.
    known: Mutex<HashMap<Vec<u8>, Known>>,
}

#[derive(Debug, Clone)]
enum Change {
    Removed,
    Link(Arc<[u8]>),
    Node(Node),
}

type Known = Result<Child<Node>, Errno>;

/// A file or directory, with its bytes if they are ours.
#[derive(Debug, Clone)]
pub struct Node {
    stat: Arc<FileStat>,
    own: Option<(Bytes, bool)>,
}

impl<W: World> Overlay<W> {
    /// No changes yet.
    pub fn new(base: W) -> Overlay<W> {
        Overlay {
            machine: base.machine().clone(),
            base,
            changes: BTreeMap::new(),
            known: Mutex::new(HashMap::new()),
        }
    }

    /// The world below.
    pub fn base(&self) -> &W {
        &self.base
    }

    /// The machine, to be changed: environment and working directory. Other credentials only count for the overlay's own files.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// Gives a name these bytes. A file of that name keeps its mode, owner and capabilities (as an atomic replacement that
    /// copies them); a new one has mode 0755 and user 0.
    ///
    /// # Errors
    /// `ENOTDIR` or `ELOOP` if the directory cannot be reached or made; `EISDIR` if the name is a directory.
    pub fn file(&mut self, path: &TargetPath, bytes: impl Into<Bytes>) -> Result<&mut Self, Errno> {
        let bytes = bytes.into();
        let path = self.place(path)?;
        let before = self.lookup(&TargetPath::new(&path)).ok();
        let capabilities = before.as_ref().is_some_and(|stat| self.capabilities(stat));
        let (mode, uid, gid, noexec, nosuid) = match &before {
            Some(stat) if stat.kind == FileKind::Directory => return Err(Errno::EISDIR),
            Some(stat) => (stat.mode, stat.uid, stat.gid, stat.noexec, stat.nosuid),
            None => (0o755, 0, 0, false, false),
        };
        let stat = FileStat {
            size: bytes.len() as u64,
            noexec,
            nosuid,
            ..self.new_stat(&path, FileKind::Regular, mode, uid, gid)
        };
        let node = Node {
            stat: Arc::new(stat),
            own: Some((bytes, capabilities)),
        };
        self.changes.insert(path, Change::Node(node));
        Ok(self)
    }

    /// Makes a name a symbolic link.
    ///
    /// # Errors
    /// As [`Overlay::file`].
    pub fn symlink(&mut self, path: &TargetPath, text: &[u8]) -> Result<&mut Self, Errno> {
        let path = self.place(path)?;
        self.changes.insert(path, Change::Link(Arc::from(text)));
        Ok(self)
    }

    /// Makes a directory with its parents; no change if it is there.
    ///
    /// # Errors
    /// As [`Overlay::file`].
    pub fn directory(&mut self, path: &TargetPath) -> Result<&mut Self, Errno> {
        self.make_directory(path)?;
        Ok(self)
    }

    /// Takes a name away, with everything below it (a link itself, not what it leads to); no change if it is missing.
    ///
    /// # Errors
    /// As [`Overlay::file`].
    pub fn remove(&mut self, path: &TargetPath) -> Result<&mut Self, Errno> {
        match resolve(&Every(self), path.as_bytes(), Last::Keep) {
            Ok(found) => {
                let below = [found.path.as_slice(), b"/"].concat();
                self.changes.retain(|path, _| !path.starts_with(&below));
                self.changes.insert(found.path, Change::Removed);
                Ok(self)
            }
            Err(Errno::ENOENT) => Ok(self),
            Err(errno) => Err(errno),
        }
    }

    /// Sets the permission bits of a file of the overlay's own or of the base, links followed.
    ///
    /// # Errors
    /// If it cannot be found; of the base, if it cannot be read.
    pub fn mode(&mut self, path: &TargetPath, mode: u32) -> Result<&mut Self, Errno> {
        let found = resolve(&Every(self), path.as_bytes(), Last::Follow)?;
        let (Child::Directory(mut node) | Child::File(mut node)) = found.end else {
            return Err(Errno::ELOOP);
        };
        let stat = Arc::make_mut(&mut node.stat);
        stat.mode = mode;
        self.judge(stat);
        self.changes.insert(found.path, Change::Node(node));
        Ok(self)
    }

    /// The canonical path at which a name is to be put, its directory made if need be.
    fn place(&mut self, path: &TargetPath) -> Result<Vec<u8>, Errno> {
        let name = path.file_name().to_vec();
        if matches!(name.as_slice(), b"" | b"." | b"..") {
            return Err(Errno::EISDIR);
        }
        let directory = self.make_directory(&path.parent())?;
        Ok(TargetPath::new(directory).join(&name).as_bytes().to_vec())
    }

    fn make_directory(&mut self, path: &TargetPath) -> Result<Vec<u8>, Errno> {
        // The part that is there, then one directory for each component that is not. Each turn makes one or gives up, and a
        // path has no more components than bytes.
        for _ in 0..=path.as_bytes().len() {
            let mut existing = path.clone();
            let mut missing: Option<Vec<u8>> = None;
            loop {
                match resolve(&Every(self), existing.as_bytes(), Last::Follow) {
                    Ok(Resolved {
                        end: Child::Directory(_),
                        path: found,
                    }) => {
                        let Some(name) = missing else {
                            return Ok(found);
                        };
                        let new = TargetPath::new(found).join(&name).as_bytes().to_vec();
                        let node = Node {
                            stat: Arc::new(self.new_stat(&new, FileKind::Directory, 0o755, 0, 0)),
                            own: None,
                        };
                        self.changes.insert(new, Change::Node(node));
                        break;
                    }
                    Ok(_) => return Err(Errno::ENOTDIR),
                    Err(Errno::ENOENT) if existing.as_bytes() != b"/" => {
                        missing = Some(existing.file_name().to_vec());
                        existing = existing.parent();
                    }
                    Err(errno) => return Err(errno),
                }
            }
        }
        Err(Errno::ELOOP)
    }

    fn new_stat(&self, path: &[u8], kind: FileKind, mode: u32, uid: u32, gid: u32) -> FileStat {
        let mut stat = FileStat {
            id: FileId {
                device: DEVICE,
                inode: NEXT_INODE.fetch_add(1, Ordering::Relaxed),
            },
            kind,
            mode,
            uid,
            gid,
            size: 0,
            readable: false,
            executable: false,
            noexec: false,
            nosuid: false,
            path: TargetPath::new(path),
        };
        self.judge(&mut stat);
        stat
    }

    fn judge(&self, stat: &mut FileStat) {
        let credentials = &self.machine.credentials;
        let may = |access| credentials.may(access, stat.mode, stat.uid, stat.gid);
        let execute = if stat.kind == FileKind::Directory {
            Access::Search
        } else {
            Access::Execute
        };
        (stat.readable, stat.executable) = (may(Access::Read), may(execute));
    }

    fn own(&self, file: &FileStat) -> Option<&(Bytes, bool)> {
        if file.id.device != DEVICE {
            return None;
        }
        match self.changes.get(file.path.as_bytes()) {
            Some(Change::Node(node)) if node.stat.id == file.id => node.own.as_ref(),
            _ => None,
        }
    }

    /// What the base has at a canonical path. Its parent is a directory of the base without links on the way.
    fn of_base(&self, path: &[u8]) -> Result<Child<Node>, Errno> {
        let known = self.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(path) {
            return known.clone();
        }
        let asked = self.ask_base(&TargetPath::new(path));
        known.insert(path.to_vec(), asked.clone());
        asked
    }

    fn ask_base(&self, path: &TargetPath) -> Result<Child<Node>, Errno> {
        match self.base.read_link(path) {
            Ok(text) => return Ok(Child::Link(Arc::from(text.as_bytes()))),
            Err(Errno::EINVAL) => {}
            Err(errno) => return Err(errno),
        }
        let stat = Arc::new(self.base.lookup(path)?);
        let is_directory = stat.kind == FileKind::Directory;
        let node = Node { stat, own: None };
        Ok(if is_directory {
            Child::Directory(node)
        } else {
            Child::File(node)
        })
    }
}

impl<W: World> Tree for Overlay<W> {
    type Node = Node;

    fn root(&self) -> Node {
        let base = self.base.lookup(&TargetPath::new("/"));
        let stat = base.unwrap_or_else(|_| self.new_stat(b"/", FileKind::Directory, 0o755, 0, 0));
        Node {
            stat: Arc::new(stat),
            own: None,
        }
    }

    fn child(&self, directory: &Node, path: &[u8], name: &[u8]) -> Result<Child<Node>, Errno> {
        let path = [path, b"/", name].concat();
        match self.changes.get(&path) {
            Some(Change::Removed) => Err(Errno::ENOENT),
            Some(Change::Link(text)) => Ok(Child::Link(Arc::clone(text))),
            Some(Change::Node(node)) if node.stat.kind == FileKind::Directory => {
                Ok(Child::Directory(node.clone()))
            }
            Some(Change::Node(node)) => Ok(Child::File(node.clone())),
            // Below a directory of our own the base has nothing, whatever it had there before.
            None if directory.stat.id.device == DEVICE => Err(Errno::ENOENT),
            None => self.of_base(&path),
        }
    }

    fn may_search(&self, directory: &Node, _: &[u8]) -> bool {
        directory.stat.executable
    }
}

/// The same tree without permissions: who changes it is not the machine's user.
struct Every<'o, W>(&'o Overlay<W>);

impl<W: World> Tree for Every<'_, W> {
    type Node = Node;
    fn root(&self) -> Node {
        self.0.root()
    }
    fn child(&self, directory: &Node, path: &[u8], name: &[u8]) -> Result<Child<Node>, Errno> {
        self.0.child(directory, path, name)
    }
    fn may_search(&self, _: &Node, _: &[u8]) -> bool {
        true
    }
}

impl<W: World> World for Overlay<W> {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        match resolve(self, path.as_bytes(), Last::Follow)?.end {
            Child::Directory(node) | Child::File(node) => Ok(FileStat::clone(&node.stat)),
            Child::Link(_) => Err(Errno::ELOOP),
        }
    }

    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        match self.own(file) {
            Some((bytes, _)) => Ok(bytes.clone()),
            None => self.base.read(file),
        }
    }

    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let found = resolve(self, directory.as_bytes(), Last::Follow)?;
        let Child::Directory(node) = found.end else {
            return Err(Errno::ENOTDIR);
        };
        if !node.stat.readable {
            return Err(Errno::EACCES);
        }
        let mut entries = if node.stat.id.device == DEVICE {
            Vec::new()
        } else {
            self.base.list(&TargetPath::new(&found.path))?
        };
        let mut prefix = found.path;
        if !prefix.ends_with(b"/") {
            prefix.push(b'/');
        }
        let below = self.changes.range(prefix.clone()..);
        for (path, change) in below.take_while(|(path, _)| path.starts_with(&prefix)) {
            let name = &path[prefix.len()..];
            if name.contains(&b'/') {
                continue;
            }
            entries.retain(|entry| entry.name != name);
            let kind = match change {
                Change::Removed => continue,
                Change::Link(_) => None,
                Change::Node(node) => Some(node.stat.kind),
            };
            entries.push(Entry {
                name: name.to_vec(),
                kind,
            });
        }
        Ok(entries)
    }

    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let found = resolve(self, path.as_bytes(), Last::Follow)?;
        Ok(TargetPath::new(found.path))
    }

    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        match resolve(self, path.as_bytes(), Last::Keep)?.end {
            Child::Link(text) => Ok(TargetPath::new(text)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn capabilities(&self, file: &FileStat) -> bool {
        match self.own(file) {
            Some((_, capabilities)) => *capabilities,
            None => self.base.capabilities(file),
        }
    }

    /// The same changes on the base as that user meets it.
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let base = self.base.as_user(credentials)?;
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        let mut other = Overlay {
            base,
            machine,
            changes: BTreeMap::new(),
            known: Mutex::default(),
        };
        for (path, change) in &self.changes {
            let mut change = change.clone();
            if let Change::Node(node) = &mut change {
                other.judge(Arc::make_mut(&mut node.stat));
            }
            other.changes.insert(path.clone(), change);
        }
        Some(Box::new(other))
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }
}
