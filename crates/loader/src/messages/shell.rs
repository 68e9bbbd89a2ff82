//! How a failed `execve` is worded by whoever called it: shells, `env` and its like, service managers, container runtimes, languages.
//!
//! The kernel has one errno for "the file is missing" and "its interpreter is missing" (ENOENT), and one for "no such format", "another
//! machine" and "a text without `#!`" (ENOEXEC): most of these texts cannot tell them apart either, and those that can are rows of their own.
//! `{path}` is what was to be executed, `{interpreter}` what its first line or `PT_INTERP` names, `{reason}` an errno's text in the
//! words of the machine's libc and language. Rows stand from narrow to wide.
//!
//! Printed by: bash 5.2.15, 5.2.37 and 5.3.15, dash 0.5.12, busybox 1.35 and 1.37, zsh 5.9, fish 3.6, 4.0 and 4.9, ksh93u+m 1.0.4, mksh 59c, yash 2.52,
//! tcsh 6.24, coreutils 9.1, 9.7 and 9.10, sudo 1.9.13, runc 1.1.5 and 1.3.6, crun 1.8.1, CPython 3.11, Node 20, Go 1.19, Java 17, Ruby 3.1, PHP 8.2, Rust 1.9x; "read" where a source was read.

use crate::request::Release;

const BASH_5_2: Release = Release(5, 2, 0);
const FISH_3_3: Release = Release(3, 3, 0);
const FISH_3_2: Release = Release(3, 2, 2);
const FISH_3_1: Release = Release(3, 1, 2);

