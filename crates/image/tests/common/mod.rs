//! Writers of tar archives and images for the tests: small, and able to write what no honest tool writes.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sayso_image::{Options, Refusal, open_bytes};
use sha2::{Digest as _, Sha256};

/// A tar archive in the making.
#[derive(Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn new() -> Tar {
        Tar::default()
    }
    /// A header with this type flag; `size` is what it claims.
    pub(crate) fn header(
        mut self,
        flag: u8,
        path: &[u8],
        link: &[u8],
        mode: u32,
        size: u64,
    ) -> Tar {
        let mut block = [0u8; 512];
        let length = path.len().min(100);
        block[..length].copy_from_slice(&path[..length]);
        block[100..108].copy_from_slice(format!("{mode:07o}\0").as_bytes());
        block[108..116].copy_from_slice(b"0000000\0");
        block[116..124].copy_from_slice(b"0000000\0");
        if size < 1 << 33 {
            block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
        } else {
            block[124] = 0x80;
            block[128..136].copy_from_slice(&size.to_be_bytes());
        }
        block[136..148].copy_from_slice(b"00000000000\0");
        block[156] = flag;
        let length = link.len().min(100);
        block[157..157 + length].copy_from_slice(&link[..length]);
        block[257..265].copy_from_slice(b"ustar\x0000");
        self.0.extend_from_slice(&sealed(block));
        self
    }
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Tar {
        self.0.extend_from_slice(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }
    pub(crate) fn file(self, path: &str, mode: u32, contents: &[u8]) -> Tar {
        let size = contents.len() as u64;
        self.header(b'0', path.as_bytes(), b"", mode, size)
            .raw(contents)
    }
    pub(crate) fn directory(self, path: &str) -> Tar {
        self.header(b'5', path.as_bytes(), b"", 0o755, 0)
    }
    pub(crate) fn symlink(self, path: &str, text: &str) -> Tar {
        self.header(b'2', path.as_bytes(), text.as_bytes(), 0o777, 0)
    }
    pub(crate) fn hard_link(self, path: &str, to: &str) -> Tar {
        self.header(b'1', path.as_bytes(), to.as_bytes(), 0o644, 0)
    }
    /// PAX records for the next entry.
    pub(crate) fn pax(self, records: &[(&str, &[u8])]) -> Tar {
        let mut bytes = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let mut length = rest + 1;
            while length.to_string().len() + rest != length {
                length = length.to_string().len() + rest;
            }
            write!(bytes, "{length} {key}=").unwrap();
            bytes.extend_from_slice(value);
            bytes.push(b'\n');
        }
        let size = bytes.len() as u64;
        self.header(b'x', b"pax", b"", 0o644, size).raw(&bytes)
    }
    pub(crate) fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// With the right checksum.
pub(crate) fn sealed(mut block: [u8; 512]) -> [u8; 512] {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        use std::fmt::Write as _;
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::default();
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A layer as it is stored, and as it is inflated.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) diff_id: String,
    pub(crate) media_type: String,
}

pub(crate) fn plain(tar: Vec<u8>) -> Stored {
    Stored {
        diff_id: sha256(&tar),
        bytes: tar,
        media_type: "application/vnd.oci.image.layer.v1.tar".into(),
    }
}

pub(crate) fn gzipped(tar: &[u8]) -> Stored {
    Stored {
        diff_id: sha256(tar),
        bytes: gzip(tar),
        media_type: "application/vnd.oci.image.layer.v1.tar+gzip".into(),
    }
}

pub(crate) fn zstded(tar: &[u8]) -> Stored {
    Stored {
        diff_id: sha256(tar),
        bytes: zstd(tar),
        media_type: "application/vnd.oci.image.layer.v1.tar+zstd".into(),
    }
}

