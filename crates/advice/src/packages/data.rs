//! The tables under `data/`, read line by line: each file's head says where its rows come from.

const DEBIAN: &str = include_str!("../../data/debian.tsv");
const SONAMES: &str = include_str!("../../data/sonames.tsv");
const DLLS: &str = include_str!("../../data/dlls.tsv");
const LIBRARIES: &str = include_str!("../../data/libraries.tsv");
const DISTRIBUTIONS: &str = include_str!("../../data/distributions.tsv");

const GLIBC_ONLY: &str = include_str!("../../data/glibc-only.txt");

/// glibc exports a symbol of this name, and musl does not.
pub(crate) fn is_glibc_only(symbol: &str) -> bool {
    GLIBC_ONLY.lines().any(|line| line == symbol)
}

const MUSL_SYMBOLS: &str = include_str!("../../data/musl-symbols.tsv");
const GLIBC_VERSIONS: &str = include_str!("../../data/glibc-versions.tsv");
const GLIBC_RAISERS: &str = include_str!("../../data/glibc-raisers.tsv");
const GCC: &str = include_str!("../../data/gcc.tsv");
/// SPDX's licence list: see its head.
pub(super) const LICENCES: &str = include_str!("../../data/spdx-licences.txt");
/// The policies of wheels: see the head of the table.
pub(crate) const MANYLINUX: &str = include_str!("../../data/manylinux.tsv");

/// The release of musl that brought a symbol.
pub(crate) fn musl_release(symbol: &str) -> Option<&'static str> {
    rows(MUSL_SYMBOLS)
        .find(|cells| cells[0] == symbol)
        .map(|cells| cells[1])
}

/// The versions in which glibc defines a symbol on x86-64, oldest first; none if there is only one.
pub(crate) fn glibc_versions(symbol: &str) -> Vec<&'static str> {
    rows(GLIBC_VERSIONS)
        .find(|cells| cells[0] == symbol)
        .map(|cells| cells[1].split(' ').collect())
        .unwrap_or_default()
}

/// A symbol that raises a glibc floor without anybody having meant it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Raiser {
    /// Why it is asked for.
    pub(crate) why: &'static str,
    /// What avoids it.
    pub(crate) avoid: &'static str,
}

/// What is known about a symbol of a version of glibc.
pub(crate) fn glibc_raiser(symbol: &str, version: &str) -> Option<Raiser> {
    rows(GLIBC_RAISERS).find_map(|cells| {
        let &[names, of, why, avoid, _] = &cells[..] else {
            return None;
        };
        let is_it = of == version && names.split(' ').any(|name| fits(name, symbol));
        is_it.then_some(Raiser { why, avoid })
    })
}

/// The oldest GCC whose libraries have a version: `column` 1 is GLIBCXX, 2 CXXABI, 3 libgcc's GCC_.
pub(crate) fn gcc_release(column: usize, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    rows(GCC)
        .find(|cells| {
            cells
                .get(column)
                .is_some_and(|&cell| cell != "-" && has(cell))
        })
        .map(|cells| cells[0])
}

/// The rows of a table, cell by cell.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

/// Debian's releases that the table knows, oldest first.
pub(crate) const DEBIAN_RELEASES: [&str; 3] = ["11", "12", "13"];

/// Which of Debian's releases carry a soname, and in which package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stock {
    /// By release, as [`DEBIAN_RELEASES`].
    pub(crate) packages: [Option<&'static str>; 3],
}

impl Stock {
    /// The package in a release ("12"); of an unknown release, the newest release's name before the letters of a transition
    /// (`libssl3t64` provides `libssl3`), and none where the newest release has none.
    pub(crate) fn package(self, release: &str) -> Option<&'static str> {
        if let Some(at) = DEBIAN_RELEASES.iter().position(|known| *known == release) {
            return self.packages[at];
        }
        let [_, before, newest] = self.packages;
        match (before, newest) {
            (Some(before), Some(newest)) if newest.replace("t64", "") == before => Some(before),
            (_, newest) => newest.or(before),
        }
    }
    /// Older releases have it, the newest has not.
    pub(crate) fn gone(self) -> bool {
        self.packages[2].is_none()
    }
    /// The newest release has it, the oldest has not.
    pub(crate) fn recent(self) -> bool {
        self.packages[0].is_none() && self.packages[2].is_some()
    }
    /// "Debian 11 and 12".
    pub(crate) fn releases(self) -> String {
        let have: Vec<String> = DEBIAN_RELEASES
            .iter()
            .zip(self.packages)
            .filter(|(_, package)| package.is_some())
            .map(|(release, _)| (*release).to_owned())
            .collect();
        format!("Debian {}", crate::rules::enumerate(&have))
    }
}

