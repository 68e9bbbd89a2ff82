//! Which loader gets to work: read from its file, or found where the world keeps it.

use std::sync::Arc;

use sayso_facts::elf::{Class, Image};
use sayso_world::identify::{LoaderFamily, LoaderIdentity, identify};
use sayso_world::{FileId, FileKind, FileStat, TargetPath};

use crate::glibc::{Ahead, Config, Loaded};
use crate::musl;
use crate::request::{Family, Release};
use crate::session::{Opened, Session};

/// The newest releases that the models know, for worlds that do not say theirs.
pub(crate) const GLIBC_NEWEST: Release = Release(2, 43, 0);
pub(crate) const MUSL_NEWEST: Release = Release(1, 2, 6);

/// A loader and what is built into it.
#[derive(Debug, Clone)]
pub(crate) enum Identified {
    Glibc(Config),
    Musl(musl::Config),
    /// Neither: a loader of a kind that is not modelled.
    Unknown,
}

/// Where loaders lie by convention: (machine, 64-bit class, glibc's path, musl's path).
const PLACES: &[(u16, bool, &str, &str)] = &[
    (
        62,
        true,
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-musl-x86_64.so.1",
    ),
    (
        62,
        false,
        "/libx32/ld-linux-x32.so.2",
        "/lib/ld-musl-x32.so.1",
    ),
    (3, false, "/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"),
    (
        183,
        true,
        "/lib/ld-linux-aarch64.so.1",
        "/lib/ld-musl-aarch64.so.1",
    ),
    (
        40,
        false,
        "/lib/ld-linux-armhf.so.3",
        "/lib/ld-musl-armhf.so.1",
    ),
    (
        243,
        true,
        "/lib/ld-linux-riscv64-lp64d.so.1",
        "/lib/ld-musl-riscv64.so.1",
    ),
    (
        21,
        true,
        "/lib64/ld64.so.2",
        "/lib/ld-musl-powerpc64le.so.1",
    ),
    (22, true, "/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"),
];

/// The conventional paths for files of this kind.
pub(crate) fn conventional(image: &Image) -> (TargetPath, TargetPath) {
    let header = image.header();
    let place = PLACES
        .iter()
        .find(|place| place.0 == header.machine && place.1 == (header.class == Class::Elf64))
        .unwrap_or(&PLACES[0]);
    (place.2.into(), place.3.into())
}

