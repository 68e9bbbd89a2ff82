//! This machine: rights, mounts and capabilities, as far as the test may set them up. Where it may not, it says so on stderr.

mod common;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use common::{Folder, skip};
use sayso_world::live::Live;
use sayso_world::root::Root;
use sayso_world::{Cpu, Credentials, Errno, FileKind, Machine, TargetPath, World, detect};

const CHILD: &str = "SAYSO_WORLD_TEST_MOUNTS";

fn target(path: &Path) -> TargetPath {
    TargetPath::new(path.as_os_str().as_encoded_bytes())
}

#[test]
fn files_as_they_are() {
    let folder = Folder::new("live");
    let world = Live::new();
    for size in [0, 1, 16 * 1024, 16 * 1024 + 1, 300_000] {
        let file = folder.0.join(size.to_string());
        let contents: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
        std::fs::write(&file, &contents).unwrap();
        let link = folder.0.join("link");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(size.to_string(), &link).unwrap();
        let stat = world.lookup(&target(&link)).unwrap();
        let meta = std::fs::metadata(&file).unwrap();
        assert_eq!((stat.id.device, stat.id.inode), (meta.dev(), meta.ino()));
        assert_eq!((stat.size, stat.kind), (size, FileKind::Regular));
        assert!(stat.readable && !stat.executable);
        assert_eq!(world.read(&stat).unwrap(), contents);
        assert_eq!(Live::new().copying().read(&stat).unwrap(), contents);
        assert_eq!(
            world.read_link(&target(&link)).unwrap(),
            size.to_string().as_str().into()
        );
        assert_eq!(
            world.canonical(&target(&link)),
            Ok(target(&file.canonicalize().unwrap()))
        );
    }
    assert_eq!(world.list(&target(&folder.0)).unwrap().len(), 6);
    let directory = world.lookup(&target(&folder.0)).unwrap();
    assert_eq!(world.read(&directory), Err(Errno::EISDIR));
    let null = world.lookup(&"/dev/null".into()).unwrap();
    assert_eq!(null.kind, FileKind::Special);
    assert_eq!(world.read(&null), Err(Errno::EINVAL));
    assert_eq!(world.lookup(&"/no/such/file".into()), Err(Errno::ENOENT));
    // A file of procfs says that it is empty.
    let status = world.lookup(&"/proc/self/status".into()).unwrap();
    assert!(world.read(&status).unwrap().starts_with(b"Name:"));
}

#[test]
fn a_file_cut_short_after_the_lookup() {
    let folder = Folder::new("cut");
    let file = folder.0.join("file");
    std::fs::write(&file, vec![1; 9000]).unwrap();
    let world = Live::new();
    let stat = world.lookup(&target(&file)).unwrap();
    std::fs::write(&file, vec![2; 100]).unwrap();
    assert_eq!(world.read(&stat).unwrap().len(), 100);
}

#[test]
fn another_user_of_this_machine() {
    let folder = Folder::new("other-user");
    let closed = folder.0.join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::write(closed.join("file"), "x").unwrap();
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).unwrap();
    let machine = Machine {
        credentials: Credentials {
            uid: 4_000_001,
            gid: 4_000_001,
            groups: Vec::new(),
        },
        ..detect::this_machine()
    };
    let other = Live::with_machine(machine);
    assert_eq!(
        other.lookup(&target(&closed.join("file"))),
        Err(Errno::EACCES)
    );
    assert_eq!(other.list(&target(&closed)), Err(Errno::EACCES));
    let ours = Live::new();
    assert!(ours.lookup(&target(&closed.join("file"))).unwrap().readable);
    let passwd: TargetPath = "/etc/passwd".into();
    let (by_us, by_other) = (
        ours.lookup(&passwd).unwrap(),
        other.lookup(&passwd).unwrap(),
    );
    assert_eq!(by_us.id, by_other.id);
    assert!(by_other.readable);
    assert_eq!(ours.read(&by_us), other.read(&by_other));
}

