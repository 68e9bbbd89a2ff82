//! Which files are meant: names, folders, lists.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rayon::prelude::*;
use sayso_advice::show;
use sayso_loader::Session;
use sayso_world::snapshot::NOT_RECORDED;
use sayso_world::{Errno, FileKind, TargetPath, World};

use crate::arguments::Common;

/// Nested folders deeper than this are left out: no real tree is, and a hostile one must not take all memory.
const FOLDER_DEPTH_MAX: usize = 256;

/// From so many files on, their first bytes are looked at by several threads.
const PARALLEL_MIN: usize = 64;

/// A file to be judged.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// As it is shown and handed to the loader.
    pub(crate) path: TargetPath,
    /// The user named this very file, rather than a folder with it.
    pub(crate) by_itself: bool,
}

/// The names as paths of the target, folders unfolded, in the order given. Names that reach nothing are told apart.
pub(crate) fn gather(
    session: &Session<'_>,
    common: &Common,
    names: &[OsString],
) -> (Vec<Named>, Vec<anyhow::Error>) {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    // A long list is looked up in parallel; a few names are not worth the threads.
    let located: Vec<_> = if names.len() < PARALLEL_MIN {
        names
            .iter()
            .map(|name| locate(session, common, name))
            .collect()
    } else {
        names
            .par_iter()
            .map(|name| locate(session, common, name))
            .collect()
    };
    for found in located {
        match found {
            Ok((path, FileKind::Directory)) => {
                let before = files.len();
                unfold(session, path.clone(), &mut files);
                if files.len() == before {
                    errors.push(anyhow::anyhow!(
                        "the folder {} holds no program and no library",
                        show(&path)
                    ));
                }
            }
            Ok((path, _)) => files.push(Named {
                path,
                by_itself: true,
            }),
            Err(error) => errors.push(error),
        }
    }
    (files, errors)
}

/// One name as a path of the target.
pub(crate) fn locate(
    session: &Session<'_>,
    common: &Common,
    name: &OsString,
) -> anyhow::Result<(TargetPath, FileKind)> {
    let world = session.world();
    let here = &world.machine().working_directory;
    let path = TargetPath::new(name.as_bytes());
    let errno = match session.lookup(&path.join_to(here)) {
        Ok(stat) if stat.kind == FileKind::Special => {
            anyhow::bail!("{} is a device or pipe, not a file", show(&path))
        }
        // The kernel needs no read permission to start a program; we need it to say anything about it.
        Ok(stat) if stat.kind == FileKind::Regular && !stat.readable => Errno::EACCES,
        Ok(stat) => return Ok((path, stat.kind)),
        Err(errno) => errno,
    };
    if let Some(inside) = inside_root(common, &path)
        && let Ok(stat) = session.lookup(&inside)
    {
        return Ok((inside, stat.kind));
    }
    if errno == NOT_RECORDED
        && let Some(error) = crate::commands::snapshot::not_recorded(common, &path)
    {
        return Err(error);
    }
    let mut why = format!("cannot read {}: {}", show(&path), errno.glibc_text());
    if errno == Errno::ENOENT {
        if let Ok(target) = world.read_link(&path.join_to(here)) {
            why = format!(
                "cannot read {}: it is a symbolic link to {}, which does not exist",
                show(&path),
                show(target)
            );
        } else if name.as_bytes().iter().all(u8::is_ascii_lowercase) {
            why.push_str(" (a file? the commands are check, tree, why and rules)");
        } else if common.root.is_some() {
            why.push_str(" (names are paths inside --root)");
        }
    }
    Err(anyhow::anyhow!(why))
}

/// A path of this machine that begins with the `--root` folder, as the path inside it.
fn inside_root(common: &Common, path: &TargetPath) -> Option<TargetPath> {
    let root = common.root.as_ref()?.as_bytes();
    let root = root.strip_suffix(b"/").unwrap_or(root);
    let rest = path.as_bytes().strip_prefix(root)?;
    (rest.first() == Some(&b'/')).then(|| TargetPath::new(rest))
}

