//! Entries that no container engine would unpack, and such as only look odd.

mod common;

use common::{Tar, docker_archive, layer_refusal, plain};
use sayso_image::{Options, open_bytes};

#[test]
fn paths_that_leave_the_root() {
    for path in ["../x", "a/../../x", ".."] {
        let outcome = layer_refusal(Tar::new().file(path, 0o644, b""));
        assert!(outcome.contains("leaves the root"), "{path}: {outcome}");
        let outcome = layer_refusal(Tar::new().hard_link("x", path));
        assert!(outcome.contains("leaves the root"), "{path}: {outcome}");
    }
    // Absolute ones count from the root; so do links, wherever they point.
    let tar = Tar::new()
        .file("/etc/x", 0o644, b"1")
        .file("/../etc/y", 0o644, b"2")
        .symlink("up", "../../../../etc")
        .file("up/z", 0o644, b"3")
        .symlink("etc/passwd", "/../../../../etc/passwd");
    let image = open_bytes("t".as_ref(), tar.end().into(), &Options::default()).unwrap();
    let paths: Vec<String> = image
        .tree
        .files()
        .map(|file| file.path.to_string())
        .collect();
    assert_eq!(
        paths,
        ["/etc", "/etc/passwd", "/etc/x", "/etc/y", "/etc/z", "/up"]
    );
    let lookup = sayso_world::World::lookup(&image.tree, &"/etc/passwd".into());
    assert_eq!(lookup, Err(sayso_world::Errno::ELOOP), "it leads to itself");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_no_engine_would_unpack() {
    let cases: &[(&str, Tar, &str)] = &[
        (
            "hard link to nothing",
            Tar::new().hard_link("x", "y"),
            "`y' that it is a hard link to is missing",
        ),
        (
            "hard link to itself",
            Tar::new().hard_link("x", "x"),
            "is missing",
        ),
        (
            "hard link to a folder",
            Tar::new().directory("d/").hard_link("x", "d"),
            "hard link to the folder",
        ),
        (
            "below a file",
            Tar::new().file("f", 0o644, b"").file("f/x", 0o644, b""),
            "is a file and no folder",
        ),
        (
            "below a circle",
            Tar::new()
                .symlink("a", "b")
                .symlink("b", "a")
                .file("a/x", 0o644, b""),
            "in a circle",
        ),
        (
            "the root as a file",
            Tar::new().file("./", 0o644, b"").file(".", 0o644, b"x"),
            "the root itself",
        ),
        (
            "whiteout of nothing",
            Tar::new().file(".wh.", 0o644, b""),
            "whiteout of a folder itself",
        ),
        (
            "whiteout of the root",
            Tar::new().file("a/.wh..", 0o644, b""),
            "whiteout of a folder itself",
        ),
        (
            "whiteout of what is above",
            Tar::new().file("a/.wh...", 0o644, b""),
            "whiteout of a folder itself",
        ),
        (
            "an unknown type",
            Tar::new().header(b'Z', b"x", b"", 0o644, 0),
            "unknown type `Z'",
        ),
        (
            "a NUL in a name",
            Tar::new().pax(&[("path", b"a\0b")]).file("x", 0o644, b""),
            "NUL byte",
        ),
        (
            "a size that lies",
            Tar::new().header(b'0', b"x", b"", 0o644, 1 << 40),
            "too early",
        ),
        (
            "a PAX size that lies",
            Tar::new()
                .pax(&[("size", b"99999999999")])
                .file("x", 0o644, b""),
            "too early",
        ),
        (
            "PAX that is none",
            Tar::new().header(b'x', b"p", b"", 0o644, 5).raw(b"hello"),
            "PAX records",
        ),
        (
            "endless PAX",
            Tar::new()
                .header(b'x', b"p", b"", 0o644, 2 << 20)
                .raw(&vec![b'x'; 2 << 20]),
            "PAX records exceeds the limit of 1048576",
        ),
        (
            "a block of zeros between",
            Tar::new().raw(&[0; 512]).file("x", 0o644, b""),
            "zeros",
        ),
        (
            "no tar at all",
            Tar::new().raw(&[b'x'; 512]),
            "no tar header",
        ),
    ];
    for (name, tar, words) in cases {
        let outcome = layer_refusal(tar.clone());
        assert!(outcome.contains(words), "{name}: {outcome}");
        assert!(!outcome.contains('\0'), "{name}");
    }
}

#[test]
fn what_is_odd_but_harmless() {
    let tar = Tar::new()
        .file("twice", 0o644, b"1")
        .file("twice", 0o644, b"22")
        .header(b'3', b"dev/null", b"", 0o666, 0)
        .header(b'6', b"pipe", b"", 0o666, 0)
        .header(b'g', b"global", b"", 0o644, 14)
        .raw(b"14 path=other\n")
        .file("new\nline\x1b[31m", 0o644, b"")
        .file(".wh..wh.plnk/1.2", 0o644, b"")
        .file(".wh..wh.aufs", 0o644, b"")
        .file(".wh..wh..opq", 0o644, b"")
        .file(".wh.never", 0o644, b"");
    let bytes = docker_archive(&[plain(tar.end())]);
    let image = open_bytes("t".as_ref(), bytes.into(), &Options::default()).unwrap();
    let paths: Vec<String> = image
        .tree
        .files()
        .map(|file| file.path.to_string())
        .collect();
    assert_eq!(
        paths,
        ["/dev", "/dev/null", "/new\nline\x1b[31m", "/pipe", "/twice"]
    );
    // Control characters of a name do not reach the terminal.
    let outcome = layer_refusal(Tar::new().hard_link("\x1b[31mred\n", "gone"));
    assert!(outcome.contains("\\u{1b}[31mred\\n"), "{outcome}");
}
