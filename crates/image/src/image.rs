//! From a path to an [`Image`].

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use sayso_world::users::{UserFault, credentials_of};
use sayso_world::{Credentials, Machine, TargetPath};

use crate::container::{Finder, Found, LayerBlob, Members, Store};
use crate::decode::Compression;
use crate::digest::{Digest, Hasher};
use crate::feed::{Bounds, Feed, Mapped, Stream};
use crate::index::{Budget, Index, Reading, of_tar};
use crate::limits::{Limits, THREADS_MAX};
use crate::oci::ConfigFile;
use crate::refusal::{Fault, FaultKind, Place, Refusal};
use crate::source::{self, Named, Span};
use crate::tree::Tree;
use crate::world::ImageWorld;
use crate::{Platform, tar};

/// How to open.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which platform's image of an index is meant; `None`: this machine's, else the only one.
    pub platform: Option<Platform>,
    /// Which image is meant where a file holds several: a name (`app:1.2`), a tag of one, or a digest.
    pub name: Option<String>,
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
    /// A plain folder: not for [`open`], but for [`sayso_world::root::Root`].
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

fn machine(platform: Option<&Platform>, config: Option<&Config>) -> Machine {
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

/// What a path is, by its names and first bytes. [`open`] decides: it may still refuse.
pub fn sniff(path: &Path) -> Kind {
    match source::named(path) {
        Err(_) => Kind::Other,
        Ok(Named::Folder(folder)) => match folder.file("index.json") {
            Ok(Some(_)) => Kind::OciLayout,
            _ => Kind::Folder,
        },
        Ok(Named::File(span)) => sniff_file(&span),
    }
}

fn sniff_file(span: &Span) -> Kind {
    let head = span.head(tar::BLOCK);
    match Compression::detect(&head) {
        Compression::None if tar::is_tar(&head) => {
            match Members::read(span, Limits::default().entries) {
                Ok(members) if members.has("oci-layout") && members.has("index.json") => {
                    Kind::OciArchive
                }
                Ok(members) if members.has("manifest.json") => Kind::DockerArchive,
                _ => Kind::Tar,
            }
        }
        Compression::None => Kind::Other,
        compression => {
            let bounds = Bounds::of(&Limits::default(), span.len());
            let head = compression.reader(span.reader()).and_then(|reader| {
                let mut stream = Stream::new(reader, bounds, None);
                stream.peek(tar::BLOCK).map(tar::is_tar)
            });
            if head == Ok(true) {
                Kind::Tar
            } else {
                Kind::Other
            }
        }
    }
}

/// Opens a container image or an archive. See the crate's documentation for what is read and held.
///
/// # Errors
/// A [`Refusal`] that names the place and says what to do.
pub fn open(path: &Path, options: &Options) -> Result<Image, Refusal> {
    let refuse = |fault: Fault| fault.in_part(path, None);
    let opening = Opening {
        file: path,
        options,
        budget: Budget::new(&options.limits),
    };
    match source::named(path).map_err(refuse)? {
        Named::Folder(folder) => {
            if folder.file("index.json").map_err(refuse)?.is_none() {
                return Err(opening.no_image(
                    "it is a folder, but no OCI image layout (it has no index.json); a root folder is given with --root",
                ));
            }
            let store = Store::Folder(folder);
            let found = opening.finder(&store).oci()?;
            opening.container(Kind::OciLayout, found)
        }
        Named::File(span) => opening.file(&span),
    }
}

struct Opening<'o> {
    file: &'o Path,
    options: &'o Options,
    budget: Budget<'o>,
}

/// What reading one layer gives.
struct ReadLayer {
    index: Index,
    inflated: u64,
}