impl Session<'_> {
    /// What a loader's file says it is, remembered by identity.
    pub(crate) fn identify(&self, loader: &Loaded) -> Arc<Identified> {
        self.remember_loader(loader.stat.id, || {
            // Every loader is a shared object with a name or exports; a static program may carry libc's banner, too.
            if loader.image.dynamic().is_none()
                || (loader.image.soname().is_none() && loader.image.symbol_count() < 2)
            {
                return Identified::Unknown;
            }
            let found = identify(loader.image.bytes());
            match found.family {
                LoaderFamily::Glibc => Identified::Glibc(self.glibc_config(found)),
                LoaderFamily::Musl => Identified::Musl(musl::Config {
                    release: found
                        .release
                        .map_or(MUSL_NEWEST, |(a, b, c)| Release(a, b, c)),
                    release_known: found.release.is_some(),
                }),
                LoaderFamily::Other => Identified::Unknown,
            }
        })
    }

    fn glibc_config(&self, mut found: LoaderIdentity) -> Config {
        // Before 2.33 only libc.so.6 carries the release.
        for directory in &found.system_directories.clone() {
            let path = TargetPath::new(directory).join(b"libc.so.6");
            if found.release.is_none()
                && let Ok(stat) = self.lookup(&path)
                && let Ok(bytes) = self.world().read(&stat)
            {
                found.learn_release(&bytes);
            }
        }
        let path = |known: Option<Vec<u8>>, usual: &str| {
            known.map_or_else(|| usual.into(), TargetPath::new)
        };
        Config {
            release: found
                .release
                .map_or(GLIBC_NEWEST, |(major, minor, _)| Release(major, minor, 0)),
            release_known: found.release.is_some(),
            ahead: Ahead {
                refuses_program_resolvers: found.refuses_program_resolvers,
                knows_rtld_tunables: found.knows_rtld_tunables,
            },
            cache_path: path(found.cache_path, "/etc/ld.so.cache"),
            preload_path: path(found.preload_path, "/etc/ld.so.preload"),
            lib_token: found.lib_token.unwrap_or_else(|| b"lib".to_vec()).into(),
            system_directories: found.system_directories.into(),
        }
    }

    /// A file as a loader, if it is there and an image.
    pub(crate) fn load_file(&self, path: &TargetPath) -> Option<Loaded> {
        let stat = self
            .lookup(&path.join_to(&self.world().machine().working_directory))
            .ok()?;
        match self.open(&stat).as_ref() {
            Opened::Image(image) => Some(Loaded {
                path: path.clone(),
                stat,
                image: image.clone(),
            }),
            _ => None,
        }
    }

    /// The loader that a library would meet: by what it needs, then by what the world has.
    pub(crate) fn loader_for(
        &self,
        library: &Image,
        wanted: Option<Family>,
    ) -> (Loaded, Identified) {
        let (glibc, musl) = conventional(library);
        let needs = |test: fn(&[u8]) -> bool| library.needed().any(test);
        let family = wanted
            .or_else(|| {
                needs(|name| name == b"libc.so.6" || name.starts_with(b"ld-linux"))
                    .then_some(Family::Glibc)
            })
            .or_else(|| {
                needs(|name| name == b"libc.so" || name.starts_with(b"libc.musl-"))
                    .then_some(Family::Musl)
            });
        let order = match family {
            Some(Family::Glibc) => vec![&glibc],
            Some(Family::Musl) => vec![&musl],
            None => vec![&glibc, &musl],
        };
        for path in order {
            let Some(loaded) = self.load_file(path) else {
                continue;
            };
            match self.identify(&loaded).as_ref() {
                Identified::Unknown => {}
                known @ (Identified::Glibc(_) | Identified::Musl(_)) => {
                    return (loaded, known.clone());
                }
            }
        }
        let path = if family == Some(Family::Musl) {
            musl
        } else {
            glibc
        };
        let absent = Loaded {
            stat: absent(&path),
            path,
            image: self.empty_image(),
        };
        let identified = if family == Some(Family::Musl) {
            Identified::Musl(musl::Config {
                release: MUSL_NEWEST,
                release_known: false,
            })
        } else {
            Identified::Glibc(self.assumed_glibc())
        };
        (absent, identified)
    }

    /// A glibc nobody has seen: built-in directories are those that exist, in the order of the common builds.
    fn assumed_glibc(&self) -> Config {
        let candidates: [&[u8]; 6] = [
            b"/lib/x86_64-linux-gnu/",
            b"/usr/lib/x86_64-linux-gnu/",
            b"/lib64/",
            b"/usr/lib64/",
            b"/lib/",
            b"/usr/lib/",
        ];
        let exists = |path: &[u8]| {
            self.lookup(&TargetPath::new(path))
                .is_ok_and(|stat| stat.kind == FileKind::Directory)
        };
        Config {
            release: GLIBC_NEWEST,
            release_known: false,
            system_directories: candidates
                .iter()
                .filter(|path| exists(path))
                .map(|path| path.to_vec())
                .collect(),
            cache_path: "/etc/ld.so.cache".into(),
            preload_path: "/etc/ld.so.preload".into(),
            ahead: Ahead::default(),
            lib_token: b"lib".as_slice().into(),
        }
    }
}

fn absent(path: &TargetPath) -> FileStat {
    FileStat {
        id: FileId {
            device: u64::MAX,
            inode: u64::MAX,
        },
        kind: FileKind::Regular,
        mode: 0,
        uid: 0,
        gid: 0,
        size: 0,
        readable: false,
        executable: false,
        noexec: false,
        nosuid: false,
        path: path.clone(),
    }
}
