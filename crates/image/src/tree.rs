//! Layers put on one another: what a container engine would have on disk, as inodes and names in memory.
//!
//! Behaviour is that of the engines where they agree (moby `pkg/archive/diff.go: UnpackLayer`, containerd
//! `archive/tar.go: applyNaive`, umoci `oci/layer/tar_extract.go`):
//!
//! - the folders above an entry are reached through links, inside the root; the entry itself replaces a link of its name;
//! - a folder over a folder changes its attributes only; everything else replaces what has the name;
//! - missing folders are made (mode 0755, user 0);
//! - a whiteout hides what lower layers brought, never what its own layer brings (so says the OCI image specification; engines
//!   differ where a layer does both, and that is noted).
//!
//! Nothing is ever taken out of the list of inodes: a folder that a layer deletes is unhooked with all that is in it, so that
//! [`blame`](crate::ImageWorld::blame) can still look into it. Only contents are let go.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sayso_world::Digests;
use sayso_world::hash::{FastMap, FastSet};
use sayso_world::limits::SYMLINKS_MAX;

use crate::hold::{Head, Held};
use crate::index::{Brings, Entry, Index};
use crate::limits::{IMPLIED_FOLDERS_FREE, WALK_STEPS_MAX};
use crate::refusal::{Fault, FaultKind, Limit, shown};

/// Number of an inode.
pub(crate) type Number = u32;
/// The directory called `/`.
pub(crate) const ROOT: Number = 0;

/// One file, folder or link.
#[derive(Debug)]
pub(crate) struct Inode {
    pub(crate) content: Content,
    pub(crate) size: u64,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The layer that brought it.
    pub(crate) layer: u32,
    /// The last layer that had an entry for it (or below it).
    touched: u32,
    /// Names that lead to it.
    pub(crate) names: u32,
    pub(crate) capabilities: bool,
}

/// What an inode is.
#[derive(Debug)]
pub(crate) enum Content {
    Directory(BTreeMap<Box<[u8]>, Number>),
    Link(Arc<[u8]>),
    Regular {
        head: Head,
        held: Option<Box<Held>>,
        digests: Option<Box<Digests>>,
    },
    Special,
}

/// What became of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The layer brought it.
    Brought,
    /// The layer brought another one in its place.
    Replaced,
    /// The layer changed mode or owner of the folder.
    Altered,
    /// The layer deleted it (a whiteout).
    Deleted,
}

/// One thing that happened to a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) layer: u32,
    pub(crate) what: Change,
    /// What had the name before.
    pub(crate) gone: Option<Number>,
}

/// All layers so far.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) inodes: Vec<Inode>,
    /// What happened to the name in the directory, beyond being brought once.
    events: FastMap<(Number, Box<[u8]>), Vec<Event>>,
    layer: u32,
    /// The folder of the last entry: neighbours stand together.
    last_parent: Option<(Vec<u8>, Number)>,
    /// Folders from which everything of lower layers is gone already: none is walked through twice for a layer.
    cleared: FastSet<Number>,
    /// Steps from folder to folder so far.
    steps: u64,
    /// Folders that were made because something lies in them.
    implied: u64,
    pub(crate) notes: Vec<(u32, String)>,
}

/// Notes that are kept.
const NOTES_MAX: usize = 20;

impl Tree {
    /// An empty root.
    pub(crate) fn new() -> Tree {
        let mut tree = Tree {
            inodes: Vec::new(),
            events: HashMap::default(),
            layer: 0,
            last_parent: None,
            cleared: FastSet::default(),
            steps: 0,
            implied: 0,
            notes: Vec::new(),
        };
        tree.add(Content::Directory(BTreeMap::new()), 0, 0o755, 0, 0);
        tree
    }

    fn add(&mut self, content: Content, size: u64, mode: u32, uid: u32, gid: u32) -> Number {
        self.inodes.push(Inode {
            content,
            size,
            mode,
            uid,
            gid,
            layer: self.layer,
            touched: self.layer,
            names: 0,
            capabilities: false,
        });
        (self.inodes.len() - 1) as Number
    }

