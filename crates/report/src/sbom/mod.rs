//! Bills of materials of the loadable world, one file a format. The same files give the same bytes: serial numbers come from the content,
//! and times from `SOURCE_DATE_EPOCH` or nowhere.

mod cyclonedx;
mod read;
mod spdx;

pub use cyclonedx::cyclonedx;
pub use read::read;
pub use spdx::spdx;

use std::collections::BTreeMap;

use sayso_advice::integrity::inventory::Loadable;
use sayso_advice::integrity::{Algorithm, Digest};
use sayso_advice::packages::installed::{Installed, Package, encoded};
use sayso_advice::show;

/// Everything that a bill says.
pub struct Bill<'a> {
    /// What was looked at: a file's or folder's name, or `live`.
    pub name: &'a str,
    /// The packages.
    pub installed: &'a Installed,
    /// The files, sorted by path.
    pub files: &'a [Loadable],
    /// Packages without a loadable file are listed, too.
    pub all_packages: bool,
    /// Seconds since 1970, from `SOURCE_DATE_EPOCH`.
    pub time: Option<u64>,
}

impl Bill<'_> {
    /// The packages that are listed, with their package URLs.
    fn packages(&self) -> Vec<(usize, &Package, String)> {
        let owns: std::collections::BTreeSet<usize> =
            self.files.iter().filter_map(|file| file.owner).collect();
        let listed = self.installed.packages.iter().enumerate();
        listed
            .filter(|(number, _)| self.all_packages || owns.contains(number))
            .map(|(number, package)| (number, package, self.installed.purl(package)))
            .collect()
    }

    /// Go modules of all files: package URL → (path, version, sum).
    fn modules(&self) -> BTreeMap<String, (&str, &str, &str)> {
        let all = self.files.iter().flat_map(|file| &file.modules);
        all.map(|(path, version, sum)| {
            (
                module_purl(path, version),
                (path.as_str(), version.as_str(), sum.as_str()),
            )
        })
        .collect()
    }
}

/// `pkg:golang/github.com/a/b@v1.2.3`; a module that was built from its own folder has no version.
fn module_purl(path: &str, version: &str) -> String {
    let parts: Vec<String> = path.split('/').map(encoded).collect();
    let version = match version {
        "" | "(devel)" => String::new(),
        version => format!("@{}", encoded(version)),
    };
    format!("pkg:golang/{}{version}", parts.join("/"))
}

/// What is told of a file beside its digests and edges: names and values.
fn facts(file: &Loadable, unresolved: bool) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut add = |name, value: Option<&String>| {
        if let Some(value) = value {
            facts.push((name, value.clone()));
        }
    };
    add("sayso:soname", file.soname.as_ref());
    add("sayso:build-id", file.build_id.as_ref());
    add("sayso:interpreter", file.interpreter.as_ref());
    add("sayso:go", file.go_version.as_ref());
    let changed = (file.as_packaged == Some(false)).then(|| "yes".to_owned());
    add("sayso:package:changed", changed.as_ref());
    if let Some((version, symbol)) = &file.glibc {
        add("sayso:glibc-floor", Some(version));
        add("sayso:glibc-floor:symbol", symbol.as_ref());
    }
    for need in file
        .needs
        .iter()
        .filter(|need| unresolved && need.found.is_none())
    {
        facts.push(("sayso:needed:unresolved", need.name.clone()));
    }
    facts
}

/// A UUID (version 8: of one's own making) from a text.
fn uuid(text: &str) -> String {
    let digest = Algorithm::Sha256.of(text.as_bytes());
    let mut bytes = digest.bytes()[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = Digest::new(&bytes).to_string();
    let part = |range: std::ops::Range<usize>| &digits[range];
    [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ]
    .join("-")
}

/// `2024-05-06T07:08:09Z` (days to a date as in Howard Hinnant's `civil_from_days`).
fn date(seconds: u64) -> String {
    // The year 9999 is the last that the formats can write.
    let seconds = seconds.min(253_402_300_799);
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// A file's name for a reader.
fn path(file: &Loadable) -> String {
    show(&file.path)
}

#[cfg(test)]
mod tests {
    use super::{date, module_purl, uuid};

    #[test]
    fn dates() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(date(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(date(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(date(u64::MAX), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn names() {
        assert_eq!(uuid("a"), uuid("a"));
        assert_eq!((uuid("a").len(), &uuid("a")[14..15]), (36, "8"));
        assert_eq!(
            module_purl("github.com/a/b+c", "v1.2.3+incompatible"),
            "pkg:golang/github.com/a/b%2Bc@v1.2.3%2Bincompatible"
        );
        assert_eq!(
            module_purl("example.com/x", "(devel)"),
            "pkg:golang/example.com/x"
        );
    }
}
