//! Checksum lists as `sha256sum`, its sisters and `b3sum` write and read them.
//!
//! A line is `DIGEST␣␣NAME`, or `DIGEST␣*NAME` from `sha256sum -b`. If a name holds a backslash or a line end, these are written
//! `\\` and `\n`, and the line begins with a backslash (GNU coreutils, `src/digest.c: output_file`; `sha256sum` writes `\r` for a
//! carriage return, too, `b3sum` does not). `ALGORITHM (NAME) = DIGEST` is what `--tag` and the BSDs write.

use super::{Algorithm, Digest};

/// One line of a list that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Its line, from 1.
    pub line: usize,
    /// The file's name, as bytes, escapes undone.
    pub name: Vec<u8>,
    /// What the file's bytes should come to.
    pub digest: Digest,
    /// The algorithm, if the line names it.
    pub algorithm: Option<Algorithm>,
}

/// One line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// One line of a list, line end included.
pub fn line(algorithm: Algorithm, digest: &Digest, name: &[u8]) -> Vec<u8> {
    let escaped = |byte: u8| match byte {
        b'\\' => Some(b'\\'),
        b'\n' => Some(b'n'),
        b'\r' if algorithm != Algorithm::Blake3 => Some(b'r'),
        _ => None,
    };
    let mut text = Vec::with_capacity(68 + name.len());
    if name.iter().any(|&byte| escaped(byte).is_some()) {
        text.push(b'\\');
    }
    text.extend(format!("{digest}  ").bytes());
    for &byte in name {
        match escaped(byte) {
            Some(letter) => text.extend([b'\\', letter]),
            None => text.push(byte),
        }
    }
    text.push(b'\n');
    text
}

/// Reads a list. Empty lines and lines that begin with `#` say nothing.
pub fn parse(text: &[u8]) -> (Vec<Sum>, Vec<Malformed>) {
    let (mut sums, mut malformed) = (Vec::new(), Vec::new());
    for (at, text) in text.split(|&b| b == b'\n').enumerate() {
        let line = at + 1;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = text.trim_ascii_start();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        match one(text) {
            Ok((name, digest, algorithm)) => sums.push(Sum {
                line,
                name,
                digest,
                algorithm,
            }),
            Err(why) => malformed.push(Malformed { line, why }),
        }
    }
    (sums, malformed)
}

const NO_DIGEST: &str = "its digest does not have as many digits as that of a known algorithm (64 for SHA-256 and BLAKE3, 96 for SHA-384, 128 for SHA-512, 40 for SHA-1, 32 for MD5)";

/// A file's name, its digest, and the algorithm if it is named.
type Parts<Name> = Result<(Name, Digest, Option<Algorithm>), &'static str>;

fn one(text: &[u8]) -> Parts<Vec<u8>> {
    let (is_escaped, text) = match text.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (name, digest, algorithm) = match tagged(text) {
        Some(parts) => parts?,
        None => plain(text)?,
    };
    if name.is_empty() {
        return Err("it names no file");
    }
    if name.contains(&0) {
        return Err("the file's name holds a NUL byte");
    }
    let name = if is_escaped {
        unescaped(name)?
    } else {
        name.to_vec()
    };
    Ok((name, digest, algorithm))
}

/// `DIGEST␣␣NAME`, `DIGEST␣*NAME`, and `DIGEST␣NAME` as some BSDs write.
fn plain(text: &[u8]) -> Parts<&[u8]> {
    let digits = text.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (digest, rest) = text.split_at(digits);
    if digits < 8 || !rest.starts_with(b" ") && !rest.is_empty() {
        return Err("it does not begin with a digest");
    }
    let digest = Digest::parse(digest).ok_or(NO_DIGEST)?;
    let name = rest.strip_prefix(b" ").unwrap_or(rest);
    let name = name
        .strip_prefix(b" ")
        .or_else(|| name.strip_prefix(b"*"))
        .unwrap_or(name);
    Ok((name, digest, None))
}