fn stock_of(cells: &[&'static str]) -> Option<(&'static str, Stock)> {
    let &[name, first, second, third] = cells else {
        return None;
    };
    let package = |cell: &'static str| (cell != "-").then_some(cell);
    Some((
        name,
        Stock {
            packages: [package(first), package(second), package(third)],
        },
    ))
}

/// What the table of Debian's packages says about a soname.
pub(crate) fn stock(soname: &str) -> Option<Stock> {
    rows(DEBIAN)
        .filter_map(|cells| stock_of(&cells))
        .find(|(name, _)| *name == soname)
        .map(|(_, stock)| stock)
}

/// What stands before ".so": "libssl" of "libssl.so.1.1".
pub(crate) fn stem(soname: &str) -> Option<&str> {
    soname
        .split_once(".so")
        .map(|(stem, _)| stem)
        .filter(|stem| !stem.is_empty())
}

/// Sonames of the same library with another number, newest releases first.
pub(crate) fn other_numbers(soname: &str) -> Vec<(&'static str, Stock)> {
    let Some(stem) = stem(soname) else {
        return Vec::new();
    };
    let mut found: Vec<_> = rows(DEBIAN)
        .filter_map(|cells| stock_of(&cells))
        .filter(|(name, _)| *name != soname && self::stem(name) == Some(stem))
        .collect();
    found.sort_by_key(|(_, stock)| {
        std::cmp::Reverse(
            stock
                .packages
                .map(|package| package.is_some())
                .iter()
                .rposition(|have| *have),
        )
    });
    found
}

/// A library with a story: see the heads of `sonames.tsv` and `dlls.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Which kind of story.
    pub(crate) kind: &'static str,
    /// What it is.
    pub(crate) what: &'static str,
    /// What to do, in the imperative.
    pub(crate) advice: &'static str,
    /// What to type, one for each system.
    pub(crate) commands: Vec<&'static str>,
}

/// The pattern fits the name: `*` stands for anything.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) if !part.is_empty() => rest = &rest[at + part.len()..],
            Some(_) => {}
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(last) => name.ends_with(last),
    }
}

fn known(table: &'static str, name: &str) -> Option<Known> {
    rows(table).find_map(|cells| {
        let &[pattern, kind, what, advice, commands, _] = &cells[..] else {
            return None;
        };
        let commands = if commands == "-" {
            Vec::new()
        } else {
            commands.split(", ").collect()
        };
        fits(pattern, name).then_some(Known {
            kind,
            what,
            advice,
            commands,
        })
    })
}

/// What is known about a soname.
pub(crate) fn known_soname(soname: &str) -> Option<Known> {
    known(SONAMES, soname)
}

/// What is known about a DLL; its name in any case, with or without ".dll".
pub(crate) fn known_dll(name: &str) -> Option<Known> {
    let lower = name.to_ascii_lowercase();
    if lower
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "dll")
    {
        known(DLLS, &lower)
    } else {
        known(DLLS, &format!("{lower}.dll"))
    }
}

/// The cells of the row whose library the file name begins with.
fn library(name: &str) -> Option<Vec<&'static str>> {
    let file = name.rsplit('/').next().unwrap_or(name);
    rows(LIBRARIES).find(|cells| {
        file.strip_prefix(cells[0]).is_some_and(|rest| {
            rest.starts_with(".so") || rest.starts_with(".dylib") || number_then_dylib(rest)
        })
    })
}

