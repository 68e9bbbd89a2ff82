//! Path resolution, by tables and against the real kernel.

use sayso_world::memory::Memory;
use sayso_world::{Access, Credentials, Errno, FileKind, Machine, MountFlags, TargetPath, World};

fn small_world() -> Memory {
    let mut world = Memory::new(Machine::default());
    world
        .directory("/usr/lib")
        .symlink("/lib", "usr/lib")
        .file("/lib/libz.so.1.2", "z")
        .symlink("/lib/libz.so.1", "libz.so.1.2")
        .symlink("/lib/libz.so", "/usr/lib/libz.so.1")
        .symlink("/lib/slash", "libz.so.1/")
        .symlink("/lib/up", "../../../../usr/lib")
        .symlink("/loop", "pool")
        .symlink("/pool", "loop")
        .symlink("/dangling", "nowhere/at/all")
        .symlink("/self", ".")
        .hard_link("/hard", "/lib/libz.so")
        .directory("/closed")
        .file("/closed/file", "c")
        .mode("/closed", 0o700)
        .special("/dev/null");
    world
}

/// A chain of `links` links, the last of which leads to a file.
fn chain(links: usize) -> Memory {
    let mut world = Memory::new(Machine::default());
    world.file("/0", "end");
    for link in 1..=links {
        world.symlink(format!("/{link}"), (link - 1).to_string());
    }
    world
}

#[test]
fn a_table_of_paths() {
    let world = small_world();
    let long_name = format!("/{}", "n".repeat(256));
    let longest_name = format!("/{}", "n".repeat(255));
    let long_path = "/self".repeat(900);
    let cases: &[(&str, Result<&str, Errno>)] = &[
        ("/", Ok("/")),
        ("//..//../", Ok("/")),
        ("", Err(Errno::ENOENT)),
        ("/lib", Ok("/usr/lib")),
        ("/lib/", Ok("/usr/lib")),
        ("/lib/..", Ok("/usr")),
        ("/lib/../lib/./libz.so", Ok("/usr/lib/libz.so.1.2")),
        ("/lib/up/up/libz.so.1", Ok("/usr/lib/libz.so.1.2")),
        ("/hard", Ok("/hard")),
        ("/hard/", Err(Errno::ENOTDIR)),
        ("/hard/.", Err(Errno::ENOTDIR)),
        ("/hard/..", Err(Errno::ENOTDIR)),
        ("/hard/below", Err(Errno::ENOTDIR)),
        ("/lib/slash", Err(Errno::ENOTDIR)),
        ("/missing", Err(Errno::ENOENT)),
        ("/missing/", Err(Errno::ENOENT)),
        ("/missing/..", Err(Errno::ENOENT)),
        ("/dangling", Err(Errno::ENOENT)),
        ("/loop", Err(Errno::ELOOP)),
        ("/self/self/self/lib", Ok("/usr/lib")),
        (&long_name, Err(Errno::ENAMETOOLONG)),
        (&longest_name, Err(Errno::ENOENT)),
        (&long_path, Err(Errno::ENAMETOOLONG)),
    ];
    for (path, expected) in cases {
        let expected = expected.map(TargetPath::from);
        assert_eq!(
            world.canonical(&TargetPath::from(*path)),
            expected,
            "{path}"
        );
        let found = world.lookup(&TargetPath::from(*path));
        assert_eq!(found.map(|stat| stat.path), expected, "{path}");
    }
}

#[test]
fn forty_links_and_one_more() {
    assert!(chain(40).lookup(&"/40".into()).is_ok());
    assert_eq!(chain(41).lookup(&"/41".into()), Err(Errno::ELOOP));
}

#[test]
fn links_themselves() {
    let world = small_world();
    let read = |path: &str| world.read_link(&path.into()).map(|text| text.to_string());
    assert_eq!(read("/lib"), Ok("usr/lib".to_string()));
    assert_eq!(read("/self/lib"), Ok("usr/lib".to_string()));
    assert_eq!(read("/dangling"), Ok("nowhere/at/all".to_string()));
    // A slash behind it makes it followed.
    assert_eq!(read("/lib/"), Err(Errno::EINVAL));
    assert_eq!(read("/hard"), Err(Errno::EINVAL));
    assert_eq!(read("/missing"), Err(Errno::ENOENT));
}

#[test]
fn identity_kinds_and_bytes() {
    let world = small_world();
    let hard = world.lookup(&"/hard".into()).unwrap();
    let soft = world.lookup(&"/lib/libz.so".into()).unwrap();
    assert_eq!(hard.id, soft.id);
    assert_eq!(world.read(&hard).unwrap(), "z");
    let null = world.lookup(&"/dev/null".into()).unwrap();
    assert_eq!(null.kind, FileKind::Special);
    let lib = world.lookup(&"/lib".into()).unwrap();
    assert_eq!(world.read(&lib), Err(Errno::EISDIR));
    let mut names: Vec<_> = world.list(&"/closed".into()).unwrap();
    assert_eq!(names.pop().unwrap().name, b"file");
}

#[test]
fn a_directory_that_the_user_may_not_search() {
    let mut world = small_world();
    assert!(world.lookup(&"/closed/file".into()).is_ok());
    world.machine_mut().credentials = Credentials {
        uid: 1000,
        gid: 1000,
        groups: vec![5],
    };
    for path in ["/closed/file", "/closed/missing", "/closed/.", "/closed/.."] {
        assert_eq!(world.lookup(&path.into()), Err(Errno::EACCES), "{path}");
    }
    // The directory itself is seen, as stat does.
    let closed = world.lookup(&"/closed".into()).unwrap();
    assert!(!closed.readable && !closed.executable);
    world.owner("/closed", 0, 5).mode("/closed", 0o710);
    assert!(world.lookup(&"/closed/file".into()).is_ok());
    assert_eq!(world.list(&"/closed".into()), Err(Errno::EACCES));
}

#[test]
fn permission_classes() {
    let user = Credentials {
        uid: 7,
        gid: 8,
        groups: vec![9],
    };
    // The class is the first that fits: an owner without the bit does not fall back on the others'.
    assert!(!user.may(Access::Read, 0o077, 7, 8));
    assert!(user.may(Access::Read, 0o740, 1, 9));
    assert!(!user.may(Access::Read, 0o704, 1, 8));
    assert!(user.may(Access::Execute, 0o701, 1, 1));
    assert!(!Credentials::root().may(Access::Execute, 0o666, 7, 7));
    assert!(Credentials::root().may(Access::Search, 0, 7, 7));
    assert!(Credentials::root().may(Access::Execute, 0o001, 7, 7));
}

#[test]
fn mount_flags_of_the_nearest_mount() {
    let mut world = small_world();
    let both = MountFlags {
        noexec: true,
        nosuid: true,
    };
    world
        .mount("/mnt", both)
        .mount("/mnt/inner", MountFlags::default())
        .file("/mnt/a", "")
        .file("/mnt/inner/b", "")
        .file("/mnta", "");
    let noexec = |path: &str| world.lookup(&path.into()).unwrap().noexec;
    assert!(noexec("/mnt/a"));
    assert!(!noexec("/mnt/inner/b"));
    assert!(!noexec("/mnta"));
}
