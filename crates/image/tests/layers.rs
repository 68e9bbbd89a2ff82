//! Layers on one another: whiteouts, replacements, links, blame; and what the configuration says.

mod common;

use common::{Layout, Stored, Tar, docker_archive, gzipped, plain, zstded};
use sayso_image::Change::{Brought, Deleted, Replaced};
use sayso_image::{Change, Image, Kind, ListedKind, NOT_HELD, Options, Refusal, open_bytes};
use sayso_world::{Errno, TargetPath, World};
use sha2::{Digest as _, Sha512};

fn options(platform: &str) -> Options {
    Options {
        platform: (!platform.is_empty()).then(|| platform.parse().unwrap()),
        ..Options::default()
    }
}

fn opened(bytes: Vec<u8>) -> Image {
    open_bytes("image.tar".as_ref(), bytes.into(), &Options::default())
        .unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refused(bytes: Vec<u8>) -> Refusal {
    let options = Options::default();
    open_bytes("image.tar".as_ref(), bytes.into(), &options).expect_err("it should be refused")
}

/// `path kind` a line, as `find` would tell it.
fn listing(image: &Image) -> Vec<String> {
    let line = |file: sayso_image::ListedFile| match file.kind {
        ListedKind::Directory => format!("{}/", file.path),
        ListedKind::Link(text) => format!("{} -> {text}", file.path),
        ListedKind::Regular { size, .. } => format!("{} {size}", file.path),
        ListedKind::Special => format!("{} special", file.path),
    };
    image.tree.files().map(line).collect()
}

fn layered(layers: Vec<Tar>) -> Image {
    let layers: Vec<Stored> = layers.into_iter().map(|layer| plain(layer.end())).collect();
    opened(docker_archive(&layers))
}

fn blame(image: &Image, path: &str) -> Vec<(usize, Change)> {
    let changes = image.tree.blame(&path.into());
    changes
        .into_iter()
        .map(|change| (change.layer, change.what))
        .collect()
}

#[test]
fn whiteouts_replacements_and_blame() {
    let image = layered(vec![
        Tar::new()
            .directory("usr/")
            .directory("usr/lib/")
            .file("usr/lib/a", 0o644, b"1")
            .file("usr/lib/b", 0o644, b"1")
            .directory("opt/")
            .file("opt/x", 0o644, b"1")
            .directory("opt/d/")
            .file("opt/d/y", 0o644, b"1")
            .symlink("lib", "usr/lib"),
        Tar::new()
            .file("usr/lib/.wh.a", 0o644, b"")
            .file("lib/b", 0o644, b"22")
            .file("opt/.wh..wh..opq", 0o644, b"")
            .directory(".wh..wh.plnk/")
            .file(".wh..wh.plnk/7.8", 0o644, b"aufs")
            .file("opt/z", 0o644, b"333"),
        Tar::new()
            .file("usr/lib/a", 0o644, b"4444")
            // As aufs wrote it.
            .hard_link(".wh.opt", ".wh..wh.aufs"),
    ]);
    assert_eq!(
        listing(&image),
        [
            "/lib -> usr/lib",
            "/usr/",
            "/usr/lib/",
            "/usr/lib/a 4",
            "/usr/lib/b 2"
        ]
    );
    assert_eq!(
        blame(&image, "/usr/lib/a"),
        [(0, Brought), (1, Deleted), (2, Brought)]
    );
    assert_eq!(blame(&image, "/lib/b"), [(0, Brought), (1, Replaced)]);
    assert_eq!(blame(&image, "/opt/x"), [(0, Brought), (1, Deleted)]);
    assert_eq!(blame(&image, "/opt/z"), [(1, Brought), (2, Deleted)]);
    assert_eq!(blame(&image, "/opt"), [(0, Brought), (2, Deleted)]);
    assert_eq!(blame(&image, "/opt/d/y"), [(0, Brought), (1, Deleted)]);
    let last = image.tree.blame(&"/opt/z".into()).pop().unwrap();
    assert_eq!(
        last.path,
        TargetPath::new("/opt"),
        "the folder went as a whole"
    );
    assert_eq!(blame(&image, "/never"), []);
    assert_eq!(image.layers[1].created_by.as_deref(), Some("RUN step 1"));
    assert_eq!(image.layers[1].entries, 4);
}

#[test]
fn a_whiteout_spares_its_own_layer_in_any_order() {
    let lower = || {
        Tar::new()
            .directory("d/")
            .file("d/old", 0o644, b"1")
            .directory("d/sub/")
            .file("d/sub/old", 0o644, b"1")
    };
    for (text, upper) in [
        (
            "opaque first",
            Tar::new()
                .directory("d/")
                .file("d/.wh..wh..opq", 0o644, b"")
                .directory("d/sub/")
                .file("d/sub/new", 0o644, b"2"),
        ),
        (
            "opaque last",
            Tar::new()
                .directory("d/")
                .directory("d/sub/")
                .file("d/sub/new", 0o644, b"2")
                .file("d/.wh..wh..opq", 0o644, b""),
        ),
        (
            "whiteout first",
            Tar::new()
                .file(".wh.d", 0o644, b"")
                .directory("d/")
                .directory("d/sub/")
                .file("d/sub/new", 0o644, b"2"),
        ),
        (
            "whiteout last",
            Tar::new()
                .directory("d/")
                .directory("d/sub/")
                .file("d/sub/new", 0o644, b"2")
                .file(".wh.d", 0o644, b""),
        ),
    ] {
        let image = layered(vec![lower(), upper]);
        assert_eq!(
            listing(&image),
            ["/d/", "/d/sub/", "/d/sub/new 1"],
            "{text}"
        );
        assert_eq!(!image.notes.is_empty(), text == "whiteout last", "{text}");
    }
}

#[test]
fn folders_files_and_links_take_each_others_place() {
    let image = layered(vec![
        Tar::new()
            .directory("usr/lib/")
            .file("usr/lib/a", 0o644, b"1")
            .symlink("lib", "usr/lib")
            .symlink("lib64", "/usr/lib")
            .symlink("loop", "loop")
            .symlink("dangling", "made/here")
            .directory("dir/")
            .file("dir/x", 0o644, b"1")
            .file("file", 0o644, b"1"),
        // bazel-contrib/rules_oci#857: a real folder clobbers the link, and what was reached through it is gone.
        Tar::new()
            .directory("lib/")
            .file("lib/b", 0o644, b"2")
            .file("lib64/c", 0o644, b"3")
            .file("dangling/d", 0o644, b"4")
            .file("dir", 0o644, b"no folder any more")
            .directory("file/")
            .file("file/y", 0o644, b"5"),
    ]);
    assert_eq!(
        listing(&image),
        [
            "/dangling -> made/here",
            "/dir 18",
            "/file/",
            "/file/y 1",
            "/lib/",
            "/lib/b 1",
            "/lib64 -> /usr/lib",
            "/loop -> loop",
            "/made/",
            "/made/here/",
            "/made/here/d 1",
            "/usr/",
            "/usr/lib/",
            "/usr/lib/a 1",
            "/usr/lib/c 1",
        ]
    );
    assert_eq!(
        blame(&image, "/dir/x"),
        [(0, Change::Brought), (1, Change::Replaced)]
    );
}

#[test]
fn hard_links_share_the_file_until_one_name_is_replaced() {
    let image = layered(vec![
        Tar::new()
            .file("a", 0o755, b"#!/bin/sh\n")
            .hard_link("b", "a")
            .hard_link("c", "./b"),
        Tar::new().hard_link("e", "/c").file("a", 0o644, b"new"),
    ]);
    let stat = |path: &str| image.tree.lookup(&path.into()).unwrap();
    assert_eq!(stat("/b").id, stat("/c").id);
    assert_eq!(stat("/b").id, stat("/e").id);
    assert_ne!(stat("/a").id, stat("/b").id);
    assert_eq!(&*image.tree.read(&stat("/e")).unwrap(), b"#!/bin/sh\n");
    let names: Vec<u32> = image.tree.files().map(|file| file.names).collect();
    assert_eq!(names, [1, 3, 3, 3]);
    assert_eq!(blame(&image, "/e"), [(1, Change::Brought)]);
}

#[test]
fn modes_owners_capabilities_and_permissions() {
    let granted = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let image = layered(vec![
        Tar::new()
            .pax(&[
                ("uid", b"4000000"),
                ("gid", b"7"),
                ("SCHILY.xattr.security.capability", &granted),
            ])
            .file("ping", 0o4711, b"\x7fELF")
            .header(b'5', b"secret/", b"", 0o700, 0)
            .file("secret/x", 0o644, b"x"),
    ]);
    let mut tree = image.tree.clone();
    let ping = tree.lookup(&"/ping".into()).unwrap();
    assert_eq!((ping.mode, ping.uid, ping.gid), (0o4711, 4_000_000, 7));
    assert!(tree.capabilities(&ping) && ping.readable && ping.executable);
    tree.machine_mut().credentials.uid = 1000;
    let ping = tree.lookup(&"/ping".into()).unwrap();
    assert!(!ping.readable && ping.executable);
    assert_eq!(tree.lookup(&"/secret/x".into()), Err(Errno::EACCES));
    let root = sayso_world::Credentials::root();
    assert!(
        tree.as_user(&root)
            .unwrap()
            .lookup(&"/secret/x".into())
            .is_ok()
    );
}

#[test]
fn the_configuration_and_the_machine() {
    let image = layered(vec![
        Tar::new()
            .directory("etc/")
            .file("etc/passwd", 0o644, b"ann:x:1000:100::/:\n")
            .file("etc/motd", 0o644, &[b'x'; 9000]),
    ]);
    assert_eq!(image.kind, Kind::DockerArchive);
    assert_eq!(image.name.as_deref(), Some("app:1"));
    assert_eq!(image.platform.as_ref().unwrap().to_string(), "linux/amd64");
    let config = image.config.as_ref().unwrap();
    assert_eq!(config.command(), [b"/bin/app".to_vec(), b"-v".to_vec()]);
    assert_eq!(config.env[1], (b"A".to_vec(), b"b=c".to_vec()));
    assert_eq!(config.history.len(), 2);
    let machine = image.tree.machine();
    assert_eq!(machine.variable(b"PATH"), Some(b"/bin".as_slice()));
    assert_eq!(machine.working_directory, TargetPath::new("/srv"));
    let credentials = image.credentials().unwrap();
    assert_eq!((credentials.uid, credentials.gid), (1000, 10));
    let stat = image.tree.lookup(&"/etc/motd".into()).unwrap();
    assert_eq!(image.tree.read(&stat), Err(NOT_HELD));
}

#[test]
fn platforms_of_an_index() {
    let layer = |text: &str| vec![gzipped(&Tar::new().file(text, 0o644, b"").end())];
    let layout = Layout::default()
        .with(&layer("arm"), "linux/arm64/v8")
        .with(&layer("seven"), "linux/arm/v7")
        .with(&layer("attestation"), "unknown/unknown");
    let archive = layout.archive();
    let open =
        |platform: &str| open_bytes("i.tar".as_ref(), archive.clone().into(), &options(platform));
    assert_eq!(listing(&open("arm64").unwrap()), ["/arm 0"]);
    assert_eq!(listing(&open("linux/arm").unwrap()), ["/seven 0"]);
    assert_eq!(open("linux/arm/v7").unwrap().kind, Kind::OciArchive);
    for (wanted, text) in [
        (
            "linux/arm/v6",
            "i.tar: holds no image for linux/arm/v6; choose one with --platform: linux/arm/v7, linux/arm64",
        ),
        (
            "windows/amd64",
            "i.tar: holds no image for windows/amd64; choose one with --platform: linux/arm/v7, linux/arm64",
        ),
    ] {
        assert_eq!(open(wanted).unwrap_err().to_string(), text);
    }
    if std::env::consts::ARCH == "x86_64" {
        let refusal = open("").unwrap_err().to_string();
        assert_eq!(
            refusal,
            "i.tar: holds images for several platforms; choose one with --platform: linux/arm/v7, linux/arm64"
        );
        let both = layout.with(&layer("here"), "linux/amd64");
        assert_eq!(listing(&opened(both.archive())), ["/here 0"]);
    }
    // The only one is taken, whatever it is for, unless another is asked for.
    let only = Layout::default().with(&layer("only"), "linux/s390x");
    assert_eq!(listing(&opened(only.archive())), ["/only 0"]);
    let asked = open_bytes("i.tar".as_ref(), only.archive().into(), &options("amd64"));
    assert!(matches!(asked, Err(Refusal::Platform { .. })));
}

#[test]
fn an_index_within_an_index_and_names() {
    let layer = |text: &str| vec![zstded(&Tar::new().file(text, 0o644, b"").end())];
    let mut inner = Layout::default().with(&layer("x"), "linux/amd64");
    let (digest, size) = {
        let index = inner.index();
        inner.blob(index.as_bytes())
    };
    let entry = |name: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"{digest}","size":{size},"annotations":{{"org.opencontainers.image.ref.name":"{name}"}}}}"#
        )
    };
    inner.manifests = vec![entry("one")];
    let image = opened(inner.archive());
    assert_eq!(image.name.as_deref(), Some("one"));
    // Two names of one image are one image.
    inner.manifests.push(entry("two"));
    assert_eq!(listing(&opened(inner.archive())), ["/x 0"]);
    // Two images are two.
    let mut second = inner.image(&layer("y"), "linux/amd64");
    second.pop();
    second += r#","annotations":{"org.opencontainers.image.ref.name":"app:3"}}"#;
    inner.manifests.push(second);
    let refusal = refused(inner.archive()).to_string();
    assert_eq!(
        refusal,
        "image.tar: holds 3 images; choose one by its name: app:3, one, two"
    );
    let named = |name: &str| Options {
        name: Some(name.into()),
        ..Options::default()
    };
    let open = |name| open_bytes("i".as_ref(), inner.archive().into(), &named(name));
    assert_eq!(listing(&open("app:3").unwrap()), ["/y 0"]);
    assert_eq!(listing(&open("two").unwrap()), ["/x 0"]);
    assert!(matches!(open("four"), Err(Refusal::Several { .. })));
}

