//! `--image`: a container image, an archive, or a folder, with its configuration and its past.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sayso_advice::survey::{Change, Deed, Entry, History};
use sayso_image::{Image, ImageWorld, Kind, Limits, Options, Refusal};
use sayso_report::image::LayerAnswer;
use sayso_world::root::Root;
use sayso_world::{Architecture, Cpu, Machine, TargetPath, World, detect};

use crate::arguments::Common;
use crate::machine;

/// An image that was opened.
pub(crate) struct Target {
    pub(crate) world: Files,
    /// What it starts; empty for a folder or a plain archive.
    pub(crate) entry: Entry,
    pub(crate) platform: Option<String>,
    pub(crate) layers: Vec<LayerAnswer>,
    /// What is odd about the image itself, in sentences.
    pub(crate) notes: Vec<String>,
}

/// Where its files are.
pub(crate) enum Files {
    Folder(Box<Root>),
    Image(ImageWorld),
}

impl Files {
    pub(crate) fn into_world(self) -> Box<dyn World> {
        match self {
            Files::Folder(root) => root,
            Files::Image(world) => Box::new(world),
        }
    }
}

impl std::ops::Deref for Files {
    type Target = dyn World;
    fn deref(&self) -> &Self::Target {
        match self {
            Files::Folder(root) => &**root,
            Files::Image(world) => world,
        }
    }
}

impl Target {
    pub(crate) fn machine(&mut self) -> &mut Machine {
        match &mut self.world {
            Files::Folder(root) => root.machine_mut(),
            Files::Image(world) => world.machine_mut(),
        }
    }

    /// The past of its files, to be asked beside its world.
    pub(crate) fn history(&self) -> Past {
        Past {
            world: match &self.world {
                Files::Folder(_) => None,
                Files::Image(world) => Some(world.clone()),
            },
            layers: self.layers.clone(),
        }
    }
}

/// Opens what `--image` names.
///
/// # Errors
/// [`Refusal`] of an image; a folder that cannot be read.
pub(crate) fn open(file: &OsStr, common: &Common) -> anyhow::Result<Target> {
    open_as(file, common, &options(common))
}

/// As [`open`], with options that the command line does not have.
pub(crate) fn open_as(file: &OsStr, common: &Common, options: &Options) -> anyhow::Result<Target> {
    let path = Path::new(file);
    let mut target = if sniff(path) == Kind::Folder {
        let mut machine = detect::this_machine();
        machine::strange(&mut machine);
        let root = machine::root(file, "--image", machine)?;
        let platform = common.platform.as_ref().map(ToString::to_string);
        Target {
            world: Files::Folder(Box::new(root)),
            entry: Entry::default(),
            platform,
            layers: Vec::new(),
            notes: Vec::new(),
        }
    } else {
        of_image(sayso_image::open(path, options)?)
    };
    if let Some(platform) = &common.platform {
        target.machine().architecture = platform.machine();
    }
    // The processor that the image asks for, not the one that happens to be here: the answer is about every machine.
    let cpu = common.cpu.unwrap_or_else(|| least_cpu(&*target.world));
    let x86 = target.world.machine().architecture == Architecture::X86_64;
    let machine = target.machine();
    machine.cpu = cpu;
    machine.runs_32bit = x86;
    Ok(target)
}

fn sniff(path: &Path) -> Kind {
    sayso_image::sniff(path)
}

fn of_image(image: Image) -> Target {
    let entry = image
        .config
        .as_ref()
        .map_or_else(Entry::default, |config| Entry {
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            env: config
                .env
                .iter()
                .map(|(key, value)| [key.as_slice(), b"=", value].concat())
                .collect(),
            user: config.user.as_bytes().to_vec(),
            working_dir: config.working_dir.clone(),
        });
    let layers = image
        .layers
        .iter()
        .map(|layer| LayerAnswer {
            // Docker's older archives only name the unpacked layer.
            digest: layer
                .digest
                .clone()
                .or(layer.diff_id.clone())
                .unwrap_or_default(),
            diff_id: layer.diff_id.clone(),
            created_by: layer.created_by.clone(),
        })
        .collect();
    let mut world = image.tree;
    let machine = world.machine_mut();
    // An archive says nothing of its machine: its loader does, further below.
    let architecture = machine.architecture;
    let found = machine::architecture(&world, architecture);
    if image.platform.is_none() {
        world.machine_mut().architecture = found;
    }
    Target {
        world: Files::Image(world),
        entry,
        platform: image.platform.as_ref().map(ToString::to_string),
        layers,
        notes: image.notes.into_iter().map(|note| note.text).collect(),
    }
}

