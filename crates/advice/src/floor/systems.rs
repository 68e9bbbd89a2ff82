//! On which distributions it loads, by the table of their releases, and what a target's name means.

use super::{Axis, Floor, Libc, Number, Trouble};
use crate::packages::{self, Release};

/// A release of a distribution with the floor's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// "Debian".
    pub distribution: &'static str,
    /// "12"; empty: it has no numbers.
    pub release: &'static str,
    /// Month in which its general support ends, or "rolling".
    pub supported_until: &'static str,
    /// Where its versions were read.
    pub source: &'static str,
    /// Whether it loads there.
    pub fits: Fits,
}

/// Whether a system is new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fits {
    /// Everything that is asked is there.
    Yes,
    /// Something is missing.
    No(Vec<Lack>),
    /// Nothing is known to be missing, but of these nothing is known.
    Unknown(Vec<Axis>),
}

/// What a system lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// It has an older one.
    Older {
        /// What is counted.
        axis: Axis,
        /// What is needed.
        needs: Number,
        /// What the system has.
        has: Number,
    },
    /// It has another C library.
    OtherLibc,
    /// It would load nowhere (two C libraries, a bundled library that lacks a version …), or only with the glibc of its build.
    Nowhere,
}

/// Every release of the table, by distribution and then by release, in the table's order of distributions.
pub fn systems(floor: &Floor) -> Vec<System> {
    let mut releases: Vec<Release> = packages::releases().collect();
    let mut order: Vec<&str> = Vec::new();
    for name in releases.iter().map(|release| release.distribution) {
        if !order.contains(&name) {
            order.push(name);
        }
    }
    // The distributions that most ask about stand first.
    order.sort_by_key(|name| {
        PROMINENT
            .iter()
            .position(|known| known == name)
            .unwrap_or(PROMINENT.len())
    });
    releases.sort_by_key(|release| {
        (
            order.iter().position(|name| *name == release.distribution),
            Number::parse(release.number),
        )
    });
    releases
        .into_iter()
        .map(|release| System {
            distribution: release.distribution,
            release: release.number,
            supported_until: release.end,
            source: release.source,
            fits: fits(floor, &release),
        })
        .collect()
}

const PROMINENT: [&str; 8] = [
    "Debian",
    "Ubuntu",
    "Red Hat Enterprise Linux",
    "SUSE Linux Enterprise",
    "openSUSE Leap",
    "Fedora",
    "Amazon Linux",
    "Alpine Linux",
];

fn fits(floor: &Floor, release: &Release) -> Fits {
    let mut lacks = Vec::new();
    let mut unknown = Vec::new();
    match floor.libc {
        Libc::Glibc if release.glibc.is_empty() => lacks.push(Lack::OtherLibc),
        Libc::Musl if release.musl.is_empty() => lacks.push(Lack::OtherLibc),
        Libc::Bionic | Libc::Other => lacks.push(Lack::OtherLibc),
        _ => {}
    }
    if floor.troubles.iter().any(Trouble::is_fatal) {
        lacks.push(Lack::Nowhere);
    }
    if lacks.is_empty() {
        let has_marker = |name: &str| release.markers.contains(&name);
        let rows: [(Axis, &[u32]); 6] = [
            (Axis::Glibc, &release.glibc),
            (Axis::Musl, &release.musl),
            (Axis::Glibcxx, &release.glibcxx),
            (Axis::Cxxabi, &release.cxxabi),
            (Axis::Libgcc, &release.libgcc),
            (Axis::Kernel, &release.kernel),
        ];
        for (axis, has) in rows {
            let Some(needs) = needed(floor, axis, &has_marker) else {
                continue;
            };
            if !has.is_empty() && Number::of(has) >= needs {
                continue;
            }
            let is_bound =
                release.at_least && matches!(axis, Axis::Glibcxx | Axis::Cxxabi | Axis::Libgcc);
            if has.is_empty() || is_bound {
                unknown.push(axis);
            } else {
                lacks.push(Lack::Older {
                    axis,
                    needs,
                    has: Number::of(has),
                });
            }
        }
    }
    match (lacks.is_empty(), unknown.is_empty()) {
        (false, _) => Fits::No(lacks),
        (true, false) => Fits::Unknown(unknown),
        (true, true) => Fits::Yes,
    }
}