super::messages! {
    /// bash since 5.2: the file is there, so its interpreter is what is missing (5.2 says so of scripts too). The release is bash's.
    REQUIRED_FILE "shell/required-file-not-found" Some(127), "bash 5.2.15: bash -c ./x", "{path}: cannot execute: required file not found" since BASH_5_2;
    /// zsh: the interpreter of a script. A `\r` at the end of `interpreter` prints as `^M`.
    ZSH_BAD_INTERPRETER "shell/zsh-bad-interpreter" Some(127), "zsh 5.9: zsh -c ./x", "{path}: bad interpreter: {interpreter}: {reason}";
    /// bash, all but 5.2: the interpreter of a script.
    BAD_INTERPRETER "shell/bad-interpreter" Some(126), "bash 5.3.15: bash -c ./x", "{path}: {interpreter}: bad interpreter: {reason}";
    /// bash as Fedora and Red Hat patch it: the loader that a program names.
    BAD_ELF_INTERPRETER "shell/bad-elf-interpreter" Some(126), "bash of Fedora: bash-2.05b-xcc.patch (read); reports", "{path}: {interpreter}: bad ELF interpreter: {reason}";
    /// bash: no program of this machine, and binary bytes in its first line.
    BINARY_FILE "shell/binary-file" Some(126), "bash 5.2.15: bash -c ./x", "{path}: cannot execute binary file[: {reason}]";
    /// bash, dash script, mksh, ksh: a name without a slash that is nowhere in PATH; tcsh says it of any ENOENT.
    COMMAND_NOT_FOUND "shell/command-not-found" Some(127), "bash 5.2.15: bash -c x", "{path}: command not found";
    /// tcsh: any ENOENT, the interpreter's too.
    TCSH_NOT_FOUND "shell/tcsh-not-found" Some(1), "tcsh 6.24.07: tcsh -c ./x", "{path}: Command not found.";
    /// tcsh: no program of this machine.
    TCSH_FORMAT "shell/tcsh-format" Some(1), "tcsh 6.24.07: tcsh -c ./x", "{path}: Exec format error. Wrong Architecture.";
    /// zsh: a name that is nowhere in PATH.
    ZSH_COMMAND_NOT_FOUND "shell/zsh-command-not-found" Some(127), "zsh 5.9: zsh -c x", "command not found: {path}";
    /// zsh: any ENOENT but a script's.
    ZSH_NOT_FOUND "shell/zsh-not-found" Some(127), "zsh 5.9: zsh -c ./x", "no such file or directory: {path}";
    /// zsh: EACCES.
    ZSH_DENIED "shell/zsh-denied" Some(126), "zsh 5.9: zsh -c ./x", "permission denied: {path}";
    /// zsh: ENOEXEC.
    ZSH_FORMAT "shell/zsh-format" Some(126), "zsh 5.9: zsh -c ./x", "exec format error: {path}";
    /// zsh: ELOOP.
    ZSH_LOOP "shell/zsh-loop" Some(127), "zsh 5.9: zsh -c ./x", "too many levels of symbolic links: {path}";
    /// zsh: ELIBBAD.
    ZSH_CORRUPTED "shell/zsh-corrupted" Some(127), "zsh 5.9: zsh -c ./x", "accessing a corrupted shared library: {path}";
    /// mksh: not found, or not for this user.
    MKSH_NOT_FOUND "shell/mksh-not-found" Some(127), "mksh 59c: mksh -c ./x", "{path}: inaccessible or not found";
    /// mksh looks into the file.
    MKSH_FORMAT "shell/mksh-format" Some(1), "mksh 59c: mksh -c ./x", "{path}: not executable: {format}";
    /// mksh: EACCES and the like.
    MKSH_CANNOT "shell/mksh-cannot" Some(126), "mksh 59c: mksh -c ./x", "{path}: can't execute: {reason}";
    /// ksh93.
    KSH_CANNOT "shell/ksh-cannot" Some(126), "ksh93u+m 1.0.4: ksh -c ./x", "{path}: cannot execute [[{reason}]]";
    /// yash.
    YASH_CANNOT "shell/yash-cannot" Some(126), "yash 2.52: yash -c ./x", "cannot execute command `{path}': {reason}";
    /// yash: a name that is nowhere in PATH.
    YASH_NOT_FOUND "shell/yash-not-found" Some(127), "yash 2.52: yash -c x", "no such command `{path}'";
    /// fish since 3.3: the interpreter of a script.
    FISH_INTERPRETER "shell/fish-interpreter" Some(127), "fish 3.6.0, 4.9.3: fish -c ./x", "Failed to execute process '{path}': The file specified the interpreter '{interpreter}', which is not an executable command." since FISH_3_3;
    /// fish since 3.3: the interpreter has a `\r` at its end.
    FISH_CRLF "shell/fish-crlf" Some(127), "fish 3.6.0, 4.9.3: fish -c ./x", "Failed to execute process '{path}':  The file uses Windows line endings (\\r\\n). Run dos2unix or similar to fix it." since FISH_3_3;
    /// fish since 3.3: a program whose loader is missing.
    FISH_LOADER "shell/fish-loader" Some(127), "fish 3.6.0, 4.9.3: fish -c ./x", "Failed to execute process '{path}': The file exists and is executable. Check the interpreter or linker?" since FISH_3_3;
    /// fish since 3.3: gone between the search and the start; 3.3 to 3.5 for a missing loader too.
    FISH_MISSING "shell/fish-missing" Some(127), "fish-shell src/postfork.cpp (read)", "Failed to execute process '{path}': The file does not exist or could not be executed." since FISH_3_3;
    /// fish since 3.3: no program of this machine.
    FISH_FORMAT "shell/fish-format" Some(126), "fish 3.6.0, 4.9.3: fish -c ./x", "Failed to execute process: '{path}' the file could not be run by the operating system." since FISH_3_3;
    /// fish since 3.3: EACCES and other errors.
    FISH_OTHER "shell/fish-other" Some(126), "fish 3.6.0, 4.9.3: fish -c ./x", "Failed to execute process '{path}': {problem}" since FISH_3_3;
    /// fish since 3.3: an errno that it has no words for.
    FISH_ERRNO "shell/fish-errno" Some(1), "fish 3.6.0: fish -c ./x", "Failed to execute process '{path}', unknown error number {errno:d}" since FISH_3_3;
    /// fish up to 3.2, a first line; the reason's lines follow.
    FISH_OLD "shell/fish-old" Some(126), "fish-shell src/postfork.cpp (read)", "Failed to execute process '{path}'. Reason:[\n{problem}]" , until FISH_3_2;
    /// fish up to 3.2: ENOEXEC.
    FISH_OLD_FORMAT "shell/fish-old-format" Some(126), "fish-shell src/postfork.cpp (read)", "The file '{path}' is marked as an executable but could not be run by the operating system." , until FISH_3_2;
    /// fish up to 3.2: the interpreter of a script.
    FISH_OLD_INTERPRETER "shell/fish-old-interpreter" Some(126), "fish-shell src/postfork.cpp (read)", "The file '{path}' specified the interpreter '{interpreter}', which is not an executable command." , until FISH_3_2;
    /// fish up to 3.2: ENOENT.
    FISH_OLD_MISSING "shell/fish-old-missing" Some(126), "fish-shell src/postfork.cpp (read)", "The file '{path}' does not exist or could not be executed." , until FISH_3_2;
    /// fish: a file without the execute bit.
    FISH_NOT_EXECUTABLE "shell/fish-not-executable" Some(126), "fish 3.6.0, 4.9.3: fish -c ./x", "Unknown command. '{path}' exists but is not an executable file.";
    /// fish since 3.2: a name that is nowhere, with a path or without.
    FISH_UNKNOWN "shell/fish-unknown" Some(127), "fish 3.6.0, 4.9.3: fish -c ./x", "Unknown command: {path}";
    /// fish up to 3.1.
    FISH_UNKNOWN_OLD "shell/fish-unknown-old" Some(127), "fish-shell share/functions (read)", "Unknown command '{path}'" , until FISH_3_1;
    /// dash read a binary as a script: execve said ENOEXEC, and `execvp`, `env`, `sudo`, `nohup`, Node and Ruby then let `/bin/sh` have it.
    SYNTAX_ERROR "shell/syntax-error" Some(2), "dash 0.5.12: env ./program-of-another-machine", "Syntax error: {problem}";
    /// The same from bash and busybox.
    SYNTAX_ERROR_LOWER "shell/syntax-error-lower" Some(2), "busybox 1.35: busybox ash -c ./program-of-another-machine", "syntax error: {problem}";
    /// The same from bash.
    SYNTAX_ERROR_TOKEN "shell/syntax-error-token" Some(2), "bash 5.2.15: bash ./program-of-another-machine", "syntax error near unexpected token `{token}'";
    /// `env`, `nice` with the quotes of a UTF-8 locale: `name` is what the script's first line asks for. `python\r` prints as `python\r` with a backslash.
    ENV "shell/env" Some(127), "coreutils 9.1: env ./x", "env: ‘{path}’: {reason}";
    /// The same by its path.
    ENV_PATH "shell/env-path" Some(127), "coreutils 9.1: #!/usr/bin/env python9", "/usr/bin/env: ‘{path}’: {reason}";
    /// The same in the C locale, and since 9.7 in English.
    ENV_ASCII "shell/env-ascii" Some(127), "coreutils 9.7: env ./x", "env: '{path}': {reason}";
    /// The same by its path.
    ENV_PATH_ASCII "shell/env-path-ascii" Some(127), "coreutils 9.1, LC_ALL=C: #!/usr/bin/env python9", "/usr/bin/env: '{path}': {reason}";
    /// busybox.
    ENV_BUSYBOX "shell/env-busybox" Some(127), "busybox 1.35: busybox env ./x", "{tool}: can't execute '{path}': {reason}";
    /// macOS, and coreutils before 8.25: no quotes.
    ENV_BARE "shell/env-bare" Some(127), "coreutils 8.22; shell_cmds of macOS (read)", "env: {path}: {reason}";
    /// The same by its path.
    ENV_PATH_BARE "shell/env-path-bare" Some(127), "coreutils 8.22 (read)", "/usr/bin/env: {path}: {reason}";
    /// The hint that follows when the name has a blank or a `\r`.
    ENV_HINT "shell/env-hint" None, "coreutils 9.1: #!/usr/bin/env python3 -u", "{tool}: use -[[v]]S to pass options in shebang lines";
    /// `nohup`, `timeout`, `stdbuf`, `chroot`.
    RUN_COMMAND "shell/run-command" Some(127), "coreutils 9.1: timeout 3 ./x", "{tool}: failed to run command ‘{path}’: {reason}";
    /// The same without typographic quotes.
    RUN_COMMAND_ASCII "shell/run-command-ascii" Some(127), "coreutils 9.7: timeout 3 ./x", "{tool}: failed to run command '{path}': {reason}";
    /// `setsid`, `unshare`, `nsenter`.
    FAILED_TO_EXECUTE "shell/failed-to-execute" Some(127), "util-linux 2.38: setsid ./x", "{tool}: failed to execute {path}: {reason}";
    /// `xargs`.
    XARGS "shell/xargs" Some(127), "findutils 4.9: xargs ./x", "xargs: {path}: {reason}";
    /// GNU `time`.
    TIME "shell/time" Some(127), "time 1.9: /usr/bin/time ./x", "{tool}: cannot run {path}: {reason}";
    /// `nice`.
    NICE "shell/nice" Some(127), "coreutils 9.1: nice ./x", "nice: ‘{path}’: {reason}";
    /// `find -exec`; of a folder that it should search, too.
    FIND "shell/find" Some(1), "findutils 4.9: find . -exec ./x ;", "find: ‘{path}’: {reason}";
    /// The same without typographic quotes.
    FIND_ASCII "shell/find-ascii" Some(1), "findutils 4.9, LC_ALL=C: find . -exec ./x ;", "find: '{path}': {reason}";
    /// `sudo`: the file was found and the kernel refused it.
    SUDO "shell/sudo" Some(1), "sudo 1.9.13: sudo ./x", "sudo: unable to execute {path}: {reason}";
    /// `strace`.
    STRACE "shell/strace" Some(1), "strace 6.1: strace ./x", "strace: exec: {reason}";
    /// systemd: the journal's line of the child.
    SYSTEMD_STEP "shell/systemd-step" Some(203), "systemd 252, 257, 262: the string in the program", "{unit}: Failed at step {step} spawning {path}: {reason}";
    /// systemd: the same without a file.
    SYSTEMD_EXECUTE "shell/systemd-execute" Some(203), "systemd up to 246: src/core/execute.c (read)", "{unit}: Failed to execute command: {reason}";
    /// systemd since 247.
    SYSTEMD_EXECUTE_PATH "shell/systemd-execute-path" Some(203), "systemd 252: the string in the program", "{unit}: Failed to execute {path}: {reason}";
    /// systemd since 248.
    SYSTEMD_LOCATE "shell/systemd-locate" Some(203), "systemd 252: the string in the program", "{unit}: Failed to locate executable {path}: {reason}";
    /// systemd since 254.
    SYSTEMD_UNABLE "shell/systemd-unable-to-locate" Some(203), "systemd 257 and 262: the string in systemd-executor", "{unit}: Unable to locate executable '{path}': {reason}";
    /// systemd: what `systemctl status` keeps; the file is not named.
    SYSTEMD_STATUS "shell/systemd-status" Some(203), "systemd 252: the string in the program", "{unit}: {process} process exited, code=exited, status=203/EXEC";
    /// The same in the line of `systemctl status`.
    SYSTEMD_STATUS_LINE "shell/systemd-status-line" Some(203), "systemd 252: systemctl status (read)", "Process: {pid:d} ExecStart={path} (code=exited, status=203/EXEC)";
    /// runc since 1.1 (Docker, containerd, Kubernetes): `execve` itself refused; a missing loader, a first line, another machine.
    RUNC_EXEC "shell/runc-exec" Some(255), "runc 1.1.5 and 1.3.6: runc run, args /x", "exec {path}: {reason}";
    /// runc: nothing of this name in the image's PATH.
    RUNC_PATH "shell/runc-path" Some(127), "runc 1.1.5: runc run, args x; Go: os/exec", "exec: \"{path}\": executable file not found in $PATH";
    /// runc: the file is not in the image.
    RUNC_STAT "shell/runc-stat" Some(127), "runc 1.1.5: runc run, args /x", "exec: \"{path}\": stat {file}: {reason}";
    /// Go on Windows.
    GO_PATH_WINDOWS "shell/go-path-windows" None, "Go: os/exec/lp_windows.go (read)", "exec: \"{path}\": executable file not found in %PATH%";
    /// runc: no execute bit, or a folder; Go's os/exec.
    RUNC_DENIED "shell/runc-denied" Some(126), "runc 1.1.5: runc run, args /x", "exec: \"{path}\": {reason}";
    /// runc up to 1.0: the same as [`RUNC_EXEC`], and the file is not named.
    RUNC_OLD "shell/runc-exec-old" Some(1), "runc 1.0.0: libcontainer/standard_init_linux.go (read)", "standard_init_linux.go:{line:d}: exec user process caused: {reason}";
    /// runc up to 1.0.0-rc95.
    RUNC_OLDER "shell/runc-exec-older" Some(1), "runc 1.0.0-rc10: libcontainer/standard_init_linux.go (read)", "standard_init_linux.go:{line:d}: exec user process caused \"{reason}\"";
    /// runc: the working directory cannot be made, because a file is in the way.
    RUNC_DIRECTORY "shell/runc-directory" Some(126), "runc 1.1.5: runc run, cwd below a file", "mkdir {path}: {reason}";
    /// Docker, containerd: the image's user is no number and not in its /etc/passwd.
    ENGINE_USER "shell/engine-user" Some(126), "moby/sys/user: GetExecUser (read)", "unable to find user {user}: no matching entries in passwd file";
    /// The same of a group.
    ENGINE_GROUP "shell/engine-group" Some(126), "moby/sys/user: GetExecUser (read)", "unable to find group {group}: no matching entries in group file";
    /// crun (podman): nothing of this name.
    CRUN_NOT_FOUND "shell/crun-not-found" Some(127), "crun 1.8.1: crun run, args x", "executable file `{path}` not found in $PATH: {reason}";
    /// crun: nothing at this path.
    CRUN_MISSING "shell/crun-missing" Some(127), "crun 1.28: the string in the program", "executable file `{path}` not found: {reason}";
    /// crun: the file is there and its loader or interpreter is not.
    CRUN_LIBRARY "shell/crun-library" Some(127), "crun 1.8.1: crun run, args /x", "exec container process (missing dynamic library?) `{path}`: {reason}";
    /// crun: other errors of `execve`.
    CRUN_EXEC "shell/crun-exec" Some(126), "crun 1.8.1: crun run, args /x", "exec container process `{path}`: {reason}";
    /// crun: no execute bit, or a folder; the file is not named.
    CRUN_OPEN "shell/crun-open" Some(126), "crun 1.8.1: crun run, args /x", "open executable: {reason}";
    /// Go's `os.StartProcess`; `{reason}` starts with a small letter.
    GO_FORK "shell/go-fork-exec" None, "Go 1.19: exec.Command(x).Run()", "fork/exec {path}: {reason}";
    /// CPython's `subprocess`, `os.execv` and `open`: ENOENT.
    PYTHON_NOT_FOUND "shell/python-not-found" None, "CPython 3.11: subprocess.run([x])", "FileNotFoundError: [[Errno 2]] No such file or directory[: '{path}']";
    /// CPython: EACCES.
    PYTHON_DENIED "shell/python-denied" None, "CPython 3.11: subprocess.run([x])", "PermissionError: [[Errno 13]] Permission denied[: '{path}']";
    /// CPython: ENOEXEC.
    PYTHON_FORMAT "shell/python-format" None, "CPython 3.11: subprocess.run([x])", "OSError: [[Errno 8]] Exec format error[: '{path}']";
    /// CPython: other errors.
    PYTHON_OTHER "shell/python-other" None, "CPython 3.11: subprocess.run([x])", "OSError: [[Errno {errno:d}]] {reason}: '{path}'";
    /// Node's `child_process`: `{errno}` is a name such as ENOENT, ENOEXEC or EACCES.
    NODE_SPAWN "shell/node-spawn" None, "Node 20: child_process.spawn(x)", "Error: spawn {path} {errno}";
    /// The same, synchronous.
    NODE_SPAWN_SYNC "shell/node-spawn-sync" None, "Node 20: child_process.execFileSync(x)", "Error: spawnSync {path} {errno}";
    /// Java's `ProcessBuilder`.
    JAVA_PROCESS "shell/java-process" None, "Java 17: new ProcessBuilder(x).start()", "Cannot run program \"{path}\"[ (in directory \"{folder}\")]: error={errno:d}, {reason}";
    /// Java on Windows.
    JAVA_PROCESS_WINDOWS "shell/java-process-windows" None, "OpenJDK: ProcessImpl_md.c (read)", "Cannot run program \"{path}\"[ (in directory \"{folder}\")]: CreateProcess error={code:d}, {reason}";
    /// Ruby's `exec` and `spawn`.
    RUBY_EXEC "shell/ruby-exec" None, "Ruby 3.1: exec(x)", "{reason} - {path} (Errno::{errno})";
    /// PHP's `proc_open`.
    PHP_PROCESS "shell/php-process" None, "PHP 8.2: proc_open([x], …)", "proc_open(): Exec failed: {reason}";
    /// Rust's `std::io::Error`, which names no file.
    RUST_IO "shell/rust-io" None, "Rust: std::process::Command::status", "{reason} (os error {errno:d})";
    /// The shell of macOS (and `arch`, `open`): a program of another processor; kernel errno 86.
    BAD_CPU "shell/bad-cpu-type" Some(126), "xnu: bsd/sys/errno.h EBADARCH", "{path}: Bad CPU type in executable";
    /// zsh on macOS: the same.
    ZSH_BAD_CPU "shell/zsh-bad-cpu-type" Some(126), "xnu: bsd/sys/errno.h EBADARCH", "bad CPU type in executable: {path}";
    /// macOS: a file that is no program at all, or a damaged one.
    MALFORMED_MACHO "shell/malformed-mach-o" Some(126), "xnu: bsd/sys/errno.h EBADMACHO", "{path}: Malformed Mach-o file";
    /// dash, busybox, ksh: any ENOENT, the interpreter's too. The widest row: it needs a shell's frame before it.
    NOT_FOUND "shell/not-found" Some(127), "dash 0.5.12, busybox 1.35: sh -c ./x", "{path}: not found";
}