#[test]
fn wrong_digests_sizes_types_and_missing_parts() {
    let layers = || vec![gzipped(&Tar::new().file("x", 0o644, b"").end())];
    let part = |refusal: &Refusal| refusal.place().part.clone().unwrap_or_default();
    // A blob with other contents than its digest says: manifest, configuration, layer.
    for number in 0..3 {
        let mut layout = Layout::default().with(&layers(), "linux/amd64");
        let last = layout.blobs[number].1.len() - 2;
        layout.blobs[number].1[last] ^= 1;
        let refusal = refused(layout.archive());
        assert!(
            matches!(
                refusal,
                Refusal::Digest {
                    inflated: false,
                    ..
                }
            ),
            "{refusal}"
        );
        assert_eq!(part(&refusal), layout.blobs[number].0);
    }
    // A layer that does not inflate to its diff_id.
    let mut wrong = layers();
    wrong[0].diff_id = common::sha256(b"");
    for archive in [
        Layout::default().with(&wrong, "linux/amd64").archive(),
        docker_archive(&wrong),
    ] {
        let refusal = refused(archive);
        assert!(
            matches!(refusal, Refusal::Digest { inflated: true, .. }),
            "{refusal}"
        );
    }
    // A blob that is not there.
    let mut layout = Layout::default().with(&layers(), "linux/amd64");
    for number in (0..3).rev() {
        layout.blobs.remove(number);
        let refusal = refused(layout.archive());
        assert!(matches!(refusal, Refusal::Missing { .. }), "{refusal}");
    }
    // Layers that are none.
    for (media_type, words) in [
        (
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "encrypted",
        ),
        (
            "application/vnd.example.thing",
            "no tar archive that is known",
        ),
    ] {
        let mut odd = layers();
        odd[0].media_type = media_type.into();
        let refusal = refused(Layout::default().with(&odd, "linux/amd64").archive());
        assert!(matches!(refusal, Refusal::Unsupported { .. }), "{refusal}");
        assert!(refusal.to_string().contains(words), "{refusal}");
    }
    // A foreign layer is read where it is here, and told where it is not.
    let mut foreign = layers();
    foreign[0].media_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
    let mut layout = Layout::default().with(&foreign, "linux/amd64");
    assert_eq!(listing(&opened(layout.archive())), ["/x 0"]);
    layout.blobs.remove(1);
    let refusal = refused(layout.archive()).to_string();
    assert!(refusal.contains("foreign"), "{refusal}");
}

