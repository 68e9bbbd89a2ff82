//! Dotted version numbers, compared as numbers: 2.9 is below 2.10.

use std::cmp::Ordering;
use std::fmt;

/// A dotted number: `2.34`, `3.4.30`, `1.2.5`. Missing parts count as 0, so 7 equals 7.0.0.
#[derive(Debug, Clone, Default)]
pub struct Number(Vec<u32>);

impl Number {
    /// Reads `2.34`; `None` unless every part is a number that fits 32 bits.
    pub fn parse(text: &str) -> Option<Number> {
        let parts: Option<Vec<u32>> = text
            .split('.')
            .map(|part| {
                // `parse` alone would take "+2".
                let digits = part.bytes().all(|b| b.is_ascii_digit());
                part.parse().ok().filter(|_| digits)
            })
            .collect();
        Some(Number(parts?))
    }
    /// Of these parts, the most significant first.
    pub fn of(parts: &[u32]) -> Number {
        Number(parts.to_vec())
    }
    /// The number behind a prefix: 2.34 of `GLIBC_2.34`; `None` of `GLIBC_PRIVATE`.
    pub fn behind(prefix: &str, name: &str) -> Option<Number> {
        Number::parse(name.strip_prefix(prefix)?)
    }
    /// A part; those that are not written are 0.
    pub fn part(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or(0)
    }
    /// The parts without the zeros at the end, which two equal numbers share.
    fn significant(&self) -> &[u32] {
        let end = self.0.iter().rposition(|&part| part != 0);
        end.map_or(&[], |end| &self.0[..=end])
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.significant() == other.significant()
    }
}
impl Eq for Number {}
impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        self.significant().cmp(other.significant())
    }
}
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.pad(&parts.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).expect(text)
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        for (low, high) in [
            ("2.9", "2.10"),
            ("2.2.5", "2.3"),
            ("2.3", "2.3.4"),
            ("3.4", "3.4.1"),
            ("1.3.9", "1.3.13"),
            ("4.9", "12"),
        ] {
            assert!(number(low) < number(high), "{low} {high}");
        }
        assert_eq!(number("7"), number("7.0.0"));
        assert_eq!(number("7.0.0").to_string(), "7.0.0");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for wrong in [
            "",
            "2.",
            ".2",
            "2..3",
            "x",
            "2.x",
            "+2",
            "-1",
            "99999999999",
            "PRIVATE",
        ] {
            assert_eq!(Number::parse(wrong), None, "{wrong}");
        }
        assert_eq!(
            Number::behind("GLIBC_", "GLIBC_2.34"),
            Number::parse("2.34")
        );
        assert_eq!(Number::behind("GLIBC_", "GLIBC_ABI_DT_RELR"), None);
    }
}
