//! Which of the images in a store is meant.

use std::path::Path;

use bytes::Bytes;

use crate::digest::Digest;
use crate::limits::{INDEX_DEPTH_MAX, JSON_BYTES_MAX, MANIFESTS_MAX};
use crate::oci::{self, ConfigFile, Descriptor, DockerImage, IndexFile, ManifestFile, Role};
use crate::refusal::{Fault, FaultKind, Limit, Place, Refusal};
use crate::source::Span;
use crate::store::{Blob, Store};
use crate::{Options, Platform};

/// One image, its configuration read and checked, its layers by where they are.
#[derive(Debug)]
pub(crate) struct Found<'s> {
    pub(crate) name: Option<String>,
    pub(crate) platform: Option<Platform>,
    pub(crate) config: ConfigFile,
    pub(crate) layers: Vec<LayerBlob<'s>>,
    pub(crate) notes: Vec<String>,
}

/// A layer that is still to be read.
#[derive(Debug)]
pub(crate) struct LayerBlob<'s> {
    /// How it is called in messages.
    pub(crate) label: String,
    pub(crate) blob: Blob<'s>,
    /// As it is stored; Docker's manifest does not tell.
    pub(crate) digest: Option<Digest>,
    pub(crate) media_type: String,
    pub(crate) diff_id: Digest,
}

/// Finds the image that is meant.
pub(crate) struct Finder<'s, 'o> {
    pub(crate) file: &'o Path,
    pub(crate) store: &'s Store,
    pub(crate) options: &'o Options,
}

/// One manifest of an index.
struct Candidate {
    descriptor: Descriptor,
    name: Option<String>,
    platform: Option<Platform>,
}