/// What a shell or a runtime prints before (and behind) its own sentence or another's.
pub mod frames {
    crate::messages::messages! {
        /// dash with its position.
        DASH_NAMED "shell/frame-dash-named" None, "dash 0.5.12: dash -c ./x", "dash: {line:d}: {message}";
        /// dash as sh with its position.
        SH_NAMED "shell/frame-sh-named" None, "dash 0.5.12: sh -c ./x", "sh: {line:d}: {message}";
        /// dash by its path with its position.
        SH_PATH_NAMED "shell/frame-sh-path-named" None, "dash 0.5.12: /bin/sh -c ./x", "/bin/sh: {line:d}: {message}";
        /// bash with its position.
        BASH_NAMED "shell/frame-bash-named" None, "bash 5.2.15: bash -c ./x", "bash: line {line:d}: {message}";
        /// bash by its path with its position.
        BASH_PATH_NAMED "shell/frame-bash-path-named" None, "bash 5.2.15: /bin/bash -c ./x", "/bin/bash: line {line:d}: {message}";
        /// busybox since 1.37, and bash as sh.
        SH_LINE_NAMED "shell/frame-sh-line-named" None, "busybox 1.37: sh -c ./x", "sh: line {line:d}: {message}";
        /// The same by its path.
        SH_PATH_LINE_NAMED "shell/frame-sh-path-line-named" None, "bash 5.2.15: /bin/sh", "/bin/sh: line {line:d}: {message}";
        /// zsh with its position.
        ZSH_NAMED "shell/frame-zsh-named" None, "zsh 5.9: zsh -c ./x", "zsh:{line:d}: {message}";
        /// dash's position in a script or a `-c` string.
        DASH_LINE "shell/frame-dash-line" None, "dash 0.5.12: sh -c ./x; sh ./script", "{script}: {line:d}: {message}";
        /// bash's, busybox's and ksh's position.
        BASH_LINE "shell/frame-bash-line" None, "bash 5.2.15: bash -c ./x; busybox 1.37: sh -c ./x", "{script}: line {line:d}: {message}";
        /// zsh's position.
        ZSH_LINE "shell/frame-zsh-line" None, "zsh 5.9: zsh -c ./x", "{script}:{line:d}: {message}";
        /// ksh's position.
        KSH_LINE "shell/frame-ksh-line" None, "ksh93u+m 1.0.4: ksh ./script", "{script}[[{line:d}]]: {message}";
        /// An interactive bash.
        BASH "shell/frame-bash" None, "bash 5.2.15", "bash: {message}";
        /// A login bash.
        BASH_LOGIN "shell/frame-bash-login" None, "bash 5.2.15: bash -l", "-bash: {message}";
        /// bash by its path.
        BASH_PATH "shell/frame-bash-path" None, "bash 5.2.15: /bin/bash", "/bin/bash: {message}";
        /// An interactive sh.
        SH "shell/frame-sh" None, "dash 0.5.12, busybox 1.35", "sh: {message}";
        /// A login sh.
        SH_LOGIN "shell/frame-sh-login" None, "busybox 1.35: ash -l", "-sh: {message}";
        /// sh by its path.
        SH_PATH "shell/frame-sh-path" None, "busybox 1.35: /bin/sh", "/bin/sh: {message}";
        /// busybox.
        ASH "shell/frame-ash" None, "busybox 1.35: busybox ash -c ./x", "ash: {message}";
        /// busybox by its path.
        ASH_LOGIN "shell/frame-ash-login" None, "busybox 1.35: busybox ash -l", "-ash: {message}";
        /// dash.
        DASH "shell/frame-dash" None, "dash 0.5.12", "dash: {message}";
        /// zsh without a position.
        ZSH "shell/frame-zsh" None, "zsh 5.9", "zsh: {message}";
        /// fish.
        FISH "shell/frame-fish" None, "fish 3.6.0: fish -c ./x", "fish: {message}";
        /// fish since 3.2, of what `exec` said.
        FISH_EXEC "shell/frame-fish-exec" None, "fish 3.6.0: fish -c ./x", "exec: {message}";
        /// ksh93.
        KSH "shell/frame-ksh" None, "ksh93u+m 1.0.4: ksh -c ./x", "ksh: {message}";
        /// mksh in Debian.
        MKSH "shell/frame-mksh" None, "mksh 59c: mksh -c ./x", "E: mksh: {message}";
        /// yash.
        YASH "shell/frame-yash" None, "yash 2.52: yash -c ./x", "yash: {message}";
        /// `sudo`.
        SUDO "shell/frame-sudo" None, "sudo 1.9.13: sudo x", "sudo: {message}";
        /// GNU make, whose shell said it.
        MAKE "shell/frame-make" None, "GNU make 4.3", "make: {message}";
        /// GNU make, one level down.
        MAKE_LEVEL "shell/frame-make-level" None, "GNU make 4.3", "make[[{level:d}]]: {message}";
        /// runc's own log line.
        RUNC_LOG "shell/frame-runc-log" None, "runc 1.1.5", "time=\"{time}\" level={level} msg=\"{message}\"";
        /// runc's command.
        RUNC_RUN "shell/frame-runc-run" None, "runc 1.1.5: runc run", "runc run failed: {message}";
        /// runc since 1.1, of everything that comes before `execve`.
        RUNC_START "shell/frame-runc-start" None, "runc 1.1.5: libcontainer/container_linux.go", "unable to start container process: {message}";
        /// runc since 1.1.12.
        RUNC_INIT "shell/frame-runc-init" None, "runc 1.3.6: runc run", "error during container init: {message}";
        /// runc up to 1.0.
        RUNC_OLD "shell/frame-runc-old" None, "runc 1.0.0: libcontainer/container_linux.go (read)", "container_linux.go:{line:d}: starting container process caused: {message}";
        /// runc up to 1.0.0-rc95.
        RUNC_OLDER "shell/frame-runc-older" None, "runc 1.0.0-rc10: libcontainer/error.go (read)", "container_linux.go:{line:d}: starting container process caused \"{message}\"";
        /// containerd.
        SHIM "shell/frame-shim" None, "containerd 1.7: the string in the program", "failed to create shim task: {message}";
        /// containerd, older.
        SHIM_OLD "shell/frame-shim-old" None, "containerd 1.4 (read)", "failed to create shim: {message}";
        /// containerd's client.
        CONTAINERD_TASK "shell/frame-containerd-task" None, "containerd 1.7: the string in the program", "failed to create containerd task: {message}";
        /// Docker since 23.
        DOCKER_TASK "shell/frame-docker-task" None, "Docker 26.1: the string in the program", "failed to create task for container: {message}";
        /// Docker's client.
        DOCKER "shell/frame-docker" None, "docker cli (read)", "docker: Error response from daemon: {message}";
        /// Docker's client, `compose` and `start`.
        DAEMON "shell/frame-daemon" None, "docker cli (read)", "Error response from daemon: {message}";
        /// The OCI runtime's word, with the class of the error behind it.
        OCI_CREATE_UNKNOWN "shell/frame-oci-create-unknown" None, "containerd 1.7: the string in the shim; reports", "OCI runtime create failed: {message}: unknown[.]";
        /// The same without it.
        OCI_CREATE "shell/frame-oci-create" None, "containerd 1.7: the string in the shim", "OCI runtime create failed: {message}";
        /// `docker exec`, `kubectl exec`.
        OCI_EXEC_UNKNOWN "shell/frame-oci-exec-unknown" None, "containerd 1.7: the string in the shim; reports", "OCI runtime exec failed: {message}: unknown[.]";
        /// Kubernetes: an event, or what `kubectl describe` shows.
        KUBERNETES_START "shell/frame-kubernetes-start" None, "reports of Kubernetes with Docker", "failed to start container \"{container}\": {message}";
        /// `kubectl exec`.
        KUBECTL "shell/frame-kubectl" None, "reports of kubectl exec", "error: Internal error occurred: {message}";
        /// The same, said twice.
        KUBECTL_AGAIN "shell/frame-kubectl-again" None, "reports of kubectl exec", "Internal error occurred: {message}";
        /// containerd's part of `kubectl exec`.
        CRI_EXECUTING "shell/frame-cri-executing" None, "containerd 1.7: the string in the program", "error executing command in container: {message}";
        /// The next part.
        CRI_EXEC "shell/frame-cri-exec" None, "containerd 1.7: the string in the program", "failed to exec in container: {message}";
        /// The next part.
        CRI_START_EXEC "shell/frame-cri-start-exec" None, "containerd 1.7: the string in the program", "failed to start exec \"{id}\": {message}";
        /// runc's two commands.
        RUNC_CREATE "shell/frame-runc-create" None, "containerd: go-runc (read)", "runc create failed: {message}";
        /// runc's `exec`.
        RUNC_EXEC "shell/frame-runc-exec" None, "runc: exec.go (read)", "exec failed: {message}";
        /// podman of crun's sentence.
        PODMAN "shell/frame-podman" None, "podman 5.4: the string in the program; reports", "Error: {message}: OCI runtime attempted to invoke a command that was not found";
        /// The same for EACCES.
        PODMAN_DENIED "shell/frame-podman-denied" None, "podman 5.4: the string in the program", "Error: {message}: OCI permission denied";
        /// crun.
        CRUN "shell/frame-crun" None, "crun (read)", "crun: {message}";
        /// Java's exception.
        JAVA "shell/frame-java-io" None, "Java 17", "java.io.IOException: {message}";
        /// Ruby's position and method.
        RUBY "shell/frame-ruby" None, "Ruby 3.1: exec(x)", "{script}:{line:d}:in `{function}': {message}";
        /// Node's and others' prefix.
        ERROR "shell/frame-error" None, "Node 20", "Error: {message}";
    }
}