/// The lowest level of processor that the image's own C library runs on: an image for x86-64-v3 is judged for such machines, every
/// other one for all.
fn least_cpu(world: &dyn World) -> Cpu {
    const LOADERS: &[&str] = &["/lib64/ld-linux-x86-64.so.2"];
    let needed = |path: &&str| {
        let stat = world.lookup(&TargetPath::from(*path)).ok()?;
        let image = sayso_facts::elf::Image::parse(world.read(&stat).ok()?).ok()?;
        Some(image.x86_isa_needed())
    };
    let level = match LOADERS.iter().find_map(needed).unwrap_or(0) {
        bits if bits & 8 != 0 => 4,
        bits if bits & 4 != 0 => 3,
        bits if bits & 2 != 0 => 2,
        _ => 1,
    };
    Cpu::of_level(level)
}

/// Names of limits as they are typed, each with its place.
type LimitPlace = (&'static str, fn(&mut Limits, u64));
const LIMITS: &[LimitPlace] = &[
    ("layer-bytes", |limits, number| limits.layer_bytes = number),
    ("ratio", |limits, number| limits.ratio = number),
    ("ratio-free-bytes", |limits, number| {
        limits.ratio_free_bytes = number;
    }),
    ("entries", |limits, number| limits.entries = number),
    ("name-bytes", |limits, number| limits.name_bytes = number),
    ("held-bytes", |limits, number| limits.held_bytes = number),
    ("held-file-bytes", |limits, number| {
        limits.held_file_bytes = number;
    }),
    ("layers", |limits, number| {
        limits.layers = usize::try_from(number).unwrap_or(usize::MAX);
    }),
];

/// `NAME=NUMBER` of `--limit`.
pub(crate) fn limit(text: &str) -> Result<(&'static str, u64), String> {
    let names: Vec<&str> = LIMITS.iter().map(|(name, _)| *name).collect();
    let known = format!(
        "write NAME=NUMBER, where NAME is one of {}",
        names.join(", ")
    );
    let (name, number) = text.split_once('=').ok_or_else(|| known.clone())?;
    let (name, _) = LIMITS
        .iter()
        .find(|(limit, _)| *limit == name)
        .ok_or(known)?;
    let number = number
        .parse()
        .map_err(|_| format!("{number} is no number"))?;
    Ok((name, number))
}

pub(crate) fn options(common: &Common) -> Options {
    let mut options = Options {
        platform: common.platform.clone(),
        ..Options::default()
    };
    for (name, number) in &common.limit {
        if let Some((_, set)) = LIMITS.iter().find(|(limit, _)| limit == name) {
            set(&mut options.limits, *number);
        }
    }
    options
}

/// What layers did to names.
pub(crate) struct Past {
    world: Option<ImageWorld>,
    layers: Vec<LayerAnswer>,
}

impl History for Past {
    fn of(&self, path: &TargetPath) -> Vec<Change> {
        let Some(world) = &self.world else {
            return Vec::new();
        };
        let deed = |what: sayso_image::Change| match what {
            sayso_image::Change::Brought => Some(Deed::Brought),
            sayso_image::Change::Replaced => Some(Deed::Replaced),
            sayso_image::Change::Deleted => Some(Deed::Deleted),
            sayso_image::Change::Altered => None,
        };
        world
            .blame(path)
            .into_iter()
            .filter_map(|change| {
                let layer = self.layers.get(change.layer);
                Some(Change {
                    path: change.path,
                    layer: change.layer + 1,
                    digest: layer.map(|layer| layer.digest.clone()).unwrap_or_default(),
                    created_by: layer.and_then(|layer| layer.created_by.clone()),
                    deed: deed(change.what)?,
                })
            })
            .collect()
    }
}

/// The image was refused: the sentence that says why.
pub(crate) fn refusal(error: &anyhow::Error) -> Option<String> {
    error.downcast_ref::<Refusal>().map(ToString::to_string)
}

/// A word of the command line as bytes.
pub(crate) fn bytes(word: &OsString) -> Vec<u8> {
    word.as_bytes().to_vec()
}
