//! The true reason why a library was not found.
//!
//! A loader reports the error of the last place it tried, so "No such file or directory" is also what it says of a file
//! that is there but unreadable, built for another machine, part of a loop of links, or in a directory it never looks
//! into. Here the places that were tried are looked at again, and then the places that were not.

mod copies;
mod spelling;

pub(crate) use copies::directories as likely_directories;

use sayso_facts::elf::Image;
use sayso_loader::request::Family;
use sayso_loader::session::Opened;
use sayso_loader::trace::SkipReason;
use sayso_loader::{ObjectId, Probe, ProbeOutcome, SearchRule};
use sayso_world::{Errno, FileKind, TargetPath};

use crate::context::Context;
use crate::show::{machine_name, show};

/// Messages that say that a library was not found.
pub const MESSAGES: &[&str] = &[
    "glibc/cannot-open",
    "glibc/wrong-class",
    "musl/load-library",
    "musl/dlopen-library",
];

/// Why a library was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A file is there, where the loader looked, but may not be opened.
    Unreadable {
        /// The file.
        path: TargetPath,
        /// The error.
        errno: Errno,
        /// The directory that may not be searched, if it is not the file itself that is closed.
        directory: Option<TargetPath>,
    },
    /// A file is there, where the loader looked, for another processor or of another word size.
    WrongMachine {
        /// The file.
        path: TargetPath,
        /// What it is for.
        is: String,
        /// What the process is.
        wanted: String,
        /// Only the word size (ELF class) differs in the loader's eyes.
        class: bool,
    },
    /// The path ends in a loop of symbolic links.
    Loop {
        /// Where.
        path: TargetPath,
    },
    /// The name is a symbolic link to nothing.
    Dangling {
        /// The link.
        path: TargetPath,
        /// Its target.
        target: TargetPath,
    },
    /// A run path that would find it belongs to an object whose run path does not count for this asker.
    NotInherited {
        /// The file.
        path: TargetPath,
        /// Whose run path holds its directory.
        of: ObjectId,
        /// It is a `DT_RPATH`, which counts no more because the asker has a `DT_RUNPATH`.
        rpath_shadowed: bool,
    },
    /// It lies in a directory of `ld.so.conf`, but the cache does not know it.
    StaleCache {
        /// The file.
        path: TargetPath,
    },
    /// `ld.so.cache` leads to a file that is gone.
    CacheLeadsNowhere {
        /// What the cache says.
        path: TargetPath,
    },
    /// It lies only where processors of a higher level look.
    NewerProcessorOnly {
        /// The file.
        path: TargetPath,
        /// The level whose folder it is.
        level: String,
    },
    /// A file has the same name in other case, or in the other Unicode form.
    OtherSpelling {
        /// The file.
        path: TargetPath,
    },
    /// A copy lies in a directory that is not searched.
    Elsewhere {
        /// The copies.
        paths: Vec<TargetPath>,
    },
    /// The library is here under the name of its file, and nothing has the name that its soname says.
    LinkMissing {
        /// The file.
        path: TargetPath,
    },
    /// Only another version of the soname is on the machine.
    OtherVersion {
        /// The files.
        paths: Vec<TargetPath>,
    },
    /// A copy elsewhere, but built for another machine.
    ElsewhereWrongMachine {
        /// The file.
        path: TargetPath,
        /// What it is for.
        is: String,
        /// What the process is.
        wanted: String,
    },
    /// musl was asked for glibc's loader.
    GlibcLoader,
    /// glibc was asked for musl.
    MuslLibc,
    /// A file is there, and the loader takes it for nothing that it could load.
    Refused {
        /// The file.
        path: TargetPath,
    },
    /// Not on the machine, as far as was looked.
    Nowhere,
}

/// What a file is built for, as two words.
fn built_for(image: &Image) -> (u16, sayso_facts::elf::Class) {
    (image.header().machine, image.header().class)
}

