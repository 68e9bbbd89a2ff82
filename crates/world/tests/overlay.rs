//! Changes on top of a world.

use sayso_world::memory::Memory;
use sayso_world::overlay::Overlay;
use sayso_world::{Credentials, Errno, FileKind, Machine, TargetPath, World};

fn base() -> Memory {
    let mut world = Memory::new(Machine::default());
    world
        .symlink("/lib", "usr/lib")
        .file("/usr/lib/libz.so.1.2", "old")
        .mode("/usr/lib/libz.so.1.2", 0o4711)
        .symlink("/usr/lib/libz.so.1", "libz.so.1.2")
        .file("/usr/lib/liba.so", "a");
    world
}

fn text(world: &impl World, path: &str) -> Result<String, Errno> {
    let stat = world.lookup(&path.into())?;
    Ok(String::from_utf8_lossy(&world.read(&stat)?).into_owned())
}

fn names(world: &impl World, path: &str) -> Vec<String> {
    let entries = world.list(&path.into()).unwrap();
    let mut names: Vec<_> = entries
        .iter()
        .map(|entry| String::from_utf8_lossy(&entry.name).into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_replaced_file_keeps_mode_and_is_another_file() {
    let mut world = Overlay::new(base());
    let before = world.lookup(&"/lib/libz.so.1".into()).unwrap();
    let path = world.canonical(&"/lib/libz.so.1".into()).unwrap();
    world.file(&path, "new!").unwrap();
    let after = world.lookup(&"/lib/libz.so.1".into()).unwrap();
    assert_eq!(text(&world, "/lib/libz.so.1"), Ok("new!".into()));
    assert_eq!((after.mode, after.size), (0o4711, 4));
    assert_ne!(after.id, before.id);
    // The world below is untouched.
    assert_eq!(text(world.base(), "/lib/libz.so.1"), Ok("old".into()));
    assert_eq!(text(&world, "/lib/liba.so"), Ok("a".into()));
}

#[test]
fn added_files_links_and_directories() {
    let mut world = Overlay::new(base());
    world
        .file(&"/lib/new/deep/liby.so".into(), "y")
        .unwrap()
        .symlink(&"/opt".into(), b"lib/new")
        .unwrap()
        .symlink(&"/lib/libz.so.1".into(), b"/opt/deep/liby.so")
        .unwrap();
    assert_eq!(text(&world, "/opt/deep/liby.so"), Ok("y".into()));
    assert_eq!(text(&world, "/usr/lib/libz.so.1"), Ok("y".into()));
    let canonical = world.canonical(&"/opt/deep/..".into());
    assert_eq!(canonical, Ok(TargetPath::from("/usr/lib/new")));
    assert_eq!(
        names(&world, "/lib"),
        ["liba.so", "libz.so.1", "libz.so.1.2", "new"]
    );
    assert_eq!(names(&world, "/opt"), ["deep"]);
    assert_eq!(names(&world, "/"), ["lib", "opt", "usr"]);
    let kind = world.lookup(&"/opt".into()).unwrap().kind;
    assert_eq!(kind, FileKind::Directory);
}

#[test]
fn removed_names() {
    let mut world = Overlay::new(base());
    world.remove(&"/lib/libz.so.1.2".into()).unwrap();
    assert_eq!(text(&world, "/lib/libz.so.1"), Err(Errno::ENOENT));
    assert_eq!(names(&world, "/lib"), ["liba.so", "libz.so.1"]);
    // A whole directory, and a new one in its place that does not show the old files.
    world.remove(&"/usr/lib".into()).unwrap();
    assert_eq!(text(&world, "/lib/liba.so"), Err(Errno::ENOENT));
    world.directory(&"/usr/lib".into()).unwrap();
    assert_eq!(text(&world, "/lib/liba.so"), Err(Errno::ENOENT));
    assert!(names(&world, "/lib").is_empty());
    world.remove(&"/no/such".into()).unwrap();
    // Removing a link leaves what it leads to.
    world.remove(&"/lib".into()).unwrap();
    assert!(world.lookup(&"/usr/lib".into()).is_ok());
}

#[test]
fn what_is_in_the_way() {
    let mut world = Overlay::new(base());
    let file = |world: &mut Overlay<Memory>, path: &str| world.file(&path.into(), "").map(|_| ());
    assert_eq!(file(&mut world, "/lib/liba.so/x"), Err(Errno::ENOTDIR));
    assert_eq!(file(&mut world, "/usr/lib"), Err(Errno::EISDIR));
    assert_eq!(file(&mut world, "/"), Err(Errno::EISDIR));
    world.symlink(&"/loop".into(), b"loop").unwrap();
    assert_eq!(file(&mut world, "/loop/x"), Err(Errno::ELOOP));
    world.symlink(&"/dangling".into(), b"nowhere").unwrap();
    // As mkdir -p: a dangling link in the way is replaced by a directory.
    assert_eq!(file(&mut world, "/dangling/x"), Ok(()));
}

#[test]
fn overlays_on_overlays_and_modes() {
    let mut lower = Overlay::new(base());
    lower.file(&"/a".into(), "lower").unwrap();
    let mut upper = Overlay::new(lower);
    upper.file(&"/b".into(), "upper").unwrap();
    assert_eq!(text(&upper, "/a"), Ok("lower".into()));
    assert_eq!(text(&upper, "/b"), Ok("upper".into()));
    let a = upper.lookup(&"/a".into()).unwrap().id;
    assert_ne!(a, upper.lookup(&"/b".into()).unwrap().id);
    upper.mode(&"/a".into(), 0o644).unwrap();
    assert!(!upper.lookup(&"/a".into()).unwrap().executable);
    assert_eq!(text(&upper, "/a"), Ok("lower".into()));
    upper.mode(&"/lib/liba.so".into(), 0o755).unwrap();
    assert!(upper.lookup(&"/usr/lib/liba.so".into()).unwrap().executable);
}

#[test]
fn permissions_of_the_machines_user() {
    let mut world = base();
    world.directory("/closed").mode("/closed", 0o700);
    world.machine_mut().credentials = Credentials {
        uid: 5,
        gid: 5,
        groups: Vec::new(),
    };
    let mut world = Overlay::new(world);
    world.file(&"/closed/x".into(), "").unwrap();
    assert_eq!(world.lookup(&"/closed/x".into()), Err(Errno::EACCES));
}

#[test]
fn somebody_else_meets_the_same_changes_with_rights_of_their_own() {
    let mut world = base();
    world.file("/own/file", "root's").mode("/own/file", 0o600);
    world.machine_mut().credentials = Credentials {
        uid: 5,
        gid: 5,
        groups: Vec::new(),
    };
    let mut world = Overlay::new(world);
    world.file(&"/own/file".into(), "changed").unwrap();
    world.mode(&"/own".into(), 0o700).unwrap();
    assert_eq!(world.lookup(&"/own/file".into()), Err(Errno::EACCES));
    let owner = world.as_user(&Credentials::root()).unwrap();
    let stat = owner.lookup(&"/own/file".into()).unwrap();
    assert!(stat.readable);
    assert_eq!(owner.read(&stat).unwrap(), "changed");
    assert_eq!(owner.machine().credentials, Credentials::root());
    // And the other way round.
    let back = owner.as_user(&world.machine().credentials).unwrap();
    assert_eq!(back.lookup(&"/own/file".into()), Err(Errno::EACCES));
}
