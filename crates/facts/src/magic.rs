//! What the first bytes of a file that no loader takes suggest it is.

use crate::limits::MAGIC_BYTES_MAX;

/// What the first bytes of a file that is neither ELF nor script suggest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Magic {
    /// No bytes at all.
    Empty,
    /// `\x7fELF` is there, but the file header is cut or wrong (the loader says which).
    TruncatedElf,
    /// A Mach-O file, thin or fat.
    MachO,
    /// A Windows PE file.
    Pe,
    /// An `ar` archive (a static library).
    Archive,
    /// A linker script (`/* GNU ld script`, `INPUT(`, `GROUP(`).
    LinkerScript,
    /// A Git LFS pointer instead of the file.
    GitLfsPointer,
    /// An HTML page, usually a failed download.
    Html,
    /// A compressed file or archive: gzip, xz, zstd, zip, bzip2.
    Compressed,
    /// A Java class file.
    JavaClass,
    /// WebAssembly.
    Wasm,
    /// LLVM bitcode.
    Bitcode,
    /// A `#!` script behind a UTF-8 byte order mark, which hides it from the kernel.
    MarkedScript,
    /// Text in UTF-16, as some editors and shells save scripts.
    Utf16,
    /// Other text.
    Text,
    /// None of these.
    Unknown,
}

/// Beginnings that decide at once.
const BEGINNINGS: &[(&[u8], Magic)] = &[
    (b"\x7fELF", Magic::TruncatedElf),
    (b"\xfe\xed\xfa\xce", Magic::MachO),
    (b"\xfe\xed\xfa\xcf", Magic::MachO),
    (b"\xce\xfa\xed\xfe", Magic::MachO),
    (b"\xcf\xfa\xed\xfe", Magic::MachO),
    (b"\xca\xfe\xba\xbf", Magic::MachO),
    (b"!<arch>\n", Magic::Archive),
    (b"!<thin>\n", Magic::Archive),
    (
        b"version https://git-lfs.github.com/spec/",
        Magic::GitLfsPointer,
    ),
    (
        b"version https://hawser.github.com/spec/",
        Magic::GitLfsPointer,
    ),
    (b"\x1f\x8b", Magic::Compressed),
    (b"\xfd7zXZ\0", Magic::Compressed),
    (b"\x28\xb5\x2f\xfd", Magic::Compressed),
    (b"\x04\x22\x4d\x18", Magic::Compressed),
    (b"7z\xbc\xaf\x27\x1c", Magic::Compressed),
    (b"PK\x03\x04", Magic::Compressed),
    (b"PK\x05\x06", Magic::Compressed),
    (b"BZh", Magic::Compressed),
    (b"\0asm", Magic::Wasm),
    (b"BC\xc0\xde", Magic::Bitcode),
    (b"\xde\xc0\x17\x0b", Magic::Bitcode),
    (b"\xef\xbb\xbf#!", Magic::MarkedScript),
    (b"\xff\xfe", Magic::Utf16),
    (b"\xfe\xff", Magic::Utf16),
];

/// Commands that linker scripts in library directories begin with.
const LINKER_COMMANDS: &[&[u8]] = &[
    b"INPUT",
    b"GROUP",
    b"OUTPUT_FORMAT",
    b"OUTPUT_ARCH",
    b"SEARCH_DIR",
    b"STARTUP",
    b"ENTRY",
];

impl Magic {
    /// Looks at the beginning of the file only.
    pub fn detect(file: &[u8]) -> Magic {
        if file.is_empty() {
            return Magic::Empty;
        }
        if let Some(&(_, magic)) = BEGINNINGS.iter().find(|(start, _)| file.starts_with(start)) {
            return magic;
        }
        if file.starts_with(b"\xca\xfe\xba\xbe") {
            return fat_or_class(file);
        }
        if file.starts_with(b"MZ") && is_pe(file) {
            return Magic::Pe;
        }
        let head = &file[..file.len().min(MAGIC_BYTES_MAX)];
        if !is_text(head) {
            return if is_unmarked_utf16(head) {
                Magic::Utf16
            } else {
                Magic::Unknown
            };
        }
        let text = head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(head)
            .trim_ascii_start();
        if is_html(text) {
            Magic::Html
        } else if is_linker_script(text) {
            Magic::LinkerScript
        } else {
            Magic::Text
        }
    }
}

/// Both begin with `cafebabe`. A fat Mach-O goes on with a number of architectures, a class file with its version, which
/// was never below 45.
fn fat_or_class(file: &[u8]) -> Magic {
    match file.get(4..8) {
        Some(&[0, 0, 0, count]) if count < 43 => Magic::MachO,
        Some(_) => Magic::JavaClass,
        None => Magic::Unknown,
    }
}

