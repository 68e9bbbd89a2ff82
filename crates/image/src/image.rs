//! What an opened image says of itself.

use std::fmt;

use sayso_world::users::{UserFault, credentials_of};
use sayso_world::{Credentials, Machine, TargetPath};

use crate::Platform;
use crate::limits::Limits;
use crate::oci::ConfigFile;
use crate::world::ImageWorld;

/// How to open.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which platform's image of an index is meant; `None`: this machine's, else the only one.
    pub platform: Option<Platform>,
    /// Which image is meant where a file holds several: a name (`app:1.2`), a tag of one, or a digest.
    pub name: Option<String>,
    /// Works out the digests of every regular file (what `World::digests` answers); everything has to be inflated for it.
    pub digests: bool,
    /// What is too much.
    pub limits: Limits,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An archive of `docker save` with a `manifest.json`.
    DockerArchive,
    /// A tar archive of an OCI image layout.
    OciArchive,
    /// A folder that is an OCI image layout.
    OciLayout,
    /// A tar archive, compressed or not: a root file system or a release.
    Tar,
    /// A zip archive.
    Zip,
    /// A Python wheel: a zip archive with a `.dist-info/WHEEL`.
    Wheel,
    /// A Debian package.
    Deb,
    /// An rpm package.
    Rpm,
    /// An Alpine package (apk-tools 2).
    Apk,
    /// A plain folder: not for [`crate::open`], but for [`sayso_world::root::Root`].
    Folder,
    /// Nothing that is known here.
    Other,
}

impl Kind {
    /// A container image, with a configuration and layers.
    pub fn is_container(self) -> bool {
        matches!(
            self,
            Kind::DockerArchive | Kind::OciArchive | Kind::OciLayout
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::DockerArchive => "docker archive",
            Kind::OciArchive => "OCI archive",
            Kind::OciLayout => "OCI layout",
            Kind::Tar => "tar archive",
            Kind::Zip => "zip archive",
            Kind::Wheel => "Python wheel",
            Kind::Deb => "Debian package",
            Kind::Rpm => "rpm package",
            Kind::Apk => "Alpine package",
            Kind::Folder => "folder",
            Kind::Other => "something else",
        })
    }
}

/// What is to be started, and how: the part of an image's configuration that decides it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// Put in front of what is to be run.
    pub entrypoint: Vec<Vec<u8>>,
    /// What is run, or the entrypoint's arguments, unless the user gives others.
    pub cmd: Vec<Vec<u8>>,
    /// `NAME=VALUE` taken apart, in the image's order.
    pub env: Vec<(Vec<u8>, Vec<u8>)>,
    /// `user[:group]`, by name or number; empty: user 0.
    pub user: String,
    /// Absolute; empty: `/`.
    pub working_dir: Vec<u8>,
    /// The `created_by` of every step, those that made no layer too.
    pub history: Vec<String>,
}

impl Config {
    /// Entrypoint and command as one: what an engine starts when nothing else is asked for.
    pub fn command(&self) -> Vec<Vec<u8>> {
        [self.entrypoint.as_slice(), &self.cmd].concat()
    }
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Of the layer as it is stored, verified. Docker's older archives do not tell.
    pub digest: Option<String>,
    /// Of the layer as it is inflated, verified. A plain archive has none.
    pub diff_id: Option<String>,
    /// As the manifest states it; empty where none does.
    pub media_type: String,
    /// The history's line, e.g. the Dockerfile's instruction.
    pub created_by: Option<String>,
    /// Stored size in bytes.
    pub bytes: u64,
    /// Inflated size in bytes.
    pub inflated: u64,
    /// Files, folders, links and whiteouts in it.
    pub entries: usize,
}

/// What a package says of itself: a Debian, rpm or Alpine package, or a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, with the release where there is one.
    pub version: String,
    /// Its architecture in the words of its own system (`amd64`, `x86_64`, `noarch`); of a wheel the platform tags
    /// (`manylinux_2_17_x86_64.manylinux2014_x86_64`).
    pub architecture: String,
}