impl Opening<'_> {
    fn finder<'s>(&'s self, store: &'s Store) -> Finder<'s> {
        Finder {
            file: self.file,
            store,
            options: self.options,
        }
    }

    fn place(&self, part: Option<String>) -> Box<Place> {
        Box::new(Place {
            file: self.file.to_owned(),
            part,
            ..Place::default()
        })
    }

    fn no_image(&self, what: &str) -> Refusal {
        Refusal::NotAnImage {
            place: self.place(None),
            what: what.to_owned(),
        }
    }

    fn file(&self, span: &Span) -> Result<Image, Refusal> {
        let refuse = |fault: Fault| fault.in_part(self.file, None);
        let head = span.head(tar::BLOCK);
        let compression = Compression::detect(&head);
        if compression != Compression::None {
            let bounds = Bounds::of(&self.options.limits, span.len());
            let reader = compression.reader(span.reader()).map_err(refuse)?;
            let mut stream = Stream::new(reader, bounds, None);
            if !tar::is_tar(stream.peek(tar::BLOCK).map_err(refuse)?) {
                return Err(
                    self.no_image("it is a compressed file, but what is in it is no tar archive")
                );
            }
            let index = of_tar(&mut stream, Reading::Plain, &self.budget).map_err(refuse)?;
            let (_, inflated) = stream.finish().map_err(refuse)?;
            return self.plain(Kind::Tar, span, ReadLayer { index, inflated });
        }
        if !tar::is_tar(&head) {
            return Err(self.no_image(&not_an_image(&head)));
        }
        let members = Members::read(span, self.options.limits.entries).map_err(refuse)?;
        let is_oci = members.has("oci-layout") && members.has("index.json");
        let store = Store::Archive(members);
        let finder = self.finder(&store);
        if is_oci {
            let kind = Kind::OciArchive;
            return match finder.oci() {
                Ok(found) => self.container(kind, found),
                // As engines do: what the index cannot give, Docker's own manifest may.
                Err(refusal @ Refusal::Missing { .. }) => match finder.docker()? {
                    Some(found) => self.container(Kind::DockerArchive, found),
                    None => Err(refusal),
                },
                Err(refusal) => Err(refusal),
            };
        }
        if let Some(found) = finder.docker()? {
            return self.container(Kind::DockerArchive, found);
        }
        let mut feed = Mapped::new(span.bytes().map_err(refuse)?);
        let index = of_tar(&mut feed, Reading::Plain, &self.budget).map_err(refuse)?;
        let inflated = span.len();
        self.plain(Kind::Tar, span, ReadLayer { index, inflated })
    }

    /// An archive that is one layer and no container.
    fn plain(&self, kind: Kind, span: &Span, read: ReadLayer) -> Result<Image, Refusal> {
        let layer = Layer {
            digest: None,
            diff_id: None,
            media_type: String::new(),
            created_by: None,
            bytes: span.len(),
            inflated: read.inflated,
            entries: read.index.entries.len(),
        };
        let mut tree = Tree::default();
        tree.apply(0, read.index)
            .map_err(|fault| fault.in_part(self.file, None))?;
        let notes = take_notes(&mut tree);
        Ok(Image {
            kind,
            name: None,
            platform: None,
            config: None,
            layers: vec![layer],
            tree: ImageWorld::new(tree, machine(None, None)),
            notes,
        })
    }

    fn container(&self, kind: Kind, found: Found) -> Result<Image, Refusal> {
        let created_by = history(&found.config, found.layers.len());
        let mut tree = Tree::default();
        let mut layers = Vec::new();
        self.read_layers(&found.layers, |number, read| {
            let blob = &found.layers[number];
            layers.push(Layer {
                digest: blob.digest.as_ref().map(ToString::to_string),
                diff_id: Some(blob.diff_id.to_string()),
                media_type: blob.media_type.clone(),
                created_by: created_by[number].clone(),
                bytes: blob.blob.len(),
                inflated: read.inflated,
                entries: read.index.entries.len(),
            });
            tree.apply(number, read.index)
                .map_err(|fault| fault.in_part(self.file, Some(blob.label.clone())))
        })?;
        let config = config(found.config);
        let mut notes = take_notes(&mut tree);
        notes.extend(
            found
                .notes
                .into_iter()
                .map(|text| Note { layer: None, text }),
        );
        let machine = machine(found.platform.as_ref(), Some(&config));
        Ok(Image {
            kind,
            name: found.name,
            platform: found.platform,
            config: Some(config),
            layers,
            tree: ImageWorld::new(tree, machine),
            notes,
        })
    }

    /// Reads all layers, several at a time, and hands them on in their order.
    fn read_layers(
        &self,
        blobs: &[LayerBlob],
        mut hand_on: impl FnMut(usize, ReadLayer) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.min(THREADS_MAX).min(blobs.len());
        let next = AtomicUsize::new(0);
        // A thread waits with its layer until the one before is handed over: no more of them are in memory than threads.
        let (sender, receiver) = mpsc::sync_channel(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(blob) = blobs.get(number) else {
                            return;
                        };
                        let read = self.read_layer(blob);
                        let failed = read.is_err();
                        if sender.send((number, read)).is_err() || failed {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting: Vec<Option<ReadLayer>> = Vec::new();
            waiting.resize_with(blobs.len(), || None);
            let mut expected = 0;
            // Of several refusals, the lowest layer's is told: it does not depend on who was faster.
            let mut refusal: Option<(usize, Refusal)> = None;
            for (number, read) in receiver {
                match read {
                    Ok(read) => waiting[number] = Some(read),
                    Err(why) => {
                        next.store(blobs.len(), Ordering::Relaxed);
                        if refusal.as_ref().is_none_or(|(first, _)| number < *first) {
                            refusal = Some((number, why));
                        }
                    }
                }
                while refusal.is_none()
                    && let Some(read) = waiting.get_mut(expected).and_then(Option::take)
                {
                    if let Err(why) = hand_on(expected, read) {
                        next.store(blobs.len(), Ordering::Relaxed);
                        refusal = Some((expected, why));
                    }
                    expected += 1;
                }
            }
            refusal.map_or(Ok(()), |(_, why)| Err(why))
        })
    }

    fn read_layer(&self, layer: &LayerBlob) -> Result<ReadLayer, Refusal> {
        let refuse = |fault: Fault| fault.in_part(self.file, Some(layer.label.clone()));
        let wrong = |stated: &Digest, found: &Digest, inflated| Refusal::Digest {
            place: self.place(Some(layer.label.clone())),
            stated: stated.to_string(),
            found: found.to_string(),
            inflated,
        };
        let mut known = None;
        if let Some(stated) = &layer.digest {
            let found = layer.blob.digest(stated.algorithm);
            if found != *stated {
                return Err(wrong(stated, &found, false));
            }
            known = Some(found);
        }
        let compression = Compression::detect(&layer.blob.head(8));
        let algorithm = layer.diff_id.algorithm;
        let (index, found, inflated) = if compression == Compression::None {
            let found = match known {
                Some(found) if found.algorithm == algorithm => found,
                _ => layer.blob.digest(algorithm),
            };
            if found != layer.diff_id {
                return Err(wrong(&layer.diff_id, &found, true));
            }
            let mut feed = Mapped::new(layer.blob.bytes().map_err(refuse)?);
            let index = of_tar(&mut feed, Reading::Layer, &self.budget).map_err(refuse)?;
            (index, found, layer.blob.len())
        } else {
            let bounds = Bounds::of(&self.options.limits, layer.blob.len());
            let reader = compression.reader(layer.blob.reader()).map_err(refuse)?;
            let mut stream = Stream::new(reader, bounds, Some(Hasher::new(algorithm)));
            let index = of_tar(&mut stream, Reading::Layer, &self.budget).map_err(refuse)?;
            let (found, inflated) = stream.finish().map_err(refuse)?;
            let found =
                found.ok_or_else(|| refuse(Fault::new(FaultKind::Missing("its digest".into()))))?;
            (index, found, inflated)
        };
        if found != layer.diff_id {
            return Err(wrong(&layer.diff_id, &found, true));
        }
        Ok(ReadLayer { index, inflated })
    }
}

fn take_notes(tree: &mut Tree) -> Vec<Note> {
    let notes = std::mem::take(&mut tree.notes).into_iter();
    let note = |(layer, text)| Note {
        layer: Some(layer as usize),
        text,
    };
    notes.map(note).collect()
}

/// The history's line of each layer; none where the history does not fit the layers.
fn history(config: &ConfigFile, layers: usize) -> Vec<Option<String>> {
    let lines = config.history.as_deref().unwrap_or_default();
    let filled: Vec<_> = lines.iter().filter(|line| !line.empty_layer).collect();
    if filled.len() != layers {
        return vec![None; layers];
    }
    filled.iter().map(|line| line.created_by.clone()).collect()
}

fn config(file: ConfigFile) -> Config {
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

fn not_an_image(head: &[u8]) -> String {
    let what = match crate::Head::detect(head) {
        crate::Head::Elf => "it is an ELF file and no image or archive; check it as it is",
        crate::Head::Script => "it is a script and no image or archive",
        crate::Head::Other(sayso_facts::Magic::Empty) => "it is empty",
        crate::Head::Other(_) => {
            "it is neither a container image nor an archive that is known here"
        }
    };
    what.to_owned()
}
