//! What the real loader does.

use std::io;

use sayso_fixture::{Fixture, Libc, StartSpec};
use sayso_world::Errno;

use crate::root::Folder;
use crate::sandbox::{self, Launch};
use crate::told::{End, Told, Tried, without_address};

/// Files that loaders and libc read, which are no libraries.
const CONFIGURATION: &[&str] = &[
    "/proc/",
    "/sys/",
    "/dev/",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/ld-musl-x86_64.path",
    "/etc/suid-debug",
];

/// How often a launch is tried again while the program's file is busy.
const BUSY_RETRIES: u32 = 2_000;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the real loader writes to standard error.
///
/// # Errors
/// As [`record`].
pub(crate) fn errors(fixture: &Fixture, folder: &Folder) -> io::Result<Vec<u8>> {
    Ok(launched(fixture, folder)?.errors)
}

/// Asks the real loader.
///
/// # Errors
/// What the operating system says of the attempt; that the program did not load is no error. A library alone cannot be asked.
pub fn record(fixture: &Fixture, folder: &Folder) -> io::Result<Told> {
    let outcome = launched(fixture, folder)?;
    let (machine, StartSpec::Run(arguments)) = (&fixture.machine, &fixture.start) else {
        return Err(io::Error::other("a library alone cannot be run"));
    };
    let mut told = Told {
        words: text(&outcome.errors).lines().map(str::to_owned).collect(),
        end: match outcome.refused {
            Some(errno) => End::Refused(Errno(errno).glibc_text()),
            None => End::Exit(outcome.status),
        },
        output: Vec::new(),
        objects: Vec::new(),
        steps: Vec::new(),
        tried: Vec::new(),
    };
    read_output(&text(&outcome.output), &mut told);
    let musl = machine.libc == Libc::Musl;
    if musl {
        // The vdso's link map has no name there.
        told.objects.retain(|object| !object.is_empty());
    }
    told.tried = outcome
        .openings
        .iter()
        .map(|opening| Tried {
            path: text(&opening.path),
            outcome: match opening.result {
                Ok(()) => "opened".into(),
                Err(errno) => error_name(Errno(errno)),
            },
        })
        .filter(|tried| {
            !CONFIGURATION
                .iter()
                .any(|known| tried.path.starts_with(known))
        })
        .collect();
    let command = arguments
        .first()
        .is_some_and(|program| program.starts_with(b"/lib/ld-musl"));
    if musl && command && !told.tried.is_empty() {
        // The program itself, opened by its path: no search.
        told.tried.remove(0);
    }
    Ok(told)
}

fn launched(fixture: &Fixture, folder: &Folder) -> io::Result<sandbox::Outcome> {
    let StartSpec::Run(arguments) = &fixture.start else {
        return Err(io::Error::other("a library alone cannot be run"));
    };
    let machine = &fixture.machine;
    let mounts = |folders: &[Vec<u8>], flag| {
        folders
            .iter()
            .map(move |folder| (folder.clone(), flag))
            .collect::<Vec<_>>()
    };
    let launch = Launch {
        root: folder.path(),
        directory: &machine.working_directory,
        user: machine.user,
        with_proc: machine.proc_mounted,
        mounts: [
            mounts(&machine.noexec, libc::MS_NOEXEC),
            mounts(&machine.nosuid, libc::MS_NOSUID),
        ]
        .concat(),
        arguments,
        environment: fixture
            .environment
            .iter()
            .map(|(key, value)| [key.as_slice(), b"=", value].concat())
            .collect(),
    };
    // Another thread's child holds a file that we have just written open until its own execve.
    let mut outcome = sandbox::run(&launch)?;
    for _ in 0..BUSY_RETRIES {
        if outcome.refused != Some(libc::ETXTBSY) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
        outcome = sandbox::run(&launch)?;
    }
    Ok(outcome)
}

/// `ENOENT`
pub(crate) fn error_name(errno: Errno) -> String {
    errno
        .name()
        .map_or_else(|| format!("errno {}", errno.0), str::to_owned)
}

/// The lines of a fixture's program (`sayso_fixture::program`); all others are a loader's that runs as a command.
fn read_output(output: &str, told: &mut Told) {
    for line in output.lines() {
        if let Some(object) = line.strip_prefix("object ") {
            // The list after each step is not looked at: it says what dlclose unmapped, which initialisers may change.
            if told.steps.is_empty() && object != "linux-vdso.so.1" {
                told.objects.push(object.into());
            }
        } else if let Some(step) = line.strip_prefix("step ") {
            // NULL without an error text is an answer, not a failure (a weak symbol, RTLD_NOLOAD).
            let silent = step
                .strip_suffix(" error ")
                .map(|number| format!("{number} ok"));
            told.steps.push(silent.unwrap_or_else(|| step.into()));
        } else {
            told.output.push(without_address(line));
        }
    }
}
