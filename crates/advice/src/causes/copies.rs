//! Copies of a library in places that the loader did not try.

use std::collections::HashSet;

use sayso_loader::request::Family;
use sayso_loader::{Object, ObjectId};
use sayso_world::{FileKind, TargetPath};

use super::{Cause, fits, in_words, wanted};
use crate::context::Context;
use crate::limits::{COPIES_MAX, DIRECTORIES_MAX, ENTRIES_MAX};

/// Where libraries usually are, beside what the machine's own configuration says.
const USUAL: &[&str] = &[
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/i386-linux-gnu",
    "/usr/lib/i386-linux-gnu",
    "/usr/lib32",
    "/lib32",
    "/usr/local/lib/x86_64-linux-gnu",
];
/// Directories whose subfolders are looked into, one level down.
const ROOMY: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/local",
];

/// Subfolders of a program's own folder that are looked into.
const NEAR_FOLDERS_MAX: usize = 64;

pub(super) fn find(
    context: &Context<'_>,
    name: &[u8],
    asker: Option<ObjectId>,
    tried: &[&TargetPath],
) -> Vec<Cause> {
    let mut causes = Vec::new();
    let short = name.rsplit(|&b| b == b'/').next().unwrap_or(name);
    if short.is_empty() {
        return causes;
    }
    let has_slash = short.len() != name.len();
    if !has_slash {
        causes.extend(not_inherited(context, name, asker));
        causes.extend(stale_cache(context, name));
        causes.extend(beside_the_search(context, name, tried));
    }
    let directories = context.likely_directories();
    let (mut copies, mut foreign, mut seen) = (Vec::new(), None, HashSet::new());
    for directory in directories {
        let path = directory.join(short);
        let Ok(stat) = context.session.lookup(&path) else {
            continue;
        };
        if tried.contains(&&path) || causes.iter().any(|cause| is_at(cause, &path)) {
            continue;
        }
        match fits(context, &path) {
            Some(Ok(())) if copies.len() < COPIES_MAX && seen.insert(stat.id) => copies.push(path),
            Some(Err(is)) if foreign.is_none() => foreign = Some((path, is)),
            _ => {}
        }
    }
    if !copies.is_empty() {
        causes.push(Cause::Elsewhere { paths: copies });
    } else if let (Some((path, is)), Some(wanted)) = (foreign, wanted(context)) {
        causes.push(Cause::ElsewhereWrongMachine {
            path,
            is,
            wanted: in_words(wanted),
        });
    }
    if causes.is_empty() {
        let paths = other_versions(context, short, directories);
        let is_it = |path: &&TargetPath| {
            context
                .image(path)
                .is_some_and(|image| image.soname() == Some(short))
        };
        if let Some(path) = paths.iter().find(is_it).filter(|_| !has_slash) {
            causes.push(Cause::LinkMissing { path: path.clone() });
        } else if !paths.is_empty() {
            causes.push(Cause::OtherVersion { paths });
        }
    }
    causes
}

/// The cause is about the very file.
fn is_at(cause: &Cause, file: &TargetPath) -> bool {
    matches!(
        cause,
        Cause::NotInherited { path, .. } | Cause::StaleCache { path } | Cause::NewerProcessorOnly { path, .. } if path == file
    )
}

/// A run path of an ancestor, or a shadowed one, that holds the file (glibc only: musl inherits both kinds).
fn not_inherited(context: &Context<'_>, name: &[u8], asker: Option<ObjectId>) -> Option<Cause> {
    if context.family() == Family::Musl {
        return None;
    }
    let asker = asker?;
    let asker_has_runpath = context.trace.object(asker).image.runpath().is_some();
    let chain = crate::askers(context.trace, asker);
    // The nearest ancestor first; then every other object, because a sibling's run path counts as little.
    let others = context.trace.objects.iter().map(|object| object.id);
    for id in chain.into_iter().rev().chain(others) {
        let object = context.trace.object(id);
        let runpath = (id != asker).then(|| object.image.runpath()).flatten();
        let shadowed = object
            .image
            .rpath()
            .filter(|_| asker_has_runpath || object.image.runpath().is_some());
        for (list, rpath_shadowed) in [(runpath, false), (shadowed, true)] {
            for directory in list.into_iter().flat_map(|list| list.split(|&b| b == b':')) {
                let Some(directory) = expand(context, object, directory) else {
                    continue;
                };
                let path = directory.join(name);
                if fits(context, &path) == Some(Ok(())) {
                    return Some(Cause::NotInherited {
                        path,
                        of: id,
                        rpath_shadowed,
                    });
                }
            }
        }
    }
    None
}

