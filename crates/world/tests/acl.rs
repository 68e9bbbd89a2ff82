//! Access control lists are judged as the kernel judges them for a process of that user.
//!
//! The child is this test program again, which gives up user 0 and says what the kernel answers.

mod common;

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use common::{Folder, Random, skip};
use rustix::fs::{Access, AtFlags, CWD, XattrFlags};
use sayso_world::limits::ACL_BYTES_MAX;
use sayso_world::root::Root;
use sayso_world::{Credentials, Machine, TargetPath, World};

const CHILD: &str = "SAYSO_WORLD_TEST_ACL";
const FILES: usize = 300;
const USER: u32 = 1000;
/// The child's groups; it is in no other.
const GROUPS: [u32; 2] = [1000, 1001];

fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for &(tag, permissions, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

/// What a file system cannot hold is no fault of the machine's provision, so it is said and is no failure.
fn no_lists(error: rustix::io::Errno) {
    eprintln!(
        "SKIPPED: the file system of the temporary folder does not take such a list: {error}"
    );
}

/// A list as the kernel takes it: in its order, named users and groups each once, and a mask if there is any of them.
fn draw(random: &mut Random) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let mut bits = || u16::try_from(random.below(8)).unwrap();
    let all: Vec<u16> = (0..9).map(|_| bits()).collect();
    let mut entries = vec![(0x01, all[0], NOBODY)];
    let mut named = 0;
    let mut add = |entries: &mut Vec<(u16, u16, u32)>, tag, at: usize, id| {
        if random.below(2) == 0 {
            entries.push((tag, all[at], id));
            named += 1;
        }
    };
    add(&mut entries, 0x02, 1, USER);
    add(&mut entries, 0x02, 2, USER + 7);
    entries.push((0x04, all[3], NOBODY));
    add(&mut entries, 0x08, 4, 1000);
    add(&mut entries, 0x08, 5, 1001);
    add(&mut entries, 0x08, 6, 1002);
    if named > 0 {
        entries.push((0x10, all[7], NOBODY));
    }
    entries.push((0x20, all[8], NOBODY));
    list(&entries)
}

#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let groups = GROUPS.map(rustix::fs::Gid::from_raw);
    rustix::thread::set_thread_groups(&groups).unwrap();
    rustix::thread::set_thread_gid(groups[0]).unwrap();
    rustix::thread::set_thread_uid(rustix::fs::Uid::from_raw(USER)).unwrap();
    for number in 0..FILES {
        let may = |path: &str, access| {
            rustix::fs::accessat(CWD, format!("{folder}/{path}"), access, AtFlags::EACCESS).is_ok()
        };
        let (file, inside) = (format!("f{number}"), format!("d{number}/inside"));
        println!(
            "\nanswer: {} {} {}",
            may(&file, Access::READ_OK),
            may(&file, Access::EXEC_OK),
            may(&inside, Access::EXISTS)
        );
    }
}

#[test]
fn lists_as_the_kernel_reads_them() {
    if !rustix::process::geteuid().is_root() {
        return skip("may not change owners");
    }
    let folder = Folder::new("acl");
    std::fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o755)).unwrap();
    let mut random = Random(4);
    for number in 0..FILES {
        let (file, directory) = (
            folder.0.join(format!("f{number}")),
            folder.0.join(format!("d{number}")),
        );
        std::fs::write(&file, "x").unwrap();
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("inside"), "x").unwrap();
        for path in [file, directory] {
            let gid = *random.pick(&[0, 1000, 1001, 1002]);
            chown(&path, Some(*random.pick(&[0, 0, USER])), Some(gid)).unwrap();
            let attribute = draw(&mut random);
            let name = "system.posix_acl_access";
            if let Err(error) = rustix::fs::setxattr(&path, name, &attribute, XattrFlags::empty()) {
                return no_lists(error);
            }
        }
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, &folder.0)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = text
        .lines()
        .filter_map(|line| Some(line.split_once("answer: ")?.1))
        .collect();
    assert_eq!(answers.len(), FILES, "{text}");
    let machine = Machine {
        credentials: Credentials {
            uid: USER,
            gid: GROUPS[0],
            groups: GROUPS.to_vec(),
        },
        ..Machine::default()
    };
    let root = Root::open(folder.bytes(), machine).unwrap();
    for (number, kernel) in answers.iter().enumerate() {
        let file = root.lookup(&TargetPath::from(format!("/f{number}").as_str()));
        let inside = root.lookup(&TargetPath::from(format!("/d{number}/inside").as_str()));
        let file = file.unwrap();
        let ours = format!("{} {} {}", file.readable, file.executable, inside.is_ok());
        assert_eq!(&ours, kernel, "file {number}");
    }
    // Both answers were met, and not by the same bits everywhere.
    for field in 0..3 {
        let yes = answers
            .iter()
            .filter(|answer| answer.split(' ').nth(field) == Some("true"))
            .count();
        assert!(
            (FILES / 10..FILES * 9 / 10).contains(&yes),
            "{field}: {yes}"
        );
    }
}

/// A list up to the limit is read; a longer one leaves the bits to decide.
#[test]
fn long_lists() {
    if !rustix::process::geteuid().is_root() {
        return skip("may not change owners");
    }
    let folder = Folder::new("acl-long");
    let (held, beyond) = ((ACL_BYTES_MAX - 4) / 8, (ACL_BYTES_MAX - 4) / 8 + 1);
    for (entries, readable) in [(held, true), (beyond, false)] {
        let path = folder.0.join(format!("f{entries}"));
        std::fs::write(&path, "x").unwrap();
        let users = (0..u32::try_from(entries).unwrap() - 4).map(|user| (0x02, 4, USER + user));
        let mut all = vec![(0x01, 6, u32::MAX)];
        all.extend(users);
        all.extend([
            (0x04, 0, u32::MAX),
            (0x10, 4, u32::MAX),
            (0x20, 0, u32::MAX),
        ]);
        let name = "system.posix_acl_access";
        if let Err(error) = rustix::fs::setxattr(&path, name, &list(&all), XattrFlags::empty()) {
            return no_lists(error);
        }
        let machine = Machine {
            credentials: Credentials {
                uid: USER,
                gid: USER,
                groups: Vec::new(),
            },
            ..Machine::default()
        };
        let root = Root::open(folder.bytes(), machine).unwrap();
        let stat = root.lookup(&TargetPath::from(format!("/f{entries}").as_str()));
        assert_eq!(stat.unwrap().readable, readable, "{entries} entries");
    }
}
