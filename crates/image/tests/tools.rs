//! Images and archives as independent tools write them, held against what independent tools unpack them to: paths, kinds, modes,
//! owners, link texts, hard links, sizes and contents.

mod common;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{folder, sha256};
use sayso_image::{Image, Kind, ListedKind, Options, open};

/// What is compared of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    kind: &'static str,
    /// Text of a link, or size and digest of a file.
    what: String,
    mode: u32,
    owner: (u32, u32),
    /// The first path of the same file.
    same_as: String,
}

type Listing = BTreeMap<String, Facts>;

/// What is to be left out of a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    /// Formats that keep no owners, or tools that do not restore them.
    Owners,
    /// Formats that keep no hard links.
    HardLinks,
}

fn shown(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}

/// A folder as `find` and `sha256sum` would tell it.
fn of_folder(root: &Path) -> Listing {
    let mut listing = Listing::new();
    let mut left = vec![root.to_owned()];
    let mut paths = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                left.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort();
    let mut first = BTreeMap::new();
    for path in paths {
        let name = shown(path.strip_prefix(root).unwrap().as_os_str().as_bytes());
        let stat = fs::symlink_metadata(&path).unwrap();
        let kind = stat.file_type();
        let (kind, what) = if kind.is_dir() {
            ("folder", String::new())
        } else if kind.is_symlink() {
            let text = fs::read_link(&path).unwrap();
            ("link", shown(text.as_os_str().as_bytes()))
        } else if kind.is_file() {
            let contents = fs::read(&path).unwrap();
            ("file", format!("{} {}", contents.len(), sha256(&contents)))
        } else {
            assert!(kind.is_fifo() || kind.is_char_device());
            ("special", String::new())
        };
        let same_as = first.entry(stat.ino()).or_insert_with(|| name.clone());
        let facts = Facts {
            kind,
            what,
            mode: if kind == "link" {
                0
            } else {
                stat.mode() & 0o7777
            },
            owner: (stat.uid(), stat.gid()),
            same_as: same_as.clone(),
        };
        listing.insert(name, facts);
    }
    listing
}

/// An image in the same words.
fn of_image(image: &Image) -> Listing {
    let mut first = BTreeMap::new();
    let mut listing = Listing::new();
    let mut files: Vec<_> = image.tree.files().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let name = shown(&file.path.as_bytes()[1..]);
        let (kind, what) = match file.kind {
            ListedKind::Directory => ("folder", String::new()),
            ListedKind::Link(text) => ("link", shown(text.as_bytes())),
            ListedKind::Special => ("special", String::new()),
            ListedKind::Regular { size, sha256, .. } => {
                let digest = sha256.map_or("sparse".into(), |digest| common::hex(&digest));
                ("file", format!("{size} sha256:{digest}"))
            }
        };
        let same_as = first.entry(file.id).or_insert_with(|| name.clone());
        let facts = Facts {
            kind,
            what,
            mode: if kind == "link" { 0 } else { file.mode },
            owner: (file.uid, file.gid),
            same_as: same_as.clone(),
        };
        listing.insert(name, facts);
    }
    listing
}

fn opened(path: &Path) -> Image {
    let options = Options {
        digests: true,
        ..Options::default()
    };
    open(path, &options).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Holds an image against a folder. Sparse files have no digest here, so only their sizes are compared.
fn compare(what: &str, image: &Image, unpacked: &Path, without: Without) {
    let (mut ours, mut theirs) = (of_image(image), of_folder(unpacked));
    let names = |listing: &Listing| listing.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs), "{what}");
    for (name, our) in &mut ours {
        let their = theirs.get_mut(name).unwrap();
        if let Some(size) = our.what.strip_suffix(" sha256:sparse") {
            assert!(their.what.starts_with(size), "{what}: {name}");
            their.what.clone_from(&our.what);
        }
        if without != Without::Nothing || !is_root() {
            their.owner = our.owner;
        }
        if without == Without::HardLinks {
            their.same_as.clone_from(&our.same_as);
        }
        assert_eq!(our, their, "{what}: {name}");
    }
    assert!(ours.len() > 3, "{what}");
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|stat| stat.uid() == 0)
}

/// The tools are here. If not, that is said, and with `CI=true` it is a failure.
fn have(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing =
        |tool: &&&str| !std::env::split_paths(&path).any(|folder| folder.join(tool).exists());
    let missing: Vec<_> = tools.iter().filter(missing).collect();
    if missing.is_empty() {
        return true;
    }
    let text = format!("SKIPPED: {missing:?} is not here; run cargo xtask provision");
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{text}"
    );
    eprintln!("{text}");
    false
}

