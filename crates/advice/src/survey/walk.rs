//! Every file that a loader could be asked for.

use std::collections::HashSet;

use rayon::prelude::*;
use sayso_world::{Architecture, FileId, FileKind, FileStat, TargetPath, World};

use crate::limits::{SURVEY_DEPTH_MAX, SURVEY_FILES_MAX};

/// Bytes of a file that say what it is.
const HEAD: usize = 64;
/// Folders that are no part of an image: the runtime mounts over them.
const MOUNTED: &[&[u8]] = &[b"/proc", b"/sys", b"/dev", b"/run"];
/// Where programs lie that are called by their name.
const PROGRAM_FOLDERS: &[&[u8]] = &[
    b"/bin",
    b"/sbin",
    b"/usr/bin",
    b"/usr/sbin",
    b"/usr/local/bin",
    b"/usr/local/sbin",
];
/// Where an image's own scripts lie.
const OWN_FOLDERS: &[&[u8]] = &[b"/app/", b"/opt/", b"/srv/", b"/home/", b"/root/"];

/// A file that will be judged.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) path: TargetPath,
    pub(super) id: FileId,
    pub(super) is_script: bool,
    /// For another machine, though it lies where programs are called by their name.
    pub(super) is_foreign: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    /// Regular files looked at.
    pub(super) files: usize,
    /// ELF files of another machine, outside the folders of programs: data of a toolchain, prebuilt variants.
    pub(super) foreign: usize,
    /// Names of `pyvenv.cfg` files.
    pub(super) environments: Vec<TargetPath>,
    /// Every script that may be executed.
    pub(super) scripts: Vec<TargetPath>,
    /// A limit was met: not everything was looked at.
    pub(super) cut: bool,
}

enum Looked {
    Judge(Candidate),
    /// A script that is no program of its own.
    Script(TargetPath),
    Foreign,
    Nothing,
}

/// Walks the whole tree, links not followed.
pub(super) fn walk(world: &dyn World) -> Found {
    let mut found = Found::default();
    let (mut names, mut waiting) = (Vec::new(), vec![(TargetPath::from("/"), 0)]);
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries = world.list(&folder).unwrap_or_default();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let mut below = Vec::new();
        for entry in entries {
            let path = folder.join(&entry.name);
            match entry.kind {
                Some(FileKind::Directory) if MOUNTED.contains(&path.as_bytes()) => {}
                Some(FileKind::Directory) if depth < SURVEY_DEPTH_MAX => {
                    below.push((path, depth + 1));
                }
                Some(FileKind::Regular) if names.len() < SURVEY_FILES_MAX => names.push(path),
                Some(FileKind::Directory | FileKind::Regular) => found.cut = true,
                _ => {}
            }
        }
        waiting.extend(below.into_iter().rev());
    }
    found.files = names.len();
    found.environments = names
        .iter()
        .filter(|path| path.file_name() == b"pyvenv.cfg")
        .cloned()
        .collect();
    let looked: Vec<Looked> = names
        .into_par_iter()
        .map(|path| look(world, path))
        .collect();
    let mut seen = HashSet::new();
    for looked in looked {
        match looked {
            // Two names of one file are one program, unless it is one that looks at its name.
            Looked::Judge(candidate) if seen.insert(candidate.id) => {
                if candidate.is_script {
                    found.scripts.push(candidate.path.clone());
                }
                found.candidates.push(candidate);
            }
            Looked::Script(path) => found.scripts.push(path),
            Looked::Foreign => found.foreign += 1,
            Looked::Judge(_) | Looked::Nothing => {}
        }
    }
    found
}

