//! manylinux and musllinux: what a wheel may be called, by the policies in `data/manylinux.tsv`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use sayso_facts::elf::Class;

use super::{Axis, Floor, Libc, Number};
use crate::packages;

/// One policy with the floor's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// `manylinux_2_28_x86_64`
    pub name: String,
    /// `manylinux2014_x86_64`, where it has an older name.
    pub alias: Option<String>,
    /// What speaks against it; empty: it holds.
    pub obstacles: Vec<Obstacle>,
}

/// What speaks against a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A version above the policy's.
    Version {
        /// The library's name for it: `GLIBC_2.34`, `ZLIB_1.2.9`.
        version: String,
        /// The highest that the policy allows; `None`: it has none of this family.
        highest: Option<String>,
    },
    /// A library that the policy does not expect of a system, and that the artifact does not bring.
    Library(String),
    /// Symbols that some systems' library keeps to itself.
    KeptToItself {
        /// The library.
        library: String,
        /// The symbols.
        symbols: Vec<String>,
    },
    /// More than the baseline processor.
    Cpu(Number),
    /// Something that no number says: glibc's private interface, two C libraries …
    Trouble(&'static str),
}

/// Why a name is no tag that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagError {
    /// No policy has this name.
    Unknown,
}

struct Policy {
    name: &'static str,
    alias: Option<&'static str>,
    /// By machine: what is allowed of each family.
    versions: HashMap<&'static str, BTreeMap<&'static str, Allowed>>,
    libraries: HashSet<&'static str>,
    forbidden: HashMap<&'static str, HashSet<&'static str>>,
}

struct Allowed {
    highest: Option<Number>,
    names: Vec<&'static str>,
}

/// The policies, oldest system first.
fn policies() -> &'static [Policy] {
    static POLICIES: OnceLock<Vec<Policy>> = OnceLock::new();
    POLICIES.get_or_init(|| {
        let mut policies: Vec<Policy> = Vec::new();
        for cells in packages::rows(packages::MANYLINUX) {
            match cells[..] {
                ["policy", name, alias] => policies.push(Policy {
                    name,
                    alias: (alias != "-").then_some(alias),
                    versions: HashMap::new(),
                    libraries: HashSet::new(),
                    forbidden: HashMap::new(),
                }),
                ["versions", name, machine, allowed] => {
                    for policy in policies.iter_mut().filter(|policy| policy.name == name) {
                        policy.versions.insert(machine, families(allowed));
                    }
                }
                ["libraries", names, libraries] => {
                    for policy in named(&mut policies, names) {
                        policy.libraries.extend(libraries.split(' '));
                    }
                }
                ["forbidden", names, library, symbols] => {
                    for policy in named(&mut policies, names) {
                        let known = policy.forbidden.entry(library).or_default();
                        known.extend(symbols.split(' '));
                    }
                }
                _ => {}
            }
        }
        policies
    })
}

fn named<'a>(
    policies: &'a mut [Policy],
    names: &'static str,
) -> impl Iterator<Item = &'a mut Policy> {
    policies
        .iter_mut()
        .filter(move |policy| names.split(' ').any(|name| name == policy.name))
}

/// `GLIBC=2.28 GLIBCXX=3.4.24,LDBL_3.4`
fn families(text: &'static str) -> BTreeMap<&'static str, Allowed> {
    text.split(' ')
        .filter_map(|word| {
            let (family, values) = word.split_once('=')?;
            let mut values = values.split(',');
            Some((
                family,
                Allowed {
                    highest: values.next().and_then(Number::parse),
                    names: values.collect(),
                },
            ))
        })
        .collect()
}

/// Symbols of a library that any policy forbids.
pub(super) fn forbidden(library: &str) -> HashSet<&'static str> {
    policies()
        .iter()
        .filter_map(|policy| policy.forbidden.get(library))
        .flatten()
        .copied()
        .collect()
}

/// What tags call a machine; `None`: no tag is made for it.
pub fn machine_tag(floor: &Floor) -> Option<&'static str> {
    Some(match (floor.machine, floor.class) {
        (62, Class::Elf64) => "x86_64",
        (3, _) => "i686",
        (183, _) => "aarch64",
        (40, _) => "armv7l",
        (21, _) => "ppc64le",
        (22, Class::Elf64) => "s390x",
        (243, Class::Elf64) => "riscv64",
        (258, _) => "loongarch64",
        _ => return None,
    })
}

