//! A world in memory: what unit tests, rule pages and lab cases describe.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::machine::Access;
use crate::resolve::{Child, Last, Resolved, Tree, resolve};
use crate::{
    Credentials, Entry, Errno, FileId, FileKind, FileStat, Machine, MountFlags, TargetPath, World,
};

/// The device number of everything in a memory world.
const DEVICE: u64 = 0x5a;

/// A file system and a machine in memory.
///
/// The methods that build it make missing parents (mode 0755, user 0) and follow the links that are already there, so
/// `symlink("/lib", "usr/lib")` and then `file("/lib/libc.so.6", …)` writes to `/usr/lib`.
///
/// ```
/// use sayso_world::{World, Machine, memory::Memory};
/// let mut world = Memory::new(Machine::default());
/// world.symlink("/lib", "usr/lib").file("/lib/libz.so.1", "bytes").mode("/lib/libz.so.1", 0o600);
/// assert_eq!(world.lookup(&"/usr/lib/libz.so.1".into()).unwrap().size, 5);
/// ```
#[derive(Debug, Clone)]
pub struct Memory {
    machine: Machine,
    inodes: Vec<Inode>,
    mounts: Vec<(Vec<u8>, MountFlags)>,
}

#[derive(Debug, Clone)]
struct Inode {
    content: Content,
    mode: u32,
    uid: u32,
    gid: u32,
    capabilities: bool,
}

#[derive(Debug, Clone)]
enum Content {
    Directory(BTreeMap<Vec<u8>, usize>),
    Link(Arc<[u8]>),
    Regular(Bytes),
    Special,
}

impl Memory {
    /// A machine with an empty root directory.
    pub fn new(machine: Machine) -> Memory {
        Memory {
            machine,
            inodes: vec![Inode::new(Content::Directory(BTreeMap::new()), 0o755)],
            mounts: Vec::new(),
        }
    }

    /// The machine, to be changed.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// A directory (mode 0755) with its parents; no change if it is there.
    ///
    /// # Panics
    /// If something else is in the way, as all the methods that build.
    pub fn directory(&mut self, path: impl AsRef<[u8]>) -> &mut Memory {
        self.make_directory(path.as_ref());
        self
    }

    /// A regular file (mode 0644), replacing what had the name.
    ///
    /// # Panics
    /// If its directory cannot be made.
    pub fn file(&mut self, path: impl AsRef<[u8]>, bytes: impl Into<Bytes>) -> &mut Memory {
        self.put(path.as_ref(), Content::Regular(bytes.into()), 0o644)
    }

    /// A regular file that can be executed (mode 0755).
    ///
    /// # Panics
    /// If its directory cannot be made.
    pub fn program(&mut self, path: impl AsRef<[u8]>, bytes: impl Into<Bytes>) -> &mut Memory {
        self.put(path.as_ref(), Content::Regular(bytes.into()), 0o755)
    }

    /// A symbolic link with the given text.
    ///
    /// # Panics
    /// If its directory cannot be made.
    pub fn symlink(&mut self, path: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> &mut Memory {
        self.put(
            path.as_ref(),
            Content::Link(Arc::from(text.as_ref())),
            0o777,
        )
    }

    /// A device, pipe or socket (mode 0666).
    ///
    /// # Panics
    /// If its directory cannot be made.
    pub fn special(&mut self, path: impl AsRef<[u8]>) -> &mut Memory {
        self.put(path.as_ref(), Content::Special, 0o666)
    }

    /// A second name for a file, which shares its [`FileId`].
    ///
    /// # Panics
    /// If `existing` (links followed) is missing or a directory, or the directory of `path` cannot be made.
    pub fn hard_link(&mut self, path: impl AsRef<[u8]>, existing: impl AsRef<[u8]>) -> &mut Memory {
        let inode = self.existing(existing.as_ref());
        assert!(
            !self.inodes[inode].is_directory(),
            "hard link to a directory"
        );
        self.name(path.as_ref(), inode);
        self
    }

    /// Sets the permission bits (set-uid and set-gid too) of a file, links followed.
    ///
    /// # Panics
    /// If it is missing.
    pub fn mode(&mut self, path: impl AsRef<[u8]>, mode: u32) -> &mut Memory {
        let inode = self.existing(path.as_ref());
        self.inodes[inode].mode = mode;
        self
    }

    /// Sets owner and group of a file, links followed.
    ///
    /// # Panics
    /// If it is missing.
    pub fn owner(&mut self, path: impl AsRef<[u8]>, uid: u32, gid: u32) -> &mut Memory {
        let inode = self.existing(path.as_ref());
        (self.inodes[inode].uid, self.inodes[inode].gid) = (uid, gid);
        self
    }

    /// Gives a file a capability set, links followed.
    ///
    /// # Panics
    /// If it is missing.
    pub fn with_capabilities(&mut self, path: impl AsRef<[u8]>) -> &mut Memory {
        let inode = self.existing(path.as_ref());
        self.inodes[inode].capabilities = true;
        self
    }

    /// Makes a directory (given by its canonical path) a mount with these flags.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn mount(&mut self, path: impl AsRef<[u8]>, flags: MountFlags) -> &mut Memory {
        self.make_directory(path.as_ref());
        self.mounts.push((path.as_ref().to_vec(), flags));
        self
    }

