//! What is shared by all questions of one run: parsed files by identity, and path look-ups.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use sayso_facts::elf::Image;
use sayso_world::{Errno, FileId, FileStat, TargetPath, World};

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

/// Shared state over one world.
pub struct Session<'w> {
    world: &'w dyn World,
    /// How much to record.
    pub detail: Detail,
    images: RwLock<HashMap<FileId, Arc<Opened>>>,
    lookups: RwLock<HashMap<TargetPath, Result<FileStat, Errno>>>,
}

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
            lookups: RwLock::default(),
        }
    }
    /// The world.
    pub fn world(&self) -> &'w dyn World {
        self.world
    }
    /// `World::lookup`, remembered.
    pub fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        if let Some(known) = self
            .lookups
            .read()
            .expect("no panic while locked")
            .get(path)
        {
            return known.clone();
        }
        let answer = self.world.lookup(path);
        self.lookups
            .write()
            .expect("no panic while locked")
            .insert(path.clone(), answer.clone());
        answer
    }
    /// The parsed file, remembered by identity.
    pub fn open(&self, file: &FileStat) -> Arc<Opened> {
        if let Some(known) = self
            .images
            .read()
            .expect("no panic while locked")
            .get(&file.id)
        {
            return known.clone();
        }
        let opened = Arc::new(match self.world.read(file) {
            Err(errno) => Opened::Unreadable(errno),
            Ok(bytes) => match Image::parse(bytes.clone()) {
                Ok(image) => Opened::Image(Arc::new(image)),
                Err(_) => Opened::NotElf(bytes),
            },
        });
        self.images
            .write()
            .expect("no panic while locked")
            .entry(file.id)
            .or_insert(opened)
            .clone()
    }
}
