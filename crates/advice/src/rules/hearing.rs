//! What several rules ask of a pasted text.

use super::prelude::*;

/// A text that says that a library was not found.
pub(super) struct Missing {
    /// The name that was looked for.
    pub(super) name: String,
    /// Who needs it, if the text says so.
    pub(super) requirer: Option<String>,
    /// The program that was started, if the text is of a start.
    pub(super) program: Option<String>,
}

/// The text says that a library was not found, and gives no other reason than that; glibc's and musl's words for it.
pub(super) fn missing(heard: &Heard) -> Option<Missing> {
    const SEARCH: &[&str] = &[
        "glibc/cannot-open",
        "musl/load-library",
        "musl/dlopen-library",
        "bionic/needed-library-not-found",
        "bionic/program-needs-library",
        "bionic/library-not-found",
        "bionic/could-not-load",
        "rtld/needed-not-found",
        "rtld/not-found",
    ];
    if !SEARCH.contains(&heard.message.id)
        || is_denied(heard)
        || is_loop(heard)
        || is_exec_format(heard)
        || is_other_error(heard)
    {
        return None;
    }
    let text = |field: &str| Some(heard.text(field)).filter(|text| !text.is_empty());
    Some(Missing {
        name: text("object")?,
        requirer: text("requirer"),
        program: heard.program.as_ref().map(show),
    })
}

impl Missing {
    /// It was asked for by a path, so that nothing was searched.
    pub(super) fn is_path(&self) -> bool {
        self.name.contains('/')
    }
    /// "libssl" of "libssl.so.1.1".
    pub(super) fn stem(&self) -> &str {
        stem(&self.name)
    }
    /// Who needs it, in words; empty if the text does not say.
    pub(super) fn asker(&self) -> String {
        match (&self.requirer, &self.program) {
            (Some(asker), _) | (None, Some(asker)) => format!(", which {asker} needs"),
            (None, None) => String::new(),
        }
    }
    /// One of glibc's own libraries: every machine with glibc has them for its own kind of program.
    pub(super) fn is_of_glibc(&self) -> bool {
        const OWN: &[&str] = &[
            "libc.so.6",
            "libm.so.6",
            "libdl.so.2",
            "libpthread.so.0",
            "librt.so.1",
            "libutil.so.1",
            "libresolv.so.2",
        ];
        OWN.contains(&self.name.as_str())
    }
}

/// A library's name without a number: what the linker opens.
pub(super) fn is_plain_library(name: &str) -> bool {
    name.strip_suffix(".so")
        .is_some_and(|stem| !stem.is_empty())
}

/// What stands before ".so" or the last dot of a file's name.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.find(".so") {
        Some(at) if at > 0 => &file[..at],
        _ => file.split('.').next().unwrap_or(file),
    }
}

/// Everything that the text gives as a reason.
fn reason(heard: &Heard) -> String {
    format!("{} {}", heard.text("reason"), heard.text("error"))
}

/// The reason is EACCES.
pub(super) fn is_denied(heard: &Heard) -> bool {
    reason(heard).contains("Permission denied")
}

/// The reason is ELOOP (musl's words and glibc's).
pub(super) fn is_loop(heard: &Heard) -> bool {
    let reason = reason(heard);
    reason.contains("Too many levels of symbolic links") || reason.contains("Symbolic link loop")
}

/// The reason is ENOEXEC.
pub(super) fn is_exec_format(heard: &Heard) -> bool {
    reason(heard).contains("Exec format error")
}

/// The reason is an error that has nothing to do with a file's name: memory, the disk, a limit, a mount.
fn is_other_error(heard: &Heard) -> bool {
    const OTHERS: &[&str] = &[
        "Operation not permitted",
        "Cannot allocate memory",
        "Out of memory",
        "Input/output error",
        "I/O error",
        "Invalid argument",
        "Too many open files",
        "No file descriptors available",
        "File name too long",
        "Filename too long",
        "Is a directory",
        "Not a directory",
        "Value too large",
        "Permission denied",
        "Error 21",
    ];
    let reason = reason(heard);
    OTHERS.iter().any(|other| reason.contains(other))
}

/// musl's or the kernel's world: the text comes from Alpine.
pub(super) fn is_alpine(heard: &Heard) -> bool {
    heard.speaker() == Speaker::Musl
        || matches!(heard.surroundings.distribution, Some("alpine" | "wolfi"))
}

/// A name of glibc's loader (`ld-linux-x86-64.so.2`).
pub(super) fn is_glibc_loader(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("ld-linux") || file == "ld64.so.2" || file == "ld64.so.1"
}

/// A name of musl's loader or C library.
pub(super) fn is_musl_libc(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("libc.musl-") || file.starts_with("ld-musl-")
}

/// "in the container", where the text is of one.
pub(super) fn inside(heard: &Heard) -> &'static str {
    if heard.surroundings.container {
        " (in the container, not on the host)"
    } else {
        ""
    }
}

