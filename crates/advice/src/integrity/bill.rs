//! A bill of materials held against the files. Each kind of fault is a rule of the catalogue with a page.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sayso_world::{Errno, FileKind, TargetPath, World};

use super::inventory::Loadable;
use super::{Algorithm, Digest, Fault, digest};
use crate::floor::Number;
use crate::limits::SBOM_DIGESTS_MAX;
use crate::packages::installed::Installed;
use crate::rules::{enumerate_some, integrity as rules};
use crate::{Level, show};

/// Names shown where many are counted.
const NAMED: usize = 3;

/// What a bill says, whatever its format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Its format and version: `CycloneDX 1.6`.
    pub format: String,
    /// Who wrote it, if it says.
    pub tool: String,
    /// Files, by absolute path, with every digest that can be compared.
    pub files: BTreeMap<String, Vec<(Algorithm, Digest)>>,
    /// Packages: name and version.
    pub packages: BTreeSet<(String, String)>,
    /// Digests that cannot be compared, by the name of their algorithm: one that is not known, or text that is none of its digests.
    pub strange: BTreeMap<String, usize>,
    /// Files that are named without their place.
    pub placeless: usize,
}

impl Claims {
    /// Takes a file in: where the bill says that it is (`./usr/bin/x`, `usr/bin/x` and `/usr/bin/x` mean the same), and its digests,
    /// each with the name of its algorithm.
    pub fn add_file<'a>(&mut self, path: &str, digests: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut digests = digests.peekable();
        let has_digests = digests.peek().is_some();
        let is_zero = |text: &str| text.bytes().all(|digit| digit == b'0');
        let mut digests = digests.filter(|(_, text)| !is_zero(text)).peekable();
        // syft writes zeros for what has no content: links, folders, and the folders above the one that it was given.
        if has_digests && digests.peek().is_none() {
            return;
        }
        let relative = path.strip_prefix('.').unwrap_or(path);
        let path = format!("/{}", relative.trim_start_matches('/'));
        let told = self.files.entry(path).or_default();
        for (name, text) in digests {
            let algorithm = Algorithm::named(name);
            let digest = Digest::parse(text.trim().as_bytes());
            match algorithm.zip(digest) {
                Some((algorithm, digest)) if digest.fits(algorithm) => {
                    if told.len() < SBOM_DIGESTS_MAX && !told.contains(&(algorithm, digest)) {
                        told.push((algorithm, digest));
                    }
                }
                _ => *self.strange.entry(name.to_owned()).or_default() += 1,
            }
        }
    }

    /// Takes a package in, by its name and by that of its package URL (`pkg:deb/debian/libc6@2.36-9?arch=amd64`), if it has one.
    pub fn add_package(&mut self, name: &str, version: &str, purl: &str) {
        let mut add = |name: &str, version: &str| {
            if !name.is_empty() {
                self.packages.insert((name.to_owned(), version.to_owned()));
            }
        };
        add(name, version);
        let kinds = ["pkg:deb/", "pkg:apk/", "pkg:rpm/"];
        if let Some(rest) = kinds.iter().find_map(|kind| purl.strip_prefix(kind)) {
            let path = rest.split(['?', '#', '@']).next().unwrap_or_default();
            let own = path.rsplit('/').next().unwrap_or_default();
            if !own.contains('%') {
                add(own, version);
            }
        }
    }
}

/// What came of a bill.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// What is not so: errors before warnings, then by rule and subject.
    pub faults: Vec<Fault>,
    /// What could not be compared, in sentences.
    pub uncompared: Vec<String>,
    /// Files that are there, whose digests are told, and which cannot be read by us.
    pub unreadable: usize,
}

