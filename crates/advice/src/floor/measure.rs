//! From the objects of an artifact to its floors.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sayso_facts::elf::{Class, em};

use super::libc::{Libc, is_glibc, is_musl};
use super::part::{Part, Reading, VersionKey, VersionUse, axis_of};
use super::{Axis, Because, Demand, External, Feature, Floor, Number, Reason, Trouble};
use crate::packages;

static RELR: Feature = Feature {
    name: "relr",
    what: "packed relocations (DT_RELR)",
    avoid: "link without -Wl,-z,pack-relative-relocs",
};
static UNIQUE: Feature = Feature {
    name: "gnu-unique",
    what: "symbols of which a process has one (STB_GNU_UNIQUE)",
    avoid: "compile with -fno-gnu-unique",
};
static IFUNC: Feature = Feature {
    name: "ifunc",
    what: "resolver functions (STT_GNU_IFUNC)",
    avoid: "build without __attribute__((ifunc)) or target_clones",
};

/// `GLIBC_ABI_…` markers: name, the glibc that introduced it, what it stands for.
static MARKERS: &[(&str, [u32; 2], Feature)] = &[
    (
        "GLIBC_ABI_DT_RELR",
        [2, 36],
        Feature {
            name: "abi-dt-relr",
            what: "packed relocations (DT_RELR)",
            avoid: "link without -Wl,-z,pack-relative-relocs",
        },
    ),
    (
        "GLIBC_ABI_GNU2_TLS",
        [2, 42],
        Feature {
            name: "abi-gnu2-tls",
            what: "TLS descriptors that keep all registers",
            avoid: "compile with -mtls-dialect=gnu, or link with -Wl,-z,nognu2-tls-tag",
        },
    ),
    (
        "GLIBC_ABI_GNU_TLS",
        [2, 42],
        Feature {
            name: "abi-gnu-tls",
            what: "a ___tls_get_addr that keeps all registers",
            avoid: "link with -Wl,-z,nognu-tls-tag",
        },
    ),
    (
        "GLIBC_ABI_DT_X86_64_PLT",
        [2, 42],
        Feature {
            name: "abi-dt-x86-64-plt",
            what: "a PLT that the loader may rewrite (DT_X86_64_PLT)",
            avoid: "link without -Wl,-z,mark-plt",
        },
    ),
];

/// A height and why: collected, then merged by number.
struct Heights {
    strong: BTreeMap<Axis, BTreeMap<Number, Vec<Because>>>,
    weak: BTreeMap<Axis, BTreeMap<Number, Vec<Because>>>,
}

impl Heights {
    fn add(&mut self, weak: bool, axis: Axis, number: Number, because: Because) {
        let table = if weak {
            &mut self.weak
        } else {
            &mut self.strong
        };
        table
            .entry(axis)
            .or_default()
            .entry(number)
            .or_default()
            .push(because);
    }
    /// Each axis from the highest down.
    fn strong(&mut self) -> Vec<Demand> {
        demands(std::mem::take(&mut self.strong))
    }
    /// What only weak needs ask above the strong floor.
    fn weak(&mut self, strong: &[Demand]) -> Vec<Demand> {
        let floor = |axis| strong.iter().find(|demand| demand.axis == axis);
        demands(std::mem::take(&mut self.weak))
            .into_iter()
            .filter(|demand| floor(demand.axis).is_none_or(|known| known.number < demand.number))
            .collect()
    }
}

fn demands(table: BTreeMap<Axis, BTreeMap<Number, Vec<Because>>>) -> Vec<Demand> {
    let of_axis = |(axis, numbers): (Axis, BTreeMap<Number, Vec<Because>>)| {
        numbers
            .into_iter()
            .rev()
            .map(move |(number, because)| Demand {
                axis,
                number,
                because,
            })
    };
    table.into_iter().flat_map(of_axis).collect()
}

/// What objects have in common that go along with one another: machine, 64 bit or not, C library.
type Kind = (u16, bool, Libc);

