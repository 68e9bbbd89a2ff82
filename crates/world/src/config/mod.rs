//! The loaders' own configuration files, as data. What a loader makes of them is not decided here.

pub mod ld_so_cache;
pub mod ld_so_conf;
pub mod ld_so_preload;

pub use ld_so_cache::LdSoCache;
pub use ld_so_conf::LdSoConf;

use crate::{Errno, FileKind, TargetPath, World};
use bytes::Bytes;

/// A regular file's bytes by its path.
///
/// # Errors
/// What stands between the path and the bytes; `EISDIR` of a directory, `EINVAL` of a device or pipe.
pub fn read(world: &dyn World, path: &TargetPath) -> Result<Bytes, Errno> {
    let file = world.lookup(path)?;
    match file.kind {
        FileKind::Regular => world.read(&file),
        FileKind::Directory => Err(Errno::EISDIR),
        FileKind::Special => Err(Errno::EINVAL),
    }
}

/// The raw text of musl's search path file, `<prefix>/etc/ld-musl-<arch>.path`: directories between newlines and colons, which
/// replace the default ones (`ldso/dynlink.c: load_library`). Which prefix and architecture is the loader's matter.
///
/// # Errors
/// As [`read`]. `ENOENT` is the ordinary case: the default directories are searched.
pub fn musl_path(world: &dyn World, path: &TargetPath) -> Result<Bytes, Errno> {
    read(world, path)
}