impl Held {
    /// Nothing of it is wrong; what is only remarked on may be.
    pub fn holds(&self) -> bool {
        self.faults
            .iter()
            .all(|fault| fault.rule.level != Level::Error)
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
) -> Held {
    let mut held = contents(world, claims, found, whole);
    held.faults.extend(owners(world, claims, found, installed));
    held.faults.extend(libc(claims, found, installed));
    held.faults.sort_by(|a, b| {
        let key = |fault: &Fault| {
            let rule = rules::BILL
                .iter()
                .position(|rule| rule.name == fault.rule.name);
            (fault.rule.level, rule)
        };
        (key(a), &a.subject, &a.why).cmp(&(key(b), &b.subject, &b.why))
    });
    for (name, count) in &claims.strange {
        held.uncompared.push(format!(
            "{count} digests by {name} were not compared: that is no algorithm that is known here, or no digest of its length"
        ));
    }
    if claims.placeless > 0 {
        held.uncompared.push(format!(
            "{} files are named without a path, and were not looked for",
            claims.placeless
        ));
    }
    held
}

/// What came of one file of the bill.
enum Fate {
    Same {
        weak: bool,
    },
    Changed(String),
    Missing(&'static str),
    Unread(Errno),
    /// There is nothing to compare.
    Nothing,
}

fn contents(world: &dyn World, claims: &Claims, found: &[Loadable], whole: bool) -> Held {
    let by_path: BTreeMap<&TargetPath, &Loadable> =
        found.iter().map(|file| (&file.path, file)).collect();
    let fates: Vec<(&String, Fate)> = claims
        .files
        .par_iter()
        .map(|(name, told)| (name, fate(world, &by_path, name, told, whole)))
        .collect();
    let mut held = Held::default();
    let (mut weak, mut unread, mut unkept) = (Vec::new(), Vec::new(), 0);
    for (name, fate) in fates {
        let mut add = |rule, why, mend| {
            held.faults.push(Fault {
                rule,
                subject: name.clone(),
                why,
                mend,
            });
        };
        match fate {
            Fate::Same { weak: true } => weak.push(name.clone()),
            Fate::Changed(why) => add(
                &rules::SBOM_DIGEST_CHANGED,
                why,
                "find out who changed it; if the change is meant, write the bill anew from what is shipped",
            ),
            Fate::Missing(why) => add(
                &rules::SBOM_FILE_MISSING,
                why.into(),
                "ship the file, or write the bill anew from what is shipped",
            ),
            // What an image's world does not keep is looked at by no loader.
            Fate::Unread(Errno::ENODATA) => unkept += 1,
            Fate::Unread(errno) => unread.push(format!("{name} ({})", errno.glibc_text())),
            Fate::Same { weak: false } | Fate::Nothing => {}
        }
    }
    if !weak.is_empty() {
        held.faults.push(Fault {
            rule: &rules::SBOM_WEAK_DIGEST,
            subject: enumerate_some(&weak, NAMED),
            why: super::held::weak_sentence(weak.len(), "bill"),
            mend: "have the writer of the bill add SHA-256",
        });
    }
    if !unread.is_empty() {
        held.unreadable = unread.len();
        let names = enumerate_some(&unread, NAMED);
        held.uncompared
            .push(format!("not compared, as they cannot be read: {names}"));
    }
    if unkept > 0 {
        held.uncompared.push(format!(
            "{unkept} files were not compared: of an image only the contents that a loader looks at are kept (unpack it, and name it with --root)"
        ));
    }
    held
}

fn fate(
    world: &dyn World,
    by_path: &BTreeMap<&TargetPath, &Loadable>,
    name: &str,
    told: &[(Algorithm, Digest)],
    whole: bool,
) -> Fate {
    let path = TargetPath::from(name);
    let real = world.canonical(&path).unwrap_or_else(|_| path.clone());
    let loadable = by_path.get(&real);
    let stat = match world.lookup(&real) {
        // Of a part of the world only that part is judged.
        Ok(_) if !whole && loadable.is_none() => return Fate::Nothing,
        Ok(stat) => stat,
        Err(Errno::ENOENT | Errno::ENOTDIR) if world.read_link(&path).is_err() => {
            return Fate::Missing("the bill names it, and it is not there");
        }
        // A link that leads nowhere is a file of its own; contents it has none.
        Err(Errno::ENOENT | Errno::ENOTDIR) if !told.is_empty() => {
            return Fate::Missing("the bill tells its digest, and it is a link that leads nowhere");
        }
        Err(_) => return Fate::Nothing,
    };
    if told.is_empty() || stat.kind != FileKind::Regular {
        return Fate::Nothing;
    }
    let known = |algorithm: &Algorithm| {
        let file = loadable?;
        match algorithm {
            Algorithm::Sha256 => file.sha256,
            Algorithm::Sha1 => file.sha1,
            _ => None,
        }
    };
    let algorithms: Vec<Algorithm> = told.iter().map(|(algorithm, _)| *algorithm).collect();
    let actual = match algorithms.iter().map(known).collect() {
        Some(known) => known,
        None if !stat.readable => return Fate::Unread(Errno::EACCES),
        None => match digest::digests(world, &stat, &algorithms) {
            Ok(actual) => actual,
            Err(errno) => return Fate::Unread(errno),
        },
    };
    let pairs: Vec<_> = told.iter().zip(&actual).collect();
    let differs = pairs.iter().find(|((_, told), actual)| told != *actual);
    let Some(((algorithm, told), actual)) = differs else {
        return Fate::Same {
            weak: algorithms.iter().all(|algorithm| algorithm.is_weak()),
        };
    };
    let agrees = pairs.iter().find(|((_, told), actual)| told == *actual);
    let but = agrees.map_or(String::new(), |((other, _), _)| {
        format!(
            "; its {} agrees, so the bill contradicts itself",
            other.name()
        )
    });
    Fate::Changed(format!(
        "its {} is {actual}, the bill says {told}{but}",
        algorithm.name()
    ))
}

/// Binaries that nothing in the bill covers, and needs that nothing in it supplies.
fn owners(
    world: &dyn World,
    claims: &Claims,
    found: &[Loadable],
    installed: &Installed,
) -> Vec<Fault> {
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
    let mut faults = Vec::new();
    for file in found {
        let subject = show(&file.path);
        if !is_covered(&file.path) {
            let owner = file.owner.map(|number| &installed.packages[number].name);
            faults.push(Fault {
                rule: &rules::SBOM_UNOWNED_BINARY,
                subject: subject.clone(),
                why: match owner {
                    Some(owner) => {
                        format!("it belongs to the package {owner}, which the bill does not name")
                    }
                    None => "no package owns it, and the bill names no such file".into(),
                },
                mend: "take it out, install it from a package, or add it to the bill (sayso sbom lists every binary)",
            });
        }
        // A file that the bill itself has was compared with the bill's digest.
        if let (Some(false), Some(number)) = (file.as_packaged, file.owner)
            && !listed.contains(&file.path)
        {
            faults.push(Fault {
                rule: &rules::SBOM_PACKAGE_FILE_CHANGED,
                subject: subject.clone(),
                why: format!(
                    "its bytes are not those that its package {} brought",
                    installed.packages[number].name
                ),
                mend: "install the package again; if the change is meant, have the bill name the file with its digest",
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
                rule: &rules::SBOM_NEED_NOT_SUPPLIED,
                subject: subject.clone(),
                why,
                mend: "ship the library with a component that the bill names (sayso check FILE says where it is looked for)",
            });
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
            rule: &rules::SBOM_LIBC_TOO_OLD,
            subject: format!("{name} {told}"),
            why: format!(
                "{} needs glibc {needed} or newer{symbol}; the bill has {version} (it need not be equal: symbols ask for a lower bound)",
                show(&file.path)
            ),
            mend: "build against an older glibc (sayso floor FILE names what forces it), or ship the newer one and bill that",
        }
    })
}

#[cfg(test)]
mod tests {
    use sayso_world::Machine;
    use sayso_world::memory::Memory;