/// The floors of an artifact, one for each machine and C library among its parts, in the order in which they are met.
pub fn measure(parts: &[Part]) -> Vec<Floor> {
    let readings: Vec<Reading<'_>> = parts.iter().map(Reading::of).collect();
    let mut groups: Vec<(Kind, Vec<&Reading<'_>>)> = Vec::new();
    for reading in &readings {
        let key = (reading.machine, reading.class == Class::Elf64, reading.libc);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(reading),
            None => groups.push((key, vec![reading])),
        }
    }
    // What names no C library goes along with the only one of its machine.
    let with_libc: Vec<Kind> = groups.iter().map(|(key, _)| *key).collect();
    let only = |machine, wide| {
        let mut of_machine = with_libc
            .iter()
            .filter(|key| key.0 == machine && key.1 == wide && key.2 != Libc::None);
        let first = of_machine.next().copied();
        first.filter(|_| of_machine.next().is_none())
    };
    let mut joined: Vec<(Kind, Vec<&Reading<'_>>)> = Vec::new();
    for (key, group) in groups {
        let target = match key.2 {
            Libc::None => only(key.0, key.1).unwrap_or(key),
            _ => key,
        };
        match joined.iter_mut().find(|(known, _)| *known == target) {
            Some((_, known)) => known.extend(group),
            None => joined.push((target, group)),
        }
    }
    joined
        .into_iter()
        .map(|((_, _, libc), group)| floor(libc, &group))
        .collect()
}

fn floor(libc: Libc, group: &[&Reading<'_>]) -> Floor {
    let carried = Carried::of(group);
    let mut heights = Heights {
        strong: BTreeMap::new(),
        weak: BTreeMap::new(),
    };
    let mut floor = Floor {
        machine: group.first().map_or(0, |reading| reading.machine),
        class: group.first().map_or(Class::Elf64, |reading| reading.class),
        libc,
        parts: group
            .iter()
            .map(|reading| reading.part.name.clone())
            .collect(),
        strong: Vec::new(),
        weak: Vec::new(),
        external: external(group, &carried),
        bundled: carried.used(group),
        troubles: Vec::new(),
        markers: Vec::new(),
        kept_to_itself: Vec::new(),
    };
    for (at, reading) in group.iter().enumerate() {
        for (key, usage) in &reading.versions {
            version(&mut floor, &mut heights, &carried, at, key, usage);
        }
        features(&mut floor, &mut heights, at, reading);
        if libc == Libc::Musl {
            musl_symbols(&mut heights, &carried, at, reading);
        }
        floor
            .kept_to_itself
            .extend(kept_to_itself(reading, at, &carried));
    }
    floor.markers.sort_unstable();
    floor.markers.dedup();
    floor.strong = heights.strong();
    floor.weak = heights.weak(&floor.strong);
    floor
}

/// Libraries that the artifact brings, by every name they can be asked for by.
struct Carried<'a> {
    by_name: HashMap<&'a str, Vec<&'a Reading<'a>>>,
    /// Symbols that parts define, worked out where musl's releases are told by symbols.
    defined: HashSet<String>,
}

impl<'a> Carried<'a> {
    fn of(group: &[&'a Reading<'a>]) -> Carried<'a> {
        let mut by_name: HashMap<&str, Vec<&Reading<'_>>> = HashMap::new();
        let mut defined = HashSet::new();
        for reading in group {
            for name in &reading.names {
                by_name.entry(name).or_default().push(reading);
            }
            if reading.libc == Libc::Musl {
                let image = &reading.part.image;
                let symbols = image.symbols().filter(|(_, symbol)| !symbol.is_undefined());
                defined.extend(symbols.map(|(_, symbol)| crate::show(image.string(symbol.name))));
            }
        }
        Carried { by_name, defined }
    }
    fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(last_name(name))
    }
    /// Whether a carried library of this name defines the version; `None` if none is carried.
    fn defines(&self, library: &str, version: &str) -> Option<bool> {
        let copies = self.by_name.get(last_name(library))?;
        Some(copies.iter().any(|copy| {
            // The loader only warns where a library has no versions at all.
            copy.defined_versions.is_empty() || copy.defined_versions.contains(version)
        }))
    }
    fn used(&self, group: &[&Reading<'_>]) -> Vec<String> {
        let names: BTreeSet<&String> = group
            .iter()
            .flat_map(|reading| &reading.needed)
            .filter(|name| self.has(name))
            .collect();
        names.into_iter().cloned().collect()
    }
}