/// `PE\0\0` at `e_lfanew`, or a file that is cut before that.
fn is_pe(file: &[u8]) -> bool {
    let Some(&at) = file.get(0x3c..).and_then(|rest| rest.first_chunk::<4>()) else {
        return false;
    };
    file.get(u32::from_le_bytes(at) as usize..)
        .is_none_or(|rest| rest.is_empty() || rest.starts_with(b"PE\0\0"))
}

/// No control characters but those that text has. Bytes above 127 may be any encoding.
fn is_text(head: &[u8]) -> bool {
    head.iter().all(|&byte| {
        byte >= 0x20 && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x08 | 0x1b)
    })
}

/// ASCII with a NUL beside every character.
fn is_unmarked_utf16(head: &[u8]) -> bool {
    let pairs = head.as_chunks::<2>().0;
    let ascii = |place: usize| {
        pairs
            .iter()
            .all(|pair| pair[1 - place] == 0 && is_text(&pair[place..=place]))
    };
    pairs.len() >= 2 && (ascii(0) || ascii(1))
}

fn is_html(text: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[b"<!doctype html", b"<html", b"<head", b"<body", b"<title"];
    STARTS.iter().any(|start| {
        text.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    })
}

fn is_linker_script(mut text: &[u8]) -> bool {
    while let Some(comment) = text.strip_prefix(b"/*") {
        let end = comment
            .windows(2)
            .position(|pair| pair == b"*/")
            .unwrap_or(comment.len());
        if comment[..end]
            .windows(13)
            .any(|part| part == b"GNU ld script")
        {
            return true;
        }
        text = comment
            .get(end + 2..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    LINKER_COMMANDS.iter().any(|command| {
        text.strip_prefix(*command)
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"("))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        let cases: &[(&[u8], Magic)] = &[
            (b"", Magic::Empty),
            (b"\x7fELF\x02\x01", Magic::TruncatedElf),
            (b"\x7fEL", Magic::Unknown),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", Magic::MachO),
            (b"\xca\xfe\xba\xbe\0\0\0\x34", Magic::JavaClass),
            (b"\xca\xfe\xba\xbe", Magic::Unknown),
            (b"!<arch>\nfoo", Magic::Archive),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
                Magic::GitLfsPointer,
            ),
            (b"\n  <!DOCTYPE HTML>\n", Magic::Html),
            (b"<html lang=\"en\">", Magic::Html),
            (b"<xml>", Magic::Text),
            (b"/* GNU ld script\n   comment */\nFOO", Magic::LinkerScript),
            (b"/* mine */ INPUT ( libfoo.so.1 )\n", Magic::LinkerScript),
            (b"GROUP(a b)", Magic::LinkerScript),
            (b"INPUTS are text", Magic::Text),
            (b"/* unfinished", Magic::Text),
            (b"echo hello\r\n", Magic::Text),
            ("gr\u{fc}\u{df}e\n".as_bytes(), Magic::Text),
            (b"\xef\xbb\xbf#!/bin/sh\n", Magic::MarkedScript),
            (b"\xef\xbb\xbfhello", Magic::Text),
            (b"\xff\xfe#\0!\0", Magic::Utf16),
            (b"#\0!\0/\0b\0", Magic::Utf16),
            (b"\0#\0!\0/\0b", Magic::Utf16),
            (b"\0\0\0\0\0\0", Magic::Unknown),
            (b"\0asm\x01\0\0\0", Magic::Wasm),
            (b"PK\x03\x04", Magic::Compressed),
            (b"BC\xc0\xde", Magic::Bitcode),
            (b"MZ", Magic::Text),
        ];
        for (file, magic) in cases {
            assert_eq!(Magic::detect(file), *magic, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn both_sides_of_the_bytes_looked_at() {
        let mut file = vec![b'a'; MAGIC_BYTES_MAX + 1];
        file[MAGIC_BYTES_MAX] = 1;
        assert_eq!(Magic::detect(&file), Magic::Text);
        file[MAGIC_BYTES_MAX - 1] = 1;
        assert_eq!(Magic::detect(&file), Magic::Unknown);
    }

    #[test]
    fn pe_needs_its_signature() {
        let mut file = vec![0u8; 0x44];
        file[..2].copy_from_slice(b"MZ");
        file[0x3c] = 0x40;
        assert_eq!(Magic::detect(&file), Magic::Unknown);
        file[0x40..].copy_from_slice(b"PE\0\0");
        assert_eq!(Magic::detect(&file), Magic::Pe);
        file.truncate(0x40);
        assert_eq!(Magic::detect(&file), Magic::Pe, "cut");
    }
}