/// `SHA256 (NAME) = DIGEST`; `None`: it does not begin like that.
fn tagged(text: &[u8]) -> Option<Parts<&[u8]>> {
    let open = text.windows(2).position(|pair| pair == b" (")?;
    let tag = &text[..open];
    if !is_tag(tag) {
        return None;
    }
    let Some(algorithm) = std::str::from_utf8(tag).ok().and_then(Algorithm::named) else {
        return Some(Err(
            "it is of an algorithm that is not known: known are SHA256, SHA384, SHA512, BLAKE3, SHA1 and MD5",
        ));
    };
    let rest = &text[open + 2..];
    let Some(close) = rest.windows(4).rposition(|part| part == b") = ") else {
        return Some(Err("it has no `) = ` behind the file's name"));
    };
    Some(match Digest::parse(&rest[close + 4..]) {
        Some(digest) if digest.fits(algorithm) => Ok((&rest[..close], digest, Some(algorithm))),
        _ => Err(NO_DIGEST),
    })
}

/// `MD5`, `SHA3-256`, `BLAKE2b` … but no digest, whose digits may be letters, too.
fn is_tag(word: &[u8]) -> bool {
    word.len() < 20
        && word.first().is_some_and(u8::is_ascii_uppercase)
        && word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

fn unescaped(name: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut bytes = name.iter();
    let mut plain = Vec::with_capacity(name.len());
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'\\') => b'\\',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                _ => return Err("the file's name holds an escape other than \\\\, \\n and \\r"),
            },
            other => other,
        });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::{Malformed, line, parse};
    use crate::integrity::Algorithm;

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let names: [&[u8]; 8] = [
            b"plain",
            b" led",
            b"*star",
            b"new\nline",
            b"back\\slash",
            b"cr\rmiddle",
            b"\xff\xfe",
            b"a) = b (c",
        ];
        for algorithm in Algorithm::ALL {
            let digest = algorithm.of(b"x");
            let text: Vec<u8> = names
                .iter()
                .flat_map(|name| line(algorithm, &digest, name))
                .collect();
            let (sums, malformed) = parse(&text);
            assert_eq!(malformed, []);
            let read: Vec<&[u8]> = sums.iter().map(|sum| sum.name.as_slice()).collect();
            assert_eq!(read, names);
            assert!(sums.iter().all(|sum| sum.digest == digest));
        }
    }

    #[test]
    fn other_writers_are_understood() {
        let digest = Algorithm::Sha256.of(b"x").to_string();
        let text = format!(
            "# made by hand\n\n{} *binary\r\nSHA256 (a (b) = c) = {digest}\nBLAKE3 (d) = {digest}\n\\SHA256 (e\\nf) = {digest}\n{digest} bsd\n",
            digest.to_uppercase()
        );
        let (sums, malformed) = parse(text.as_bytes());
        assert_eq!(malformed, []);
        let read: Vec<(usize, &[u8], Option<Algorithm>)> = sums
            .iter()
            .map(|sum| (sum.line, sum.name.as_slice(), sum.algorithm))
            .collect();
        assert_eq!(
            read,
            [
                (3, b"binary".as_slice(), None),
                (4, b"a (b) = c", Some(Algorithm::Sha256)),
                (5, b"d", Some(Algorithm::Blake3)),
                (6, b"e\nf", Some(Algorithm::Sha256)),
                (7, b"bsd", None),
            ]
        );
    }

    #[test]
    fn malformed_lines_are_named() {
        let digest = Algorithm::Sha256.of(b"x").to_string();
        let wrong = [
            ("hello".to_owned(), "it does not begin with a digest"),
            (digest.clone(), "it names no file"),
            (format!("{}  a", &digest[1..]), super::NO_DIGEST),
            (format!("MD5 (a) = {digest}"), super::NO_DIGEST),
            (
                format!("\\{digest}  a\\q"),
                "the file's name holds an escape other than \\\\, \\n and \\r",
            ),
            (
                format!("SHA3-256 (a) = {digest}"),
                "it is of an algorithm that is not known: known are SHA256, SHA384, SHA512, BLAKE3, SHA1 and MD5",
            ),
            (
                format!("SHA256 (a {digest}"),
                "it has no `) = ` behind the file's name",
            ),
            (
                format!("{digest}  a\0b"),
                "the file's name holds a NUL byte",
            ),
        ];
        for (text, why) in wrong {
            let (sums, malformed) = parse(format!("\n{text}\n").as_bytes());
            assert_eq!(sums, [], "{text}");
            assert_eq!(malformed, [Malformed { line: 2, why }], "{text}");
        }
    }
}
