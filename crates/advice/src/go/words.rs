//! Words for a shell, and lists for a sentence.

/// The text as one word of a POSIX shell.
pub fn word(text: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._+-=:,@%".contains(&b);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `KEY=VALUE` in front of a command.
pub fn variable(key: &str, value: &str) -> String {
    format!("{key}={}", word(value))
}

/// "1 package", "3 packages".
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::{variable, word};

    #[test]
    fn a_shell_reads_what_was_meant() {
        assert_eq!(word("a/b.so"), "a/b.so");
        assert_eq!(word("all=-N -l"), "'all=-N -l'");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word("$HOME;x"), "'$HOME;x'");
        assert_eq!(word(""), "''");
        assert_eq!(variable("CGO_CFLAGS", "-O2 -g"), "CGO_CFLAGS='-O2 -g'");
    }
}
