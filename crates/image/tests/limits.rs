//! Limits, on both sides.

mod common;

use std::fmt::Write as _;

use common::{Layout, Tar, docker_archive, gzip, gzipped, plain, refusal};
use sayso_facts::elf::Image as Elf;
use sayso_image::{Holding, Limit, Limits, ListedKind, Options, Refusal, limits, open_bytes};
use sayso_world::World as _;

/// Sets one limit.
type Setter = fn(&mut Limits, u64);

#[test]
fn limits_on_both_sides() {
    let tar = Tar::new()
        .file("a", 0o755, &[b'#'; 5000])
        .file("bb", 0o755, b"\x7fELF")
        .end();
    let gz = gzip(&tar);
    let open = |limits: Limits| {
        let options = Options {
            limits,
            ..Options::default()
        };
        open_bytes("t.tar.gz".as_ref(), gz.clone().into(), &options)
    };
    let cases: [(Limit, Setter, u64); 4] = [
        (
            Limit::LayerBytes,
            |limits, number| limits.layer_bytes = number,
            tar.len() as u64,
        ),
        (Limit::Entries, |limits, number| limits.entries = number, 2),
        (
            Limit::NameBytes,
            |limits, number| limits.name_bytes = number,
            3,
        ),
        (
            Limit::HeldBytes,
            |limits, number| limits.held_bytes = number,
            4100 + 2 * 400,
        ),
    ];
    for (limit, set, enough) in cases {
        let with = |number| {
            let mut limits = Limits::default();
            set(&mut limits, number);
            open(limits)
        };
        let told = with(enough).map(|image| image.kind);
        assert!(told.is_ok(), "{limit:?}: {told:?}");
        let refusal = with(enough - 1).expect_err(limit.name());
        assert!(
            matches!(refusal, Refusal::Limit { limit: told, allowed, .. } if told == limit && allowed == enough - 1),
            "{refusal}"
        );
        assert!(
            refusal
                .to_string()
                .contains(&format!("raise the limit `{}'", limit.name()))
        );
    }
    // The ratio counts only beyond what is free.
    let ratio = tar.len() as u64 / gz.len() as u64;
    for (free, ratio, fits) in [
        (0, ratio + 1, true),
        (0, ratio - 1, false),
        (tar.len() as u64, 1, true),
    ] {
        let limits = Limits {
            ratio,
            ratio_free_bytes: free,
            ..Limits::default()
        };
        assert_eq!(open(limits).is_ok(), fits, "{free} {ratio}");
    }
    let layers = vec![plain(Tar::new().end()); 3];
    for (most, fits) in [(3, true), (2, false)] {
        let options = Options {
            limits: Limits {
                layers: most,
                ..Limits::default()
            },
            ..Options::default()
        };
        let opened = open_bytes("t".as_ref(), docker_archive(&layers).into(), &options);
        assert_eq!(opened.is_ok(), fits);
    }
}

#[test]
fn indexes_within_indexes() {
    let layers = vec![plain(Tar::new().file("x", 0o644, b"").end())];
    for (depth, fits) in [(4, true), (5, false)] {
        let mut layout = Layout::default().with(&layers, "linux/amd64");
        for _ in 0..depth {
            let index = layout.index();
            let (digest, size) = layout.blob(index.as_bytes());
            layout.manifests = vec![format!(
                r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"{digest}","size":{size}}}"#
            )];
        }
        let opened = open_bytes("t".as_ref(), layout.archive().into(), &Options::default());
        assert_eq!(opened.is_ok(), fits, "{depth}");
    }
    // JSON that nests without end, is too big, or no JSON.
    for json in [
        "[".repeat(100_000),
        "{\"manifests\":7}".into(),
        " ".repeat(9 << 20),
    ] {
        let tar =
            Tar::new()
                .file("oci-layout", 0o644, b"{}")
                .file("index.json", 0o644, json.as_bytes());
        let outcome = refusal(tar.end()).to_string();
        assert!(outcome.starts_with("image.tar: index.json: "), "{outcome}");
    }
    // A digest that is a path.
    let evil = Layout {
        manifests: vec![r#"{"digest":"sha256:../../../../etc/passwd","size":1}"#.into()],
        ..Layout::default()
    };
    let outcome = refusal(evil.archive()).to_string();
    assert!(outcome.contains("is no digest"), "{outcome}");
}

/// Opens an archive with nothing set; why not, if it is refused.
fn opened(bytes: Vec<u8>) -> Result<sayso_image::Image, String> {
    open_bytes("t".as_ref(), bytes.into(), &Options::default()).map_err(|why| why.to_string())
}

#[test]
fn json_of_just_the_size() {
    let layers = [plain(Tar::new().file("x", 0o644, b"").end())];
    let index = Layout::default().with(&layers, "linux/amd64");
    for (more, fits) in [(0, true), (1, false)] {
        let mut text = index.index();
        let most = usize::try_from(limits::JSON_BYTES_MAX).unwrap();
        text.push_str(&" ".repeat(most + more - text.len()));
        // Of two members of one name the last one counts.
        let mut archive = index.archive();
        archive.truncate(archive.len() - 1024);
        let archive = Tar(archive).file("index.json", 0o644, text.as_bytes());
        assert_eq!(opened(archive.end()).is_ok(), fits);
    }
}