    /// Takes a name away (the link itself, if it is one); no change if it is missing.
    pub fn remove(&mut self, path: impl AsRef<[u8]>) -> &mut Memory {
        let path = TargetPath::new(path);
        if let Ok(found) = resolve(&Every(self), path.parent().as_bytes(), Last::Follow)
            && let Child::Directory(inode) = found.end
            && let Content::Directory(entries) = &mut self.inodes[inode].content
        {
            entries.remove(path.file_name());
        }
        self
    }

    fn existing(&self, path: &[u8]) -> usize {
        let found = resolve(&Every(self), path, Last::Follow);
        match found.map(|found| found.end) {
            Ok(Child::Directory(inode) | Child::File(inode)) => inode,
            other => panic!("{}: {other:?}", TargetPath::new(path)),
        }
    }

    fn make_directory(&mut self, path: &[u8]) -> usize {
        let path = TargetPath::new(path);
        match resolve(&Every(self), path.as_bytes(), Last::Follow).map(|found| found.end) {
            Ok(Child::Directory(inode)) => inode,
            Err(Errno::ENOENT) if !path.as_bytes().is_empty() => {
                // A link to a directory that is not there yet: make that one.
                if let Ok(link) = resolve(&Every(self), path.as_bytes(), Last::Keep)
                    && let Child::Link(text) = link.end
                {
                    let base = TargetPath::new(link.path).parent();
                    return self.make_directory(TargetPath::new(text).join_to(&base).as_bytes());
                }
                let inode = self.add(Inode::new(Content::Directory(BTreeMap::new()), 0o755));
                self.name(path.as_bytes(), inode);
                inode
            }
            other => panic!("cannot make the directory {path}: {other:?}"),
        }
    }

    fn put(&mut self, path: &[u8], content: Content, mode: u32) -> &mut Memory {
        let inode = self.add(Inode::new(content, mode));
        self.name(path, inode);
        self
    }

    fn add(&mut self, inode: Inode) -> usize {
        self.inodes.push(inode);
        self.inodes.len() - 1
    }

    fn name(&mut self, path: &[u8], inode: usize) {
        let path = TargetPath::new(path.strip_suffix(b"/").unwrap_or(path));
        let name = path.file_name().to_vec();
        assert!(
            path.is_absolute() && !matches!(name.as_slice(), b"" | b"." | b".."),
            "{path} names no file"
        );
        let parent = self.make_directory(path.parent().as_bytes());
        let Content::Directory(entries) = &mut self.inodes[parent].content else {
            unreachable!("make_directory gives directories")
        };
        entries.insert(name, inode);
    }

    fn mount_flags(&self, path: &[u8]) -> MountFlags {
        let below = |mount: &[u8]| {
            let mount = mount.strip_suffix(b"/").unwrap_or(mount);
            path.strip_prefix(mount)
                .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
        };
        let covering = self.mounts.iter().filter(|(mount, _)| below(mount));
        covering
            .max_by_key(|(mount, _)| mount.len())
            .map_or_else(MountFlags::default, |&(_, flags)| flags)
    }

    fn resolve(&self, path: &TargetPath, last: Last) -> Result<Resolved<usize>, Errno> {
        resolve(self, path.as_bytes(), last)
    }
}

impl Inode {
    fn new(content: Content, mode: u32) -> Inode {
        Inode {
            content,
            mode,
            uid: 0,
            gid: 0,
            capabilities: false,
        }
    }
    fn is_directory(&self) -> bool {
        matches!(self.content, Content::Directory(_))
    }
    fn kind(&self) -> Option<FileKind> {
        match self.content {
            Content::Directory(_) => Some(FileKind::Directory),
            Content::Regular(_) => Some(FileKind::Regular),
            Content::Special => Some(FileKind::Special),
            Content::Link(_) => None,
        }
    }
}

