//! Runs a program in a folder as its root, as another user, and watches its system calls. The only unsafe module of the lab.
//!
//! The child is traced with ptrace rather than through `strace`: that costs a millisecond instead of ten, so that random worlds
//! are compared probe by probe too.
#![allow(
    unsafe_code,
    reason = "fork, chroot, mount and ptrace have no safe form in std; every block says why it is sound"
)]

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// What is run, and as whom.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) root: &'a Path,
    pub(crate) directory: &'a [u8],
    pub(crate) user: (u32, u32),
    pub(crate) with_proc: bool,
    /// Folders (in the root) on a mount of their own, with flags of `mount(2)`.
    pub(crate) mounts: Vec<(Vec<u8>, u64)>,
    pub(crate) arguments: &'a [Vec<u8>],
    pub(crate) environment: Vec<Vec<u8>>,
}

/// An `open` or `openat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) path: Vec<u8>,
    /// `Err`: the errno.
    pub(crate) result: Result<(), i32>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `execve` failed with this errno.
    pub(crate) refused: Option<i32>,
    /// Exit status, or 128 and the signal.
    pub(crate) status: i32,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
    pub(crate) openings: Vec<Opening>,
}

/// Seconds of any time after which the child is killed.
const SECONDS_MAX: u32 = 20;
/// Seconds of processor time after which SIGXCPU ends it: some loaders walk in a circle.
const CPU_SECONDS_MAX: u64 = 3;

pub(crate) fn is_root() -> bool {
    // SAFETY: geteuid has no preconditions.
    unsafe { libc::geteuid() == 0 }
}

/// Waits for a child; the most memory that it (or a child of its own) had resident at once, in KiB.
pub(crate) fn wait_with_memory(child: std::process::Child) -> io::Result<u64> {
    // SAFETY: the structure is plain integers, for which zero is a value, and the process is our own child, not yet waited for.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let mut status = 0;
        let id = child.id().cast_signed();
        if libc::wait4(id, &raw mut status, 0, &raw mut usage) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(usage.ru_maxrss.cast_unsigned())
    }
}

fn c_string(bytes: impl AsRef<[u8]>) -> io::Result<CString> {
    CString::new(bytes.as_ref()).map_err(|_| io::Error::other("a NUL inside a string"))
}

fn memory_file() -> io::Result<File> {
    // SAFETY: the name is a C string; the descriptor that comes back is ours alone.
    unsafe {
        let descriptor = libc::memfd_create(c"lab".as_ptr(), libc::MFD_CLOEXEC);
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from_raw_fd(descriptor))
    }
}

/// Everything that the child needs, allocated before the fork: between fork and exec nothing may allocate.
struct Prepared {
    root: CString,
    proc_folder: Option<CString>,
    mounts: Vec<(CString, u64)>,
    directory: CString,
    user: (u32, u32),
    program: CString,
    arguments: Vec<*const libc::c_char>,
    environment: Vec<*const libc::c_char>,
    output: i32,
    errors: i32,
    report: i32,
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([std::ptr::null()])
        .collect()
}