fn in_words((machine, class): (u16, sayso_facts::elf::Class)) -> String {
    use sayso_facts::elf::Class;
    match (machine, class) {
        (62, Class::Elf32) => "x32".into(),
        (machine, _) => machine_name(machine),
    }
}

/// The causes, the deciding one first; never empty.
pub(crate) fn find(
    context: &Context<'_>,
    name: &[u8],
    asker: Option<ObjectId>,
    probes: &[Probe],
) -> Vec<Cause> {
    let mut causes = Vec::new();
    for probe in probes {
        causes.extend(at_probe(context, probe));
    }
    let tried: Vec<&TargetPath> = probes.iter().map(|probe| &probe.path).collect();
    match context.family() {
        Family::Musl if is_glibc_loader(name) => causes.push(Cause::GlibcLoader),
        Family::Glibc if is_musl_libc(name) => causes.push(Cause::MuslLibc),
        _ => causes.extend(copies::find(context, name, asker, &tried)),
    }
    if causes.is_empty() && wanted(context).is_none() {
        // musl names the file that dlopen was given, and keeps no probe of it.
        let path = TargetPath::new(name);
        if name.contains(&b'/') && context.stat(&path).is_some() {
            causes.push(Cause::Refused { path });
        }
    }
    if causes.is_empty() {
        causes.extend(
            probes
                .iter()
                .find_map(|probe| gone_from_cache(context, probe)),
        );
    }
    if causes.is_empty() {
        causes.push(Cause::Nowhere);
    }
    causes
}

fn is_glibc_loader(name: &[u8]) -> bool {
    name.starts_with(b"ld-linux") || name.starts_with(b"ld64.so") || name == b"ld.so.1"
}

fn is_musl_libc(name: &[u8]) -> bool {
    name.starts_with(b"libc.musl-") || name.starts_with(b"ld-musl-")
}

/// The cache's answer, where no file is any more.
fn gone_from_cache(context: &Context<'_>, probe: &Probe) -> Option<Cause> {
    let is_gone = matches!(probe.because, SearchRule::Cache)
        && matches!(probe.outcome, ProbeOutcome::Errno(Errno::ENOENT));
    let path = &probe.path;
    (is_gone && context.stat(path).is_none())
        .then(|| Cause::CacheLeadsNowhere { path: path.clone() })
}

/// What is wrong with a place that was tried, if a file is there after all.
fn at_probe(context: &Context<'_>, probe: &Probe) -> Option<Cause> {
    let path = probe
        .path
        .join_to(&context.session.world().machine().working_directory);
    match probe.outcome {
        ProbeOutcome::Errno(Errno::ELOOP) => Some(Cause::Loop { path }),
        ProbeOutcome::Errno(Errno::ENOENT) => {
            let target = context.session.world().read_link(&path).ok()?;
            Some(Cause::Dangling { path, target })
        }
        ProbeOutcome::Fatal => Some(Cause::Refused { path }),
        ProbeOutcome::Errno(Errno::ENOTDIR) => None,
        ProbeOutcome::Errno(errno) => unreadable(context, path, errno),
        ProbeOutcome::Skipped(reason) => {
            let wanted = wanted(context)?;
            let is = context.image(&path).map(|image| built_for(&image))?;
            Some(Cause::WrongMachine {
                path,
                is: in_words(is),
                wanted: in_words(wanted),
                class: reason == SkipReason::WrongClass,
            })
        }
        _ => None,
    }
}

fn unreadable(context: &Context<'_>, path: TargetPath, errno: Errno) -> Option<Cause> {
    if context.session.lookup(&path).is_ok() {
        return Some(Cause::Unreadable {
            path,
            errno,
            directory: None,
        });
    }
    // A directory on the way may not be searched: the deepest one that can still be seen.
    let mut directory = path.parent();
    while directory.as_bytes().len() > 1 {
        match context.session.lookup(&directory) {
            Ok(stat) if stat.kind == FileKind::Directory => {
                return Some(Cause::Unreadable {
                    path,
                    errno,
                    directory: Some(directory),
                });
            }
            _ => directory = directory.parent(),
        }
    }
    None
}