/// A run path element with `$ORIGIN` put in; `None` for other tokens and for empty ones.
fn expand(context: &Context<'_>, object: &Object, element: &[u8]) -> Option<TargetPath> {
    let machine = context.session.world().machine();
    let origin = object.path.join_to(&machine.working_directory).parent();
    let text = String::from_utf8(element.to_vec()).ok()?;
    let origin = std::str::from_utf8(origin.as_bytes()).ok()?;
    let text = text.replace("${ORIGIN}", origin).replace("$ORIGIN", origin);
    (!text.is_empty() && !text.contains('$'))
        .then(|| TargetPath::new(text).join_to(&machine.working_directory))
}

/// In a folder for better processors than this one, or under a name that is written otherwise, in a directory that was searched.
fn beside_the_search(context: &Context<'_>, name: &[u8], tried: &[&TargetPath]) -> Option<Cause> {
    const LEVELS: [&str; 3] = ["x86-64-v2", "x86-64-v3", "x86-64-v4"];
    let mut directories: Vec<TargetPath> = Vec::new();
    for path in tried {
        let directory = path.parent();
        if !directories.contains(&directory) && directories.len() < DIRECTORIES_MAX {
            directories.push(directory);
        }
    }
    for directory in &directories {
        for level in LEVELS {
            let path = directory
                .join(b"glibc-hwcaps")
                .join(level.as_bytes())
                .join(name);
            if context.family() == Family::Glibc
                && !tried.contains(&&path)
                && fits(context, &path) == Some(Ok(()))
            {
                let level = level.to_owned();
                return Some(Cause::NewerProcessorOnly { path, level });
            }
        }
    }
    directories.iter().find_map(|directory| {
        let entries = context.session.list(directory);
        let other = entries
            .iter()
            .take(ENTRIES_MAX)
            .find(|entry| super::spelling::differ_in_spelling(name, &entry.name))?;
        let path = directory.join(&other.name);
        (fits(context, &path) == Some(Ok(()))).then_some(Cause::OtherSpelling { path })
    })
}

/// The directories of `ld.so.conf`.
fn configured(context: &Context<'_>) -> Vec<TargetPath> {
    context.session.configured_directories().to_vec()
}

/// A directory of `ld.so.conf` holds the file, and yet the search (which asked the cache) did not find it.
fn stale_cache(context: &Context<'_>, name: &[u8]) -> Option<Cause> {
    if context.family() == Family::Musl {
        return None;
    }
    configured(context)
        .into_iter()
        .take(DIRECTORIES_MAX)
        .map(|directory| directory.join(name))
        .find(|path| fits(context, path) == Some(Ok(())))
        .map(|path| Cause::StaleCache { path })
}

/// Every directory worth a look, without doubles: next to the objects of the process, the usual ones, their subfolders.
pub(crate) fn directories(context: &Context<'_>) -> Vec<TargetPath> {
    let machine = context.session.world().machine();
    let mut directories = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |path: TargetPath| {
        if directories.len() < DIRECTORIES_MAX && seen.insert(path.clone()) {
            directories.push(path);
        }
    };
    let subject = context.subject_path().parent();
    let mut looked_below: Vec<TargetPath> = Vec::new();
    let near = context
        .trace
        .objects
        .iter()
        .map(|object| object.path.join_to(&machine.working_directory).parent());
    for directory in std::iter::once(subject.clone()).chain(near) {
        add(directory.clone());
        add(directory.join(b"lib"));
        add(directory.join(b"lib64"));
        add(directory.parent().join(b"lib"));
        add(directory.parent().join(b"lib64"));
    }
    // A product's own folder may hold its libraries anywhere below; the system's folders are no such folder.
    let near = context
        .mapped()
        .map(|object| object.path.join_to(&machine.working_directory).parent());
    for near in [subject.parent(), subject.clone()].into_iter().chain(near) {
        if !looked_below.contains(&near) && !is_system(&near) {
            for folder in subfolders(context, &near)
                .into_iter()
                .take(NEAR_FOLDERS_MAX)
            {
                add(folder);
            }
            looked_below.push(near);
        }
    }
    for usual in USUAL {
        add(TargetPath::from(*usual));
    }
    for directory in configured(context) {
        add(directory);
    }
    for roomy in ROOMY {
        for folder in subfolders(context, &TargetPath::from(*roomy)) {
            add(folder);
        }
    }
    for product in subfolders(context, &TargetPath::from("/opt")) {
        add(product.clone());
        add(product.join(b"lib"));
        add(product.join(b"lib64"));
    }
    directories
}

