//! From a path to an [`Image`].

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use bytes::Bytes;

use crate::archive::{self, Archive};
use crate::container::{Finder, Found, LayerBlob};
use crate::decode::Compression;
use crate::digest::{Digest, Hasher};
use crate::feed::{Bounds, Feed, Mapped, Stream};
use crate::image::{Image, Kind, Layer, Note, Options, config, history, machine};
use crate::index::{Budget, Reading, look_again, of_tar};
use crate::limits::{Limits, THREADS_MAX};
use crate::refusal::{Fault, FaultKind, Place, Refusal};
use crate::source::{self, Named, Span};
use crate::store::{Blob, Members, ReadLayer, Store};
use crate::streamed::{self, Streamed};
use crate::tar;
use crate::tree::Tree;
use crate::world::ImageWorld;

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

/// The same of bytes that are in memory.
pub fn sniff_bytes(bytes: Bytes) -> Kind {
    sniff_file(&Span::of(bytes))
}

fn sniff_file(span: &Span) -> Kind {
    let head = span.head(tar::BLOCK);
    let compression = Compression::detect(&head);
    if compression != Compression::None {
        let bounds = Bounds::of(&Limits::default(), span.len());
        let is_tar = compression.reader(span.reader()).and_then(|reader| {
            let mut stream = Stream::new(reader, bounds, None);
            stream.peek(tar::BLOCK).map(tar::is_tar)
        });
        return if is_tar == Ok(true) {
            Kind::Tar
        } else {
            Kind::Other
        };
    }
    match archive::kind(&head) {
        Kind::Tar => match Members::read(span, Limits::default().entries) {
            Ok(members) if members.is_oci() => Kind::OciArchive,
            Ok(members) if members.has("manifest.json") => Kind::DockerArchive,
            _ => Kind::Tar,
        },
        kind => kind,
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
        budget: Budget::new(&options.limits, options.digests),
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

/// The same of bytes that are in memory; the path is only what messages (and a wheel's tags) call them.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(path: &Path, bytes: Bytes, options: &Options) -> Result<Image, Refusal> {
    let opening = Opening {
        file: path,
        options,
        budget: Budget::new(&options.limits, options.digests),
    };
    opening.file(&Span::of(bytes))
}

struct Opening<'o> {
    file: &'o Path,
    options: &'o Options,
    budget: Budget<'o>,
}