/// What the process is built for.
fn wanted(context: &Context<'_>) -> Option<(u16, sayso_facts::elf::Class)> {
    context.subject().map(|object| built_for(&object.image))
}

/// Whether the file could be loaded into this process as far as machine and class go; `Err` says what it is instead.
fn fits(context: &Context<'_>, path: &TargetPath) -> Option<Result<(), String>> {
    let stat = context.session.lookup(path).ok()?;
    if stat.kind != FileKind::Regular {
        return None;
    }
    let is = match &*context.session.open(&stat) {
        Opened::Image(image) => built_for(image),
        // Unreadable or no ELF file: no copy to speak of.
        _ => return None,
    };
    match wanted(context) {
        Some(wanted) if wanted != is => Some(Err(in_words(is))),
        _ => Some(Ok(())),
    }
}

impl Cause {
    /// The cause as a sentence that can stand alone.
    pub fn sentence(&self, context: &Context<'_>) -> String {
        match self {
            Cause::Unreadable {
                path,
                errno,
                directory: None,
            } => format!(
                "{} is there, but cannot be opened: {}",
                show(path),
                errno.glibc_text()
            ),
            Cause::Unreadable {
                directory: Some(directory),
                errno,
                ..
            } => format!(
                "the directory {} may not be searched: {}",
                show(directory),
                errno.glibc_text()
            ),
            Cause::WrongMachine {
                path, is, wanted, ..
            }
            | Cause::ElsewhereWrongMachine { path, is, wanted } => format!(
                "{} is built for {is}, and the process is {wanted}",
                show(path)
            ),
            Cause::Loop { path } => format!("{} is part of a loop of symbolic links", show(path)),
            Cause::Dangling { path, target } => format!(
                "{} is a symbolic link to {}, which does not exist",
                show(path),
                show(target)
            ),
            Cause::NotInherited { path, of, .. } => format!(
                "{} exists, in the run path of {}, which does not count here",
                show(path),
                context.path(*of)
            ),
            Cause::StaleCache { path } => format!(
                "{} exists, in a directory of ld.so.conf, but ld.so.cache does not list it",
                show(path)
            ),
            Cause::CacheLeadsNowhere { path } => {
                format!("ld.so.cache says that it is {}, which does not exist", show(path))
            }
            Cause::NewerProcessorOnly { path, level } => format!(
                "{} exists, but only processors of level {level} look there",
                show(path)
            ),
            Cause::OtherSpelling { path } => {
                format!("{} exists, and its name is written otherwise", show(path))
            }
            Cause::Elsewhere { paths } => format!(
                "{} exists, but no search goes there",
                list(paths)
            ),
            Cause::LinkMissing { path } => {
                format!("{} is that library, and the link with its soname is missing", show(path))
            }
            Cause::OtherVersion { paths } => {
                format!("the machine has another version: {}", list(paths))
            }
            Cause::GlibcLoader => "it is glibc's own loader, and this process runs under musl".into(),
            Cause::MuslLibc => "it is musl's C library, and this process runs under glibc".into(),
            Cause::Refused { path } => format!("{} is there, and is nothing that the loader can load", show(path)),
            Cause::Nowhere => "no file of that name was found, neither where the loader looks nor in the usual places".into(),
        }
    }
}

/// Other files of this name on the machine that fit the process.
pub(crate) fn copies_of(context: &Context<'_>, name: &[u8], not: &TargetPath) -> Vec<TargetPath> {
    let causes = copies::find(context, name, None, &[not]).into_iter();
    causes
        .flat_map(|cause| match cause {
            Cause::Elsewhere { paths } => paths,
            _ => Vec::new(),
        })
        .collect()
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(paths: &[TargetPath]) -> String {
    let names: Vec<String> = paths.iter().map(show).collect();
    crate::rules::enumerate(&names)
}
