//! Busybox, which is many programs in one: whether it has the one that is meant.

use sayso_loader::Session;
use sayso_world::TargetPath;

use super::behind::basename;
use crate::show;

/// The applet that a busybox is asked for and does not hold: its names stand one behind the other in the file.
pub(super) fn missing_applet(
    session: &Session<'_>,
    path: &TargetPath,
    arguments: &[Vec<u8>],
) -> Option<String> {
    let absolute = path.join_to(&session.world().machine().working_directory);
    let real = session.world().canonical(&absolute).ok()?;
    if real.file_name() != b"busybox" {
        return None;
    }
    let called = basename(arguments.first()?);
    let applet = match (called, arguments.get(1)) {
        (b"busybox", Some(word)) if !word.starts_with(b"-") => basename(word),
        (b"busybox", _) => return None,
        (called, _) => called,
    };
    let bytes = session.world().read(&session.lookup(&real).ok()?).ok()?;
    let names = applets(&bytes)?;
    (!names.contains(&applet)).then(|| show(applet))
}

/// The names of a busybox's applets: a sorted run of strings in its file, in which `cat` is one. `None`: there is no such run.
fn applets(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    const ANCHOR: &[u8] = b"\0cat\0";
    const LONGEST: usize = 32;
    // A run of fewer names is something else that happens to hold the word.
    const FEWEST: usize = 8;
    let is_name = |name: &[u8]| {
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"[_-.".contains(b);
        (1..=LONGEST).contains(&name.len()) && name.iter().all(plain)
    };
    let runs = bytes
        .windows(ANCHOR.len())
        .enumerate()
        .filter(|(_, window)| *window == ANCHOR);
    let run = |at: usize| {
        let ahead = bytes[at + 1..].split(|&b| b == 0);
        let behind = bytes[..at].rsplit(|&b| b == 0);
        let mut names: Vec<&[u8]> = Vec::new();
        for name in ahead {
            if !is_name(name) || names.last().is_some_and(|last| *last >= name) {
                break;
            }
            names.push(name);
        }
        let mut first: &[u8] = b"cat";
        for name in behind {
            if !is_name(name) || name >= first {
                break;
            }
            names.push(name);
            first = name;
        }
        names
    };
    runs.map(|(at, _)| run(at))
        .max_by_key(Vec::len)
        .filter(|names| names.len() >= FEWEST)
}

/// The program at the end of the links and of the scripts' first lines is busybox.
pub(super) fn is_busybox(session: &Session<'_>, path: &TargetPath, called: &[u8]) -> bool {
    // Behind a script, `called` is its interpreter.
    let candidates = [TargetPath::new(called), path.clone()];
    let machine = session.world().machine();
    candidates
        .iter()
        .filter(|path| path.as_bytes().contains(&b'/'))
        .find_map(|path| {
            session
                .world()
                .canonical(&path.join_to(&machine.working_directory))
                .ok()
        })
        .is_some_and(|real| real.file_name() == b"busybox")
}
