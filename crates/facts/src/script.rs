//! `#!` lines as the kernel reads them (`fs/binfmt_script.c`).

/// The interpreter line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shebang {
    /// The interpreter's path, exactly as the kernel takes it (a carriage return stays part of it).
    pub interpreter: Vec<u8>,
    /// Everything after the interpreter as one argument, trailing blanks removed; `None` if nothing is there.
    pub argument: Option<Vec<u8>>,
    /// The line does not end within the kernel's buffer (256 bytes): the kernel may refuse it (`ENOEXEC`).
    pub truncated: bool,
}
