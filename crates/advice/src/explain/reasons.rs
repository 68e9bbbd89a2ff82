//! The sentences that `strerror` gives, so that a reason ends where it ends and not where the line does.

use std::collections::HashMap;
use std::sync::OnceLock;

use sayso_loader::messages::{dyld, localised};

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
        .filter(|sentence| starts(line, sentence))
        .map(|sentence| sentence.len())
        .max();
    if known.is_some() {
        return known;
    }
    if let Some((length, _)) = translated(line) {
        return Some(length);
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
    if line.starts_with(b"Incompatible library version") {
        return of_dyld(line);
    }
    let first = line.first()?;
    if first.is_ascii_lowercase() || *first == b',' {
        return of_dyld(line);
    }
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

/// Where a known sentence begins that ends with the line given.
pub(super) fn beginning(line: &[u8]) -> Option<usize> {
    let known = SENTENCES.iter().filter(|sentence| {
        line.len() >= sentence.len() && starts(&line[line.len() - sentence.len()..], sentence)
    });
    known.map(|sentence| line.len() - sentence.len()).min()
}

/// Go and others write a sentence with a small letter.
fn starts(line: &[u8], sentence: &str) -> bool {
    line.get(..sentence.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(sentence.as_bytes()))
}

/// The English sentence, as glibc writes it, that a reason is.
pub(super) fn english(reason: &[u8]) -> Option<&'static str> {
    let known = SENTENCES
        .iter()
        .find(|sentence| sentence.as_bytes().eq_ignore_ascii_case(reason));
    let translated = || {
        translated(reason)
            .filter(|(length, _)| *length == reason.len())
            .map(|(_, reason)| reason.english)
    };
    known.copied().or_else(translated)
}

/// The translated sentence at the beginning of a line: its length, and what it is in English.
pub(super) fn translated(line: &[u8]) -> Option<(usize, &'static localised::Reason)> {
    static TEXTS: OnceLock<HashMap<Vec<u8>, &'static localised::Reason>> = OnceLock::new();
    const LONGEST: usize = 160;
    let texts = TEXTS.get_or_init(|| {
        let mut texts = HashMap::new();
        for reason in localised::reasons() {
            texts
                .entry(super::plain::Plain::words(reason.text))
                .or_insert(reason);
        }
        texts
    });
    let longest = line.len().min(LONGEST);
    (2..=longest)
        .rev()
        .find_map(|length| texts.get(&line[..length]).map(|reason| (length, *reason)))
}

/// dyld's reason is a sentence of its own, as long as the line: `tried: '/x' (no such file), …`, `no LC_RPATH's found`.
fn of_dyld(line: &[u8]) -> Option<usize> {
    let sentence = line.trim_ascii_end();
    let mut rows = dyld::TABLE.iter().chain(dyld::parts::TABLE);
    rows.any(|row| row.parse(sentence).is_some())
        .then_some(sentence.len())
}