/// Runs it to its end.
pub(crate) fn run(launch: &Launch<'_>) -> io::Result<Outcome> {
    let (mut output, mut errors, mut report) = (memory_file()?, memory_file()?, memory_file()?);
    let strings = |list: &[Vec<u8>]| list.iter().map(c_string).collect::<io::Result<Vec<_>>>();
    let (arguments, environment) = (strings(launch.arguments)?, strings(&launch.environment)?);
    let inside = |path: &[u8]| {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        c_string(
            launch
                .root
                .join(std::ffi::OsStr::from_bytes(path))
                .as_os_str()
                .as_bytes(),
        )
    };
    let prepared = Prepared {
        root: c_string(launch.root.as_os_str().as_bytes())?,
        proc_folder: launch.with_proc.then(|| inside(b"proc")).transpose()?,
        mounts: launch
            .mounts
            .iter()
            .map(|(path, flags)| Ok((inside(path)?, *flags)))
            .collect::<io::Result<_>>()?,
        directory: c_string(launch.directory)?,
        user: launch.user,
        program: arguments.first().cloned().unwrap_or_default(),
        arguments: pointers(&arguments),
        environment: pointers(&environment),
        output: output.as_raw_fd(),
        errors: errors.as_raw_fd(),
        report: report.as_raw_fd(),
    };
    // SAFETY: the child calls only async-signal-safe functions on memory prepared above, and never returns.
    let child = unsafe { libc::fork() };
    match child {
        -1 => return Err(io::Error::last_os_error()),
        // SAFETY: this is the child.
        0 => unsafe { become_program(&prepared) },
        _ => {}
    }
    let (status, openings) = watch(child)?;
    let mut outcome = Outcome {
        refused: None,
        status,
        output: Vec::new(),
        errors: Vec::new(),
        openings,
    };
    for (file, to) in [
        (&mut output, &mut outcome.output),
        (&mut errors, &mut outcome.errors),
    ] {
        file.rewind()?;
        file.read_to_end(to)?;
    }
    let mut reported = Vec::new();
    report.rewind()?;
    report.read_to_end(&mut reported)?;
    // The stage that failed, then the errno; only the last stage is the world's own doing.
    if let &[stage, a, b, c, d] = reported.as_slice() {
        let errno = i32::from_le_bytes([a, b, c, d]);
        if stage != STAGE_EXEC {
            let error = io::Error::from_raw_os_error(errno);
            return Err(io::Error::other(format!(
                "stage {stage} of the launch: {error}"
            )));
        }
        outcome.refused = Some(errno);
    }
    Ok(outcome)
}

const STAGE_MOUNT: u8 = 1;
const STAGE_ROOT: u8 = 2;
const STAGE_USER: u8 = 3;
const STAGE_EXEC: u8 = 4;

/// SAFETY: only to be called in a forked child.
unsafe fn become_program(prepared: &Prepared) -> ! {
    // SAFETY: plain system calls on strings that outlive them.
    unsafe {
        let check = |stage: u8, result: i64| {
            if result < 0 {
                let [a, b, c, d] = (*libc::__errno_location()).to_le_bytes();
                libc::write(prepared.report, [stage, a, b, c, d].as_ptr().cast(), 5);
                libc::_exit(127);
            }
        };
        let nothing = std::ptr::null();
        libc::dup2(prepared.output, 1);
        libc::dup2(prepared.errors, 2);
        let zero = libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY);
        libc::dup2(zero, 0);
        libc::close(zero);
        for (resource, most) in [(libc::RLIMIT_CORE, 0), (libc::RLIMIT_CPU, CPU_SECONDS_MAX)] {
            let limit = libc::rlimit {
                rlim_cur: most,
                rlim_max: if most == 0 { 0 } else { most + 1 },
            };
            libc::setrlimit(resource, &raw const limit);
        }
        libc::alarm(SECONDS_MAX);
        if prepared.proc_folder.is_some() || !prepared.mounts.is_empty() {
            check(STAGE_MOUNT, libc::unshare(libc::CLONE_NEWNS).into());
            let private = libc::MS_REC | libc::MS_PRIVATE;
            check(
                STAGE_MOUNT,
                libc::mount(nothing, c"/".as_ptr(), nothing, private, nothing.cast()).into(),
            );
        }
        if let Some(folder) = &prepared.proc_folder {
            check(
                STAGE_MOUNT,
                libc::mount(
                    c"/proc".as_ptr(),
                    folder.as_ptr(),
                    nothing,
                    libc::MS_BIND,
                    nothing.cast(),
                )
                .into(),
            );
        }
        for (folder, flags) in &prepared.mounts {
            let folder = folder.as_ptr();
            check(
                STAGE_MOUNT,
                libc::mount(folder, folder, nothing, libc::MS_BIND, nothing.cast()).into(),
            );
            let flags = libc::MS_REMOUNT | libc::MS_BIND | flags;
            check(
                STAGE_MOUNT,
                libc::mount(nothing, folder, nothing, flags, nothing.cast()).into(),
            );
        }
        check(STAGE_ROOT, libc::chroot(prepared.root.as_ptr()).into());
        check(STAGE_ROOT, libc::chdir(prepared.directory.as_ptr()).into());
        let (user, group) = prepared.user;
        // Before the user changes: set-user-ID bits count only under a tracer that was attached by somebody privileged.
        libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0);
        check(STAGE_USER, libc::setgroups(1, &raw const group).into());
        check(STAGE_USER, libc::setresgid(group, group, group).into());
        check(STAGE_USER, libc::setresuid(user, user, user).into());
        libc::execve(
            prepared.program.as_ptr(),
            prepared.arguments.as_ptr(),
            prepared.environment.as_ptr(),
        );
        check(STAGE_EXEC, -1);
        libc::_exit(127)
    }
}