fn look(world: &dyn World, path: TargetPath) -> Looked {
    // Nothing that is loaded is smaller than a file header; a script may be.
    let Ok(stat) = world.lookup(&path) else {
        return Looked::Nothing;
    };
    if stat.size < 4 {
        return Looked::Nothing;
    }
    let Some(head) = head(world, &stat) else {
        return Looked::Nothing;
    };
    let candidate = |is_script: bool, is_foreign: bool| Candidate {
        path: path.clone(),
        id: stat.id,
        is_script,
        is_foreign,
    };
    if head.starts_with(b"#!") {
        return if stat.mode & 0o111 == 0 {
            Looked::Nothing
        } else if is_own_script(world, &path) {
            Looked::Judge(candidate(true, false))
        } else {
            Looked::Script(path)
        };
    }
    if !head.starts_with(b"\x7fELF") || is_data(&path) {
        return Looked::Nothing;
    }
    if head.len() < 52 {
        // The rest of an interrupted copy.
        let is_library = crate::is_library_name(&path);
        return if is_library {
            Looked::Judge(candidate(false, false))
        } else {
            Looked::Nothing
        };
    }
    let half = |at: usize| match head[5] {
        2 => u16::from_be_bytes([head[at], head[at + 1]]),
        _ => u16::from_le_bytes([head[at], head[at + 1]]),
    };
    // ET_EXEC and ET_DYN: no object file, kernel module or core.
    if !matches!(half(16), 2 | 3) {
        return Looked::Nothing;
    }
    let architecture = world.machine().architecture;
    let is_foreign = is_foreign(half(18), head[4], architecture);
    if is_foreign && !is_in_program_folder(world, &path) {
        return Looked::Foreign;
    }
    Looked::Judge(candidate(false, is_foreign))
}

fn head(world: &dyn World, stat: &FileStat) -> Option<Vec<u8>> {
    let bytes = match world.open(stat).ok()? {
        Ok(pieces) => pieces.part(0, HEAD),
        Err(bytes) => bytes.slice(..bytes.len().min(HEAD)),
    };
    Some(bytes.to_vec())
}

/// Files that look like programs and are not meant to be loaded.
fn is_data(path: &TargetPath) -> bool {
    let bytes = path.as_bytes();
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    bytes.ends_with(b".debug")
        || bytes.starts_with(b"/usr/lib/debug/")
        || bytes.starts_with(b"/lib/modules/")
        || bytes.starts_with(b"/usr/lib/modules/")
        || has(b"/testdata/")
        || has(b"/.debug/")
}

/// In one of the folders that `PATH` names, or would name by default.
fn is_in_program_folder(world: &dyn World, path: &TargetPath) -> bool {
    let parent = path.parent();
    let parent = parent.as_bytes();
    let listed = world.machine().variable(b"PATH").unwrap_or_default();
    PROGRAM_FOLDERS.contains(&parent) || listed.split(|&b| b == b':').any(|folder| folder == parent)
}

/// Scripts that somebody may start; examples and parts of libraries are not looked at.
fn is_own_script(world: &dyn World, path: &TargetPath) -> bool {
    let bytes = path.as_bytes();
    let is_deep = bytes
        .windows(9)
        .any(|part| part == b"/share/do" || part == b"/example")
        || bytes.windows(14).any(|part| {
            part == b"/site-packages" || part == b"/dist-packages" || part == b"/node_modules/"
        });
    is_in_program_folder(world, path)
        || (!is_deep && OWN_FOLDERS.iter().any(|folder| bytes.starts_with(folder)))
        || path.parent().as_bytes() == b"/"
}

/// A machine whose programs this one does not run.
fn is_foreign(machine: u16, class: u8, architecture: Architecture) -> bool {
    let native: &[u16] = match architecture {
        Architecture::X86_64 => &[62, 3],
        Architecture::I386 => &[3],
        Architecture::Aarch64 => &[183, 40],
        Architecture::Arm => &[40],
        Architecture::Riscv64 => &[243],
        Architecture::Ppc64le => &[21],
        Architecture::S390x => &[22],
        Architecture::Other => return false,
    };
    !native.contains(&machine) || (machine == 243 && class != 2)
}
