//! apk: lines of a letter, a colon and a value; an empty line ends a package.

use crate::integrity::{Algorithm, Digest};

use super::{Collected, Manager, Named, Package, Sum, places, text};

/// Where apk-tools have had it.
const PLACES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

/// Every place.
pub(super) fn read(collected: &mut Collected<'_>) {
    for path in places(collected.world, &PLACES) {
        let text = text(collected.world, &path);
        for text in text.split("\n\n") {
            package(collected, text);
        }
    }
}

fn package(collected: &mut Collected<'_>, text: &str) {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    let (name, origin, licence) = (field("P:"), field("o:"), field("L:"));
    if name.is_empty() {
        return;
    }
    let number = collected.package(Package {
        manager: Manager::Apk,
        version: field("V:"),
        architecture: field("A:"),
        source: (!origin.is_empty() && origin != name).then_some(origin),
        licence: (!licence.is_empty()).then_some(licence),
        name,
        vendor: None,
        source_file: None,
    });
    // F: names a folder for the R: lines behind it, Z: behind these has the file's checksum.
    let mut folder = String::from("/");
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("F:") {
            folder = format!("/{path}");
        } else if let Some(file) = line.strip_prefix("R:") {
            let mut sum = None;
            while let Some(line) = lines.next_if(|line| !line.starts_with(['F', 'R'])) {
                sum = line.strip_prefix("Z:Q1").and_then(sha1).or(sum);
            }
            let plain = Named::plain(file.as_bytes());
            collected.files(number, folder.as_bytes(), [Named { sum, ..plain }]);
        }
    }
}

/// A SHA-1 in base64, 27 digits and a sign of equality.
fn sha1(text: &str) -> Option<Sum> {
    let digits = text.strip_suffix('=')?.as_bytes();
    let mut sum = [0; 20];
    if digits.len() != 27 {
        return None;
    }
    for (group, bytes) in digits.chunks(4).zip(sum.chunks_mut(3)) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let value = match group.get(at) {
                Some(digit @ b'A'..=b'Z') => digit - b'A',
                Some(digit @ b'a'..=b'z') => digit - b'a' + 26,
                Some(digit @ b'0'..=b'9') => digit - b'0' + 52,
                Some(b'+') => 62,
                Some(b'/') => 63,
                None => 0,
                Some(_) => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bytes.copy_from_slice(&bits.to_be_bytes()[1..=bytes.len()]);
    }
    Some((Algorithm::Sha1, Digest::new(&sum)))
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, sha1};

    #[test]
    fn checksums_are_base64() {
        // The SHA-1 of nothing, by `printf '' | sha1sum | xxd -r -p | base64`.
        let nothing = (Algorithm::Sha1, Algorithm::Sha1.of(b""));
        assert_eq!(sha1("2jmj7l5rSw0yVb/vlWAYkK/YBwk="), Some(nothing));
        assert_eq!(sha1("2jmj7l5rSw0yVb/vlWAYkK/YBwk"), None);
        assert_eq!(sha1("2jmj7l5rSw0yVb/vlWAYkK/YBw!="), None);
        assert_eq!(sha1(""), None);
    }
}
