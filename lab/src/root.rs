//! A folder with a world and a real loader in it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use sayso_fixture::Fixture;
use sayso_world::root::Root;
use sayso_world::{Credentials, Entry, Errno, FileStat, Machine, TargetPath, World};

use crate::release::Unpacked;

/// A folder that is removed again.
#[derive(Debug)]
pub struct Folder(PathBuf);

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Folder {
    /// Puts a world and a loader into a fresh folder below `target`, which is on a file system like the workspace's: no `noexec`
    /// that the world did not ask for.
    ///
    /// # Errors
    /// What the file system says, or `ldconfig`.
    pub fn new(fixture: &Fixture, release: &Unpacked) -> io::Result<Folder> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let folder = Folder(crate::workspace().join("target/lab").join(name));
        std::fs::create_dir_all(&folder.0)?;
        release.place(&folder.0)?;
        std::fs::create_dir_all(folder.0.join("proc"))?;
        fixture.write_to(&folder.0)?;
        if fixture
            .cache
            .as_deref()
            .is_some_and(|paths| paths == [b"ldconfig".to_vec()])
        {
            std::fs::create_dir_all(folder.0.join("etc"))?;
            let done = Command::new("/sbin/ldconfig")
                .arg("-r")
                .arg(&folder.0)
                .output()?;
            if !done.status.success() {
                return Err(io::Error::other("ldconfig failed"));
            }
        }
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing to be done if it fails: the next `cargo clean` takes it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The folder as sayso sees it with `--root`, and with the mounts that the world asks for.
#[derive(Debug)]
pub struct Mounted {
    root: Root,
    noexec: Vec<Vec<u8>>,
    nosuid: Vec<Vec<u8>>,
}

impl Mounted {
    /// The folder with the fixture's machine; the processor is this machine's, since that is where the real loader runs.
    ///
    /// # Errors
    /// What the file system says.
    pub fn new(folder: &Folder, fixture: &Fixture) -> Result<Mounted, Errno> {
        use std::os::unix::ffi::OsStrExt as _;
        Ok(Mounted {
            root: Root::open(folder.0.as_os_str().as_bytes(), machine(fixture))?,
            noexec: fixture.machine.noexec.clone(),
            nosuid: fixture.machine.nosuid.clone(),
        })
    }
}

/// The fixture's machine with this machine's processor.
pub fn machine(fixture: &Fixture) -> Machine {
    let mut machine = fixture.machine();
    let here = sayso_world::detect::this_machine();
    machine.cpu = here.cpu;
    machine.runs_32bit = here.runs_32bit;
    machine
}

fn below(path: &TargetPath, folders: &[Vec<u8>]) -> bool {
    folders.iter().any(|folder| {
        let rest = path.as_bytes().strip_prefix(folder.as_slice());
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    })
}

impl World for Mounted {
    fn lookup(&self, path: &TargetPath) -> Result<FileStat, Errno> {
        let mut stat = self.root.lookup(path)?;
        stat.noexec |= below(&stat.path, &self.noexec);
        stat.nosuid |= below(&stat.path, &self.nosuid);
        Ok(stat)
    }
    fn read(&self, file: &FileStat) -> Result<Bytes, Errno> {
        self.root.read(file)
    }
    fn list(&self, directory: &TargetPath) -> Result<Vec<Entry>, Errno> {
        self.root.list(directory)
    }
    fn canonical(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.root.canonical(path)
    }
    fn read_link(&self, path: &TargetPath) -> Result<TargetPath, Errno> {
        self.root.read_link(path)
    }
    fn capabilities(&self, file: &FileStat) -> bool {
        self.root.capabilities(file)
    }
    fn as_user(&self, credentials: &Credentials) -> Option<Box<dyn World + '_>> {
        Some(Box::new(Mounted {
            root: self.root.with_credentials(credentials)?,
            noexec: self.noexec.clone(),
            nosuid: self.nosuid.clone(),
        }))
    }
    fn machine(&self) -> &Machine {
        self.root.machine()
    }
}