/// Every policy of the floor's C library and machine, oldest system first, with what speaks against it.
pub fn tags(floor: &Floor) -> Vec<Tag> {
    let (Some(machine), Some(prefix)) = (machine_tag(floor), prefix(floor.libc)) else {
        return Vec::new();
    };
    policies()
        .iter()
        .filter(|policy| policy.name.starts_with(prefix))
        .filter_map(|policy| {
            let families = policy.versions.get(machine)?;
            Some(Tag {
                name: format!("{}_{machine}", policy.name),
                alias: policy.alias.map(|alias| format!("{alias}_{machine}")),
                obstacles: obstacles(floor, policy, families),
            })
        })
        .collect()
}

fn prefix(libc: Libc) -> Option<&'static str> {
    match libc {
        Libc::Glibc => Some("manylinux_"),
        Libc::Musl => Some("musllinux_"),
        // What needs no C library runs beside any.
        Libc::None => Some(""),
        _ => None,
    }
}

/// What speaks against one tag, by any of its names, with or without the machine. A `manylinux_2_N` that no policy describes is
/// held against the glibc it names (PEP 600), with the libraries of the nearest older policy.
pub fn tag_holds(floor: &Floor, name: &str) -> Result<Vec<Obstacle>, TagError> {
    let machine = machine_tag(floor).unwrap_or("none");
    let base = name.strip_suffix(&format!("_{machine}")).unwrap_or(name);
    let known = policies()
        .iter()
        .find(|policy| policy.name == base || policy.alias == Some(base));
    if let Some(policy) = known {
        if prefix(floor.libc).is_some_and(|prefix| !policy.name.starts_with(prefix)) {
            return Ok(vec![Obstacle::Trouble("it is made for another C library")]);
        }
        let Some(families) = policy.versions.get(machine) else {
            return Ok(vec![Obstacle::Trouble(
                "the tag is not made for this machine",
            )]);
        };
        return Ok(obstacles(floor, policy, families));
    }
    let glibc = base
        .strip_prefix("manylinux_2_")
        .and_then(|minor| minor.parse::<u32>().ok())
        .ok_or(TagError::Unknown)?;
    if floor.libc != Libc::Glibc && floor.libc != Libc::None {
        return Ok(vec![Obstacle::Trouble("it is made for another C library")]);
    }
    let limit = Number::of(&[2, glibc]);
    let nearest = policies().iter().rev().find(|policy| {
        let number = Number::behind("manylinux_", &policy.name.replace("_2_", "_2."));
        number.is_some_and(|number| number <= limit)
    });
    let mut found = nearest
        .and_then(|policy| Some((policy, policy.versions.get(machine)?)))
        .map_or(Vec::new(), |(policy, families)| {
            obstacles(floor, policy, families)
        });
    found.retain(|obstacle| {
        !matches!(obstacle, Obstacle::Version { version, .. } if version.starts_with("GLIBC_"))
    });
    if let Some(height) = floor.height(Axis::Glibc).filter(|height| **height > limit) {
        found.insert(
            0,
            Obstacle::Version {
                version: format!("GLIBC_{height}"),
                highest: Some(format!("GLIBC_{limit}")),
            },
        );
    }
    Ok(found)
}

/// Families of versions that an axis counts.
const COUNTED: [(Axis, &str); 4] = [
    (Axis::Glibc, "GLIBC"),
    (Axis::Glibcxx, "GLIBCXX"),
    (Axis::Cxxabi, "CXXABI"),
    (Axis::Libgcc, "GCC"),
];

fn obstacles(
    floor: &Floor,
    policy: &Policy,
    families: &BTreeMap<&'static str, Allowed>,
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    for (axis, family) in COUNTED {
        // A family that the policy does not know (musllinux has none) is no matter of the policy's.
        let (Some(height), Some(allowed)) = (floor.height(axis), families.get(family)) else {
            continue;
        };
        if allowed
            .highest
            .as_ref()
            .is_none_or(|highest| height > highest)
        {
            found.push(Obstacle::Version {
                version: format!("{family}_{height}"),
                highest: allowed
                    .highest
                    .as_ref()
                    .map(|highest| format!("{family}_{highest}")),
            });
        }
    }
    if floor.libc == Libc::Musl
        && let Some(height) = floor.height(Axis::Musl)
        && let Some(line) = Number::behind("musllinux_", &policy.name.replace("_1_", "_1."))
        && *height > line
    {
        found.push(Obstacle::Version {
            version: format!("musl {height}"),
            highest: Some(format!("musl {line}")),
        });
    }
    for external in &floor.external {
        if !is_expected(policy, &external.soname) {
            found.push(Obstacle::Library(external.soname.clone()));
        }
        for version in &external.versions {
            if let Some(obstacle) = other_version(families, version) {
                found.push(obstacle);
            }
        }
    }
    found.extend(forbidden_symbols(floor, policy));
    if let Some(level) = floor.height(Axis::Cpu).filter(|level| level.part(0) > 1) {
        found.push(Obstacle::Cpu(level.clone()));
    }
    found.extend(floor.troubles.iter().filter_map(trouble));
    found
}