    pub(crate) fn inode(&self, number: Number) -> &Inode {
        &self.inodes[number as usize]
    }

    pub(crate) fn child(&self, directory: Number, name: &[u8]) -> Option<Number> {
        match &self.inode(directory).content {
            Content::Directory(names) => names.get(name).copied(),
            _ => None,
        }
    }

    pub(crate) fn events(&self, directory: Number, name: &[u8]) -> &[Event] {
        self.events
            .get(&(directory, Box::from(name)))
            .map_or(&[], Vec::as_slice)
    }

    /// Puts a layer on top.
    pub(crate) fn apply(&mut self, layer: usize, mut index: Index) -> Result<(), Fault> {
        self.layer = layer as u32;
        self.last_parent = None;
        self.cleared.clear();
        let entries = std::mem::take(&mut index.entries);
        for entry in entries {
            let path = index.name(entry.path);
            let (parent, name) = match path.iter().rposition(|&byte| byte == b'/') {
                Some(slash) => (&path[..slash], &path[slash + 1..]),
                None => (&path[..0], path),
            };
            let applied = self.apply_entry(parent, name, &index, &entry);
            let number = applied.map_err(|fault| fault.of_entry(path))?;
            if let (
                Brings::Regular {
                    head,
                    held,
                    digests,
                    ..
                },
                Some(number),
            ) = (entry.brings, number)
            {
                self.inodes[number as usize].content = Content::Regular {
                    head,
                    held,
                    digests,
                };
            }
        }
        Ok(())
    }

    fn apply_entry(
        &mut self,
        parent: &[u8],
        name: &[u8],
        index: &Index,
        entry: &Entry,
    ) -> Result<Option<Number>, Fault> {
        let brings = &entry.brings;
        if let Brings::Hides | Brings::HidesBelow = brings {
            // What is not there cannot be hidden.
            if let Some(parent) = self.existing(parent) {
                self.hide(parent, name, brings);
            }
            return Ok(None);
        }
        if name.is_empty() {
            if let Brings::Directory = brings {
                self.alter(ROOT, entry);
                return Ok(None);
            }
            return Err(Fault::unusable(
                "it would take the place of the root itself",
            ));
        }
        let parent = self.directory(parent)?;
        let before = self.child(parent, name);
        if let Brings::HardLink(target) = brings {
            let number = self.link_target(index.name(*target))?;
            if before != Some(number) {
                self.put(parent, name, before, number);
            }
            return Ok(None);
        }
        let content = match brings {
            Brings::Directory => {
                if let Some(number) = before
                    && let Content::Directory(_) = self.inode(number).content
                {
                    if self.alter(number, entry) && self.inode(number).layer != self.layer {
                        self.event(parent, name, Change::Altered, None);
                    }
                    return Ok(None);
                }
                Content::Directory(BTreeMap::new())
            }
            Brings::Symlink(text) => Content::Link(Arc::from(index.name(*text))),
            Brings::Regular { head, .. } => Content::Regular {
                head: *head,
                held: None,
                digests: None,
            },
            _ => Content::Special,
        };
        let size = match brings {
            Brings::Regular { size, .. } => *size,
            _ => 0,
        };
        let number = self.add(content, size, entry.mode, entry.uid, entry.gid);
        self.inodes[number as usize].capabilities = entry.capabilities;
        self.put(parent, name, before, number);
        Ok(Some(number))
    }

    /// Takes over the attributes of a folder's entry; whether they differ.
    fn alter(&mut self, number: Number, entry: &Entry) -> bool {
        let layer = self.layer;
        let inode = &mut self.inodes[number as usize];
        let before = (inode.mode, inode.uid, inode.gid);
        (inode.mode, inode.uid, inode.gid) = (entry.mode, entry.uid, entry.gid);
        inode.touched = layer;
        before != (inode.mode, inode.uid, inode.gid)
    }

