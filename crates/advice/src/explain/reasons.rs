//! The sentences that `strerror` gives, so that a reason ends where it ends and not where the line does.

/// Sentences of glibc, musl, macOS and the BSDs for the errors that opening, mapping and starting files meet.
const SENTENCES: &[&str] = &[
    "No such file or directory",
    "No such file",
    "Operation not permitted",
    "Input/output error",
    "I/O error",
    "No such device or address",
    "Exec format error",
    "Bad file descriptor",
    "Cannot allocate memory",
    "Out of memory",
    "Permission denied",
    "Device or resource busy",
    "Resource busy",
    "No such device",
    "Not a directory",
    "Is a directory",
    "Invalid argument",
    "Too many open files in system",
    "Too many open files",
    "No file descriptors available",
    "Text file busy",
    "Read-only file system",
    "File name too long",
    "Filename too long",
    "Too many levels of symbolic links",
    "Symbolic link loop",
    "Value too large for defined data type",
    "Value too large for data type",
    "Accessing a corrupted shared library",
    "Can not access a needed shared library",
    "Cannot access a needed shared library",
    "Stale file handle",
    "Structure needs cleaning",
    "Success",
    "Error 0",
    "Resource temporarily unavailable",
    "Function not implemented",
    "Bad address",
    "Argument list too long",
    "Bad CPU type in executable",
    "Malformed Mach-o file",
    "No error information",
    "image not found",
];

/// Longest reason that is taken from an unknown sentence.
const UNKNOWN_MAX: usize = 120;

/// Length of the reason at the beginning of a line: a known sentence, else a short one that begins like a sentence.
pub(super) fn extent(line: &[u8]) -> Option<usize> {
    let line = &line[..line
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(line.len())];
    let known = SENTENCES
        .iter()
        .filter(|sentence| line.starts_with(sentence.as_bytes()))
        .map(|sentence| sentence.len())
        .max();
    if known.is_some() {
        return known;
    }
    if let Some(number) = line
        .strip_prefix(b"Unknown error ")
        .or_else(|| line.strip_prefix(b"Error "))
    {
        let digits = number
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        return (digits > 0).then_some(line.len() - number.len() + digits);
    }
    let first = line.first()?;
    if !(first.is_ascii_uppercase() || *first >= 0x80) {
        return None;
    }
    let end = line
        .iter()
        .position(|&byte| b"\"()\t|".contains(&byte))
        .unwrap_or(line.len());
    let end = line[..end]
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace() && !b".,;'".contains(byte))?
        + 1;
    (end <= UNKNOWN_MAX).then_some(end)
}