impl Opening<'_> {
    fn finder<'s>(&'s self, store: &'s Store) -> Finder<'s, 's> {
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
        if Compression::detect(&head) != Compression::None {
            return self.compressed(span);
        }
        let read = match archive::kind(&head) {
            Kind::Tar => return self.tar(span),
            Kind::Deb => archive::deb(span, &self.budget),
            Kind::Rpm => archive::rpm(span, &self.budget),
            Kind::Zip => {
                let name = self.file.file_name().unwrap_or_default().to_string_lossy();
                archive::zip(span, &name, &self.budget)
            }
            _ => return Err(self.no_image(not_an_image(&head))),
        };
        self.plain(span, read.map_err(refuse)?)
    }

    /// A tar archive, which may be a container's.
    fn tar(&self, span: &Span) -> Result<Image, Refusal> {
        let refuse = |fault: Fault| fault.in_part(self.file, None);
        let members = Members::read(span, self.options.limits.entries).map_err(refuse)?;
        if let Some(image) = self.members(&Store::Archive(members))? {
            return Ok(image);
        }
        let mut feed = Mapped::new(span);
        let index = of_tar(&mut feed, Reading::Plain, &self.budget).map_err(refuse)?;
        let archive = Archive {
            kind: Kind::Tar,
            index,
            inflated: span.len(),
            package: None,
        };
        self.plain(span, archive)
    }

    /// Something compressed as a whole.
    fn compressed(&self, span: &Span) -> Result<Image, Refusal> {
        let refuse = |fault: Fault| fault.in_part(self.file, None);
        let bounds = Bounds::of(&self.options.limits, span.len());
        let compression = Compression::detect(&span.head(tar::BLOCK));
        let reader = compression.reader(span.reader()).map_err(refuse)?;
        let mut stream = Stream::new(reader, bounds, None);
        if !tar::is_tar(stream.peek(tar::BLOCK).map_err(refuse)?) {
            return Err(self.no_image(
                "it is a compressed file, but what is in it is no tar archive; inflate it and check the file as it is",
            ));
        }
        let Streamed { members, mut index } =
            streamed::read(&mut stream, &self.budget).map_err(refuse)?;
        let (_, inflated) = stream.finish().map_err(refuse)?;
        if let Some(image) = self.members(&Store::Archive(members))? {
            return Ok(image);
        }
        let package = archive::apk(&mut index);
        let is_apk = package.is_some() && compression == Compression::Gzip;
        let archive = Archive {
            kind: if is_apk { Kind::Apk } else { Kind::Tar },
            index,
            inflated,
            package,
        };
        self.plain(span, archive)
    }

    /// An archive whose members are those of a container image; `None`: they are not.
    fn members(&self, store: &Store) -> Result<Option<Image>, Refusal> {
        let finder = self.finder(store);
        if !store.is_oci() {
            let found = finder.docker()?;
            return found
                .map(|found| self.container(Kind::DockerArchive, found))
                .transpose();
        }
        match finder.oci() {
            Ok(found) => self.container(Kind::OciArchive, found).map(Some),
            // As engines do: what the index cannot give, Docker's own manifest may.
            Err(refusal @ Refusal::Missing { .. }) => match finder.docker()? {
                Some(found) => self.container(Kind::DockerArchive, found).map(Some),
                None => Err(refusal),
            },
            Err(refusal) => Err(refusal),
        }
    }

    /// An archive that is one layer and no container.
    fn plain(&self, span: &Span, read: Archive) -> Result<Image, Refusal> {
        let layer = Layer {
            digest: None,
            diff_id: None,
            media_type: String::new(),
            created_by: None,
            bytes: span.len(),
            inflated: read.inflated,
            entries: read.index.entries.len(),
        };
        let mut tree = Tree::new();
        tree.apply(0, read.index)
            .map_err(|fault| fault.in_part(self.file, None))?;
        let notes = take_notes(&mut tree);
        Ok(Image {
            kind: read.kind,
            name: None,
            platform: None,
            config: None,
            package: read.package,
            layers: vec![layer],
            tree: ImageWorld::new(tree, machine(None, None)),
            notes,
        })
    }

    fn container(&self, kind: Kind, found: Found<'_>) -> Result<Image, Refusal> {
        let created_by = history(&found.config, found.layers.len());
        let mut tree = Tree::new();
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
            package: None,
            layers,
            tree: ImageWorld::new(tree, machine),
            notes,
        })
    }

    /// Reads all layers, several at a time, and hands them on in their order.
    fn read_layers(
        &self,
        blobs: &[LayerBlob<'_>],
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
                        // Images may have the same layer twice.
                        let later = blobs.iter().skip(number + 1);
                        let again = later.clone().any(|later| later.diff_id == blob.diff_id);
                        let read = self.read_layer(blob, again);
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

    fn read_layer(&self, layer: &LayerBlob<'_>, again: bool) -> Result<ReadLayer, Refusal> {
        let refuse = |fault: Fault| fault.in_part(self.file, Some(layer.label.clone()));
        let check = |stated: &Digest, found: &Digest, inflated| {
            if stated == found {
                return Ok(());
            }
            Err(Refusal::Digest {
                place: self.place(Some(layer.label.clone())),
                stated: stated.to_string(),
                found: found.to_string(),
                inflated,
            })
        };
        let blob = match &layer.blob {
            Blob::Span(span) => span,
            Blob::Passed(passed) => {
                if let Some(stated) = &layer.digest {
                    check(stated, &passed.digest, false)?;
                }
                check(&layer.diff_id, &passed.diff_id, true)?;
                let gone = || refuse(Fault::new(FaultKind::Missing("the layer".into())));
                return passed.take(again).ok_or_else(gone);
            }
        };
        let mut known = None;
        if let Some(stated) = &layer.digest {
            let found = blob.digest(stated.algorithm);
            check(stated, &found, false)?;
            known = Some(found);
        }
        let algorithm = layer.diff_id.algorithm;
        let compression = Compression::detect(&blob.head(8));
        if compression == Compression::None {
            let found = match known {
                Some(found) if found.algorithm == algorithm => found,
                _ => blob.digest(algorithm),
            };
            check(&layer.diff_id, &found, true)?;
            let mut feed = Mapped::new(blob);
            let index = of_tar(&mut feed, Reading::Layer, &self.budget).map_err(refuse)?;
            let inflated = blob.len();
            return Ok(ReadLayer { index, inflated });
        }
        let bounds = Bounds::of(&self.options.limits, blob.len());
        let reader = compression.reader(blob.reader()).map_err(refuse)?;
        let mut stream = Stream::new(reader, bounds, Some(Hasher::new(algorithm)));
        let mut index = of_tar(&mut stream, Reading::Layer, &self.budget).map_err(refuse)?;
        let (found, inflated) = stream.finish().map_err(refuse)?;
        if let Some(found) = found {
            check(&layer.diff_id, &found, true)?;
        }
        if index.wants_another_look() {
            let reader = compression.reader(blob.reader()).map_err(refuse)?;
            let mut stream = Stream::new(reader, bounds, None);
            look_again(&mut stream, &mut index, &self.budget).map_err(refuse)?;
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

fn not_an_image(head: &[u8]) -> &'static str {
    match crate::Head::detect(head) {
        crate::Head::Elf => "it is an ELF file and no image or archive; check it as it is",
        crate::Head::Script => "it is a script and no image or archive",
        crate::Head::Other(sayso_facts::Magic::Empty) => "it is empty",
        crate::Head::Other(_) => {
            "it is neither a container image nor an archive that is known here"
        }
    }
}
