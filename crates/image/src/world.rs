//! An image as a world: its files as a machine would have them, and which layer did what to them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sayso_world::resolve::{Child, Last, Resolved, Tree as Walkable, resolve};
use sayso_world::{
    Access, Credentials, Digests, Entry, Errno, FileId, FileKind, FileStat, Machine, TargetPath,
    World,
};

use crate::hold::{Head, Holding};
use crate::tree::{Change, Content, Inode, Number, ROOT, Tree};

/// What [`World::read`] says of a file whose contents were not kept. No file system says this of a file.
pub const NOT_HELD: Errno = Errno::ENODATA;

/// The files of an image, all layers put on one another; a [`World`].
///
/// Only contents that a loader, `execve` or sayso's own commands look at are held: ELF, Mach-O and PE files, scripts, the
/// loaders' configuration, package databases. Of an ELF file in something compressed, debugging data and (but for Go's) code are
/// not ([`Holding::Loaded`]): zeros are read in their place, so such bytes must not be written anywhere. Of other files that a loader may be pointed at (an execute bit, `.so` in the name)
/// the first [`HEAD_BYTES`](crate::limits::HEAD_BYTES) are, and [`World::read`] gives just these, fewer than the size that the
/// stat tells: they are enough to see that it is no ELF file. Everything else is [`NOT_HELD`]. [`ImageWorld::holding`] tells.
///
/// Cheap to clone: the files are shared.
#[derive(Debug, Clone)]
pub struct ImageWorld {
    machine: Machine,
    tree: Arc<Tree>,
    /// Two images are two devices.
    device: u64,
}

/// One path of an image: [`ImageWorld::files`].
#[derive(Debug, Clone)]
pub struct ListedFile {
    /// Its own path: folders without links, the last part as it stands.
    pub path: TargetPath,
    /// What it is.
    pub kind: ListedKind,
    /// Permission bits with set-uid, set-gid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The same for all names of one file.
    pub id: FileId,
    /// Names of it in the whole image.
    pub names: u32,
    /// The layer that brought it, an index into [`Image::layers`](crate::Image::layers).
    pub layer: usize,
    /// It carries a `security.capability` attribute that grants something.
    pub capabilities: bool,
}

/// What a [`ListedFile`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedKind {
    /// A folder.
    Directory,
    /// A symbolic link with its text.
    Link(TargetPath),
    /// A regular file.
    Regular {
        /// Size in bytes.
        size: u64,
        /// What it begins with.
        head: Head,
        /// How much of it can be read.
        holding: Holding,
        /// Of its contents, where [`Options::digests`](crate::Options::digests) asked for it. A sparse file has none.
        sha256: Option<[u8; 32]>,
    },
    /// A device or pipe.
    Special,
}

/// What a layer did to a path: [`ImageWorld::blame`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerChange {
    /// Index into [`Image::layers`](crate::Image::layers).
    pub layer: usize,
    /// What it did.
    pub what: Change,
    /// To which path: the one asked about, or a folder above it that was deleted or replaced as a whole.
    pub path: TargetPath,
}