/// A remark on the image as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Index into [`Image::layers`], if it is about one.
    pub layer: Option<usize>,
    /// A sentence without a full stop.
    pub text: String,
}

/// An opened image or archive.
#[derive(Debug)]
pub struct Image {
    /// What the file is.
    pub kind: Kind,
    /// Its name (`app:1.2`), if it tells one.
    pub name: Option<String>,
    /// What it is for; of a plain archive not known.
    pub platform: Option<Platform>,
    /// What is to be started; `None` for a plain archive.
    pub config: Option<Config>,
    /// What the package says of itself, if the archive is one.
    pub package: Option<Package>,
    /// The lowest first. A plain archive is one layer.
    pub layers: Vec<Layer>,
    /// Its files. The machine is [`Image::machine`], with user 0.
    pub tree: ImageWorld,
    /// What is odd, but no reason to refuse.
    pub notes: Vec<Note>,
}

/// The `PATH` that container engines give a process whose image sets none (moby `oci/caps`, `DefaultPathEnv`).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Image {
    /// The machine that a container engine makes for the image: the platform's architecture with the lowest processor level,
    /// the configuration's environment (with the engines' `PATH` if it sets none) and working directory; user 0.
    pub fn machine(&self) -> Machine {
        machine(self.platform.as_ref(), self.config.as_ref())
    }

    /// Who the image's process runs as, by the image's own `/etc/passwd` and `/etc/group`.
    ///
    /// # Errors
    /// If these do not know the configuration's user: engines then refuse to start it.
    pub fn credentials(&self) -> Result<Credentials, UserFault> {
        match self.config.as_ref().map(|config| config.user.as_str()) {
            None | Some("") => credentials_of(&self.tree, "0"),
            Some(user) => credentials_of(&self.tree, user),
        }
    }
}

/// See [`Image::machine`].
pub(crate) fn machine(platform: Option<&Platform>, config: Option<&Config>) -> Machine {
    let mut machine = Machine::default();
    if let Some(platform) = platform {
        machine.architecture = platform.machine();
    }
    if let Some(config) = config {
        machine.environment.clone_from(&config.env);
        if !config.env.iter().any(|(name, _)| name == b"PATH") {
            let path = (b"PATH".to_vec(), DEFAULT_PATH.as_bytes().to_vec());
            machine.environment.insert(0, path);
        }
        if !config.working_dir.is_empty() {
            machine.working_directory =
                TargetPath::new(&config.working_dir).join_to(&TargetPath::new("/"));
        }
    }
    machine
}

/// The history's line of each layer; none where the history does not fit the layers.
pub(crate) fn history(config: &ConfigFile, layers: usize) -> Vec<Option<String>> {
    let lines = config.history.as_deref().unwrap_or_default();
    let filled: Vec<_> = lines.iter().filter(|line| !line.empty_layer).collect();
    if filled.len() != layers {
        return vec![None; layers];
    }
    filled.iter().map(|line| line.created_by.clone()).collect()
}

/// The configuration in this crate's words.
pub(crate) fn config(file: ConfigFile) -> Config {
    let process = file.config.unwrap_or_default();
    let words = |words: Option<Vec<String>>| -> Vec<Vec<u8>> {
        words
            .unwrap_or_default()
            .into_iter()
            .map(String::into_bytes)
            .collect()
    };
    let variable = |text: String| match text.split_once('=') {
        Some((name, value)) => (name.as_bytes().to_vec(), value.as_bytes().to_vec()),
        None => (text.into_bytes(), Vec::new()),
    };
    Config {
        entrypoint: words(process.entrypoint),
        cmd: words(process.cmd),
        env: process
            .env
            .unwrap_or_default()
            .into_iter()
            .map(variable)
            .collect(),
        user: process.user.unwrap_or_default(),
        working_dir: process.working_dir.unwrap_or_default().into_bytes(),
        history: file
            .history
            .unwrap_or_default()
            .into_iter()
            .map(|line| line.created_by.unwrap_or_default())
            .collect(),
    }
}