/// A directory that everybody shares.
fn is_system(directory: &TargetPath) -> bool {
    const SHARED: &[&str] = &[
        "",
        "/",
        ".",
        "/usr",
        "/usr/local",
        "/opt",
        "/home",
        "/tmp",
        "/bin",
        "/sbin",
        "/usr/bin",
        "/usr/sbin",
        "/usr/local/bin",
    ];
    let is = |known: &&str| known.as_bytes() == directory.as_bytes();
    SHARED.iter().chain(USUAL).any(is)
}

fn subfolders(context: &Context<'_>, directory: &TargetPath) -> Vec<TargetPath> {
    let mut folders: Vec<TargetPath> = context
        .session
        .list(directory)
        .iter()
        .take(ENTRIES_MAX)
        .filter(|entry| entry.kind == Some(FileKind::Directory))
        .map(|entry| directory.join(&entry.name))
        .collect();
    folders.sort();
    folders
}

/// Files whose name differs only in its version: `libssl.so.3` for `libssl.so.1.1`, `libpython3.11.so.1.0` for `libpython3.10.so.1.0`.
fn other_versions(
    context: &Context<'_>,
    name: &[u8],
    directories: &[TargetPath],
) -> Vec<TargetPath> {
    let Some(stem) = stem(name) else {
        return Vec::new();
    };
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for directory in directories {
        let entries = context.session.list(directory);
        let mut names: Vec<Vec<u8>> = entries
            .iter()
            .take(ENTRIES_MAX)
            .map(|entry| &entry.name)
            // The cheap question first: folders have thousands of names.
            .filter(|other| other.starts_with(stem) && *other != name)
            .filter(|other| self::stem(other) == Some(stem))
            .cloned()
            .collect();
        // The soname link (shortest) before the file it points to.
        names.sort_by_key(|other| (other.len(), other.clone()));
        for other in names {
            let path = directory.join(&other);
            let Ok(stat) = context.session.lookup(&path) else {
                continue;
            };
            // "libfoo.so" is the linker's name, not a version: worth a word only if nothing better is there.
            if fits(context, &path) == Some(Ok(())) && seen.insert(stat.id) {
                let soname = context.image(&path).and_then(|image| {
                    image
                        .soname()
                        .filter(|soname| self::stem(soname) == Some(stem))
                        .map(|soname| directory.join(soname))
                });
                found.push(
                    soname
                        .filter(|named| context.stat(named).is_some())
                        .unwrap_or(path),
                );
                if found.len() == COPIES_MAX {
                    return found;
                }
            }
        }
    }
    found
}

/// The name without its versions; `None` for a name that is no library's.
fn stem(name: &[u8]) -> Option<&[u8]> {
    let at = name.windows(3).position(|window| window == b".so")?;
    let rest = &name[at + 3..];
    if !rest.iter().all(|&b| b == b'.' || b.is_ascii_alphanumeric())
        || rest.first().is_some_and(|&b| b != b'.')
    {
        return None;
    }
    let base = &name[..at];
    let end = base
        .iter()
        .rposition(|&b| !(b.is_ascii_digit() || b == b'.' || b == b'-' || b == b'_'))
        .map_or(0, |at| at + 1);
    // "lib" alone says nothing.
    (end > 3).then(|| &base[..end])
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn versions_are_left_out_of_a_name() {
        let check = |name: &str, want: Option<&str>| {
            assert_eq!(stem(name.as_bytes()), want.map(str::as_bytes), "{name}");
        };
        check("libssl.so.1.1", Some("libssl"));
        check("libssl.so.3", Some("libssl"));
        check("libpython3.10.so.1.0", Some("libpython"));
        check("libboost_system-mt.so.1.65.1", Some("libboost_system-mt"));
        check("libprocps-3.2.8.so", Some("libprocps"));
        check("libfoo.solution", None);
        check("lib.so.1", None);
        check("readme", None);
    }
}