impl ImageWorld {
    pub(crate) fn new(tree: Tree, machine: Machine) -> ImageWorld {
        // Far from real devices and from those of the other worlds.
        static NEXT_DEVICE: AtomicU64 = AtomicU64::new(1 << 40);
        ImageWorld {
            machine,
            tree: Arc::new(tree),
            device: NEXT_DEVICE.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// The machine, to be changed.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// The same files on another machine.
    pub fn with_machine(&self, machine: Machine) -> ImageWorld {
        ImageWorld {
            machine,
            ..self.clone()
        }
    }

    /// How much of a file that was looked up is at hand.
    pub fn holding(&self, file: &FileStat) -> Holding {
        match self.number(file).map(|number| self.tree.inode(number)) {
            Some(inode) => holding(inode),
            None => Holding::Nothing,
        }
    }

    /// Every path of the image, folders before what is in them, names in the order of their bytes. Links are told, not followed.
    pub fn files(&self) -> impl Iterator<Item = ListedFile> + '_ {
        Files {
            world: self,
            // A stack, so what comes first lies on top.
            left: self.children(ROOT, b"/"),
        }
    }

    fn children(&self, directory: Number, path: &[u8]) -> Vec<(Vec<u8>, Number)> {
        let Content::Directory(names) = &self.tree.inode(directory).content else {
            return Vec::new();
        };
        let below = |name: &[u8]| {
            let slash: &[u8] = if path.ends_with(b"/") { b"" } else { b"/" };
            [path, slash, name].concat()
        };
        names
            .iter()
            .rev()
            .map(|(name, &number)| (below(name), number))
            .collect()
    }

    /// What the layers did to a path, the lowest first; also for paths that are gone. Links in the folders above are followed as
    /// they stand at the end; where that leads nowhere, the path is taken as it is written. Empty: it was never there.
    pub fn blame(&self, path: &TargetPath) -> Vec<LayerChange> {
        let canonical = self.canonical_parent(path);
        let mut changes = BTreeSet::new();
        // The folders that the path so far was, over time: each with the change that ended it.
        let mut folders: Vec<(Number, Option<LayerChange>)> = vec![(ROOT, None)];
        let parts: Vec<&[u8]> = canonical
            .split(|&byte| byte == b'/')
            .filter(|part| !part.is_empty())
            .collect();
        let mut so_far = Vec::new();
        for (depth, name) in parts.iter().enumerate() {
            so_far.push(b'/');
            so_far.extend_from_slice(name);
            let is_last = depth + 1 == parts.len();
            let mut next = Vec::new();
            for (folder, ended) in folders {
                let generations = self.generations(folder, name, &so_far, ended.as_ref());
                if is_last {
                    changes.extend(generations.into_iter().flat_map(told));
                } else {
                    next.extend(generations.into_iter().map(|one| (one.number, one.ended)));
                }
            }
            folders = next;
        }
        let mut changes: Vec<LayerChange> =
            changes.into_iter().map(|Ordered(change)| change).collect();
        changes.dedup();
        changes
    }

    /// What a name in a folder was, over time.
    fn generations(
        &self,
        folder: Number,
        name: &[u8],
        path: &[u8],
        ended: Option<&LayerChange>,
    ) -> Vec<Generation> {
        let change = |layer: u32, what| LayerChange {
            layer: layer as usize,
            what,
            path: TargetPath::new(path),
        };
        let mut generations: Vec<Generation> = Vec::new();
        let mut began: Option<LayerChange> = None;
        let mut altered = Vec::new();
        for event in self.tree.events(folder, name) {
            match (event.what, event.gone) {
                (Change::Altered, _) => altered.push(change(event.layer, Change::Altered)),
                (what, Some(gone)) => {
                    let first = change(self.tree.inode(gone).layer, Change::Brought);
                    generations.push(Generation {
                        number: gone,
                        began: began.take().unwrap_or(first),
                        altered: std::mem::take(&mut altered),
                        ended: Some(change(event.layer, what)),
                    });
                    if what == Change::Replaced {
                        began = Some(change(event.layer, what));
                    }
                }
                (what, None) => began = Some(change(event.layer, what)),
            }
        }
        if let Some(number) = self.tree.child(folder, name) {
            let first = change(self.tree.inode(number).layer, Change::Brought);
            generations.push(Generation {
                number,
                began: began.unwrap_or(first),
                altered,
                ended: ended.cloned(),
            });
        }
        generations
    }

    /// The path with the links of its folders followed, without a slash at the end.
    fn canonical_parent(&self, path: &TargetPath) -> Vec<u8> {
        let name = path.file_name();
        match resolve(&Every(&self.tree), path.parent().as_bytes(), Last::Follow) {
            Ok(Resolved {
                path,
                end: Child::Directory(_),
            }) if !matches!(name, b"" | b"." | b"..") => TargetPath::new(path).join(name),
            _ => path.clone(),
        }
        .as_bytes()
        .to_vec()
    }

    fn number(&self, file: &FileStat) -> Option<Number> {
        let number = file.id.inode.checked_sub(1)?;
        let known = file.id.device == self.device && number < self.tree.inodes.len() as u64;
        known.then_some(number as Number)
    }

    fn id(&self, number: Number) -> FileId {
        FileId {
            device: self.device,
            inode: u64::from(number) + 1,
        }
    }

    fn found(&self, path: &TargetPath) -> Result<(Number, Vec<u8>), Errno> {
        let resolved = resolve(self, path.as_bytes(), Last::Follow)?;
        match resolved.end {
            Child::Directory(number) | Child::File(number) => Ok((number, resolved.path)),
            Child::Link(_) => Err(Errno::ELOOP),
        }
    }

    fn may(&self, access: Access, inode: &Inode) -> bool {
        let credentials = &self.machine.credentials;
        credentials.may(access, inode.mode, inode.uid, inode.gid)
    }
}

/// What had a name from one change to the next.
struct Generation {
    number: Number,
    began: LayerChange,
    altered: Vec<LayerChange>,
    ended: Option<LayerChange>,
}

fn told(one: Generation) -> impl Iterator<Item = Ordered> {
    let changes = std::iter::once(one.began)
        .chain(one.altered)
        .chain(one.ended);
    changes.map(Ordered)
}

/// Changes in the order of layers; within one, deleting comes before bringing.
#[derive(PartialEq, Eq)]
struct Ordered(LayerChange);

impl Ord for Ordered {
    fn cmp(&self, other: &Ordered) -> std::cmp::Ordering {
        let key = |change: &LayerChange| {
            let rank = match change.what {
                Change::Deleted => 0,
                Change::Replaced => 1,
                Change::Brought => 2,
                Change::Altered => 3,
            };
            (change.layer, rank)
        };
        key(&self.0)
            .cmp(&key(&other.0))
            .then_with(|| self.0.path.cmp(&other.0.path))
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Ordered) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn holding(inode: &Inode) -> Holding {
    match &inode.content {
        Content::Regular {
            held: Some(held), ..
        } => held.holding(),
        Content::Regular { held: None, .. } if inode.size == 0 => Holding::Whole,
        _ => Holding::Nothing,
    }
}

struct Files<'w> {
    world: &'w ImageWorld,
    left: Vec<(Vec<u8>, Number)>,
}

impl Iterator for Files<'_> {
    type Item = ListedFile;
    fn next(&mut self) -> Option<ListedFile> {
        let (path, number) = self.left.pop()?;
        let inode = self.world.tree.inode(number);
        let kind = match &inode.content {
            Content::Directory(_) => ListedKind::Directory,
            Content::Link(text) => ListedKind::Link(TargetPath::new(text)),
            Content::Regular { head, digests, .. } => ListedKind::Regular {
                size: inode.size,
                head: *head,
                holding: holding(inode),
                sha256: digests.as_ref().map(|digests| digests.sha256),
            },
            Content::Special => ListedKind::Special,
        };
        if kind == ListedKind::Directory {
            self.left.extend(self.world.children(number, &path));
        }
        Some(ListedFile {
            path: TargetPath::new(path),
            kind,
            mode: inode.mode,
            uid: inode.uid,
            gid: inode.gid,
            id: self.world.id(number),
            names: inode.names,
            layer: inode.layer as usize,
            capabilities: inode.capabilities,
        })
    }
}

