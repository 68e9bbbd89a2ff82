//! The directories of `/etc/ld.so.conf`, as `ldconfig` reads them (`elf/ldconfig.c: parse_conf`).

use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use crate::limits::{ENTRIES_MAX, INCLUDE_DEPTH_MAX};

/// The directories in the order of the file, `include` lines followed.
pub(super) fn directories(session: &Session<'_>) -> Vec<TargetPath> {
    let mut directories = Vec::new();
    let mut waiting = vec![(TargetPath::new("/etc/ld.so.conf"), 0)];
    while let Some((file, depth)) = waiting.pop() {
        let Some(text) = read(session, &file) else {
            continue;
        };
        let mut included = Vec::new();
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
            let line = line.trim_ascii();
            if let Some(patterns) = line.strip_prefix(b"include") {
                if depth < INCLUDE_DEPTH_MAX && patterns.first().is_some_and(u8::is_ascii_whitespace) {
                    for pattern in patterns.split(u8::is_ascii_whitespace) {
                        included.extend(expand(session, pattern, &file.parent()));
                    }
                }
            } else if line.first() == Some(&b'/') {
                // "directory=type" of old files; several directories may stand on one line.
                for directory in line.split(|&b| matches!(b, b' ' | b'\t' | b':' | b',')) {
                    let directory = directory.split(|&b| b == b'=').next().unwrap_or_default();
                    if directory.first() == Some(&b'/') {
                        directories.push(TargetPath::new(directory));
                    }
                }
            }
        }
        waiting.extend(included.into_iter().rev().map(|file| (file, depth + 1)));
    }
    directories
}

fn read(session: &Session<'_>, file: &TargetPath) -> Option<bytes::Bytes> {
    match &*session.open(&session.lookup(file).ok()?) {
        Opened::NotElf(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// The files of a pattern with one `*` in its last part, sorted; a pattern without one is itself.
fn expand(session: &Session<'_>, pattern: &[u8], base: &TargetPath) -> Vec<TargetPath> {
    if pattern.is_empty() {
        return Vec::new();
    }
    let pattern = TargetPath::new(pattern).join_to(base);
    let Some(star) = pattern.file_name().iter().position(|&byte| byte == b'*') else {
        return vec![pattern];
    };
    let (before, after) = (
        &pattern.file_name()[..star],
        &pattern.file_name()[star + 1..],
    );
    let directory = pattern.parent();
    let mut names: Vec<Vec<u8>> = session
        .world()
        .list(&directory)
        .unwrap_or_default()
        .into_iter()
        .take(ENTRIES_MAX)
        .map(|entry| entry.name)
        .filter(|name| {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        })
        .collect();
    names.sort();
    names.iter().map(|name| directory.join(name)).collect()
}