/// A need with a slash names a file; its library is the last part.
fn last_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Libraries that the system has to bring, with the versions that no axis counts.
fn external(group: &[&Reading<'_>], carried: &Carried<'_>) -> Vec<External> {
    let mut found: BTreeMap<&str, External> = BTreeMap::new();
    for (at, reading) in group.iter().enumerate() {
        for name in reading.needed.iter().filter(|name| !carried.has(name)) {
            let row = found.entry(name).or_insert_with(|| External {
                soname: name.clone(),
                needed_by: Vec::new(),
                versions: Vec::new(),
            });
            if row.needed_by.last() != Some(&at) {
                row.needed_by.push(at);
            }
        }
        for (key, _) in reading
            .versions
            .iter()
            .filter(|(key, usage)| !usage.weak && axis_of(key).is_none() && !is_glibc(&key.library))
        {
            if let Some(row) = found.get_mut(key.library.as_str())
                && !row.versions.contains(&key.version)
            {
                row.versions.push(key.version.clone());
            }
        }
    }
    found
        .into_values()
        .map(|mut row| {
            row.versions.sort_unstable();
            row
        })
        .collect()
}

/// One needed version: a height, a marker, or trouble.
fn version(
    floor: &mut Floor,
    heights: &mut Heights,
    carried: &Carried<'_>,
    part: usize,
    key: &VersionKey,
    usage: &VersionUse,
) {
    match carried.defines(&key.library, &key.version) {
        Some(true) => return,
        Some(false) if usage.weak => return,
        Some(false) => {
            floor.troubles.push(Trouble::Unsatisfied {
                part,
                version: key.version.clone(),
                library: key.library.clone(),
            });
            return;
        }
        None => {}
    }
    let because = |reason| Because {
        part,
        reason,
        symbols: usage.symbols.clone(),
    };
    if let Some((axis, number)) = axis_of(key) {
        let reason = Reason::Version {
            version: key.version.clone(),
            library: key.library.clone(),
        };
        heights.add(usage.weak, axis, number, because(reason));
        return;
    }
    if usage.weak || !is_glibc(&key.library) {
        return;
    }
    if key.version == "GLIBC_PRIVATE" {
        floor.troubles.push(Trouble::Private {
            part,
            library: key.library.clone(),
            symbols: usage.symbols.clone(),
        });
    } else if key.version.starts_with("GLIBC_ABI_") {
        floor.markers.push(key.version.clone());
        match MARKERS.iter().find(|(name, ..)| *name == key.version) {
            Some((_, release, feature)) => heights.add(
                false,
                Axis::Glibc,
                Number::of(release),
                because(Reason::Feature(feature)),
            ),
            None => floor.troubles.push(Trouble::UnknownMarker {
                part,
                version: key.version.clone(),
            }),
        }
    }
}

/// What the file itself asks, apart from versions.
fn features(floor: &mut Floor, heights: &mut Heights, part: usize, reading: &Reading<'_>) {
    let image = &reading.part.image;
    let mut add = |axis, number: &[u32], reason| {
        let because = Because {
            part,
            reason,
            symbols: Vec::new(),
        };
        heights.add(false, axis, Number::of(number), because);
    };
    if reading.two_libcs {
        floor.troubles.push(Trouble::TwoLibcs { part });
    }
    let glibc = floor.libc == Libc::Glibc;
    let has_relr = image.dynamic().is_some_and(|dynamic| dynamic.relr);
    // glibc's own libraries and its loader are loaded by themselves, and carry no marker.
    let is_libc = reading
        .names
        .iter()
        .any(|name| is_glibc(name) || is_musl(name));
    if has_relr && floor.libc == Libc::Musl && !is_libc {
        add(Axis::Musl, &[1, 2, 4], Reason::Feature(&RELR));
    }
    let marked = reading
        .versions
        .keys()
        .any(|key| key.version == "GLIBC_ABI_DT_RELR");
    // Before 2.36 nobody reads DT_RELR, and from 2.36 on an object that needs libc.so.6 has to say so.
    let asks_libc = reading.needed.iter().any(|name| name == "libc.so.6");
    if has_relr && glibc && !is_libc && asks_libc && !marked {
        floor.troubles.push(Trouble::RelrWithoutMarker { part });
    }
    // With the marker, the version says it.
    if has_relr && glibc && !is_libc && !marked {
        add(Axis::Glibc, &[2, 36], Reason::Feature(&RELR));
    }
    if glibc && reading.has_unique_symbols() {
        add(Axis::Glibc, &[2, 11], Reason::Feature(&UNIQUE));
    }
    if image.has_indirect_functions() && !is_libc {
        match floor.libc {
            Libc::Glibc => add(Axis::Glibc, &[2, 11], Reason::Feature(&IFUNC)),
            Libc::Musl => floor.troubles.push(Trouble::IfuncOnMusl { part }),
            _ => {}
        }
    }
    if glibc && !reading.is_program() && reading.wants_executable_stack() {
        floor.troubles.push(Trouble::ExecutableStack { part });
    }
    if let Some([0, major, minor, patch]) = image.abi_tag() {
        add(Axis::Kernel, &[major, minor, patch], Reason::AbiNote);
    }
    if reading.machine == em::X86_64 {
        let bits = image.x86_isa_needed() & 0xf;
        if bits != 0 {
            add(
                Axis::Cpu,
                &[u32::BITS - bits.leading_zeros()],
                Reason::Property,
            );
        }
        if let Some(level) = reading.part.goamd64.filter(|level| (1..=4).contains(level)) {
            add(Axis::Cpu, &[level], Reason::Goamd64);
        }
    }
}

/// Symbols that musl did not always have.
fn musl_symbols(heights: &mut Heights, carried: &Carried<'_>, part: usize, reading: &Reading<'_>) {
    if reading.names.iter().any(|name| is_musl(name)) || carried.has("libc.so") {
        return;
    }
    let mut by_release: BTreeMap<Number, Vec<String>> = BTreeMap::new();
    for symbol in &reading.plain_imports {
        if carried.defined.contains(symbol) {
            continue;
        }
        if let Some(release) = musl_release(symbol) {
            by_release.entry(release).or_default().push(symbol.clone());
        }
    }
    for (number, symbols) in by_release {
        let because = Because {
            part,
            reason: Reason::Symbol,
            symbols,
        };
        heights.add(false, Axis::Musl, number, because);
    }
}

/// The release of musl that brought a symbol; `None`: it has always had it, or never.
fn musl_release(symbol: &str) -> Option<Number> {
    // 1.2.0 gave every function that takes a time a second name on 32-bit machines.
    if symbol.ends_with("_time64") && symbol.starts_with("__") {
        return Some(Number::of(&[1, 2, 0]));
    }
    packages::musl_release(symbol).and_then(Number::parse)
}

/// Symbols that the manylinux policies forbid to ask of a library, because systems keep them to themselves.
fn kept_to_itself(
    reading: &Reading<'_>,
    part: usize,
    carried: &Carried<'_>,
) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    for library in reading.needed.iter().filter(|name| !carried.has(name)) {
        let forbidden = super::tags::forbidden(library);
        if forbidden.is_empty() {
            continue;
        }
        let symbols = reading.expects(&forbidden);
        found.extend(
            symbols
                .into_iter()
                .map(|symbol| (library.clone(), symbol, part)),
        );
    }
    found
}