    /// Gives a name to an inode, in place of what had it.
    fn put(&mut self, parent: Number, name: &[u8], before: Option<Number>, number: Number) {
        self.inodes[number as usize].names += 1;
        let layer = self.layer;
        if let Content::Directory(names) = &mut self.inodes[parent as usize].content {
            names.insert(Box::from(name), number);
        }
        match before {
            Some(before) => {
                // A name that the same layer brought twice is told once.
                if self.inode(before).layer != layer {
                    self.event(parent, name, Change::Replaced, Some(before));
                }
                self.unhook(before);
            }
            None if !self.events(parent, name).is_empty() => {
                self.event(parent, name, Change::Brought, None);
            }
            // A second name of a file that an earlier layer brought.
            None if self.inode(number).layer != layer => {
                self.event(parent, name, Change::Brought, None);
            }
            None => {}
        }
        self.last_parent.take_if(|(_, last)| Some(*last) == before);
    }

    fn event(&mut self, parent: Number, name: &[u8], what: Change, gone: Option<Number>) {
        let layer = self.layer;
        let events = self.events.entry((parent, Box::from(name))).or_default();
        events.push(Event { layer, what, gone });
    }

    /// One name less; contents that no name leads to any more are let go, for a folder everything in it.
    fn unhook(&mut self, number: Number) {
        let mut left = vec![number];
        while let Some(number) = left.pop() {
            let inode = &mut self.inodes[number as usize];
            inode.names = inode.names.saturating_sub(1);
            match &mut inode.content {
                Content::Directory(names) => left.extend(names.values()),
                Content::Regular { held, .. } if inode.names == 0 => *held = None,
                _ => {}
            }
        }
        // A folder below the one that is gone may be the last one met.
        self.last_parent = None;
    }

    /// A whiteout, or an opaque folder (`name` in `parent`; the root has no name).
    fn hide(&mut self, parent: Number, name: &[u8], brings: &Brings) {
        let target = if name.is_empty() {
            ROOT
        } else {
            match self.child(parent, name) {
                Some(target) => target,
                None => return,
            }
        };
        let inode = self.inode(target);
        let is_directory = matches!(inode.content, Content::Directory(_));
        if let Brings::HidesBelow = brings {
            if is_directory {
                self.hide_below(target);
            }
            return;
        }
        if inode.layer != self.layer && inode.touched != self.layer {
            self.remove(parent, name, target);
            return;
        }
        let path = shown(name);
        if self.notes.len() < NOTES_MAX {
            let text = format!(
                "brings `{path}' and hides it, too: by the OCI specification it stays, some engines delete it"
            );
            self.notes.push((self.layer, text));
        }
        if is_directory {
            self.hide_below(target);
        }
    }

    /// Everything in a folder that this layer has not brought goes. Folders that it has an entry for stay, without what lower
    /// layers have in them.
    fn hide_below(&mut self, directory: Number) {
        let mut left = vec![directory];
        while let Some(directory) = left.pop() {
            // What has come into it since then is this layer's.
            if !self.cleared.insert(directory) {
                continue;
            }
            let Content::Directory(names) = &self.inode(directory).content else {
                continue;
            };
            let mut gone = Vec::new();
            for (name, &number) in names {
                let inode = self.inode(number);
                if inode.touched == self.layer {
                    left.push(number);
                } else {
                    gone.push((name.clone(), number));
                }
            }
            for (name, number) in gone {
                self.remove(directory, &name, number);
            }
        }
    }

    fn remove(&mut self, parent: Number, name: &[u8], number: Number) {
        if let Content::Directory(names) = &mut self.inodes[parent as usize].content {
            names.remove(name);
        }
        self.event(parent, name, Change::Deleted, Some(number));
        self.unhook(number);
    }