fn trouble(trouble: &super::Trouble) -> Option<Obstacle> {
    use super::Trouble;
    Some(Obstacle::Trouble(match trouble {
        Trouble::Private { .. } => "it uses glibc's private interface",
        Trouble::UnknownMarker { .. } => "it needs a marker that no known glibc has",
        Trouble::TwoLibcs { .. } => "it needs two C libraries",
        _ => return None,
    }))
}

fn is_expected(policy: &Policy, soname: &str) -> bool {
    // The loader itself, as auditwheel leaves it out, and musl under the name that Alpine gives it.
    soname.starts_with("ld-linux")
        || matches!(soname, "ld64.so.1" | "ld64.so.2")
        || policy.libraries.contains(soname)
        || (soname.starts_with("libc.musl-") && policy.libraries.contains("libc.so"))
}

/// A version of a family that only the policies count: `ZLIB_1.2.9`.
fn other_version(families: &BTreeMap<&'static str, Allowed>, version: &str) -> Option<Obstacle> {
    let (family, rest) = version.split_once('_')?;
    let allowed = families.get(family)?;
    let fits = match (Number::parse(rest), &allowed.highest) {
        (Some(number), Some(highest)) => number <= *highest,
        _ => allowed.names.contains(&rest),
    };
    (!fits).then(|| Obstacle::Version {
        version: version.to_owned(),
        highest: allowed
            .highest
            .as_ref()
            .map(|highest| format!("{family}_{highest}")),
    })
}

fn forbidden_symbols(floor: &Floor, policy: &Policy) -> Vec<Obstacle> {
    let mut by_library: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (library, symbol, _) in &floor.kept_to_itself {
        let is_forbidden = policy
            .forbidden
            .get(library.as_str())
            .is_some_and(|symbols| symbols.contains(symbol.as_str()));
        if is_forbidden {
            let symbols = by_library.entry(library).or_default();
            if !symbols.contains(symbol) {
                symbols.push(symbol.clone());
            }
        }
    }
    by_library
        .into_iter()
        .map(|(library, symbols)| Obstacle::KeptToItself {
            library: library.to_owned(),
            symbols,
        })
        .collect()
}

impl Obstacle {
    /// A phrase: "GLIBC_2.34 (at most GLIBC_2.28)".
    pub fn phrase(&self) -> String {
        match self {
            Obstacle::Version {
                version,
                highest: Some(highest),
            } => format!("{version} (at most {highest})"),
            Obstacle::Version { version, .. } => format!("{version} (none is allowed)"),
            Obstacle::Library(name) => format!("{name} is not expected of a system"),
            Obstacle::KeptToItself { library, symbols } => format!(
                "{} of {library}, which some systems keep to themselves",
                crate::rules::enumerate_some(symbols, 3)
            ),
            Obstacle::Cpu(level) => format!("it needs {}", Axis::Cpu.show(level)),
            Obstacle::Trouble(what) => (*what).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{forbidden, policies};

    #[test]
    fn the_table_of_policies_is_whole() {
        assert_eq!(policies().len(), 18);
        for policy in policies() {
            assert!(!policy.libraries.is_empty(), "{}", policy.name);
            assert!(policy.versions.contains_key("x86_64"), "{}", policy.name);
        }
        let oldest = &policies()[0];
        assert_eq!(
            (oldest.name, oldest.alias),
            ("manylinux_2_5", Some("manylinux1"))
        );
        let glibc = &oldest.versions["x86_64"]["GLIBC"];
        assert_eq!(
            glibc.highest.as_ref().map(ToString::to_string).as_deref(),
            Some("2.5")
        );
        assert!(forbidden("libz.so.1").contains("inflate_fast"));
        assert!(forbidden("libfoo.so").is_empty());
    }
}
