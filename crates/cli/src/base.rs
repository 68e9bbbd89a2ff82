//! `--base`: artifacts that were built elsewhere, laid over the system that they will run on.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, bail};
use sayso_advice::show;
use sayso_image::{Kind, Options};
use sayso_world::overlay::Overlay;
use sayso_world::root::Root;
use sayso_world::{FileKind, Machine, TargetPath, World};

use crate::arguments::Common;
use crate::{image, machine};

/// Nested folders of an artifact that are laid; no real release is deeper.
const FOLDER_DEPTH_MAX: usize = 256;

/// A base with artifacts on it.
pub(crate) struct Laid {
    pub(crate) world: Box<dyn World>,
    /// Where each artifact lies now.
    pub(crate) places: Vec<OsString>,
    /// One line for each: "server is laid at /opt/server".
    pub(crate) told: Vec<String>,
}

/// Lays artifacts over a base. Each is a file, a folder or an archive of this machine, or with `from` a path in that image; behind a
/// colon stands where it is laid.
///
/// # Errors
/// The base or an artifact cannot be read, or its place cannot be made.
pub(crate) fn lay(
    base: &OsStr,
    from: Option<&OsString>,
    artifacts: &[OsString],
    common: &Common,
) -> anyhow::Result<Laid> {
    let mut target =
        image::open(base, common).with_context(|| format!("--base {}", show(base.as_bytes())))?;
    let entry = std::mem::take(&mut target.entry);
    entry.apply(target.machine());
    machine::settings(common, target.machine())?;
    let user = match &common.user {
        Some(user) => sayso_world::users::credentials_of(&*target.world, user)
            .map_err(|fault| anyhow::anyhow!("--user {user}: {fault}; write a number instead"))?,
        None => sayso_world::Credentials::root(),
    };
    target.machine().credentials = user;
    // One base a run, needed until its end.
    let below: &'static dyn World = Box::leak(target.world.into_world());
    let mut overlay = Overlay::new(below);
    let source = from.map(|file| image::open(file, common)).transpose()?;
    let (mut places, mut told) = (Vec::new(), Vec::new());
    for artifact in artifacts {
        let (name, place) = split(artifact, from.is_none());
        let place = match &source {
            Some(source) => {
                let path = TargetPath::new(name.as_bytes()).join_to(&TargetPath::from("/"));
                let place = place.unwrap_or_else(|| path.clone());
                put(&mut overlay, &*source.world, &path, &place)?;
                place
            }
            None => of_this_machine(&mut overlay, name, place, common)?,
        };
        told.push(format!(
            "{} is laid at {}",
            show(name.as_bytes()),
            show(&place)
        ));
        places.push(OsStr::from_bytes(place.as_bytes()).to_os_string());
    }
    Ok(Laid {
        world: Box::new(overlay),
        places,
        told,
    })
}

/// `SOURCE:PLACE`; a place is absolute, and a file whose own name holds the colon is taken as it is.
fn split(artifact: &OsStr, on_this_machine: bool) -> (&OsStr, Option<TargetPath>) {
    let bytes = artifact.as_bytes();
    if on_this_machine && Path::new(artifact).exists() {
        return (artifact, None);
    }
    match bytes.windows(2).rposition(|pair| pair == b":/") {
        Some(at) if at > 0 => (
            OsStr::from_bytes(&bytes[..at]),
            Some(TargetPath::new(&bytes[at + 1..])),
        ),
        _ => (artifact, None),
    }
}

type Above = Overlay<&'static dyn World>;

fn of_this_machine(
    overlay: &mut Above,
    name: &OsStr,
    place: Option<TargetPath>,
    common: &Common,
) -> anyhow::Result<TargetPath> {
    let path = Path::new(name);
    let shown = show(name.as_bytes());
    let file_name = path
        .canonicalize()
        .with_context(|| format!("cannot read {shown}"))?
        .file_name()
        .map(|name| name.as_bytes().to_vec())
        .unwrap_or_default();
    let own = |name: &[u8]| TargetPath::from("/opt").join(name);
    if path.is_dir() {
        let place = place.unwrap_or_else(|| own(&file_name));
        put(overlay, &folder(path)?, &TargetPath::from("/"), &place)?;
        return Ok(place);
    }
    let kind = sayso_image::sniff(path);
    if kind == Kind::Other {
        let parent = path
            .canonicalize()?
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        let place = place.unwrap_or_else(|| own(&file_name));
        let inside = TargetPath::from("/").join(&file_name);
        put(overlay, &folder(&parent)?, &inside, &place)?;
        return Ok(place);
    }
    let options = Options {
        platform: common.platform.clone(),
        ..image::options(common)
    };
    let opened = sayso_image::open(path, &options)?;
    if opened.kind.is_container() {
        bail!(
            "{shown} is a whole image: name it with --from, and the paths in it that are copied, as in --from {shown} /app"
        );
    }
    // A package says where its files go; a release archive is unpacked into a folder of its own.
    let is_package = is_package(opened.kind);
    let stem = file_name.split(|&b| b == b'.').next().unwrap_or(&file_name);
    let place = place.unwrap_or_else(|| {
        if is_package {
            TargetPath::from("/")
        } else {
            own(stem)
        }
    });
    put(overlay, &opened.tree, &TargetPath::from("/"), &place)?;
    Ok(place)
}

fn is_package(kind: Kind) -> bool {
    matches!(kind, Kind::Deb | Kind::Rpm | Kind::Apk)
}

fn folder(path: &Path) -> anyhow::Result<Root> {
    let bytes = path.as_os_str().as_bytes();
    Root::open(bytes, Machine::default())
        .map_err(|errno| anyhow::anyhow!("cannot read {}: {}", show(bytes), errno.glibc_text()))
}

/// Copies a file, link or folder of one world into the overlay.
fn put(
    overlay: &mut Above,
    source: &dyn World,
    path: &TargetPath,
    place: &TargetPath,
) -> anyhow::Result<()> {
    let failed = |errno: sayso_world::Errno, what: &TargetPath| {
        anyhow::anyhow!("{}: {}", show(what), errno.glibc_text())
    };
    let mut waiting = vec![(path.clone(), place.clone(), 0)];
    while let Some((path, place, depth)) = waiting.pop() {
        if depth > 0
            && let Ok(text) = source.read_link(&path)
        {
            overlay
                .symlink(&place, text.as_bytes())
                .map_err(|errno| failed(errno, &place))?;
            continue;
        }
        let stat = source.lookup(&path).map_err(|errno| failed(errno, &path))?;
        match stat.kind {
            FileKind::Special => {}
            FileKind::Regular => {
                // What is not held of an archive is data that no loader looks at.
                let Ok(bytes) = source.read(&stat) else {
                    continue;
                };
                overlay
                    .file(&place, bytes)
                    .map_err(|errno| failed(errno, &place))?;
                overlay
                    .mode(&place, stat.mode)
                    .map_err(|errno| failed(errno, &place))?;
            }
            FileKind::Directory => {
                overlay
                    .directory(&place)
                    .map_err(|errno| failed(errno, &place))?;
                if depth >= FOLDER_DEPTH_MAX {
                    continue;
                }
                for entry in source.list(&path).map_err(|errno| failed(errno, &path))? {
                    waiting.push((path.join(&entry.name), place.join(&entry.name), depth + 1));
                }
            }
        }
    }
    Ok(())
}