impl Tree for Memory {
    type Node = usize;
    fn root(&self) -> usize {
        0
    }
    fn child(&self, directory: &usize, _: &[u8], name: &[u8]) -> Result<Child<usize>, Errno> {
        let Content::Directory(entries) = &self.inodes[*directory].content else {
            return Err(Errno::ENOTDIR);
        };
        let inode = *entries.get(name).ok_or(Errno::ENOENT)?;
        Ok(match &self.inodes[inode].content {
            Content::Directory(_) => Child::Directory(inode),
            Content::Link(text) => Child::Link(Arc::clone(text)),
            Content::Regular(_) | Content::Special => Child::File(inode),
        })
    }
    fn may_search(&self, directory: &usize, _: &[u8]) -> bool {
        let inode = &self.inodes[*directory];
        let credentials = &self.machine.credentials;
        credentials.may(Access::Search, inode.mode, inode.uid, inode.gid)
    }
}

/// The same tree without permissions: the builder's view.
struct Every<'m>(&'m Memory);

impl Tree for Every<'_> {
    type Node = usize;
    fn root(&self) -> usize {
        self.0.root()
    }
    fn child(&self, directory: &usize, path: &[u8], name: &[u8]) -> Result<Child<usize>, Errno> {
        self.0.child(directory, path, name)
    }
    fn may_search(&self, _: &usize, _: &[u8]) -> bool {
        true
    }
}

impl World for Memory {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let found = self.resolve(path, Last::Follow)?;
        let (Child::Directory(number) | Child::File(number)) = found.end else {
            return Err(Errno::ELOOP);
        };
        let inode = &self.inodes[number];
        let mount = self.mount_flags(&found.path);
        let may = |access| {
            let credentials = &self.machine.credentials;
            credentials.may(access, inode.mode, inode.uid, inode.gid)
        };
        let is_directory = inode.is_directory();
        Ok(FileStat {
            id: FileId {
                device: DEVICE,
                inode: number as u64 + 1,
            },
            kind: inode.kind().ok_or(Errno::ELOOP)?,
            mode: inode.mode,
            uid: inode.uid,
            gid: inode.gid,
            size: match &inode.content {
                Content::Regular(bytes) => bytes.len() as u64,
                _ => 0,
            },
            readable: may(Access::Read),
            executable: may(if is_directory {
                Access::Search
            } else {
                Access::Execute
            }),
            noexec: mount.noexec,
            nosuid: mount.nosuid,
            path: TargetPath::new(found.path),
        })
    }

    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        let number = (file.id.inode as usize).wrapping_sub(1);
        match self.inodes.get(number).map(|inode| &inode.content) {
            Some(Content::Regular(bytes)) => Ok(bytes.clone()),
            Some(Content::Directory(_)) => Err(Errno::EISDIR),
            Some(Content::Special) => Err(Errno::EINVAL),
            Some(Content::Link(_)) | None => Err(Errno::ENOENT),
        }
    }

    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        let found = self.resolve(directory, Last::Follow)?;
        let Child::Directory(number) = found.end else {
            return Err(Errno::ENOTDIR);
        };
        let inode = &self.inodes[number];
        let credentials = &self.machine.credentials;
        if !credentials.may(Access::Read, inode.mode, inode.uid, inode.gid) {
            return Err(Errno::EACCES);
        }
        let Content::Directory(entries) = &inode.content else {
            return Err(Errno::ENOTDIR);
        };
        let entry = |(name, &inode): (&Vec<u8>, &usize)| Entry {
            name: name.clone(),
            kind: self.inodes[inode].kind(),
        };
        Ok(entries.iter().map(entry).collect())
    }

    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        let found = self.resolve(path, Last::Follow)?;
        Ok(TargetPath::new(found.path))
    }

    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        match self.resolve(path, Last::Keep)?.end {
            Child::Link(text) => Ok(TargetPath::new(text)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn capabilities(&self, file: &FileStat) -> bool {
        let number = (file.id.inode as usize).wrapping_sub(1);
        self.inodes
            .get(number)
            .is_some_and(|inode| inode.capabilities)
    }

    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        let mut other = self.clone();
        other.machine.credentials = credentials.clone();
        Some(Box::new(other))
    }

    fn machine(&self) -> &Machine {
        &self.machine
    }
}