#[test]
fn sha512_is_verified_too() {
    let tar = Tar::new().file("x", 0o644, b"").end();
    let digest = |bytes: &[u8]| format!("sha512:{}", common::hex(&Sha512::digest(bytes)));
    let mut layer = plain(tar.clone());
    layer.diff_id = digest(&tar);
    assert_eq!(listing(&opened(docker_archive(&[layer.clone()]))), ["/x 0"]);
    layer.diff_id = digest(b"");
    assert!(matches!(
        refused(docker_archive(&[layer])),
        Refusal::Digest { .. }
    ));
}

#[test]
fn both_manifests_and_files_that_only_look_like_them() {
    let layers = vec![plain(Tar::new().file("x", 0o644, b"").end())];
    // The index cannot give the image (its manifest is not there): Docker's manifest does.
    let mut layout = Layout::default().with(&layers, "linux/amd64");
    layout
        .blobs
        .retain(|(_, bytes)| !bytes.starts_with(b"{\"schemaVersion"));
    let mut both = layout.archive();
    both.truncate(both.len() - 1024);
    let docker = docker_archive(&layers);
    both.extend_from_slice(&docker);
    assert_eq!(opened(both).kind, Kind::DockerArchive);
    // A root file system with files of these names.
    let root = Tar::new()
        .file("manifest.json", 0o644, br#"{"name":"my site"}"#)
        .file("index.json", 0o644, b"{}")
        .file("bin/sh", 0o755, b"\x7fELF");
    let image = opened(root.end());
    assert_eq!((image.kind, image.tree.files().count()), (Kind::Tar, 4));
}

#[test]
fn the_same_layer_twice_and_compressed_as_a_whole() {
    let layer = plain(Tar::new().file("x", 0o755, b"#!/bin/sh\n").end());
    let gone = plain(Tar::new().file(".wh.x", 0o644, b"").end());
    let image = docker_archive(&[layer.clone(), gone, layer]);
    let expected = listing(&opened(image.clone()));
    assert_eq!(expected, ["/x 10"]);
    for (name, bytes) in [
        ("gzip", common::gzip(&image)),
        ("zstd", common::zstd(&image)),
        ("xz", common::xz(&image)),
    ] {
        let image = opened(bytes);
        assert_eq!(image.kind, Kind::DockerArchive, "{name}");
        assert_eq!(listing(&image), expected, "{name}");
        assert_eq!(image.layers.len(), 3, "{name}");
        let stat = image.tree.lookup(&"/x".into()).unwrap();
        assert_eq!(&*image.tree.read(&stat).unwrap(), b"#!/bin/sh\n");
    }
}

#[test]
fn digests_of_files() {
    let options = Options {
        digests: true,
        ..Options::default()
    };
    let tar = Tar::new()
        .file("big", 0o644, &vec![7; 300_000])
        .file("elf", 0o755, b"\x7fELF")
        .end();
    for bytes in [tar.clone(), common::gzip(&tar)] {
        let image = open_bytes("a".as_ref(), bytes.into(), &options).unwrap();
        let digests: Vec<String> = image
            .tree
            .files()
            .filter_map(|file| match file.kind {
                ListedKind::Regular { sha256, .. } => sha256,
                _ => None,
            })
            .map(|digest| common::hex(&digest))
            .collect();
        let expected = [
            common::sha256(&vec![7; 300_000]),
            common::sha256(b"\x7fELF"),
        ];
        assert_eq!(digests, expected.map(|digest| digest[7..].to_owned()));
    }
}
