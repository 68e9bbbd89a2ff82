//! Names of the target as text: they are bytes, and may hold anything.

/// The bytes as text that is safe on a terminal and in a document: valid UTF-8 stays, everything else and every control
/// character becomes `\xNN` (or `\n`, `\t`, `\r`).
pub fn show(bytes: impl AsRef<[u8]>) -> String {
    let mut shown = String::new();
    for chunk in bytes.as_ref().utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || is_invisible(letter) {
                shown.extend(letter.escape_default());
            } else {
                shown.push(letter);
            }
        }
        for byte in chunk.invalid() {
            shown.extend(std::ascii::escape_default(*byte).map(char::from));
        }
    }
    shown
}

/// A loader's text: line ends are its own and stay, every other odd byte is escaped.
pub fn show_lines(text: &[u8]) -> String {
    let lines: Vec<String> = text.split(|&b| b == b'\n').map(show).collect();
    lines.join("\n")
}

/// Letters that change the direction of a line or take no room: a name must not be able to hide.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// An `e_machine` in words.
pub fn machine_name(machine: u16) -> String {
    match machine {
        2 => "SPARC".into(),
        3 => "32-bit x86".into(),
        8 => "MIPS".into(),
        20 => "32-bit PowerPC".into(),
        21 => "64-bit PowerPC".into(),
        22 => "s390".into(),
        40 => "32-bit ARM".into(),
        43 => "64-bit SPARC".into(),
        50 => "Itanium".into(),
        62 => "x86-64".into(),
        183 => "64-bit ARM (aarch64)".into(),
        243 => "RISC-V".into(),
        247 => "BPF".into(),
        258 => "LoongArch".into(),
        other => format!("machine {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn names_cannot_hide_or_drive_the_terminal() {
        assert_eq!(show("libä.so"), "libä.so");
        assert_eq!(show(b"lib\xff.so"), "lib\\xff.so");
        assert_eq!(show("a\u{1b}[31mb\r"), "a\\u{1b}[31mb\\r");
        assert_eq!(show("a\u{202e}b"), "a\\u{202e}b");
    }
}