/// A long list of releases as a sentence of those that are still looked after, oldest first: "Debian 12 (glibc 2.36), …".
pub(super) fn release_list(
    releases: &[packages::Release],
    number: impl Fn(&packages::Release) -> String,
) -> String {
    let mut names: Vec<String> = Vec::new();
    for release in releases {
        names.push(format!("{} ({})", release.name, number(release)));
    }
    enumerate(&names)
}

/// Numbers with dots between.
pub(super) fn dotted(numbers: &[u32]) -> String {
    numbers
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

/// Messages that say ENOENT of a program, or any errno in their `reason`, `problem` or `errno`.
pub(super) const EXEC_NAMES: &[&str] = &[
    "kernel/not-found",
    "kernel/other",
    "kernel/denied",
    "kernel/exec-format",
    "kernel/corrupted-library",
    "shell/bad-interpreter",
    "shell/bad-elf-interpreter",
    "shell/zsh-bad-interpreter",
    "shell/fish-interpreter",
    "shell/fish-crlf",
    "shell/fish-old-interpreter",
    "shell/env-hint",
    "shell/binary-file",
    "shell/tcsh-format",
    "shell/mksh-format",
    "shell/fish-format",
    "shell/fish-old-format",
    "shell/bad-cpu-type",
    "shell/zsh-bad-cpu-type",
    "shell/malformed-mach-o",
    "shell/fish-not-executable",
    "shell/syntax-error",
    "shell/syntax-error-lower",
    "shell/syntax-error-token",
    "shell/tcsh-not-found",
    "shell/zsh-not-found",
    "shell/mksh-not-found",
    "shell/mksh-cannot",
    "shell/ksh-cannot",
    "shell/yash-cannot",
    "shell/fish-missing",
    "shell/fish-old-missing",
    "shell/fish-other",
    "shell/fish-errno",
    "shell/fish-old",
    "shell/not-found",
    "shell/runc-stat",
    "shell/runc-exec",
    "shell/runc-denied",
    "shell/runc-exec-old",
    "shell/runc-exec-older",
    "shell/crun-missing",
    "shell/crun-exec",
    "shell/crun-library",
    "shell/crun-not-found",
    "shell/required-file-not-found",
    "shell/fish-loader",
    "shell/env-busybox",
    "shell/run-command",
    "shell/run-command-ascii",
    "shell/failed-to-execute",
    "shell/xargs",
    "shell/find",
    "shell/find-ascii",
    "shell/time",
    "shell/nice",
    "shell/sudo",
    "shell/strace",
    "shell/systemd-step",
    "shell/systemd-execute",
    "shell/systemd-execute-path",
    "shell/systemd-locate",
    "shell/systemd-status",
    "shell/systemd-status-line",
    "shell/go-fork-exec",
    "shell/python-not-found",
    "shell/python-denied",
    "shell/python-format",
    "shell/python-other",
    "shell/node-spawn",
    "shell/node-spawn-sync",
    "shell/java-process",
    "shell/java-process-windows",
    "shell/crun-open",
    "shell/systemd-unable-to-locate",
    "shell/ruby-exec",
    "shell/php-process",
    "shell/rust-io",
    "shell/env",
    "shell/env-path",
    "shell/env-ascii",
    "shell/env-path-ascii",
    "shell/env-bare",
    "shell/env-path-bare",
    "shell/zsh-denied",
    "shell/zsh-format",
    "shell/zsh-loop",
    "shell/zsh-corrupted",
    "shell/command-not-found",
    "shell/zsh-command-not-found",
    "shell/yash-not-found",
    "shell/fish-unknown",
    "shell/fish-unknown-old",
    "shell/runc-path",
];

/// What the kernel answered to the start of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// ENOENT
    NotFound,
    /// EACCES or EPERM
    Denied,
    /// ENOEXEC
    Format,
    /// ELOOP
    Loop,
    /// ELIBBAD
    Corrupted,
    /// The text does not say, or another.
    Other,
}

/// What the text says that the kernel answered.
pub(super) fn answer(heard: &Heard) -> Answer {
    match heard.message.id {
        "kernel/denied" | "shell/zsh-denied" | "shell/python-denied" => return Answer::Denied,
        "kernel/exec-format" | "shell/zsh-format" | "shell/python-format" => return Answer::Format,
        "shell/zsh-loop" => return Answer::Loop,
        "shell/zsh-corrupted" => return Answer::Corrupted,
        "shell/systemd-status" | "shell/systemd-status-line" => return Answer::Other,
        _ => {}
    }
    let said = ["reason", "problem", "errno", "error"]
        .map(|field| heard.text(field))
        .join(" ")
        .to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if said.trim().is_empty()
        || has(&[
            "no such file",
            "not found",
            "enoent",
            "inaccessible",
            "does not exist",
        ])
    {
        Answer::NotFound
    } else if has(&[
        "permission denied",
        "eacces",
        "eperm",
        "operation not permitted",
    ]) {
        Answer::Denied
    } else if has(&["exec format error", "enoexec"]) {
        Answer::Format
    } else if has(&["symbolic link", "eloop"]) {
        Answer::Loop
    } else if has(&["corrupted shared library", "elibbad"]) {
        Answer::Corrupted
    } else {
        match heard.text("errno").as_str() {
            "2" => Answer::NotFound,
            "8" => Answer::Format,
            "13" | "1" => Answer::Denied,
            "40" => Answer::Loop,
            "80" => Answer::Corrupted,
            _ => Answer::Other,
        }
    }
}