impl<'s> Finder<'s, '_> {
    fn refuse(&self, part: impl Into<Option<String>>) -> impl FnOnce(Fault) -> Refusal {
        let (file, part) = (self.file, part.into());
        move |fault| fault.in_part(file, part)
    }

    fn place(&self, part: Option<String>) -> Box<Place> {
        Box::new(Place {
            file: self.file.to_owned(),
            part,
            ..Place::default()
        })
    }

    /// Through `index.json`.
    pub(crate) fn oci(&self) -> Result<Found<'s>, Refusal> {
        let index = self.store.json("index.json");
        let index = index
            .and_then(|json| json.ok_or_else(|| missing("index.json")))
            .and_then(|json| oci::parse::<IndexFile>(&json, "the index"))
            .map_err(self.refuse("index.json".to_owned()))?;
        let (mut candidates, absent) = self.candidates(index)?;
        if candidates.is_empty() {
            let what = match absent.first() {
                Some(digest) => FaultKind::Missing(format!("the manifest {digest}")),
                None => FaultKind::Missing("a manifest of an image".into()),
            };
            return Err(self.refuse("index.json".to_owned())(Fault::new(what)));
        }
        self.keep_named(&mut candidates)?;
        let chosen = self.choose(candidates)?;
        let mut found = self.image(&chosen)?;
        if !absent.is_empty() {
            found.notes.push(format!(
                "the index also names {} manifests that are not in the file",
                absent.len()
            ));
        }
        Ok(found)
    }

    /// All manifests of images, those of inner indexes too, and the digests of those that are not here.
    fn candidates(&self, index: IndexFile) -> Result<(Vec<Candidate>, Vec<String>), Refusal> {
        let mut left: Vec<(Descriptor, usize, Option<String>)> = Vec::new();
        let push = |left: &mut Vec<_>, index: IndexFile, depth, name: Option<&String>| {
            for descriptor in index.manifests.into_iter().rev() {
                let name = descriptor
                    .name()
                    .map(str::to_owned)
                    .or_else(|| name.cloned());
                left.push((descriptor, depth, name));
            }
        };
        push(&mut left, index, 0, None);
        let (mut candidates, mut absent) = (Vec::new(), Vec::new());
        let mut seen = 0;
        while let Some((descriptor, depth, name)) = left.pop() {
            seen += 1;
            if seen > MANIFESTS_MAX {
                let limit = Limit::Fixed("the number of manifests of an index");
                let fault = Fault::limit(limit, MANIFESTS_MAX as u64);
                return Err(self.refuse("index.json".to_owned())(fault));
            }
            match descriptor.role() {
                Role::Other => {}
                Role::Index if depth == INDEX_DEPTH_MAX => {
                    let limit = Limit::Fixed("the depth of indexes within indexes");
                    let fault = Fault::limit(limit, INDEX_DEPTH_MAX as u64);
                    return Err(self.refuse(descriptor.digest.clone())(fault));
                }
                Role::Index => match self.blob(&descriptor)? {
                    None => absent.push(descriptor.digest),
                    Some(json) => {
                        let inner = oci::parse(&json, "the index");
                        let inner = inner.map_err(self.refuse(descriptor.digest.clone()))?;
                        push(&mut left, inner, depth + 1, name.as_ref());
                    }
                },
                Role::Image => match self.blob(&descriptor)? {
                    None => absent.push(descriptor.digest),
                    Some(_) => candidates.push(Candidate {
                        platform: descriptor.platform(),
                        descriptor,
                        name,
                    }),
                },
            }
        }
        Ok((candidates, absent))
    }

    /// A blob that is JSON, its digest checked.
    fn blob(&self, descriptor: &Descriptor) -> Result<Option<Bytes>, Refusal> {
        let part = || descriptor.digest.clone();
        let Some((span, _)) = self.checked(descriptor)? else {
            return Ok(None);
        };
        if span.len() > JSON_BYTES_MAX {
            let what = Limit::Fixed("the size of a JSON file in bytes");
            return Err(self.refuse(part())(Fault::limit(what, JSON_BYTES_MAX)));
        }
        span.bytes().map(Some).map_err(self.refuse(part()))
    }

    /// A blob whose size and digest are as stated; `None` if it is not here.
    fn checked(&self, descriptor: &Descriptor) -> Result<Option<(Span, Digest)>, Refusal> {
        let part = || crate::refusal::shown(descriptor.digest.as_bytes());
        let digest = Digest::parse(&descriptor.digest).map_err(self.refuse(part()))?;
        let span = self
            .store
            .file(&digest.path())
            .map_err(self.refuse(part()))?;
        let Some(span) = span else {
            return Ok(None);
        };
        if let Some(size) = descriptor.size.filter(|&size| size != span.len()) {
            let what = format!("it should be {size} bytes long, but it is {}", span.len());
            return Err(self.refuse(part())(Fault::damaged(what)));
        }
        let found = span.digest(digest.algorithm);
        if found != digest {
            return Err(Refusal::Digest {
                place: self.place(Some(part())),
                stated: digest.to_string(),
                found: found.to_string(),
                inflated: false,
            });
        }
        Ok(Some((span, digest)))
    }

    /// Leaves those with the name that was asked for.
    fn keep_named(&self, candidates: &mut Vec<Candidate>) -> Result<(), Refusal> {
        let wanted = self.options.name.as_deref();
        let mut names: Vec<String> = candidates
            .iter()
            .filter_map(|candidate| candidate.name.clone())
            .collect();
        names.sort();
        names.dedup();
        if let Some(wanted) = wanted {
            candidates.retain(|candidate| {
                candidate.descriptor.digest == wanted
                    || candidate
                        .name
                        .as_deref()
                        .is_some_and(|name| is_named(name, wanted))
            });
        }
        let same = |a: &Candidate, b: &Candidate| a.descriptor.digest == b.descriptor.digest;
        let several = wanted.is_none()
            && names.len() > 1
            // One image under several names is one image.
            && !candidates.iter().all(|candidate| same(candidate, &candidates[0]));
        if candidates.is_empty() || several {
            return Err(Refusal::Several {
                place: self.place(None),
                wanted: wanted.map(str::to_owned),
                names,
            });
        }
        Ok(())
    }

    /// The one for the platform that was asked for, or for this machine's, or the only one.
    fn choose(&self, mut candidates: Vec<Candidate>) -> Result<Candidate, Refusal> {
        candidates.dedup_by(|a, b| a.descriptor.digest == b.descriptor.digest);
        for candidate in &mut candidates {
            if candidate.platform.is_none() {
                candidate.platform = self.platform_by_config(&candidate.descriptor)?;
            }
        }
        let wanted = self.options.platform.clone();
        let here = Platform::of_this_machine();
        let asked = wanted.as_ref().unwrap_or(&here);
        let serves = |candidate: &Candidate| {
            let platform = candidate.platform.as_ref();
            platform.is_some_and(|platform| platform.serves(asked))
        };
        if let Some(at) = candidates.iter().position(serves) {
            return Ok(candidates.swap_remove(at));
        }
        if wanted.is_none() && candidates.len() == 1 {
            return Ok(candidates.remove(0));
        }
        let mut there: Vec<Platform> = candidates
            .into_iter()
            .filter_map(|candidate| candidate.platform)
            .collect();
        there.sort();
        there.dedup();
        Err(Refusal::Platform {
            place: self.place(None),
            wanted,
            there,
        })
    }

    fn platform_by_config(&self, descriptor: &Descriptor) -> Result<Option<Platform>, Refusal> {
        let manifest = self.manifest(descriptor)?;
        if oci::check_config_type(&manifest.config.media_type).is_err() {
            return Ok(None);
        }
        Ok(self.config(&manifest.config)?.platform())
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<ManifestFile, Refusal> {
        let json = self.needed(self.blob(descriptor)?, &descriptor.digest)?;
        oci::parse(&json, "the manifest").map_err(self.refuse(descriptor.digest.clone()))
    }

    fn config(&self, descriptor: &Descriptor) -> Result<ConfigFile, Refusal> {
        let json = self.needed(self.blob(descriptor)?, &descriptor.digest)?;
        oci::parse(&json, "the image's configuration")
            .map_err(self.refuse(descriptor.digest.clone()))
    }

    fn needed<T>(&self, thing: Option<T>, name: &str) -> Result<T, Refusal> {
        thing.ok_or_else(|| self.refuse(None)(missing(name)))
    }

    fn image(&self, chosen: &Candidate) -> Result<Found<'s>, Refusal> {
        let manifest = self.manifest(&chosen.descriptor)?;
        oci::check_config_type(&manifest.config.media_type)
            .map_err(self.refuse(chosen.descriptor.digest.clone()))?;
        let config = self.config(&manifest.config)?;
        let diff_ids = self.diff_ids(&config, manifest.layers.len())?;
        let mut layers = Vec::new();
        for (descriptor, diff_id) in manifest.layers.iter().zip(diff_ids) {
            let label = crate::refusal::shown(descriptor.digest.as_bytes());
            oci::check_layer_type(&descriptor.media_type).map_err(self.refuse(label.clone()))?;
            let Some((blob, digest)) = self.located(descriptor)? else {
                let fault = if oci::is_foreign(&descriptor.media_type) {
                    Fault::unsupported(
                        "the layer is a foreign one, which images only point to and do not contain; save the image with it",
                    )
                } else {
                    missing("the layer")
                };
                return Err(self.refuse(label)(fault));
            };
            layers.push(LayerBlob {
                label,
                blob,
                digest: Some(digest),
                media_type: descriptor.media_type.clone(),
                diff_id,
            });
        }
        Ok(Found {
            name: chosen.name.clone(),
            platform: config.platform().or_else(|| chosen.platform.clone()),
            config,
            layers,
            notes: Vec::new(),
        })
    }

    /// Where a layer is; its digest is checked by who reads it, beside the others.
    fn located(&self, descriptor: &Descriptor) -> Result<Option<(Blob<'s>, Digest)>, Refusal> {
        let part = || crate::refusal::shown(descriptor.digest.as_bytes());
        let digest = Digest::parse(&descriptor.digest).map_err(self.refuse(part()))?;
        let blob = self
            .store
            .blob(&digest.path())
            .map_err(self.refuse(part()))?;
        if let (Some(size), Some(blob)) = (descriptor.size, &blob)
            && size != blob.len()
        {
            let what = format!("it should be {size} bytes long, but it is {}", blob.len());
            return Err(self.refuse(part())(Fault::damaged(what)));
        }
        Ok(blob.map(|blob| (blob, digest)))
    }

    fn diff_ids(&self, config: &ConfigFile, layers: usize) -> Result<Vec<Digest>, Refusal> {
        let most = self.options.limits.layers;
        if layers > most {
            return Err(self.refuse(None)(Fault::limit(Limit::Layers, most as u64)));
        }
        let stated = config
            .rootfs
            .as_ref()
            .and_then(|rootfs| rootfs.diff_ids.as_ref());
        let stated = stated.map_or(&[][..], Vec::as_slice);
        if stated.len() != layers {
            let what = format!(
                "the manifest has {layers} layers, but the configuration tells {} diff_ids",
                stated.len()
            );
            return Err(self.refuse(None)(Fault::damaged(what)));
        }
        let parsed: Result<Vec<Digest>, Fault> =
            stated.iter().map(|id| Digest::parse(id)).collect();
        parsed.map_err(self.refuse("the configuration".to_owned()))
    }

    /// Through `manifest.json`. `None`: it is some other file of that name.
    pub(crate) fn docker(&self) -> Result<Option<Found<'s>>, Refusal> {
        let part = || "manifest.json".to_owned();
        let Some(json) = self
            .store
            .json("manifest.json")
            .map_err(self.refuse(part()))?
        else {
            return Ok(None);
        };
        let Ok(images) = oci::parse::<Vec<DockerImage>>(&json, "the manifest") else {
            return Ok(None);
        };
        let (image, config) = self.choose_docker(images)?;
        let files = image.layers.clone().unwrap_or_default();
        let diff_ids = self.diff_ids(&config, files.len())?;
        let mut layers = Vec::new();
        for (name, diff_id) in files.into_iter().zip(diff_ids) {
            let label = crate::refusal::shown(name.as_bytes());
            let blob = self.store.blob(&name).map_err(self.refuse(label.clone()))?;
            // A path that is made of a digest states it.
            let digest = name
                .strip_prefix("blobs/")
                .and_then(|rest| Digest::parse(&rest.replacen('/', ":", 1)).ok());
            layers.push(LayerBlob {
                blob: self.needed(blob, &format!("the layer {label}"))?,
                label,
                digest,
                media_type: String::new(),
                diff_id,
            });
        }
        Ok(Some(Found {
            name: image.repo_tags.into_iter().flatten().next(),
            platform: config.platform(),
            config,
            layers,
            notes: Vec::new(),
        }))
    }

    fn choose_docker(
        &self,
        images: Vec<DockerImage>,
    ) -> Result<(DockerImage, ConfigFile), Refusal> {
        let wanted = self.options.name.as_deref();
        let tags = |image: &DockerImage| image.repo_tags.clone().unwrap_or_default();
        let mut names: Vec<String> = images.iter().flat_map(tags).collect();
        names.sort();
        names.dedup();
        let mut read: Vec<(DockerImage, ConfigFile)> = Vec::new();
        for image in images.into_iter().take(MANIFESTS_MAX) {
            let named = |wanted: &str| {
                image.config == wanted || tags(&image).iter().any(|tag| is_named(tag, wanted))
            };
            if wanted.is_none_or(named)
                && !read.iter().any(|(known, _)| known.config == image.config)
            {
                let config = self.docker_config(&image.config)?;
                read.push((image, config));
            }
        }
        let place = self.place(None);
        if let Some(asked) = &self.options.platform {
            let serves = |config: &ConfigFile| {
                config
                    .platform()
                    .is_none_or(|platform| platform.serves(asked))
            };
            let there = read
                .iter()
                .filter_map(|(_, config)| config.platform())
                .collect();
            read.retain(|(_, config)| serves(config));
            if read.is_empty() {
                return Err(Refusal::Platform {
                    place,
                    wanted: Some(asked.clone()),
                    there,
                });
            }
        }
        if read.len() > 1 && self.options.platform.is_none() {
            let here = Platform::of_this_machine();
            let serves = |config: &ConfigFile| {
                config
                    .platform()
                    .is_some_and(|platform| platform.serves(&here))
            };
            if read.iter().filter(|(_, config)| serves(config)).count() == 1 {
                read.retain(|(_, config)| serves(config));
            }
        }
        match read.pop() {
            Some(only) if read.is_empty() => Ok(only),
            _ => Err(Refusal::Several {
                place,
                wanted: wanted.map(str::to_owned),
                names,
            }),
        }
    }

    /// The configuration; its name states its digest, with or without `.json`, in `blobs/sha256/` or not.
    fn docker_config(&self, name: &str) -> Result<ConfigFile, Refusal> {
        let part = || crate::refusal::shown(name.as_bytes());
        let json = self.store.json(name).map_err(self.refuse(part()))?;
        let json = self.needed(json, &part())?;
        let stem = name.rsplit('/').next().unwrap_or(name);
        let stem = stem.strip_suffix(".json").unwrap_or(stem);
        if let Ok(stated) = Digest::parse(&format!("sha256:{stem}")) {
            let mut hasher = crate::digest::Hasher::new(stated.algorithm);
            hasher.update(&json);
            let found = hasher.finish();
            if found != stated {
                return Err(Refusal::Digest {
                    place: self.place(Some(part())),
                    stated: stated.to_string(),
                    found: found.to_string(),
                    inflated: false,
                });
            }
        }
        oci::parse(&json, "the image's configuration").map_err(self.refuse(part()))
    }
}

fn missing(what: &str) -> Fault {
    Fault::new(FaultKind::Missing(what.to_owned()))
}

/// `debian`, `debian:12` and `docker.io/library/debian:12` may all be meant by what is written.
fn is_named(name: &str, wanted: &str) -> bool {
    let short = |name: &str| {
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        name.strip_suffix(":latest").unwrap_or(name).to_owned()
    };
    name == wanted || short(name) == short(wanted) || name.rsplit(':').next() == Some(wanted)
}
