//! Everything that a loader can load in a world: files, who owns them, what they need and where that is found.

use std::collections::BTreeMap;

use sayso_facts::elf::Image;
use sayso_facts::go::Program;
use sayso_loader::session::Opened;
use sayso_loader::{Event, Request, Session, Start, Trace};
use sayso_world::TargetPath;

use super::{Algorithm, Digest};
use crate::floor::{Axis, Part, measure};
use crate::packages::installed::Installed;
use crate::{Asking, Level, show};

/// One ELF file.
#[derive(Debug, Clone)]
pub struct Loadable {
    /// Its path, every link resolved.
    pub path: TargetPath,
    /// Bytes.
    pub size: u64,
    /// SHA-256; `None`: it cannot be read.
    pub sha256: Option<Digest>,
    /// SHA-1, which SPDX demands.
    pub sha1: Option<Digest>,
    /// The package that owns it, by its number in [`Installed::packages`].
    pub owner: Option<usize>,
    /// Its bytes are those that its package brought, by the digest in the package manager's database; `None`: it is not known.
    pub as_packaged: Option<bool>,
    /// `DT_SONAME`
    pub soname: Option<String>,
    /// The build id, in hexadecimal digits.
    pub build_id: Option<String>,
    /// What it needs.
    pub needs: Vec<Need>,
    /// The program's interpreter.
    pub interpreter: Option<String>,
    /// The oldest glibc that has every version it needs, and a symbol that forces it.
    pub glibc: Option<(String, Option<String>)>,
    /// Modules of a Go build: path, version, `h1:` sum; the main one first.
    pub modules: Vec<(String, String, String)>,
    /// The Go toolchain.
    pub go_version: Option<String>,
}

/// One `DT_NEEDED`, as the loader resolves it where this file is loaded by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The name.
    pub name: String,
    /// Where it is found, every link resolved; `None`: it is not.
    pub found: Option<TargetPath>,
}

/// What is known of one file. `None`: it is no ELF file, or not there.
pub fn loadable(
    session: &Session<'_>,
    installed: &Installed,
    path: &TargetPath,
) -> Option<Loadable> {
    let world = session.world();
    let path = world
        .canonical(&path.join_to(&world.machine().working_directory))
        .ok()?;
    let stat = session.lookup(&path).ok()?;
    let opened = session.open_once(&stat);
    let Opened::Image(image) = &*opened else {
        return None;
    };
    let asking = Asking {
        least: Level::Error,
        ..Asking::default()
    };
    let mut trace = asking.file(session, &path).trace;
    if trace.objects.is_empty() {
        // The kernel starts it not (no right to execute it), but what it needs is found as ever.
        trace = session.predict(&Request {
            start: Start::Library(path.clone()),
            steps: Vec::new(),
            loader: None,
            release: None,
        });
    }
    let program = Program::of(image);
    let info = program.and_then(|program| program.build_info);
    let (go_version, modules) = match info {
        None => (None, Vec::new()),
        Some(info) => {
            let all = std::iter::once(&info.main).chain(&info.deps);
            let modules = all.map(sayso_facts::go::Module::effective);
            let modules = modules.filter(|module| !module.path.is_empty());
            let row = |module: &sayso_facts::go::Module| {
                (
                    module.path.clone(),
                    module.version.clone(),
                    module.sum.clone(),
                )
            };
            (Some(info.go_version.clone()), modules.map(row).collect())
        }
    };
    let sha256 = Algorithm::Sha256.of_file(world, &stat).ok();
    let sha1 = match world.digests(&stat) {
        Some(known) => Some(Digest::new(&known.sha1)),
        // The bytes are held already.
        None => Some(Algorithm::Sha1.of(image.bytes())),
    };
    let as_packaged = installed.sum(&path).and_then(|(algorithm, brought)| {
        let actual = match algorithm {
            Algorithm::Sha256 => sha256,
            Algorithm::Sha1 => sha1,
            _ => algorithm.of_file(world, &stat).ok(),
        };
        actual.map(|actual| actual == brought)
    });
    Some(Loadable {
        size: stat.size,
        sha256,
        sha1,
        as_packaged,
        owner: installed.owner(&path),
        soname: image.soname().map(show),
        build_id: image.build_id().map(|id| {
            let digits = id.iter().map(|byte| format!("{byte:02x}"));
            digits.collect()
        }),
        needs: needs(session, image, &trace),
        interpreter: image.interpreter().map(show),
        glibc: glibc(image, &path),
        modules,
        go_version,
        path,
    })
}

/// Where each needed name leads from this file, the first object of the trace.
fn needs(session: &Session<'_>, image: &Image, trace: &Trace) -> Vec<Need> {
    // A file of another machine: nobody here resolves its needs, and none of them is missing for that.
    if trace.objects.is_empty() {
        return Vec::new();
    }
    let world = session.world();
    let here = &world.machine().working_directory;
    let mut results: BTreeMap<&[u8], _> = BTreeMap::new();
    for object in &trace.objects {
        if !object.missing {
            results.entry(object.name.as_slice()).or_insert(object.id);
        }
    }
    let searches = trace.events.iter().filter_map(|event| match event {
        Event::Search {
            name,
            asker,
            result,
            ..
        } => Some((name, *asker, (*result)?)),
        _ => None,
    });
    for (name, asker, result) in searches {
        if asker.is_some_and(|asker| asker.0 == 0) {
            results.insert(name, result);
        }
    }
    let by_soname = |name: &[u8]| {
        let mut objects = trace.objects.iter();
        objects
            .find(|object| object.image.soname() == Some(name))
            .map(|object| object.id)
    };
    let found = |name: &[u8]| {
        let id = results.get(name).copied().or_else(|| by_soname(name))?;
        let object = trace.object(id);
        let path = object.path.join_to(here);
        (!object.missing).then(|| world.canonical(&path).unwrap_or(path))
    };
    let mut needs: Vec<Need> = image
        .needed()
        .map(|name| Need {
            name: show(name),
            found: found(name),
        })
        .collect();
    needs.sort();
    needs.dedup();
    needs
}

fn glibc(image: &Image, path: &TargetPath) -> Option<(String, Option<String>)> {
    let floors = measure(&[Part::new(show(path), image.clone())]);
    let demand = floors.first()?.demand(Axis::Glibc)?;
    let symbol = demand.symbols().first().map(|symbol| (*symbol).to_owned());
    Some((demand.number.to_string(), symbol))
}