#[test]
fn capabilities_of_a_file() {
    let folder = Folder::new("capabilities");
    let path = folder.0.join("ping");
    std::fs::write(&path, "x").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    // VFS_CAP_REVISION_2 with the effective bit; cap_net_raw permitted.
    let attribute: [u8; 20] = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let flags = rustix::fs::XattrFlags::empty();
    let live = Live::new();
    let root = Root::open(folder.bytes(), Machine::default()).unwrap();
    let on_live = live.lookup(&target(&path)).unwrap();
    let in_root = root.lookup(&"/ping".into()).unwrap();
    assert!(!live.capabilities(&on_live) && !root.capabilities(&in_root));
    if let Err(error) = rustix::fs::setxattr(&path, "security.capability", &attribute, flags) {
        return skip(&format!("may not set capabilities: {error}"));
    }
    assert!(live.capabilities(&on_live) && root.capabilities(&in_root));
}

/// Not a test by itself: prints what it sees in the mount namespace that the test made.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let other = Live::with_machine(Machine {
        credentials: Credentials {
            uid: 5,
            gid: 5,
            groups: Vec::new(),
        },
        ..detect::this_machine()
    });
    for world in [Live::new(), other] {
        for file in ["plain/f", "noexec/f", "nosuid/f", "bind/f"] {
            let stat = world
                .lookup(&TargetPath::new(format!("{folder}/{file}")))
                .unwrap();
            println!("\nanswer: {file} {} {}", stat.noexec, stat.nosuid);
        }
    }
}

#[test]
fn flags_of_mounts_even_of_the_same_device() {
    let folder = Folder::new("mounts");
    std::fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o755)).unwrap();
    let script = "set -e; cd \"$1\"; mkdir plain noexec nosuid bind
        mount -t tmpfs -o exec,suid none plain; mount -t tmpfs -o noexec none noexec; mount -t tmpfs -o nosuid none nosuid
        touch plain/f noexec/f nosuid/f
        mount --bind plain bind; mount -o remount,bind,noexec,nosuid bind
        shift; exec \"$@\"";
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(&folder.0)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, &folder.0)
        .output();
    let Ok(output) = output else {
        return skip("no unshare");
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answers: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("answer: "))
        .collect();
    if answers.is_empty() {
        return skip(&format!(
            "may not mount: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let expected = [
        "plain/f false false",
        "noexec/f true false",
        "nosuid/f false true",
        "bind/f true true",
    ];
    assert_eq!(answers, [expected, expected].concat());
}

#[test]
fn processors_by_name_and_as_the_loader_sees_this_one() {
    for (name, level) in [
        ("x86-64", 1),
        ("x86-64-v1", 1),
        ("x86-64-v2", 2),
        ("v3", 3),
        ("x86-64-v4", 4),
    ] {
        assert_eq!(Cpu::parse(name), Some(Cpu::of_level(level)), "{name}");
    }
    assert_eq!(Cpu::parse("x86-64-v5"), None);
    assert_eq!(Cpu::parse(""), None);
    assert_eq!(
        Cpu::parse("haswell").unwrap().legacy.platform,
        Some("haswell")
    );
    let output = Command::new("/lib64/ld-linux-x86-64.so.2")
        .arg("--list-diagnostics")
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let text = text.unwrap_or_default();
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    let Some(active) = value("dl_hwcaps_subdirs_active") else {
        return skip("no loader with --list-diagnostics");
    };
    let ours = Cpu::of_this_machine();
    // One bit a subdirectory, the best one lowest: only their number tells the level.
    let bits = u32::from_str_radix(active.trim_start_matches("0x"), 16)
        .unwrap()
        .count_ones();
    assert_eq!(u32::from(ours.level) - 1, bits, "{active}");
    if let Some(platform) = value("dl_platform") {
        let platform = platform.trim_matches('"');
        // Loaders since 2.37 have no platform names of their own.
        let ours = ours.legacy.platform.unwrap_or("x86_64");
        assert!(
            platform == ours || platform == "x86_64",
            "{platform} {ours}"
        );
    }
}
