//! What a package says of its licence: an expression of SPDX (SPDX 2.3, annex D), or words of its packager's own.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::data::LICENCES;

/// A licence as a package states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence<'t> {
    /// One identifier of SPDX's list.
    Identifier(&'t str),
    /// An expression made of such.
    Expression(&'t str),
    /// Anything else: `GPLv2+ and BSD`.
    Words(&'t str),
}

/// Identifiers, and exceptions with `WITH ` before them; the table's comments have blanks, too.
static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| LICENCES.lines().collect());

impl Licence<'_> {
    /// Which of them a text is.
    pub fn of(text: &str) -> Licence<'_> {
        let text = text.trim();
        if KNOWN.contains(text) && !text.contains(' ') {
            Licence::Identifier(text)
        } else if is_expression(text) {
            Licence::Expression(text)
        } else {
            Licence::Words(text)
        }
    }
}

fn is_licence(word: &str) -> bool {
    KNOWN.contains(word)
        || word
            .strip_suffix('+')
            .is_some_and(|word| KNOWN.contains(word))
}

/// Identifiers with AND, OR and WITH between them, and parentheses.
fn is_expression(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let (mut depth, mut wants_licence) = (0_usize, true);
    while let Some(word) = words.next() {
        match (wants_licence, word) {
            (true, "(") => depth += 1,
            (true, word) if is_licence(word) => {
                if words.next_if_eq(&"WITH").is_some() {
                    let exception = format!("WITH {}", words.next().unwrap_or_default());
                    if !KNOWN.contains(exception.as_str()) {
                        return false;
                    }
                }
                wants_licence = false;
            }
            (false, ")") if depth > 0 => depth -= 1,
            (false, "AND" | "OR") => wants_licence = true,
            _ => return false,
        }
    }
    depth == 0 && !wants_licence
}

#[cfg(test)]
mod tests {
    use super::Licence::{self, Expression, Identifier, Words};

    #[test]
    fn expressions_are_told_from_words() {
        for text in ["MIT", "W3C", "WTFPL", "GPL-2.0-or-later"] {
            assert_eq!(Licence::of(text), Identifier(text));
        }
        for text in [
            "MIT AND GPL-2.0-or-later WITH GCC-exception-2.0",
            "(MIT OR Apache-2.0) AND ISC",
            "((MIT))",
            "Apache-1.0+",
        ] {
            assert_eq!(Licence::of(text), Expression(text));
        }
        for text in [
            "",
            "GPLv2+ and LGPLv2+",
            "MIT and ISC",
            "MIT AND",
            "AND MIT",
            "(MIT",
            "MIT)",
            "MIT ISC",
            "MIT WITH",
            "MIT WITH ISC",
            "MIT WITH WITH",
            "WITH GCC-exception-2.0",
            "# The",
            "()",
        ] {
            assert_eq!(Licence::of(text), Words(text), "{text}");
        }
        assert_eq!(Licence::of(" MIT\n"), Identifier("MIT"));
    }

    #[test]
    fn the_list_is_whole_and_in_order() {
        let lines: Vec<&str> = super::LICENCES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert!(lines.len() > 600);
        let (exceptions, licences): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|line| line.starts_with("WITH "));
        assert!(exceptions.is_sorted() && licences.is_sorted() && exceptions.len() > 30);
        assert!(licences.iter().all(|line| !line.contains(' ')));
    }
}
