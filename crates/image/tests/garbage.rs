//! Small samples of every format, cut everywhere and with bytes changed: each opens or is refused with a sentence, and nothing
//! panics. What is cut is never taken for whole where the format can tell.

mod common;
mod exercise;

use std::io::Write as _;

use common::{Layout, Tar, docker_archive, gzip, gzipped, plain, xz, zstd, zstded};
use sayso_image::{Kind, Limits, Options, Refusal, open_bytes};

fn tar() -> Vec<u8> {
    Tar::new()
        .directory("bin/")
        .pax(&[("path", b"bin/long-name")])
        .file("x", 0o755, b"#!/bin/sh\n")
        .hard_link("bin/again", "bin/long-name")
        .symlink("lib", "usr/lib")
        .file("bin/.wh.gone", 0o644, b"")
        .file("bin/elf", 0o755, b"\x7fELF")
        .end()
}

fn cpio(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let trailer: (&str, u32, &[u8]) = ("TRAILER!!!", 0, b"");
    for (inode, (name, mode, contents)) in files.iter().chain([&trailer]).enumerate() {
        let fields = [
            inode as u32,
            *mode,
            0,
            0,
            1,
            0,
            contents.len() as u32,
            0,
            0,
            0,
            0,
            name.len() as u32 + 1,
            0,
        ];
        bytes.extend_from_slice(b"070701");
        for field in fields {
            write!(bytes, "{field:08x}").unwrap();
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend_from_slice(contents);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

fn rpm(payload: &[u8]) -> Vec<u8> {
    let header = |tags: &[(u32, &str)]| {
        let (mut entries, mut store) = (Vec::new(), Vec::new());
        for (tag, text) in tags {
            for word in [*tag, 6, store.len() as u32, 1] {
                entries.extend_from_slice(&word.to_be_bytes());
            }
            store.extend_from_slice(text.as_bytes());
            store.push(0);
        }
        let mut header = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
        header.extend_from_slice(&(tags.len() as u32).to_be_bytes());
        header.extend_from_slice(&(store.len() as u32).to_be_bytes());
        [header, entries, store].concat()
    };
    let mut bytes = vec![0xed, 0xab, 0xee, 0xdb];
    bytes.resize(96, 0);
    bytes.extend(header(&[(62, "signature")]));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(header(&[
        (1000, "demo"),
        (1001, "1"),
        (1002, "2"),
        (1022, "x86_64"),
        (1124, "cpio"),
    ]));
    bytes.extend_from_slice(payload);
    bytes
}

fn deb(data: &[u8]) -> Vec<u8> {
    let control = gzip(
        &Tar::new()
            .file("./control", 0o644, b"Package: demo\n")
            .end(),
    );
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, contents) in [
        ("debian-binary", b"2.0\n".as_slice()),
        ("control.tar.gz", &control),
        ("data.tar.xz", data),
    ] {
        writeln!(
            bytes,
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`",
            0,
            0,
            0,
            644,
            contents.len()
        )
        .unwrap();
        bytes.extend_from_slice(contents);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

/// A zip archive; each member with the offset that the directory tells of it, if not its own.
fn zip(members: &[(&str, &[u8], Option<u32>)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, contents, offset) in members {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(contents).unwrap();
        let stored = encoder.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(contents);
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        for word in [crc.sum(), stored.len() as u32, contents.len() as u32] {
            common.extend_from_slice(&word.to_le_bytes());
        }
        common.extend_from_slice(&(name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        let at = offset.unwrap_or(bytes.len() as u32);
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&common);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&stored);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(0o100_755u32 << 16).to_le_bytes());
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        bytes.extend_from_slice(&(members.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

fn samples() -> Vec<(&'static str, Kind, Vec<u8>)> {
    let layers = vec![
        gzipped(&Tar::new().directory("d/").file("d/x", 0o644, b"x").end()),
        plain(Tar::new().file("d/.wh..wh..opq", 0o644, b"").end()),
        zstded(&tar()),
    ];
    let payload = cpio(&[
        ("./bin", 0o040_755, b""),
        ("./bin/app", 0o100_755, b"\x7fELF"),
        ("./lib", 0o120_777, b"usr/lib"),
    ]);
    vec![
        ("tar", Kind::Tar, tar()),
        ("tar.gz", Kind::Tar, gzip(&tar())),
        ("tar.xz", Kind::Tar, xz(&tar())),
        ("tar.zst", Kind::Tar, zstd(&tar())),
        ("docker", Kind::DockerArchive, docker_archive(&layers)),
        (
            "docker.gz",
            Kind::DockerArchive,
            gzip(&docker_archive(&layers)),
        ),
        (
            "oci",
            Kind::OciArchive,
            Layout::default().with(&layers, "linux/amd64").archive(),
        ),
        ("deb", Kind::Deb, deb(&xz(&tar()))),
        ("rpm", Kind::Rpm, rpm(&zstd(&payload))),
        (
            "zip",
            Kind::Zip,
            zip(&[
                ("bin/app", b"\x7fELF", None),
                ("bin/x", b"#!/bin/sh\n", None),
            ]),
        ),
        (
            "wheel",
            Kind::Wheel,
            zip(&[
                ("x.so", b"\x7fELF", None),
                ("x-1.dist-info/WHEEL", b"", None),
            ]),
        ),
    ]
}

fn opened(bytes: Vec<u8>) -> Result<sayso_image::Image, Refusal> {
    let options = Options {
        limits: Limits {
            layer_bytes: 1 << 20,
            entries: 1000,
            ..Limits::default()
        },
        ..Options::default()
    };
    open_bytes("sample".as_ref(), bytes.into(), &options)
}

/// What is asked of every image that opens.
fn looked_at(result: Result<sayso_image::Image, Refusal>) {
    match result {
        Ok(image) => {
            for file in image.tree.files() {
                assert!(!image.tree.blame(&file.path).is_empty(), "{}", file.path);
            }
        }
        Err(refusal) => {
            let text = refusal.to_string();
            assert!(text.starts_with("sample") && text.len() < 2000, "{text}");
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
}

#[test]
fn samples_are_what_they_are_said_to_be() {
    for (name, kind, bytes) in samples() {
        let image = opened(bytes).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(image.kind, kind, "{name}");
        assert!(image.tree.files().count() > 1, "{name}");
    }
}

#[test]
fn cut_everywhere() {
    for (name, _, bytes) in samples() {
        let step = (bytes.len() / 1500).max(1);
        let mut taken = Vec::new();
        for length in (0..bytes.len()).step_by(step) {
            let result = opened(bytes[..length].to_vec());
            if result.is_ok() {
                taken.push(length);
            }
            looked_at(result);
        }
        // A tar archive may end at any header: GNU tar says so and goes on. Everything else knows how long it is; compressed
        // data may be cut within its checksum of the last empty block at most.
        let few = taken.len() * 100 <= bytes.len() / step * 5;
        assert!(
            name == "tar" || few,
            "{name}: {} of {}",
            taken.len(),
            bytes.len() / step
        );
    }
}

#[test]
fn changed_everywhere() {
    for (_, _, bytes) in samples() {
        let step = (bytes.len() / 800).max(1);
        for at in (0..bytes.len()).step_by(step) {
            for change in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                looked_at(opened(changed));
            }
        }
    }
}

#[test]
fn zip_bombs_and_lies() {
    let text = |bytes: Vec<u8>| {
        opened(bytes)
            .map(|image| image.kind)
            .unwrap_err()
            .to_string()
    };
    // Two entries of the directory on one member.
    let overlapping = zip(&[("a", b"\x7fELF", None), ("b", b"\x7fELF", Some(0))]);
    assert!(text(overlapping).contains("lie on those of another member"));
    let outside = zip(&[("a", b"\x7fELF", Some(1 << 30))]);
    assert!(text(outside).contains("do not lie in the archive"));
    let good = zip(&[("a", b"\x7fELF", None)]);
    let directory = good
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    // Sizes, checksum, method and encryption that are not so.
    for (at, value, words) in [
        (24, 200, "too early"),
        (16, 7, "checksum is wrong"),
        (10, 99, "method 99"),
        (8, 1, "encrypted"),
    ] {
        let mut lie = good.clone();
        lie[directory + at] = value;
        let text = text(lie);
        assert!(text.contains(words), "{text}");
    }
    let escape = zip(&[("../../etc/passwd", b"\x7fELF", None)]);
    assert!(text(escape).contains("leaves the root"));
}

#[test]
fn corpus_and_findings() {
    let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut count = 0;
    for folder in ["corpus/image", "findings/image"] {
        let Ok(files) = std::fs::read_dir(fuzz.join(folder)) else {
            continue;
        };
        for file in files {
            exercise::image(&std::fs::read(file.unwrap().path()).unwrap());
            count += 1;
        }
    }
    assert!(count >= 5, "{count} seeds");
}