    use super::*;

    fn held(world: &Memory, claims: &Claims) -> Vec<(&'static str, String)> {
        let held = hold(world, claims, &[], &Installed::default(), true);
        let faults = held.faults.into_iter();
        faults
            .map(|fault| (fault.rule.name, fault.subject))
            .collect()
    }

    #[test]
    fn every_digest_that_is_told_is_compared() {
        let mut world = Memory::new(Machine::default());
        world.file("/a", "a").directory("/folder");
        world.symlink("/dangling", "/nowhere");
        let claims = |path: &str, told: &[(&str, &str)]| {
            let texts: Vec<(String, String)> = told
                .iter()
                .map(|(name, of)| {
                    let algorithm = Algorithm::named(name).expect("an algorithm");
                    ((*name).to_owned(), algorithm.of(of.as_bytes()).to_string())
                })
                .collect();
            let mut claims = Claims::default();
            claims.add_file(
                path,
                texts
                    .iter()
                    .map(|(name, text)| (name.as_str(), text.as_str())),
            );
            claims
        };
        for name in ["SHA-256", "SHA384", "sha512", "BLAKE3"] {
            assert_eq!(held(&world, &claims("./a", &[(name, "a")])), []);
            let changed = vec![("sbom-digest-changed", "/a".to_owned())];
            assert_eq!(held(&world, &claims("a", &[(name, "b")])), changed);
            // One that agrees does not outweigh one that does not.
            let both = claims("/a", &[("SHA-256", "a"), ("MD5", "a"), (name, "b")]);
            assert_eq!(held(&world, &both), changed);
        }
        for name in ["MD5", "SHA-1"] {
            let weak = vec![("sbom-weak-digest", "/a".to_owned())];
            assert_eq!(held(&world, &claims("/a", &[(name, "a")])), weak);
            let both = claims("/a", &[(name, "a"), ("SHA-256", "a")]);
            assert_eq!(held(&world, &both), []);
        }
        assert_eq!(held(&world, &claims("/folder", &[("MD5", "a")])), []);
        assert_eq!(held(&world, &claims("/dangling", &[])), []);
        let missing = |path: &str| vec![("sbom-file-missing", path.to_owned())];
        assert_eq!(
            held(&world, &claims("/dangling", &[("MD5", "a")])),
            missing("/dangling")
        );
        assert_eq!(held(&world, &claims("/b", &[])), missing("/b"));
    }

    #[test]
    fn the_limit_of_digests_holds_on_both_sides() {
        let texts: Vec<String> = (0..=SBOM_DIGESTS_MAX)
            .map(|number| Algorithm::Md5.of(number.to_string().as_bytes()).to_string())
            .collect();
        for (told, kept) in [
            (SBOM_DIGESTS_MAX, SBOM_DIGESTS_MAX),
            (SBOM_DIGESTS_MAX + 1, SBOM_DIGESTS_MAX),
        ] {
            let mut claims = Claims::default();
            claims.add_file(
                "/a",
                texts[..told].iter().map(|text| ("MD5", text.as_str())),
            );
            assert_eq!(claims.files["/a"].len(), kept);
        }
    }

    #[test]
    fn a_package_has_the_name_of_its_url_too() {
        let mut claims = Claims::default();
        claims.add_package(
            "GNU C library",
            "2.36-9",
            "pkg:deb/debian/libc6@2.36-9?arch=amd64",
        );
        claims.add_package("x", "1", "pkg:npm/y@1");
        let names: Vec<&str> = claims
            .packages
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["GNU C library", "libc6", "x"]);
    }
}