fn child(tree: &Tree, directory: Number, name: &[u8]) -> Result<Child<Number>, Errno> {
    let number = tree.child(directory, name).ok_or(Errno::ENOENT)?;
    Ok(match &tree.inode(number).content {
        Content::Directory(_) => Child::Directory(number),
        Content::Link(text) => Child::Link(Arc::clone(text)),
        Content::Regular { .. } | Content::Special => Child::File(number),
    })
}

impl Walkable for ImageWorld {
    type Node = Number;
    fn root(&self) -> Number {
        ROOT
    }
    fn child(&self, directory: &Number, _: &[u8], name: &[u8]) -> Result<Child<Number>, Errno> {
        child(&self.tree, *directory, name)
    }
    fn may_search(&self, directory: &Number, _: &[u8]) -> bool {
        self.may(Access::Search, self.tree.inode(*directory))
    }
}

/// The same tree without permissions.
struct Every<'t>(&'t Tree);

impl Walkable for Every<'_> {
    type Node = Number;
    fn root(&self) -> Number {
        ROOT
    }
    fn child(&self, directory: &Number, _: &[u8], name: &[u8]) -> Result<Child<Number>, Errno> {
        child(self.0, *directory, name)
    }
    fn may_search(&self, _: &Number, _: &[u8]) -> bool {
        true
    }
}

impl World for ImageWorld {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let (number, path) = self.found(path)?;
        let inode = self.tree.inode(number);
        let (kind, execute) = match &inode.content {
            Content::Directory(_) => (FileKind::Directory, Access::Search),
            Content::Regular { .. } => (FileKind::Regular, Access::Execute),
            Content::Special => (FileKind::Special, Access::Execute),
            Content::Link(_) => return Err(Errno::ELOOP),
        };
        Ok(FileStat {
            id: self.id(number),
            kind,
            mode: inode.mode,
            uid: inode.uid,
            gid: inode.gid,
            size: inode.size,
            readable: self.may(Access::Read, inode),
            executable: self.may(execute, inode),
            noexec: false,
            nosuid: false,
            path: TargetPath::new(path),
        })
    }

    /// See [`ImageWorld`] for what is held, and [`NOT_HELD`].
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        let number = self.number(file).ok_or(Errno::ENOENT)?;
        let inode = self.tree.inode(number);
        match &inode.content {
            Content::Directory(_) => Err(Errno::EISDIR),
            Content::Special => Err(Errno::EINVAL),
            Content::Link(_) => Err(Errno::ENOENT),
            Content::Regular {
                held: Some(held), ..
            } => Ok(held.bytes()),
            Content::Regular { held: None, .. } if inode.size == 0 => Ok(Bytes::new()),
            Content::Regular { held: None, .. } => Err(NOT_HELD),
        }
    }

    /// Known where [`Options::digests`](crate::Options::digests) asked for them.
    fn digests(&self, file: &FileStat) -> Option<Digests> {
        let inode = self.tree.inode(self.number(file)?);
        match &inode.content {
            Content::Regular { digests, .. } => digests.as_deref().copied(),
            _ => None,
        }
    }

    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let (number, _) = self.found(directory)?;
        let inode = self.tree.inode(number);
        let Content::Directory(names) = &inode.content else {
            return Err(Errno::ENOTDIR);
        };
        if !self.may(Access::Read, inode) {
            return Err(Errno::EACCES);
        }
        let kind = |number: Number| match &self.tree.inode(number).content {
            Content::Directory(_) => Some(FileKind::Directory),
            Content::Regular { .. } => Some(FileKind::Regular),
            Content::Special => Some(FileKind::Special),
            Content::Link(_) => None,
        };
        let entries = names.iter().map(|(name, &number)| Entry {
            name: name.to_vec(),
            kind: kind(number),
        });
        Ok(entries.collect())
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
        self.number(file)
            .is_some_and(|number| self.tree.inode(number).capabilities)
    }

    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        Some(Box::new(self.with_machine(machine)))
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }
}
