//! Path resolution as Linux does it, in user space and in one place.
//!
//! Worlds that are not the running machine cannot let the kernel follow links: an absolute link must lead to the *target's*
//! root, `..` must not leave it, and permissions are those of the target's user, not ours. So this walk models
//! `fs/namei.c: link_path_walk` over anything that can answer "what is called NAME in this directory?" ([`Tree`]).
//!
//! The order of the checks is the kernel's, because the errno decides what a loader does next: first the search permission
//! of the directory (`EACCES`), then the length of the name (`ENAMETOOLONG`), then its existence (`ENOENT`), then whether
//! one can go on below it (`ENOTDIR`).

use std::sync::Arc;

use crate::Errno;
use crate::limits::{NAME_BYTES_MAX, PATH_BYTES_MAX, SYMLINKS_MAX};

/// What a name in a directory stands for.
#[derive(Debug, Clone)]
pub enum Child<N> {
    /// A directory, to be walked on from.
    Directory(N),
    /// A symbolic link with its text.
    Link(Arc<[u8]>),
    /// Anything else.
    File(N),
}

/// Inodes and the names between them: all that resolution needs.
pub trait Tree {
    /// Handle of a directory or file; cheap to clone.
    type Node: Clone;
    /// The directory called `/`.
    fn root(&self) -> Self::Node;
    /// What `name` (never empty, `.` or `..`, and not too long) is in a directory. `path` is the canonical path of the
    /// directory, without a slash at its end (so empty for the root).
    fn child(
        &self,
        directory: &Self::Node,
        path: &[u8],
        name: &[u8],
    ) -> Result<Child<Self::Node>, Errno>;
    /// The target's user has search permission on a directory, whose canonical path is `path` (empty for the root).
    fn may_search(&self, directory: &Self::Node, path: &[u8]) -> bool;
}

/// Where a walk has ended.
#[derive(Debug, Clone)]
pub struct Resolved<N> {
    /// Canonical path of what was found: no links, no dots, no doubled slashes.
    pub path: Vec<u8>,
    /// What was found; a `Link` only with [`Last::Keep`].
    pub end: Child<N>,
}

/// What to do about a symbolic link that is the last component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Follow it, as `stat` and `open` do.
    Follow,
    /// Stop at it, as `lstat` and `readlink` do (but a slash behind it makes it followed).
    Keep,
}

/// A text being walked: the path itself, or a link's.
struct Frame {
    text: Arc<[u8]>,
    at: usize,
}

impl Frame {
    /// The next component; `None` at the end. Leaves `at` directly behind it.
    fn next(&mut self) -> Option<std::ops::Range<usize>> {
        let start = self.at + self.text[self.at..].iter().position(|&b| b != b'/')?;
        let length = self.text[start..].iter().position(|&b| b == b'/');
        self.at = length.map_or(self.text.len(), |length| start + length);
        Some(start..self.at)
    }
    fn only_slashes_left(&self) -> bool {
        self.text[self.at..].iter().all(|&b| b == b'/')
    }
    fn slash_follows(&self) -> bool {
        self.at < self.text.len()
    }
}

/// Resolves an absolute path (a relative one counts from the root).
pub fn resolve<T: Tree>(tree: &T, path: &[u8], last: Last) -> Result<Resolved<T::Node>, Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    if path.len() >= PATH_BYTES_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    let mut walk = Walk {
        tree,
        directories: vec![tree.root()],
        path: Vec::with_capacity(path.len()),
        links: 0,
        frames: vec![Frame {
            text: Arc::from(path),
            at: 0,
        }],
    };
    while let Some(frame) = walk.frames.last_mut() {
        let Some(component) = frame.next() else {
            walk.frames.pop();
            continue;
        };
        let text = Arc::clone(&frame.text);
        if let Some(end) = walk.step(&text[component], last)? {
            return Ok(walk.found(end));
        }
    }
    let end = Child::Directory(walk.current().clone());
    Ok(walk.found(end))
}

struct Walk<'t, T: Tree> {
    tree: &'t T,
    /// The directories from the root to the current one: `..` is a pop, so it can never leave the root.
    directories: Vec<T::Node>,
    /// Canonical path of the current directory, without a slash at the end.
    path: Vec<u8>,
    links: usize,
    /// At most one a followed link, and those are limited: no recursion.
    frames: Vec<Frame>,
}

impl<T: Tree> Walk<'_, T> {
    fn current(&self) -> &T::Node {
        self.directories.last().expect("the root is never popped")
    }

    fn found(mut self, end: Child<T::Node>) -> Resolved<T::Node> {
        if self.path.is_empty() {
            self.path.push(b'/');
        }
        Resolved {
            path: self.path,
            end,
        }
    }

    /// One component. `Some` when it is the end of the whole walk and no directory to stand in.
    fn step(&mut self, name: &[u8], last: Last) -> Result<Option<Child<T::Node>>, Errno> {
        // may_lookup: asked for every component, `.` and `..` included.
        if !self.tree.may_search(self.current(), &self.path) {
            return Err(Errno::EACCES);
        }
        match name {
            b"." => return Ok(None),
            b".." => {
                if self.directories.len() > 1 {
                    self.directories.pop();
                    let slash = self.path.iter().rposition(|&b| b == b'/').unwrap_or(0);
                    self.path.truncate(slash);
                }
                return Ok(None);
            }
            _ => {}
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let child = self.tree.child(self.current(), &self.path, name)?;
        let is_last = self.frames.iter().all(Frame::only_slashes_left);
        // A slash behind the last component, of the path or of a link's text, asks for a directory.
        let wants_directory = !is_last || self.frames.iter().any(Frame::slash_follows);
        match child {
            Child::Directory(node) => {
                self.directories.push(node);
                self.push_name(name);
                Ok(None)
            }
            Child::Link(_) if last == Last::Keep && !wants_directory => {
                self.push_name(name);
                Ok(Some(child))
            }
            Child::Link(text) => self.follow(text).map(|()| None),
            Child::File(_) if wants_directory => Err(Errno::ENOTDIR),
            Child::File(_) => {
                self.push_name(name);
                Ok(Some(child))
            }
        }
    }

    fn push_name(&mut self, name: &[u8]) {
        self.path.push(b'/');
        self.path.extend_from_slice(name);
    }

    fn follow(&mut self, text: Arc<[u8]>) -> Result<(), Errno> {
        if self.links >= SYMLINKS_MAX {
            return Err(Errno::ELOOP);
        }
        self.links += 1;
        if text.is_empty() {
            return Err(Errno::ENOENT);
        }
        if text[0] == b'/' {
            self.directories.truncate(1);
            self.path.clear();
        }
        self.frames.push(Frame { text, at: 0 });
        Ok(())
    }
}