/// The bytes of a file of this machine, up to a limit.
pub(crate) fn bounded(file: &OsStr, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file)?;
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    anyhow::ensure!(
        bytes.len() as u64 <= bytes_max,
        "it is bigger than {bytes_max} bytes"
    );
    Ok(bytes)
}

/// Writes a file of this machine: whole or not at all.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let shown = show(path.as_os_str().as_bytes());
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".sayso-{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written.with_context(|| format!("cannot write {shown}"))
}

/// The names in a list, one a line; empty lines are skipped.
pub(crate) fn listed(from: &OsString) -> anyhow::Result<Vec<OsString>> {
    let mut text = Vec::new();
    if from == "-" {
        std::io::stdin()
            .read_to_end(&mut text)
            .context("cannot read the list of files from standard input")?;
    } else {
        text = std::fs::read(from)
            .with_context(|| format!("cannot read the list of files {}", show(from.as_bytes())))?;
    }
    Ok(text
        .split(|&b| b == b'\n' || b == 0)
        .filter(|line| !line.is_empty())
        .map(|line| std::ffi::OsStr::from_bytes(line).to_os_string())
        .collect())
}

/// Every regular file below a folder, each folder's in the order of their names; symbolic links are not followed. Folders that
/// cannot be read are told of.
pub(crate) fn regular(
    world: &dyn World,
    folder: TargetPath,
    found: &mut Vec<TargetPath>,
    unread: &mut dyn FnMut(&TargetPath, Errno),
) {
    let here = &world.machine().working_directory;
    let mut waiting = vec![(folder, 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries = match world.list(&folder.join_to(here)) {
            Ok(entries) => entries,
            Err(errno) => {
                unread(&folder, errno);
                continue;
            }
        };
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let mut folders = Vec::new();
        for entry in entries {
            let path = folder.join(&entry.name);
            match entry.kind {
                Some(FileKind::Directory) if depth < FOLDER_DEPTH_MAX => {
                    folders.push((path, depth + 1));
                }
                Some(FileKind::Directory) => unread(&path, Errno::ENAMETOOLONG),
                Some(FileKind::Regular) => found.push(path),
                _ => {}
            }
        }
        waiting.extend(folders.into_iter().rev());
    }
}

/// Every program and library below a folder.
fn unfold(session: &Session<'_>, folder: TargetPath, files: &mut Vec<Named>) {
    let found = programs(session.world(), folder, &mut |_, _| {});
    files.extend(found.into_iter().map(|path| Named {
        path,
        by_itself: false,
    }));
}

/// The same as paths that begin with the folder's.
pub(crate) fn programs(
    world: &dyn World,
    folder: TargetPath,
    unread: &mut dyn FnMut(&TargetPath, Errno),
) -> Vec<TargetPath> {
    let mut candidates = Vec::new();
    regular(world, folder, &mut candidates, unread);
    if candidates.len() < PARALLEL_MIN {
        candidates.retain(|path| is_loadable(world, path));
        candidates
    } else {
        candidates
            .into_par_iter()
            .filter(|path| is_loadable(world, path))
            .collect()
    }
}

/// An ELF program or library: not an object file, a core, a kernel module, or a file of debug information.
pub(crate) fn is_loadable(world: &dyn World, path: &TargetPath) -> bool {
    const HEADER: usize = 64;
    let absolute = path.join_to(&world.machine().working_directory);
    let Ok(stat) = world.lookup(&absolute) else {
        return false;
    };
    if stat.size < 52 || path.as_bytes().ends_with(b".debug") {
        return false;
    }
    let Ok(bytes) = world.read(&stat) else {
        return false;
    };
    let head = &bytes[..bytes.len().min(HEADER)];
    if !head.starts_with(b"\x7fELF") {
        return false;
    }
    let kind = match head.get(5) {
        Some(2) => u16::from_be_bytes([head[16], head[17]]),
        _ => u16::from_le_bytes([head[16], head[17]]),
    };
    // ET_EXEC and ET_DYN
    matches!(kind, 2 | 3)
}
