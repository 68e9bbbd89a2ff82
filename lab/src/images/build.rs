//! Writes an image: each layer a folder, packed by the system's tar.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::case::{Case, Form, Layer};
use crate::release;

/// A folder that is removed again.
pub(super) struct Scratch(PathBuf);

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    pub(super) fn new() -> Result<Scratch> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("image-{}-{number}", std::process::id());
        let folder = crate::workspace().join("target/lab").join(name);
        fs::create_dir_all(&folder)?;
        Ok(Scratch(folder))
    }
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What was written.
pub(super) struct Built {
    /// The OCI layout, for those who unpack it.
    pub(super) layout: PathBuf,
    /// The image as it is judged.
    pub(super) file: PathBuf,
}

struct Packed {
    bytes: Vec<u8>,
    diff_id: String,
    media: &'static str,
}

pub(super) fn build(case: &Case, scratch: &Scratch) -> Result<Built> {
    let mut packed = Vec::new();
    for (at, layer) in case.layers.iter().enumerate() {
        let folder = scratch.path(&format!("layer-{at}"));
        fill(case, layer, at == 0, &folder).with_context(|| format!("layer {}", at + 1))?;
        packed.push(pack(&folder, case.form)?);
    }
    let config = config(case, &packed)?.to_string().into_bytes();
    let layout = scratch.path("layout");
    write_layout(&layout, &config, &packed)?;
    let file = match case.form {
        Form::Layout => layout.clone(),
        Form::OciArchive => {
            let file = scratch.path("image.tar");
            tar(&["-C", &text(&layout), "-cf", &text(&file), "."])?;
            file
        }
        Form::DockerArchive => docker_archive(scratch, &config, &packed)?,
    };
    Ok(Built { layout, file })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn tar(arguments: &[&str]) -> Result<()> {
    let done = Command::new("tar")
        .args(arguments)
        .output()
        .context("tar")?;
    let errors = String::from_utf8_lossy(&done.stderr);
    // Other images share the C library's files with us by second names, so their number of names changes; their bytes do not.
    let only_names = errors
        .lines()
        .all(|line| line.ends_with("file changed as we read it"));
    ensure!(done.status.success() || only_names, "tar: {errors}");
    Ok(())
}

fn fill(case: &Case, layer: &Layer, is_base: bool, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let machine = &layer.fixture.machine;
    if is_base && case.has_libc {
        let wanted = layer.fixture.machine.release();
        let release = release::provisioned()
            .into_iter()
            .find(|release| release.libc == machine.libc && release.number == wanted)
            .with_context(|| format!("release {wanted:?} is not here: cargo xtask provision"))?;
        release.place(folder)?;
    }
    let below = |path: &str| folder.join(path.trim_start_matches('/'));
    for (tool, path) in &layer.tools {
        let to = below(path);
        fs::create_dir_all(to.parent().context("a folder")?)?;
        fs::copy(real_tool(tool)?, &to)?;
    }
    layer.fixture.write_to(folder)?;
    if let Some(bytes) = layer.fixture.cache_bytes() {
        fs::create_dir_all(below("/etc"))?;
        fs::write(below("/etc/ld.so.cache"), bytes)?;
    }
    for path in &layer.whiteouts {
        let path = below(path);
        let name = path
            .file_name()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        let parent = path.parent().context("a folder")?;
        fs::create_dir_all(parent)?;
        fs::write(parent.join(format!(".wh.{name}")), "")?;
    }
    for path in &layer.opaque {
        fs::create_dir_all(below(path))?;
        fs::write(below(path).join(".wh..wh..opq"), "")?;
    }
    Ok(())
}

/// A real program of this machine, or of a package that was provisioned.
fn real_tool(name: &str) -> Result<PathBuf> {
    let home = crate::workspace().join("target/provision");
    let places = [
        home.join(format!("{name}/bin/{name}")),
        home.join(format!("{name}/usr/bin/{name}")),
    ];
    let found = places.into_iter().find(|path| path.exists());
    found.with_context(|| format!("no {name}: cargo xtask provision"))
}

fn pack(folder: &Path, form: Form) -> Result<Packed> {
    let file = folder.with_extension("tar");
    let at = (text(folder), text(&file));
    tar(&[
        "--numeric-owner",
        "--sort=name",
        "--mtime=@0",
        "-C",
        &at.0,
        "-cf",
        &at.1,
        ".",
    ])?;
    let bytes = fs::read(&file)?;
    let diff_id = digest(&bytes);
    if form != Form::OciArchive {
        return Ok(Packed {
            bytes,
            diff_id,
            media: "application/vnd.oci.image.layer.v1.tar",
        });
    }
    let done = Command::new("gzip")
        .args(["-1", "-n", "-c", &at.1])
        .output()
        .context("gzip")?;
    ensure!(done.status.success(), "gzip failed");
    Ok(Packed {
        bytes: done.stdout,
        diff_id,
        media: "application/vnd.oci.image.layer.v1.tar+gzip",
    })
}

fn digest(bytes: &[u8]) -> String {
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// The OCI image configuration.
fn config(case: &Case, packed: &[Packed]) -> Result<Value> {
    let mut settings = serde_json::Map::new();
    for (key, value) in &case.config {
        let value: Value =
            serde_json::from_str(value).with_context(|| format!("config: {key} {value}"))?;
        settings.insert(key.clone(), value);
    }
    let platform = case
        .platform
        .clone()
        .unwrap_or_else(|| "linux/amd64".into());
    let (os, architecture) = platform.split_once('/').context("OS/ARCHITECTURE")?;
    let history: Vec<Value> = case
        .layers
        .iter()
        .map(|layer| json!({ "created": "2026-01-01T00:00:00Z", "created_by": layer.created_by }))
        .collect();
    let diff_ids: Vec<&str> = packed.iter().map(|layer| layer.diff_id.as_str()).collect();
    Ok(json!({
        "created": "2026-01-01T00:00:00Z",
        "os": os,
        "architecture": architecture,
        "config": settings,
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    }))
}

fn write_layout(layout: &Path, config: &[u8], packed: &[Packed]) -> Result<()> {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let put = |bytes: &[u8]| -> Result<(String, usize)> {
        let digest = digest(bytes);
        fs::write(blobs.join(digest.trim_start_matches("sha256:")), bytes)?;
        Ok((digest, bytes.len()))
    };
    let mut layers = Vec::new();
    for layer in packed {
        let (digest, size) = put(&layer.bytes)?;
        layers.push(json!({ "mediaType": layer.media, "digest": digest, "size": size }));
    }
    let (digest, size) = put(config)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": size },
        "layers": layers,
    });
    let (digest, size) = put(manifest.to_string().as_bytes())?;
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest,
            "size": size,
            "annotations": { "org.opencontainers.image.ref.name": "case" },
        }],
    });
    fs::write(layout.join("index.json"), index.to_string())?;
    fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )?;
    Ok(())
}

fn docker_archive(scratch: &Scratch, config: &[u8], packed: &[Packed]) -> Result<PathBuf> {
    let folder = scratch.path("docker");
    fs::create_dir_all(&folder)?;
    let mut names = Vec::new();
    for (at, layer) in packed.iter().enumerate() {
        let name = format!("{at}/layer.tar");
        fs::create_dir_all(folder.join(at.to_string()))?;
        fs::write(folder.join(&name), &layer.bytes)?;
        names.push(name);
    }
    let config_name = format!("{}.json", digest(config).trim_start_matches("sha256:"));
    fs::write(folder.join(&config_name), config)?;
    let manifest = json!([{ "Config": config_name, "RepoTags": ["case:latest"], "Layers": names }]);
    fs::write(folder.join("manifest.json"), manifest.to_string())?;
    let file = scratch.path("docker.tar");
    tar(&["-C", &text(&folder), "-cf", &text(&file), "."])?;
    Ok(file)
}