/// ".3.dylib", "-1.2.dylib": a dylib's number stands before its extension.
fn number_then_dylib(rest: &str) -> bool {
    rest.strip_suffix(".dylib").is_some_and(|number| {
        number.starts_with('.') && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

/// The Homebrew formula of a library.
pub(super) fn brew(name: &str) -> Option<&'static str> {
    library(name).map(|cells| cells[1])
}

/// The conda-forge package of a library.
pub(super) fn conda(name: &str) -> Option<&'static str> {
    library(name).map(|cells| cells[2])
}

/// A release of a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    /// "Debian 12".
    pub(crate) name: String,
    /// "Debian".
    pub(crate) distribution: &'static str,
    /// "12"; empty: it has no numbers.
    pub(crate) number: &'static str,
    /// Its glibc; empty: none.
    pub(crate) glibc: Vec<u32>,
    /// Its musl; empty: none.
    pub(crate) musl: Vec<u32>,
    /// The highest `GLIBCXX_` of its libstdc++; empty: not known.
    pub(crate) glibcxx: Vec<u32>,
    /// The highest `CXXABI_` of its libstdc++; empty: not known.
    pub(crate) cxxabi: Vec<u32>,
    /// The highest `GCC_` of its libgcc_s; empty: not known.
    pub(crate) libgcc: Vec<u32>,
    /// Its libstdc++ and libgcc_s are updated with every GCC: the numbers are lower bounds.
    pub(crate) at_least: bool,
    /// The kernel that it came with.
    pub(crate) kernel: Vec<u32>,
    /// Markers that its glibc has though it is older than the release that introduced them.
    pub(crate) markers: Vec<&'static str>,
    /// Where the row's versions were read.
    pub(crate) source: &'static str,
    /// Year and month in which its support ends, or "rolling".
    pub(crate) end: &'static str,
}