#[test]
fn many_manifests() {
    let layers = [plain(Tar::new().file("x", 0o644, b"").end())];
    for (count, fits) in [
        (limits::MANIFESTS_MAX, true),
        (limits::MANIFESTS_MAX + 1, false),
    ] {
        let mut layout = Layout::default().with(&layers, "linux/amd64");
        let first = layout.manifests[0].clone();
        layout.manifests = vec![first; count];
        assert_eq!(opened(layout.archive()).is_ok(), fits, "{count}");
    }
}

#[test]
fn long_pax_records() {
    let most = usize::try_from(limits::PAX_BYTES_MAX).unwrap();
    for (size, fits) in [(most, true), (most + 1, false)] {
        // `LENGTH comment=…` and a line end, its own length included.
        let mut record = format!("{size} comment=").into_bytes();
        record.resize(size - 1, b'x');
        record.push(b'\n');
        let tar = Tar::new()
            .header(b'x', b"pax", b"", 0o644, size as u64)
            .raw(&record)
            .file("x", 0o644, b"");
        assert_eq!(opened(tar.end()).is_ok(), fits, "{size}");
    }
}

#[test]
fn many_pieces_of_a_sparse_file() {
    for (count, fits) in [
        (limits::SPARSE_PIECES_MAX, true),
        (limits::SPARSE_PIECES_MAX + 1, false),
    ] {
        // PAX format 1.0: the map stands before the contents, each number on its line, in whole blocks.
        let mut map = format!("{count}\n");
        for number in 0..count {
            writeln!(map, "{}\n1", number * 2).unwrap();
        }
        let mut stored = map.into_bytes();
        stored.resize(stored.len().next_multiple_of(512), 0);
        stored.resize(stored.len() + count, b'x');
        let size = (count * 2).to_string();
        let tar = Tar::new()
            .pax(&[
                ("GNU.sparse.major", b"1"),
                ("GNU.sparse.minor", b"0"),
                ("GNU.sparse.name", b"sparse"),
                ("GNU.sparse.realsize", size.as_bytes()),
            ])
            .file("x", 0o644, &stored);
        let told = opened(tar.end());
        assert_eq!(told.is_ok(), fits, "{count}: {told:?}");
    }
}

/// A big library of this machine: its bytes.
fn big_library() -> Option<Vec<u8>> {
    let places = [
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/lib/libc.so.6",
        "/lib64/libc.so.6",
    ];
    let bytes = places.iter().find_map(|path| std::fs::read(path).ok())?;
    (bytes.len() > 1 << 20).then_some(bytes)
}

#[test]
fn a_big_library_is_looked_at_twice_and_held_in_tables() {
    let Some(library) = big_library() else {
        eprintln!("SKIPPED: this machine has no big glibc");
        return;
    };
    let tar = Tar::new()
        .file("before", 0o755, b"#!/bin/sh\n")
        .file("lib/libc.so.6", 0o755, &library)
        .file("lib/again.so", 0o755, &library)
        .file("behind", 0o755, b"#!/bin/sh\n")
        .end();
    let open = |held_file_bytes: u64| {
        let options = Options {
            limits: Limits {
                held_file_bytes,
                ..Limits::default()
            },
            digests: true,
            ..Options::default()
        };
        let archive = docker_archive(&[gzipped(&tar)]);
        open_bytes("t".as_ref(), archive.into(), &options).unwrap()
    };
    let held = |image: &sayso_image::Image| {
        let file = image
            .tree
            .files()
            .find(|file| file.path == "/lib/libc.so.6".into());
        match file.expect("it is listed").kind {
            ListedKind::Regular { holding, .. } => holding,
            other => panic!("{other:?}"),
        }
    };
    let facts = |image: &sayso_image::Image| {
        let stat = image.tree.lookup(&"/lib/again.so".into()).unwrap();
        let elf = Elf::parse(image.tree.read(&stat).unwrap()).unwrap();
        let symbols: Vec<_> = (0..elf.symbol_count())
            .map(|number| format!("{:?}", elf.symbol(number)))
            .collect();
        let digest = image.tree.sha256(&stat);
        (
            format!("{:?}", elf.dynamic()),
            symbols,
            elf.relocations().count(),
            digest,
        )
    };
    let whole = open(Limits::default().held_file_bytes);
    // Its data alone are more than this limit, its tables are not.
    let twice = open(256 << 10);
    assert_eq!(held(&twice), Holding::Loaded);
    assert_eq!(facts(&whole), facts(&twice));
    // Even its tables are more than this one: it is only known that it is there.
    assert_eq!(held(&open(32 << 10)), Holding::Head);
    let scripts = twice.tree.lookup(&"/behind".into()).unwrap();
    assert_eq!(&twice.tree.read(&scripts).unwrap()[..], b"#!/bin/sh\n");
}