/// The program that was to be started, as the text names it; empty where it does not.
pub(super) fn started(heard: &Heard) -> String {
    match heard.text("path") {
        path if path.is_empty() => heard.program.as_ref().map(show).unwrap_or_default(),
        path => path,
    }
}

/// The kernel's words behind a sentence of some program's own: what stands before them is no file's name.
pub(super) fn is_another_programs_sentence(heard: &Heard) -> bool {
    heard.message.id.starts_with("kernel/")
        && started(heard).contains(' ')
        && !started(heard).starts_with(['/', '.'])
}

/// The program by its name in a sentence.
pub(super) fn the_program(path: &str) -> String {
    if path.is_empty() {
        "the program".to_owned()
    } else {
        path.to_owned()
    }
}

/// Its name is a script's.
pub(super) fn is_script(path: &str) -> bool {
    const SCRIPTS: &[&str] = &[
        ".sh",
        ".bash",
        ".py",
        ".pl",
        ".rb",
        ".js",
        ".mjs",
        ".php",
        ".lua",
        ".tcl",
        ".zsh",
        ".fish",
        "/gradlew",
        "/mvnw",
        "/configure",
        "entrypoint",
    ];
    SCRIPTS.iter().any(|end| path.ends_with(end))
}

/// A message of the kind that any program's code brings about when it opens a file; not if the file is named like a program.
pub(super) fn is_any_open(heard: &Heard) -> bool {
    // Python names what it opens, and not what it starts with exec.
    if heard.message.id.starts_with("shell/python-") && started(heard).is_empty() {
        return false;
    }
    let any = matches!(
        heard.message.id,
        "shell/python-not-found"
            | "shell/python-denied"
            | "shell/python-other"
            | "shell/rust-io"
            | "shell/ruby-exec"
            | "shell/find"
            | "shell/find-ascii"
    );
    any && heard.field("action").is_none() && !is_named_like_a_program(&started(heard))
}

/// In a folder of programs, or beside the caller, and without an extension.
fn is_named_like_a_program(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    (path.contains("bin/") || path.starts_with("./") && !file.contains('.')) && !file.is_empty()
}

/// What a shell complains of is its first line, and the file is not named like a script: a program was taken for one.
pub(super) fn is_program_read_as_script(heard: &Heard) -> bool {
    heard.frames.iter().any(|said| {
        let script = said.fields.get("script").map(show).unwrap_or_default();
        let line = said.fields.get("line").map(show).unwrap_or_default();
        let file = script.rsplit('/').next().unwrap_or(&script).to_owned();
        script.contains('/')
            && !file.contains('.')
            && matches!(line.as_str(), "1" | "2" | "3" | "4" | "5")
    })
}

/// A shell that looked a name up in PATH.
pub(super) fn is_lookup(heard: &Heard) -> bool {
    matches!(
        heard.message.id,
        "shell/command-not-found"
            | "shell/zsh-command-not-found"
            | "shell/yash-not-found"
            | "shell/fish-unknown"
            | "shell/fish-unknown-old"
            | "shell/runc-path"
            | "shell/crun-not-found"
    )
}

/// `env` looked for the interpreter of a script's first line.
pub(super) fn is_env(heard: &Heard) -> bool {
    heard.message.id.starts_with("shell/env")
}

/// `env`, `timeout`, `make` and the like looked a name up in PATH and found nothing: how likely it is that somebody gave them the name
/// of a command. `None`: they were given a path, or the kernel answered otherwise.
pub(crate) fn started_by_name(heard: &Heard) -> Option<Likelihood> {
    let path = started(heard);
    if path.is_empty() || path.contains('/') || answer(heard) != Answer::NotFound {
        return None;
    }
    match heard.message.id {
        // The kernel calls env by its path: then a script's first line asks for the name.
        "shell/env" | "shell/env-ascii" => Some(Likelihood::Certain),
        "shell/env-busybox" if heard.text("tool") != "env" => Some(Likelihood::Certain),
        // busybox and macOS always call themselves env.
        id if id.starts_with("shell/env") => Some(Likelihood::Possible),
        "shell/run-command"
        | "shell/run-command-ascii"
        | "shell/failed-to-execute"
        | "shell/xargs"
        | "shell/time"
        | "shell/nice" => Some(Likelihood::Certain),
        "kernel/not-found"
            if heard.says("shell/frame-make") || heard.says("shell/frame-make-level") =>
        {
            Some(Likelihood::Certain)
        }
        _ => None,
    }
}

/// A shell could not read a text: no answer of the kernel.
pub(super) fn is_syntax_error(heard: &Heard) -> bool {
    heard.message.id.starts_with("shell/syntax-error")
}
