//! The JSON of images: OCI indexes and manifests (image-spec v1.1), and the `manifest.json` of `docker save` (v1.2).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Platform;
use crate::refusal::{Fault, shown};

/// `index.json`, or an index within it (Docker calls it a manifest list).
#[derive(Debug, Deserialize)]
pub(crate) struct IndexFile {
    #[serde(default)]
    pub(crate) manifests: Vec<Descriptor>,
}

/// What points at a blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    #[serde(default)]
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: Option<u64>,
    platform: Option<PlatformFile>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Deserialize)]
struct PlatformFile {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

/// A manifest: one image for one platform.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManifestFile {
    pub(crate) config: Descriptor,
    #[serde(default)]
    pub(crate) layers: Vec<Descriptor>,
}

/// One image of `manifest.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DockerImage {
    pub(crate) config: String,
    pub(crate) repo_tags: Option<Vec<String>>,
    pub(crate) layers: Option<Vec<String>>,
}

/// The image's configuration.
#[derive(Debug, Deserialize)]
pub(crate) struct ConfigFile {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
    pub(crate) config: Option<ProcessFile>,
    pub(crate) rootfs: Option<RootFs>,
    pub(crate) history: Option<Vec<HistoryLine>>,
}

/// What is to be started, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProcessFile {
    pub(crate) user: Option<String>,
    pub(crate) env: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) working_dir: Option<String>,
}

/// The layers' digests as they are inflated.
#[derive(Debug, Deserialize)]
pub(crate) struct RootFs {
    pub(crate) diff_ids: Option<Vec<String>>,
}

/// How a layer came about.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryLine {
    pub(crate) created_by: Option<String>,
    #[serde(default)]
    pub(crate) empty_layer: bool,
}

/// Reads JSON.
pub(crate) fn parse<T: DeserializeOwned>(json: &[u8], what: &str) -> Result<T, Fault> {
    serde_json::from_slice(json).map_err(|error| {
        let error = error.to_string();
        Fault::damaged(format!(
            "{what} cannot be read: {}",
            shown(error.as_bytes())
        ))
    })
}

/// Manifests that are none of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Image,
    Index,
    Other,
}

impl Descriptor {
    pub(crate) fn role(&self) -> Role {
        match self.media_type.as_str() {
            "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json" => Role::Index,
            ""
            | "application/vnd.oci.image.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v2+json" => {
                let attests = self.annotation("vnd.docker.reference.type").is_some();
                if attests
                    || self
                        .platform()
                        .is_some_and(|platform| platform.is_unknown())
                {
                    Role::Other
                } else {
                    Role::Image
                }
            }
            _ => Role::Other,
        }
    }

    pub(crate) fn platform(&self) -> Option<Platform> {
        let platform = self.platform.as_ref()?;
        let (os, architecture) = (&platform.os, &platform.architecture);
        let known = !os.is_empty() && !architecture.is_empty();
        known.then(|| Platform::new(os, architecture, platform.variant.as_deref()))
    }

    fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }

    /// What the image is called, the full name if it is there.
    pub(crate) fn name(&self) -> Option<&str> {
        self.annotation("io.containerd.image.name")
            .or_else(|| self.annotation("org.opencontainers.image.ref.name"))
    }
}

impl ConfigFile {
    pub(crate) fn platform(&self) -> Option<Platform> {
        let known = !self.os.is_empty() && !self.architecture.is_empty();
        known.then(|| Platform::new(&self.os, &self.architecture, self.variant.as_deref()))
    }
}

/// A configuration that is one of an image. Helm charts, signatures and other artifacts have types of their own.
pub(crate) fn check_config_type(media_type: &str) -> Result<(), Fault> {
    match media_type {
        ""
        | "application/vnd.oci.image.config.v1+json"
        | "application/vnd.docker.container.image.v1+json" => Ok(()),
        other => Err(Fault::unsupported(format!(
            "it is no container image: its configuration has the media type `{}'",
            shown(other.as_bytes())
        ))),
    }
}

/// A layer that is a tar archive, compressed or not. How it is compressed is told by its bytes.
pub(crate) fn check_layer_type(media_type: &str) -> Result<(), Fault> {
    let base = media_type
        .strip_prefix("application/vnd.oci.image.layer.v1.")
        .or_else(|| media_type.strip_prefix("application/vnd.oci.image.layer."))
        .or_else(|| media_type.strip_prefix("application/vnd.docker.image.rootfs."));
    let shown = || shown(media_type.as_bytes());
    if media_type.ends_with("+encrypted") {
        return Err(Fault::unsupported(format!(
            "the layer is encrypted (media type `{}'); decrypt the image first, e.g. with skopeo copy --decryption-key",
            shown()
        )));
    }
    match base {
        None if media_type.is_empty() => Ok(()),
        Some(
            "tar" | "tar+gzip" | "tar+zstd" | "diff.tar" | "diff.tar.gzip" | "diff.tar.zstd"
            | "diff.tar+gzip" | "diff.tar+zstd"
            // Not to be handed on, but of the same make: read where they are here after all.
            | "nondistributable.v1.tar" | "nondistributable.v1.tar+gzip"
            | "nondistributable.v1.tar+zstd" | "foreign.diff.tar" | "foreign.diff.tar.gzip",
        ) => Ok(()),
        _ => Err(Fault::unsupported(format!(
            "the layer has the media type `{}', which is no tar archive that is known here",
            shown()
        ))),
    }
}

/// A layer that images may leave out.
pub(crate) fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".nondistributable.") || media_type.contains(".foreign.")
}