const AUDIT_X86_64: u32 = 0xc000_003e;

/// Follows the child to its end. Must run on the thread that forked: the kernel lets only that one trace.
fn watch(child: libc::pid_t) -> io::Result<(i32, Vec<Opening>)> {
    let memory = File::open(format!("/proc/{child}/mem"));
    let mut memory = memory.ok();
    let mut openings = Vec::new();
    let mut pending: Option<Vec<u8>> = None;
    let mut started = false;
    loop {
        let mut status = 0;
        // SAFETY: waits for our own child.
        if unsafe { libc::waitpid(child, &raw mut status, libc::__WALL) } < 0 {
            return Err(io::Error::last_os_error());
        }
        if libc::WIFEXITED(status) {
            return Ok((libc::WEXITSTATUS(status), openings));
        }
        if libc::WIFSIGNALED(status) {
            return Ok((128 + libc::WTERMSIG(status), openings));
        }
        let mut signal = libc::WSTOPSIG(status);
        if signal == libc::SIGTRAP | 0x80 {
            signal = 0;
            syscall_stop(child, memory.as_ref(), &mut pending, &mut openings);
        } else if signal == libc::SIGTRAP && !started {
            // The stop after execve: the memory is now the new program's.
            started = true;
            signal = 0;
            memory = File::open(format!("/proc/{child}/mem")).ok();
            let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
            // SAFETY: the child is ours and stopped.
            unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, child, 0, options) };
        }
        // SAFETY: as above.
        unsafe { libc::ptrace(libc::PTRACE_SYSCALL, child, 0, signal) };
    }
}

/// Entering or leaving a system call.
fn syscall_stop(
    child: libc::pid_t,
    memory: Option<&File>,
    pending: &mut Option<Vec<u8>>,
    openings: &mut Vec<Opening>,
) {
    // SAFETY: the structure is plain integers, for which zero is a value; the kernel writes at most its size.
    let info = unsafe {
        let mut info: libc::ptrace_syscall_info = std::mem::zeroed();
        let size = size_of::<libc::ptrace_syscall_info>();
        if libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, child, size, &raw mut info) <= 0 {
            return;
        }
        info
    };
    match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY if info.arch == AUDIT_X86_64 => {
            // SAFETY: `op` says which member of the union was written.
            let entry = unsafe { info.u.entry };
            let address = match entry.nr.cast_signed() {
                libc::SYS_open => Some(entry.args[0]),
                libc::SYS_openat => Some(entry.args[1]),
                _ => None,
            };
            *pending = address
                .zip(memory)
                .map(|(address, memory)| c_bytes(memory, address));
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: as above.
            let exit = unsafe { info.u.exit };
            if let Some(path) = pending.take() {
                let result = if exit.is_error == 0 {
                    Ok(())
                } else {
                    Err(-exit.sval as i32)
                };
                openings.push(Opening { path, result });
            }
        }
        _ => {}
    }
}

/// A C string in the child's memory; what the kernel would take of it (4,096 bytes at most).
fn c_bytes(memory: &File, mut address: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < 4096 {
        // Never across a page: the next one may not be there.
        let mut chunk = [0; 256];
        let most = (256 - address % 256) as usize;
        let Ok(count @ 1..) = memory.read_at(&mut chunk[..most], address) else {
            break;
        };
        if let Some(end) = chunk[..count].iter().position(|&byte| byte == 0) {
            bytes.extend_from_slice(&chunk[..end]);
            break;
        }
        bytes.extend_from_slice(&chunk[..count]);
        address += count as u64;
    }
    bytes
}
