//! What `execve` answers, as shells and other callers print it.

super::messages! {
    /// The file, its interpreter, or its script's interpreter is missing.
    NOT_FOUND "kernel/not-found" Some(127), "fs/exec.c", "{path}: No such file or directory";
    /// No permission, a directory, or no execute bit.
    DENIED "kernel/denied" Some(126), "fs/exec.c", "{path}: Permission denied";
    /// A directory.
    IS_DIRECTORY "kernel/is-a-directory" Some(126), "fs/exec.c", "{path}: Is a directory";
    /// No loader for this kind of file.
    EXEC_FORMAT "kernel/exec-format" Some(126), "fs/exec.c: search_binary_handler", "{path}: Exec format error";
    /// The interpreter is no usable ELF file.
    CORRUPTED_LIBRARY "kernel/corrupted-library" Some(126), "fs/binfmt_elf.c: load_elf_binary", "{path}: Accessing a corrupted shared library";
    /// Other errors of the path.
    OTHER "kernel/other" Some(126), "fs/exec.c", "{path}: {reason}";
    /// The kernel gave up after the old image was gone.
    KILLED "kernel/killed" Some(139), "fs/binfmt_elf.c: load_elf_binary", "(no message: the kernel ends the process with signal {signal}, {why})";
}