/// The height of an axis on a system that has these markers already: what only they raise does not count.
fn needed(floor: &Floor, axis: Axis, has_marker: &dyn Fn(&str) -> bool) -> Option<Number> {
    let mut demands = floor.strong.iter().filter(|demand| demand.axis == axis);
    if axis != Axis::Glibc || !floor.markers.iter().any(|name| has_marker(name)) {
        return demands.next().map(|demand| demand.number.clone());
    }
    let by_marker = |because: &super::Because| {
        matches!(because.reason, super::Reason::Feature(feature)
            if feature.name.starts_with("abi-"))
    };
    let all_there = floor
        .markers
        .iter()
        .all(|name| has_marker(name) || name == "GLIBC_ABI_DT_RELR");
    demands
        .find(|demand| {
            let old = demand.number <= Number::of(&[2, 36]);
            old || !all_there || !demand.because.iter().all(by_marker)
        })
        .map(|demand| demand.number.clone())
}

/// A system or tag that something has to load on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A distribution's release, by its place in the table.
    System {
        /// "Debian"
        distribution: &'static str,
        /// "11"
        release: &'static str,
    },
    /// A tag of wheels.
    Tag(String),
}

impl Target {
    /// What stands in messages: "Debian 11", "manylinux_2_28".
    pub fn name(&self) -> String {
        match self {
            Target::System {
                distribution,
                release,
            } => format!("{distribution} {release}").trim_end().to_owned(),
            Target::Tag(name) => name.clone(),
        }
    }
}

/// What distributions are called in `NAME:RELEASE`.
const CALLED: &[(&str, &str)] = &[
    ("debian", "Debian"),
    ("ubuntu", "Ubuntu"),
    ("rhel", "Red Hat Enterprise Linux"),
    ("rocky", "Red Hat Enterprise Linux"),
    ("rockylinux", "Red Hat Enterprise Linux"),
    ("alma", "Red Hat Enterprise Linux"),
    ("almalinux", "Red Hat Enterprise Linux"),
    ("centos", "Red Hat Enterprise Linux"),
    ("oracle", "Red Hat Enterprise Linux"),
    ("oraclelinux", "Red Hat Enterprise Linux"),
    ("sles", "SUSE Linux Enterprise"),
    ("sle", "SUSE Linux Enterprise"),
    ("opensuse", "openSUSE Leap"),
    ("leap", "openSUSE Leap"),
    ("opensuse-leap", "openSUSE Leap"),
    ("fedora", "Fedora"),
    ("amazon", "Amazon Linux"),
    ("amazonlinux", "Amazon Linux"),
    ("al", "Amazon Linux"),
    ("amzn", "Amazon Linux"),
    ("alpine", "Alpine Linux"),
    ("arch", "Arch Linux"),
    ("archlinux", "Arch Linux"),
];

/// Reads `debian:11`, `arch`, `manylinux_2_28`, `manylinux2014`; else says what can be written.
pub fn target(text: &str) -> Result<Target, String> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("manylinux") || lower.starts_with("musllinux") {
        return Ok(Target::Tag(lower));
    }
    let (name, release) = lower.split_once([':', ' ']).unwrap_or((&lower, ""));
    let Some((_, distribution)) = CALLED.iter().find(|(called, _)| *called == name) else {
        return Err(format!(
            "no distribution is called {name:?} here: write debian:12, ubuntu:22.04, rhel:8, sles:15.7, fedora:43, amazon:2023, alpine:3.20, arch, manylinux_2_28 or musllinux_1_2"
        ));
    };
    let releases: Vec<&'static str> = packages::releases()
        .filter(|known| known.distribution == *distribution)
        .map(|known| known.number)
        .collect();
    match releases.iter().find(|known| **known == release) {
        Some(release) => Ok(Target::System {
            distribution,
            release,
        }),
        None => Err(format!(
            "no {distribution} {release} is in the table: it has {}",
            releases.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, target};

    #[test]
    fn targets_are_read() {
        assert_eq!(
            target("debian:11").map(|target| target.name()).as_deref(),
            Ok("Debian 11")
        );
        assert_eq!(
            target("Arch").map(|target| target.name()).as_deref(),
            Ok("Arch Linux")
        );
        assert_eq!(
            target("rocky:9").map(|t| t.name()).as_deref(),
            Ok("Red Hat Enterprise Linux 9")
        );
        assert_eq!(
            target("manylinux2014"),
            Ok(Target::Tag("manylinux2014".into()))
        );
        assert!(target("debian:99").is_err_and(|why| why.contains("10, 11, 12, 13")));
        assert!(target("plan9:4").is_err());
    }
}
