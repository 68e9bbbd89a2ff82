//! What a failed start is told in, by who makes it: the container runtime, a shell, `env`.
//!
//! Printed by runc 1.1.5, dash 0.5.12, bash 5.2.15, busybox 1.35 and coreutils 9.1; the images of the lab hold these texts to the real
//! programs.

use sayso_loader::messages::{Fields, shell as message};
use sayso_world::{Errno, FileKind, FileStat, TargetPath};

use crate::{show, show_lines};

/// Who looks a command up and starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// The container runtime.
    Runtime,
    /// A shell: which one, what it calls itself, the line it is in, and whether the command stands behind `exec`.
    Shell {
        shell: Shell,
        name: String,
        line: usize,
        exec: bool,
    },
    /// A shell that is to read a script.
    ShellReads { shell: Shell, name: String },
    /// `env`, by the name it was called.
    Env { busybox: bool, name: String },
    /// Another program, by its name.
    Other { name: String },
}

/// Shells that word it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    Dash,
    Bash,
    Busybox,
}

/// An error's text as Go prints it.
pub(super) fn go_text(errno: Errno) -> String {
    errno.glibc_text().to_lowercase()
}

/// What the caller prints. `word`: as it was written; `path`: where it was found, if at all, with what the file is.
pub(super) fn sentence(
    caller: &Caller,
    word: &[u8],
    path: Option<(&TargetPath, Result<FileStat, Errno>)>,
    errno: Errno,
) -> String {
    let fields = |path: &[u8]| {
        Fields::new()
            .with("path", path)
            .with("reason", errno.glibc_text())
    };
    match caller {
        Caller::Runtime => show_lines(&runtime(word, path, errno)),
        Caller::Shell {
            shell,
            name,
            line,
            exec,
        } => in_shell(*shell, name, *line, *exec, word, path.is_some(), errno),
        Caller::ShellReads { shell, name } => {
            let file = show(word);
            match shell {
                Shell::Dash => format!("{name}: 0: cannot open {file}: No such file"),
                Shell::Bash => format!("{name}: {file}: {}", errno.glibc_text()),
                Shell::Busybox => format!("{name}: can't open '{file}': {}", errno.glibc_text()),
            }
        }
        Caller::Env {
            busybox: true,
            name,
        } => show_lines(&message::ENV_BUSYBOX.format(&fields(word).with("tool", name))),
        Caller::Env {
            busybox: false,
            name,
        } if name.contains('/') => show_lines(&message::ENV_PATH_ASCII.format(&fields(word))),
        Caller::Env { busybox: false, .. } => show_lines(&message::ENV_ASCII.format(&fields(word))),
        Caller::Other { name } => format!("{name}: {}: {}", show(word), errno.glibc_text()),
    }
}

fn runtime(
    word: &[u8],
    path: Option<(&TargetPath, Result<FileStat, Errno>)>,
    errno: Errno,
) -> Vec<u8> {
    let fields = Fields::new().with("reason", go_text(errno));
    match path {
        None => message::RUNC_PATH.format(&fields.with("path", word)),
        // os/exec: findExecutable stats the file first, and then looks at its bits.
        Some((path, Err(errno))) => {
            let fields = Fields::new().with("reason", go_text(errno));
            message::RUNC_STAT.format(&fields.with("path", word).with("file", path))
        }
        Some((_, Ok(stat))) if stat.kind == FileKind::Directory || stat.mode & 0o111 == 0 => {
            message::RUNC_DENIED.format(&fields.with("path", word))
        }
        Some((path, Ok(_))) => message::RUNC_EXEC.format(&fields.with("path", path)),
    }
}

fn in_shell(
    shell: Shell,
    name: &str,
    line: usize,
    exec: bool,
    word: &[u8],
    found: bool,
    errno: Errno,
) -> String {
    let shown = show(word);
    let missing = errno == Errno::ENOENT;
    let what = match shell {
        Shell::Bash if missing && !found && !exec => "command not found".to_owned(),
        Shell::Bash if missing && found => errno.glibc_text(),
        _ if missing => "not found".to_owned(),
        _ => errno.glibc_text(),
    };
    match (shell, exec) {
        (Shell::Dash, true) => format!("{name}: {}: exec: {shown}: {what}", line.max(1)),
        (Shell::Dash, false) => format!("{name}: {}: {shown}: {what}", line.max(1)),
        (Shell::Bash, true) if !found => {
            format!("{name}: line {}: exec: {shown}: {what}", line.max(1))
        }
        (Shell::Bash, _) => format!("{name}: line {}: {shown}: {what}", line.max(1)),
        (Shell::Busybox, true) => format!("{name}: exec: line {line}: {shown}: {what}"),
        (Shell::Busybox, false) if line == 0 => format!("{name}: {shown}: {what}"),
        (Shell::Busybox, false) => format!("{name}: line {line}: {shown}: {what}"),
    }
}