/// "2.36" as numbers; nothing of "-".
pub(crate) fn numbers(text: &str) -> Vec<u32> {
    text.split('.')
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// Every release of the table.
pub(crate) fn releases() -> impl Iterator<Item = Release> {
    rows(DISTRIBUTIONS).filter_map(|cells| {
        let &[
            distribution,
            number,
            glibc,
            musl,
            glibcxx,
            cxxabi,
            libgcc,
            kernel,
            markers,
            end,
            source,
        ] = &cells[..]
        else {
            return None;
        };
        let name = if number == "-" {
            distribution.to_owned()
        } else {
            format!("{distribution} {number}")
        };
        Some(Release {
            name,
            distribution,
            number: if number == "-" { "" } else { number },
            libgcc: numbers(libgcc.trim_end_matches('+')),
            kernel: numbers(kernel),
            at_least: glibcxx.ends_with('+'),
            markers: markers.split(',').filter(|&name| name != "-").collect(),
            source,
            glibc: numbers(glibc),
            musl: numbers(musl),
            glibcxx: numbers(glibcxx.trim_end_matches('+')),
            cxxabi: numbers(cxxabi.trim_end_matches('+')),
            end,
        })
    })
}

/// Releases with glibc: those that have this version or a newer one, and those that have not.
pub(crate) fn glibc_releases(version: &str) -> (Vec<Release>, Vec<Release>) {
    let wanted = numbers(version);
    releases()
        .filter(|release| !release.glibc.is_empty())
        .partition(|release| release.glibc >= wanted)
}

/// Releases whose libstdc++ has this version (`GLIBCXX_3.4.30`, `CXXABI_1.3.13`), and those whose has not.
pub(crate) fn libstdcxx_releases(version: &str) -> (Vec<Release>, Vec<Release>) {
    let (abi, number) = match (
        version.strip_prefix("GLIBCXX_"),
        version.strip_prefix("CXXABI_"),
    ) {
        (Some(number), _) => (false, number),
        (_, Some(number)) => (true, number),
        _ => return (Vec::new(), Vec::new()),
    };
    let wanted = numbers(number);
    releases()
        .filter(|release| {
            !release.glibcxx.is_empty() && !release.glibc.is_empty() && !release.at_least
        })
        .partition(|release| {
            if abi {
                release.cxxabi >= wanted
            } else {
                release.glibcxx >= wanted
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_and_in_order() {
        let names: Vec<&str> = rows(DEBIAN)
            .map(|cells| stock_of(&cells).expect("four cells").0)
            .collect();
        assert!(names.is_sorted(), "keep the rows of debian.tsv sorted");
        assert!(names.len() > 1000);
        for (table, cells) in [
            (SONAMES, 6),
            (DLLS, 6),
            (LIBRARIES, 3),
            (DISTRIBUTIONS, 11),
            (MUSL_SYMBOLS, 2),
            (GLIBC_VERSIONS, 2),
            (GLIBC_RAISERS, 5),
            (GCC, 4),
        ] {
            for row in rows(table) {
                assert_eq!(row.len(), cells, "{row:?}");
                assert!(
                    row.iter()
                        .all(|cell| !cell.is_empty() && cell.trim() == *cell),
                    "{row:?}"
                );
            }
        }
        assert!(
            rows(LIBRARIES).map(|cells| cells[0]).is_sorted(),
            "keep the rows of libraries.tsv sorted"
        );
        assert!(
            rows(DLLS).all(|cells| cells[0] == cells[0].to_ascii_lowercase()),
            "DLL names in lower case"
        );
        assert_eq!(releases().count(), rows(DISTRIBUTIONS).count());
    }

    #[test]
    fn a_soname_has_a_package_a_release() {
        assert_eq!(
            stock("libGL.so.1").and_then(|stock| stock.package("")),
            Some("libgl1")
        );
        assert_eq!(
            stock("libssl.so.3").and_then(|stock| stock.package("13")),
            Some("libssl3t64")
        );
        assert_eq!(
            stock("libssl.so.3").and_then(|stock| stock.package("")),
            Some("libssl3")
        );
        assert_eq!(
            stock("libssl.so.1.1").and_then(|stock| stock.package("12")),
            None
        );
        assert!(stock("libssl.so.1.1").is_some_and(Stock::gone));
        assert!(stock("libssl.so.3").is_some_and(Stock::recent));
        assert_eq!(stock("libnothing.so.1"), None);
        let others: Vec<&str> = other_numbers("libssl.so.1.1")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(others, ["libssl.so.3"]);
    }

    #[test]
    fn patterns_fit() {
        for (pattern, name, fit) in [
            ("libssl.so.1.1", "libssl.so.1.1", true),
            ("libssl.so.1.1", "libssl.so.1.1.1", false),
            ("libicuuc.so.*", "libicuuc.so.67", true),
            ("libboost_*.so.*", "libboost_system.so.1.74.0", true),
            ("vcruntime140*.dll", "vcruntime140_1.dll", true),
            ("vcruntime140*.dll", "vcruntime140.dll", true),
            ("vcruntime140*.dll", "vcruntime140.dll.mui", false),
            ("cudnn*64_*.dll", "cudnn_ops64_9.dll", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
        assert_eq!(
            known_dll("VCRUNTIME140_1.dll").map(|known| known.kind),
            Some("vcruntime")
        );
        assert_eq!(known_dll("fbgemm").map(|known| known.kind), Some("vendor"));
        assert_eq!(
            known_soname("libicudata.so.60").map(|known| known.kind),
            Some("gap")
        );
        assert_eq!(known_soname("libc.so.6"), None);
    }

    #[test]
    fn a_library_of_macos_has_a_formula() {
        assert_eq!(
            brew("/usr/local/opt/openssl@1.1/lib/libssl.1.1.dylib"),
            Some("openssl@3")
        );
        assert_eq!(brew("libintl.8.dylib"), Some("gettext"));
        assert_eq!(brew("libzstdx.1.dylib"), None);
        assert_eq!(conda("libstdc++.so.6"), Some("libstdcxx"));
    }

    #[test]
    fn distributions_are_parted_by_version() {
        let names = |releases: Vec<Release>| {
            releases
                .into_iter()
                .map(|release| release.name)
                .collect::<Vec<_>>()
        };
        let (have, lack) = glibc_releases("2.36");
        assert!(names(have).contains(&"Debian 12".to_owned()));
        assert!(names(lack).contains(&"Ubuntu 22.04".to_owned()));
        let (have, lack) = libstdcxx_releases("GLIBCXX_3.4.30");
        assert!(names(have).contains(&"Ubuntu 22.04".to_owned()));
        assert!(names(lack).contains(&"Red Hat Enterprise Linux 9".to_owned()));
        assert!(libstdcxx_releases("FOO_1").0.is_empty());
    }
}
