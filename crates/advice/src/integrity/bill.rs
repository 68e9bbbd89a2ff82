//! A bill of materials held against the files: five rules.

use std::collections::{BTreeMap, BTreeSet};

use sayso_world::{TargetPath, World};

use super::inventory::Loadable;
use super::{Algorithm, Digest, held};
use crate::floor::Number;
use crate::packages::installed::Installed;
use crate::show;

/// What a bill says, whatever its format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Its format and version: `CycloneDX 1.6`.
    pub format: String,
    /// Who wrote it, if it says.
    pub tool: String,
    /// Files, by absolute path as the bill has it, with their SHA-256 if it is told.
    pub files: BTreeMap<String, Option<Digest>>,
    /// Packages: name and version.
    pub packages: BTreeSet<(String, String)>,
}

/// One thing that is not as the bill says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The rule.
    pub rule: Rule,
    /// The file or package.
    pub subject: String,
    /// What is wrong with it.
    pub why: String,
}

/// The rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A file's bytes are not those of the bill.
    DigestChanged,
    /// A file of the bill is not there.
    FileMissing,
    /// A binary that neither a file nor a package of the bill covers.
    UnownedBinary,
    /// The C library of the bill is older than the versions that symbols need.
    LibcTooOld,
    /// A needed library that nothing in the bill supplies.
    NeedNotSupplied,
}

impl Rule {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::DigestChanged => "sbom-digest-changed",
            Rule::FileMissing => "sbom-file-missing",
            Rule::UnownedBinary => "sbom-unowned-binary",
            Rule::LibcTooOld => "sbom-libc-too-old",
            Rule::NeedNotSupplied => "sbom-need-not-supplied",
        }
    }
}

/// Packages that bring glibc.
const GLIBC: [&str; 4] = ["libc6", "glibc", "libc-bin", "glibc-minimal-langpack"];

/// Everything that is not as the bill says. `whole`: the files are all that can be loaded there.
pub fn hold(
    world: &dyn World,
    claims: &Claims,
    found: &[Loadable],
    installed: &Installed,
    whole: bool,
) -> Vec<Fault> {
    let by_path: BTreeMap<&TargetPath, &Loadable> =
        found.iter().map(|file| (&file.path, file)).collect();
    let mut faults = digests(world, claims, &by_path, whole);
    let mut listed: BTreeSet<TargetPath> = BTreeSet::new();
    for path in claims.files.keys() {
        let path = TargetPath::from(path.as_str());
        listed.insert(world.canonical(&path).unwrap_or(path));
    }
    let names: BTreeSet<&str> = claims
        .packages
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let is_covered = |path: &TargetPath| {
        let owner = installed
            .owner(path)
            .map(|number| &installed.packages[number]);
        // Bills name a package by its own name or by its source's.
        let is_named = owner.is_some_and(|package| {
            names.contains(package.name.as_str())
                || package
                    .source
                    .as_deref()
                    .is_some_and(|source| names.contains(source))
        });
        listed.contains(path) || is_named
    };
    for file in found {
        let subject = show(&file.path);
        if !is_covered(&file.path) {
            let owner = file.owner.map(|number| &installed.packages[number].name);
            faults.push(Fault {
                rule: Rule::UnownedBinary,
                subject: subject.clone(),
                why: match owner {
                    Some(owner) => {
                        format!("it belongs to the package {owner}, which the bill does not name")
                    }
                    None => "no package owns it, and the bill names no such file".into(),
                },
            });
        }
        for need in &file.needs {
            let why = match &need.found {
                None => format!("it needs {}, which is found nowhere", need.name),
                Some(path) if !is_covered(path) => {
                    format!(
                        "it needs {}, found as {}, which no component of the bill supplies",
                        need.name,
                        show(path)
                    )
                }
                Some(_) => continue,
            };
            faults.push(Fault {
                rule: Rule::NeedNotSupplied,
                subject: subject.clone(),
                why,
            });
        }
    }
    faults.extend(libc(claims, found, installed));
    faults
}

fn digests(
    world: &dyn World,
    claims: &Claims,
    by_path: &BTreeMap<&TargetPath, &Loadable>,
    whole: bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, digest) in &claims.files {
        let path = TargetPath::from(name.as_str());
        let real = world.canonical(&path).unwrap_or_else(|_| path.clone());
        // Of a part of the world only that part is judged.
        if !whole && !by_path.contains_key(&real) && world.lookup(&path).is_ok() {
            continue;
        }
        let known = by_path.get(&real).and_then(|file| file.sha256);
        let fault = |rule, why| Fault {
            rule,
            subject: show(&path),
            why,
        };
        match (
            known.map_or_else(|| held::digest(world, &real, Algorithm::Sha256), Ok),
            digest,
        ) {
            (Ok(actual), Some(told)) if actual != *told => faults.push(fault(
                Rule::DigestChanged,
                format!("its sha256 is {actual}, the bill says {told}"),
            )),
            (Err(sayso_world::Errno::ENOENT | sayso_world::Errno::ENOTDIR), _) => {
                faults.push(fault(
                    Rule::FileMissing,
                    "the bill names it, and it is not there".into(),
                ));
            }
            // Contents that an image does not hand out are no binaries; what cannot be read cannot be judged.
            _ => {}
        }
    }
    faults
}

/// The highest glibc version that any symbol needs, against the package's. References are a lower bound: a program built on a new
/// system that uses only old functions needs an old version. So the package must be *at least* that; that the two are equal would be
/// asked in vain of most programs.
fn libc(claims: &Claims, found: &[Loadable], installed: &Installed) -> Option<Fault> {
    let (name, told) = claims
        .packages
        .iter()
        .find(|(name, _)| GLIBC.contains(&name.as_str()))?;
    // An epoch before, a distribution's revision behind.
    let upstream = told
        .rsplit_once(':')
        .map_or(told.as_str(), |(_, rest)| rest);
    let digits = upstream.find(|c: char| !c.is_ascii_digit() && c != '.');
    let version =
        Number::parse(upstream[..digits.unwrap_or(upstream.len())].trim_end_matches('.'))?;
    let highest = found
        .iter()
        // The C library's own files need each other's newest versions.
        .filter(|file| {
            let owner = file
                .owner
                .map(|number| installed.packages[number].name.as_str());
            owner.is_none_or(|owner| !GLIBC.contains(&owner))
        })
        .filter_map(|file| {
            let (text, symbol) = file.glibc.as_ref()?;
            Some((Number::parse(text)?, file, symbol))
        })
        .max_by(|a, b| a.0.cmp(&b.0).then(b.1.path.cmp(&a.1.path)))?;
    let (needed, file, symbol) = highest;
    (needed > version).then(|| {
        let symbol = symbol.as_ref().map_or(String::new(), |symbol| format!(" for {symbol}"));
        Fault {
            rule: Rule::LibcTooOld,
            subject: format!("{name} {told}"),
            why: format!(
                "{} needs glibc {needed} or newer{symbol}; the bill has {version} (it need not be equal: symbols ask for a lower bound)",
                show(&file.path)
            ),
        }
    })
}