    /// The folder at a cleaned path, made if it is missing. All folders on the way are marked as this layer's.
    fn directory(&mut self, path: &[u8]) -> Result<Number, Fault> {
        if let Some((last, number)) = &self.last_parent
            && last == path
        {
            return Ok(*number);
        }
        let number = self
            .walk(path, true)?
            .ok_or_else(|| Fault::unusable("a folder above it cannot be made"))?;
        self.last_parent = Some((path.to_vec(), number));
        Ok(number)
    }

    /// The folder at a cleaned path, if it is there.
    fn existing(&mut self, path: &[u8]) -> Option<Number> {
        self.walk(path, false).ok().flatten()
    }

    /// Walks to a folder, through links, which never leave the root. As containerd's `fs.RootPath` has it, what a dangling link
    /// leads to is made.
    fn walk(&mut self, path: &[u8], make: bool) -> Result<Option<Number>, Fault> {
        let mut folders = vec![ROOT];
        let mut texts: Vec<(Arc<[u8]>, usize)> = vec![(Arc::from(path), 0)];
        let mut links = 0;
        while let Some((text, at)) = texts.last_mut() {
            let Some(start) = text[*at..].iter().position(|&byte| byte != b'/') else {
                texts.pop();
                continue;
            };
            let start = *at + start;
            let length = text[start..].iter().position(|&byte| byte == b'/');
            *at = length.map_or(text.len(), |length| start + length);
            let text = Arc::clone(text);
            let end = texts.last().map_or(start, |(_, at)| *at);
            let name = &text[start..end];
            self.steps += 1;
            if self.steps > WALK_STEPS_MAX {
                let what = Limit::Fixed("the number of steps through folders and links");
                return Err(Fault::limit(what, WALK_STEPS_MAX));
            }
            let current = folders.last().copied().unwrap_or(ROOT);
            match name {
                b"." => continue,
                b".." => {
                    folders.truncate(folders.len().saturating_sub(1).max(1));
                    continue;
                }
                _ => {}
            }
            let number = match self.child(current, name) {
                Some(number) => number,
                None if make => {
                    // Folders that no entry stands for are not free, but archives of files alone have them.
                    let most = IMPLIED_FOLDERS_FREE + (self.inodes.len() as u64 - self.implied) / 4;
                    self.implied += 1;
                    if self.implied > most {
                        let what = Limit::Fixed("the number of folders that no entry stands for");
                        return Err(Fault::limit(what, most));
                    }
                    let number = self.add(Content::Directory(BTreeMap::new()), 0, 0o755, 0, 0);
                    self.put(current, name, None, number);
                    number
                }
                None => return Ok(None),
            };
            match &self.inode(number).content {
                Content::Directory(_) => {
                    if make {
                        self.inodes[number as usize].touched = self.layer;
                    }
                    folders.push(number);
                }
                Content::Link(target) => {
                    links += 1;
                    if links > SYMLINKS_MAX {
                        return Err(Fault::unusable("the links above it go round in a circle"));
                    }
                    if target.first() == Some(&b'/') {
                        folders.truncate(1);
                    }
                    texts.push((Arc::clone(target), 0));
                }
                _ => {
                    return Err(Fault::unusable(format!(
                        "`{}' above it is a file and no folder; container engines refuse it: build the layer again",
                        shown(name)
                    )));
                }
            }
        }
        Ok(folders.last().copied())
    }

    /// What a hard link is another name of. Links in the folders above are followed, one at its end is not (`link(2)`).
    fn link_target(&mut self, path: &[u8]) -> Result<Number, Fault> {
        let (parent, name) = match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&path[..0], path),
        };
        let found = self.existing(parent);
        let found = found.and_then(|parent| self.child(parent, name));
        match found {
            Some(number) if matches!(self.inode(number).content, Content::Directory(_)) => {
                Err(Fault::unusable(format!(
                    "it is a hard link to the folder `{}'; container engines refuse it: build the layer again",
                    shown(path)
                )))
            }
            Some(number) => Ok(number),
            None => Err(Fault::new(FaultKind::Missing(format!(
                "the file `{}' that it is a hard link to",
                shown(path)
            )))),
        }
    }
}
