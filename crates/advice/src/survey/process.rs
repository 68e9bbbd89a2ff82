//! A world as a later process of the same machine meets it: another environment, directory or user.

use bytes::Bytes;
use sayso_world::{Entry, Errno, FileStat, InPieces, Machine, TargetPath, World};

/// The same files, another process.
pub(super) struct Process<'w> {
    files: Files<'w>,
    machine: Machine,
}

enum Files<'w> {
    Same(&'w dyn World),
    OfUser(Box<dyn World + 'w>),
}

impl<'w> Process<'w> {
    /// A world with this machine. Where it does not know another user's view, permissions stay those of its own user.
    pub(super) fn new(world: &'w dyn World, machine: Machine) -> Process<'w> {
        let files = if machine.credentials == world.machine().credentials {
            None
        } else {
            world.as_user(&machine.credentials)
        };
        Process {
            files: files.map_or(Files::Same(world), Files::OfUser),
            machine,
        }
    }
    fn files(&self) -> &dyn World {
        match &self.files {
            Files::Same(world) => *world,
            Files::OfUser(world) => &**world,
        }
    }
}

impl World for Process<'_> {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        self.files().lookup(path)
    }
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        self.files().read(file)
    }
    fn open(&self, file: &FileStat) -> Result<Result<InPieces, Bytes>, Errno> {
        self.files().open(file)
    }
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        self.files().list(directory)
    }
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.files().canonical(path)
    }
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.files().read_link(path)
    }
    fn capabilities(&self, file: &FileStat) -> bool {
        self.files().capabilities(file)
    }
    fn as_user(&self, credentials: &sayso_world::Credentials) -> Option<Box<dyn World + '_>> {
        let mut machine = self.machine.clone();
        machine.credentials = credentials.clone();
        Some(Box::new(Process {
            files: Files::OfUser(self.files().as_user(credentials)?),
            machine,
        }))
    }
    fn machine(&self) -> &Machine {
        &self.machine
    }
}