/// The configuration of an image with these layers.
pub(crate) fn config(layers: &[Stored], platform: &str) -> String {
    let mut parts = platform.split('/');
    let (os, architecture) = (parts.next().unwrap(), parts.next().unwrap());
    let variant = parts.next().map_or(String::new(), |variant| {
        format!(r#","variant":"{variant}""#)
    });
    let ids: Vec<String> = layers
        .iter()
        .map(|layer| format!("\"{}\"", layer.diff_id))
        .collect();
    let history: Vec<String> = (0..layers.len())
        .map(|number| {
            format!(
                r#"{{"created_by":"RUN step {number}"}},{{"created_by":"ENV","empty_layer":true}}"#
            )
        })
        .collect();
    format!(
        r#"{{"os":"{os}","architecture":"{architecture}"{variant},"config":{{"Entrypoint":["/bin/app"],"Cmd":["-v"],"Env":["PATH=/bin","A=b=c"],"User":"1000:10","WorkingDir":"/srv"}},"rootfs":{{"type":"layers","diff_ids":[{}]}},"history":[{}]}}"#,
        ids.join(","),
        history.join(",")
    )
}

/// What `docker save` wrote before it learnt of OCI.
pub(crate) fn docker_archive(layers: &[Stored]) -> Vec<u8> {
    let config = config(layers, "linux/amd64");
    let name = sha256(config.as_bytes()).replace("sha256:", "") + ".json";
    let mut tar = Tar::new();
    let mut names = Vec::new();
    for layer in layers {
        let name = format!("{}/layer.tar", &sha256(&layer.bytes)[7..]);
        tar = tar.file(&name, 0o644, &layer.bytes);
        names.push(format!("\"{name}\""));
    }
    tar = tar.file(&name, 0o644, config.as_bytes());
    let manifest = format!(
        r#"[{{"Config":"{name}","RepoTags":["app:1"],"Layers":[{}]}}]"#,
        names.join(",")
    );
    tar.file("manifest.json", 0o644, manifest.as_bytes()).end()
}

/// An OCI layout in the making.
#[derive(Default)]
pub(crate) struct Layout {
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
    pub(crate) manifests: Vec<String>,
}

impl Layout {
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> (String, usize) {
        let digest = sha256(bytes);
        self.blobs.push((digest.clone(), bytes.to_vec()));
        (digest, bytes.len())
    }
    /// Adds an image; the descriptor, to be put into an index.
    pub(crate) fn image(&mut self, layers: &[Stored], platform: &str) -> String {
        let (config, size) = self.blob(config(layers, platform).as_bytes());
        let layers: Vec<String> = layers
            .iter()
            .map(|layer| {
                let (digest, size) = self.blob(&layer.bytes);
                let media_type = &layer.media_type;
                format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
            })
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":{size}}},"layers":[{}]}}"#,
            layers.join(",")
        );
        let (digest, size) = self.blob(manifest.as_bytes());
        let mut parts = platform.split('/');
        let (os, architecture) = (parts.next().unwrap(), parts.next().unwrap());
        let variant = parts.next().map_or(String::new(), |variant| {
            format!(r#","variant":"{variant}""#)
        });
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":{size},"platform":{{"os":"{os}","architecture":"{architecture}"{variant}}}}}"#
        )
    }
    pub(crate) fn with(mut self, layers: &[Stored], platform: &str) -> Layout {
        let descriptor = self.image(layers, platform);
        self.manifests.push(descriptor);
        self
    }
    pub(crate) fn index(&self) -> String {
        format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            self.manifests.join(",")
        )
    }
    pub(crate) fn archive(&self) -> Vec<u8> {
        let mut tar = Tar::new().file("oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#);
        for (digest, bytes) in &self.blobs {
            tar = tar.file(&format!("blobs/{}", digest.replace(':', "/")), 0o644, bytes);
        }
        tar.file("index.json", 0o644, self.index().as_bytes()).end()
    }
}

/// A folder of this test's own, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Why it is not opened.
pub(crate) fn refusal(bytes: Vec<u8>) -> Refusal {
    open_bytes("image.tar".as_ref(), bytes.into(), &Options::default())
        .map(|image| image.tree.files().count())
        .expect_err("it should be refused")
}

/// Why an image with this layer is not opened; the place is named.
pub(crate) fn layer_refusal(layer: Tar) -> String {
    let refusal = refusal(docker_archive(&[plain(layer.end())]));
    assert!(refusal.place().part.is_some(), "{refusal}");
    refusal.to_string()
}