fn run(folder: &Path, command: &str) {
    let done = Command::new("sh")
        .args(["-euc", command])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{command}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A root with something of everything.
fn sample(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    for path in [
        "usr/bin",
        "usr/lib/deep",
        "etc",
        "tmp",
        "opt/empty",
        "usr/share/doc",
    ] {
        fs::create_dir_all(root.join(path)).unwrap();
    }
    let put = |path: &str, mode: u32, contents: &[u8]| {
        let path = root.join(path);
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    put("usr/bin/program", 0o755, &program[..200_000]);
    put("usr/bin/script", 0o755, b"#!/bin/sh\nexit 0\n");
    put("usr/bin/sudo", 0o4711, &program[..5000]);
    put("etc/passwd", 0o644, b"root:x:0:0::/root:/bin/sh\n");
    put("etc/secret", 0o600, b"x");
    put("usr/share/doc/text", 0o444, &[b'x'; 9000]);
    put("usr/lib/empty.so", 0o644, b"");
    put(
        "usr/share/doc/a name\nwith \\ everything \u{e9}",
        0o644,
        b"odd",
    );
    put("usr/lib/not-utf-8", 0o644, b"odd");
    let odd = root.join(OsStr::from_bytes(b"usr/lib/not-utf-8-\xff"));
    fs::rename(root.join("usr/lib/not-utf-8"), odd).unwrap();
    let long = "long-".repeat(40);
    fs::create_dir_all(root.join(format!("usr/lib/deep/{long}/{long}"))).unwrap();
    put(&format!("usr/lib/deep/{long}/{long}/{long}"), 0o640, b"far");
    fs::hard_link(root.join("usr/bin/program"), root.join("usr/bin/zz-again")).unwrap();
    symlink("usr/lib", root.join("lib")).unwrap();
    symlink("/usr/bin/script", root.join("usr/bin/link")).unwrap();
    symlink("x".repeat(300), root.join("usr/lib/long-link")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(root.join("etc/secret"), Some(1234), Some(4321)).unwrap();
        run(&root, "mkfifo tmp/pipe && mknod tmp/null c 1 3");
    }
    root
}

#[test]
fn tar_in_all_its_forms() {
    if !have(&["tar", "gzip", "xz", "zstd"]) {
        return;
    }
    let here = folder("tools-tar");
    sample(&here);
    run(
        &here,
        "truncate -s 3M root/usr/lib/holes && printf x | dd of=root/usr/lib/holes bs=1 seek=2000000 conv=notrunc status=none",
    );
    for (number, flags) in [
        "--format=gnu",
        "--format=posix",
        "--format=gnu --sparse",
        "--format=posix --sparse",
        "--format=posix --sparse --sparse-version=0.0",
        "--format=posix --sparse --sparse-version=0.1",
        "--format=gnu --gzip",
        "--format=posix --xz",
        "--format=gnu --zstd",
    ]
    .into_iter()
    .enumerate()
    {
        run(
            &here,
            &format!(
                "tar -C root {flags} -cf {number}.tar . && mkdir {number} && tar -C {number} -xpf {number}.tar"
            ),
        );
        let image = opened(&here.join(format!("{number}.tar")));
        assert_eq!(image.kind, Kind::Tar);
        compare(
            flags,
            &image,
            &here.join(number.to_string()),
            Without::Nothing,
        );
    }
    // Formats without long names, and without any magic.
    run(&here, "rm -r root/usr/lib/deep root/usr/lib/long-link");
    for flags in ["--format=ustar", "--format=v7 --exclude=./tmp/*"] {
        run(
            &here,
            &format!(
                "tar -C root {flags} -cf short.tar . && rm -rf short && mkdir short && tar -C short -xpf short.tar"
            ),
        );
        compare(
            flags,
            &opened(&here.join("short.tar")),
            &here.join("short"),
            Without::Nothing,
        );
    }
}

#[test]
fn images_by_umoci_and_skopeo() {
    if !have(&["umoci", "skopeo", "tar", "gzip"]) || !is_root() {
        return;
    }
    let here = folder("tools-oci");
    sample(&here);
    // Four layers: a root; things deleted, replaced and changed; a folder emptied and filled; a link in a folder's place.
    run(
        &here,
        "umoci init --layout oci
         umoci new --image oci:app
         umoci unpack --image oci:app b1 && cp -a root/. b1/rootfs/ && umoci repack --image oci:app b1
         umoci unpack --image oci:app b2 && cd b2/rootfs
         rm usr/bin/script && echo new > etc/passwd && chmod 700 etc && rm -r usr/lib/deep && mkdir -p usr/new/x && echo y > usr/new/x/y
         ln usr/bin/program usr/new/program && cd ../.. && umoci repack --image oci:app b2
         umoci unpack --image oci:app b3 && cd b3/rootfs
         rm -r usr/new && mkdir usr/new && echo z > usr/new/z && rm lib && mkdir lib && echo real > lib/real && cd ../..
         umoci repack --image oci:app b3
         umoci unpack --image oci:app b4 && cd b4/rootfs
         rm -r opt && ln -s usr/share opt && rm dangling && mkdir dangling && cd ../.. && umoci repack --image oci:app b4
         umoci config --image oci:app --config.entrypoint /usr/bin/program --config.user 0
         umoci unpack --image oci:app unpacked
         skopeo copy -q oci:oci:app docker-archive:docker.tar:app:1
         gzip -k docker.tar
         skopeo copy -q oci:oci:app oci-archive:oci.tar:app
         skopeo copy -q --dest-compress-format zstd oci:oci:app oci:zstd:app
         tar -C oci -cf layout.tar .",
    );
    let expected = here.join("unpacked/rootfs");
    for (name, kind) in [
        ("oci", Kind::OciLayout),
        ("zstd", Kind::OciLayout),
        ("oci.tar", Kind::OciArchive),
        ("layout.tar", Kind::OciArchive),
        ("docker.tar", Kind::DockerArchive),
        ("docker.tar.gz", Kind::DockerArchive),
    ] {
        let image = opened(&here.join(name));
        assert_eq!((image.kind, image.layers.len()), (kind, 4), "{name}");
        compare(name, &image, &expected, Without::Nothing);
        let config = image.config.as_ref().unwrap();
        assert_eq!(config.command(), [b"/usr/bin/program".to_vec()]);
        assert_eq!(image.notes, [], "{name}");
        let blame = image.tree.blame(&"/usr/bin/script".into());
        let layers: Vec<usize> = blame.iter().map(|change| change.layer).collect();
        assert_eq!(layers, [0, 1], "{name}");
        if kind != Kind::DockerArchive || name == "docker.tar" {
            assert_eq!(sayso_image::sniff(&here.join(name)), kind, "{name}");
        }
    }
}

#[test]
fn debian_packages() {
    if !have(&["dpkg-deb", "zstd"]) {
        return;
    }
    let here = folder("tools-deb");
    let root = sample(&here);
    run(
        &root,
        "rm -rf tmp/* usr/share/doc && mkdir DEBIAN && printf 'Package: demo\nVersion: 1:2-3\nArchitecture: arm64\nMaintainer: x <x@x>\nDescription: x\n' > DEBIAN/control",
    );
    for compression in ["gzip", "xz", "zstd", "none"] {
        run(
            &here,
            &format!(
                "dpkg-deb -Z{compression} -b root {compression}.deb && dpkg-deb -x {compression}.deb {compression}"
            ),
        );
        let image = opened(&here.join(format!("{compression}.deb")));
        let package = image.package.clone().unwrap();
        let told = (
            package.name.as_str(),
            package.version.as_str(),
            package.architecture.as_str(),
        );
        assert_eq!((image.kind, told), (Kind::Deb, ("demo", "1:2-3", "arm64")));
        compare(
            compression,
            &image,
            &here.join(compression),
            Without::Nothing,
        );
    }
}

#[test]
fn rpm_packages() {
    if !have(&["rpmbuild", "rpm2cpio", "cpio"]) {
        return;
    }
    let here = folder("tools-rpm");
    let root = sample(&here);
    run(
        &root,
        "rm -rf tmp usr/lib/not-utf-8* usr/share/doc usr/lib/long-link && chmod 4755 usr/bin/program",
    );
    fs::write(
        here.join("demo.spec"),
        "Name: demo\nVersion: 2\nRelease: 3\nSummary: x\nLicense: MIT\nAutoReqProv: no\n%define _build_id_links none\n%description\nx\n%files\n/\n",
    )
    .unwrap();
    for payload in ["w9.gzdio", "w6.xzdio", "w3.zstdio", "w.ufdio"] {
        run(
            &here,
            &format!(
                "rm -rf top build && cp -a root build && rpmbuild -bb --quiet --noclean --define '_topdir '$PWD/top \
                 --buildroot $PWD/build --define '_binary_payload {payload}' --define '__os_install_post %{{nil}}' \
                 --define '_rpmfilename {payload}.rpm' --define '_source_filedigest_algorithm 8' demo.spec
                 mkdir {payload} && rpm2cpio top/RPMS/{payload}.rpm > p.cpio && cd {payload} && cpio -idm --quiet --no-absolute-filenames < ../p.cpio"
            ),
        );
        let image = opened(&here.join(format!("top/RPMS/{payload}.rpm")));
        let package = image.package.clone().unwrap();
        assert_eq!(
            (image.kind, package.name.as_str(), package.version.as_str()),
            (Kind::Rpm, "demo", "2-3")
        );
        compare(payload, &image, &here.join(payload), Without::Owners);
    }
}

#[test]
fn zip_archives_and_wheels() {
    if !have(&["zip", "unzip", "python3"]) {
        return;
    }
    let here = folder("tools-zip");
    let root = sample(&here);
    run(
        &root,
        "rm -rf tmp usr/lib/not-utf-8* usr/share/doc usr/lib/deep",
    );
    for flags in ["-9", "-0", "-1"] {
        run(
            &here,
            &format!(
                "(cd root && zip -qry {flags} ../{flags}.zip .) && mkdir ./{flags} && unzip -q ./{flags}.zip -d ./{flags}"
            ),
        );
        let image = opened(&here.join(format!("{flags}.zip")));
        assert_eq!(image.kind, Kind::Zip);
        compare(flags, &image, &here.join(flags), Without::HardLinks);
    }
    // A wheel, written by Python, with a record of 64-bit sizes.
    fs::write(
        here.join("wheel.py"),
        "import zipfile\n\
         w = zipfile.ZipFile('demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', 'w', zipfile.ZIP_DEFLATED)\n\
         w.write('root/usr/bin/program', 'demo/_native.so')\n\
         with w.open('demo/__init__.py', 'w', force_zip64=True) as f: f.write(b'x = 1\\n')\n\
         w.writestr('demo-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\n')\n\
         w.close()\n",
    )
    .unwrap();
    run(
        &here,
        "python3 wheel.py && mkdir wheel && unzip -q *.whl -d wheel",
    );
    let path = here.join("demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
    let image = opened(&path);
    let package = image.package.clone().unwrap();
    assert_eq!(image.kind, Kind::Wheel);
    assert_eq!(
        package.architecture,
        "manylinux_2_17_x86_64.manylinux2014_x86_64"
    );
    let ours = of_image(&image);
    let theirs = of_folder(&here.join("wheel"));
    let what = |listing: &Listing| -> Vec<(String, String)> {
        listing
            .iter()
            .map(|(name, facts)| (name.clone(), facts.what.clone()))
            .collect()
    };
    assert_eq!(what(&ours), what(&theirs));
}

#[test]
fn alpine_packages() {
    if !have(&["tar", "gzip"]) {
        return;
    }
    let here = folder("tools-apk");
    sample(&here);
    // abuild-sign and abuild-tar --cut: three gzip members, the first two without the end of an archive.
    run(
        &here,
        "printf 'pkgname = demo\npkgver = 1.2-r3\narch = aarch64\n' > .PKGINFO && echo sig > .SIGN.RSA.key.rsa.pub && echo x > .post-install
         tar --format=posix -b1 -cf s.tar .SIGN.RSA.key.rsa.pub && tar --format=posix -b1 -cf c.tar .PKGINFO .post-install
         for part in s c; do head -c $(( $(wc -c < $part.tar) - 1024 )) $part.tar | gzip > $part.gz; done
         tar -C root --format=posix -czf d.gz usr etc lib
         cat s.gz c.gz d.gz > demo.apk && mkdir apk && tar -C apk -xpf demo.apk && rm apk/.[SPp]*",
    );
    let image = opened(&here.join("demo.apk"));
    let package = image.package.clone().unwrap();
    assert_eq!(image.kind, Kind::Apk);
    assert_eq!(
        (package.version.as_str(), package.architecture.as_str()),
        ("1.2-r3", "aarch64")
    );
    compare("apk", &image, &here.join("apk"), Without::Nothing);
}
