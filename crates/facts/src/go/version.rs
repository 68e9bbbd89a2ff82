//! Toolchain versions as Go writes them.

use std::fmt;

/// A toolchain's version: the text in the file, and what can be read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// As written: `go1.22.10`, `go1.23.1 X:nocoverageredesign`, `devel go1.24-0123abc …`.
    pub text: String,
    /// The minor release, 22 in `go1.22.10`; `None` where the text does not say (a custom build).
    pub minor: Option<u16>,
    /// The patch release, 10 in `go1.22.10`, 0 in `go1.19`; `None` for development builds, betas and candidates.
    pub patch: Option<u16>,
}

/// The number at the beginning, and what follows it.
fn number(text: &str) -> (Option<u16>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    (digits.parse().ok(), rest)
}

impl Version {
    /// Reads a version text; never fails, what cannot be read is `None`.
    pub fn parse(text: &str) -> Version {
        let is_development = text.starts_with("devel");
        let (minor, rest) = match text.split_once("go1.") {
            Some((before, rest)) if before.is_empty() || is_development => number(rest),
            _ => (None, ""),
        };
        let patch = match rest.strip_prefix('.') {
            _ if minor.is_none() || is_development => None,
            Some(rest) => number(rest).0,
            // Up to 1.20, the first release of a line has no third number; betas and candidates go on with letters.
            None => {
                let is_release = !rest.starts_with("rc") && !rest.starts_with("beta");
                is_release.then_some(0)
            }
        };
        Version {
            text: text.to_owned(),
            minor,
            patch,
        }
    }

    /// The first word, which is what `GOTOOLCHAIN` takes: `go1.22.10` of `go1.22.10 X:nocoverageredesign`.
    pub fn toolchain(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let check = |text: &str, minor, patch| {
            let version = Version::parse(text);
            assert_eq!((version.minor, version.patch), (minor, patch), "{text}");
        };
        check("go1.22.10", Some(22), Some(10));
        check("go1.19", Some(19), Some(0));
        check("go1.27.3 X:nodwarf5", Some(27), Some(3));
        check("go1.21.5-acme1", Some(21), Some(5));
        check("go1.23rc1", Some(23), None);
        check(
            "devel go1.24-3f4af12bce Tue Nov 5 10:00:00 2024 +0000",
            Some(24),
            None,
        );
        check("devel +a1b2c3d Mon Jan 2", None, None);
        check("go1.99999999.1", None, None);
        check("", None, None);
        assert_eq!(
            Version::parse("go1.27.3 X:nodwarf5").toolchain(),
            "go1.27.3"
        );
    }
}
