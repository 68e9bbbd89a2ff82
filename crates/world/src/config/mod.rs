//! The loaders' own configuration files, as data. What a loader makes of them is not decided here.

pub mod ld_so_cache;
pub mod ld_so_conf;
pub mod ld_so_preload;
pub mod musl_path;

pub use ld_so_cache::LdSoCache;

use crate::{Errno, FileKind, TargetPath, World};
use bytes::Bytes;

/// A regular file's bytes by its path.
pub(crate) fn read(world: &dyn World, path: &TargetPath) -> Result<Bytes, Errno> {
    let file = world.lookup(path)?;
    match file.kind {
        FileKind::Regular => world.read(&file),
        FileKind::Directory => Err(Errno::EISDIR),
        FileKind::Special => Err(Errno::EINVAL),
    }
}
