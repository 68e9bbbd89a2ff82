//! A root folder resolves paths as the kernel does for a process whose root it is.
//!
//! The child is this test program again: it changes its root, gives up its user if asked to, and says what the kernel answers.
//! Without the right to do that the test says so on stderr and passes.

mod common;

use std::io::{BufRead, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Folder, Random, skip};
use sayso_world::memory::Memory;
use sayso_world::root::Root;
use sayso_world::{Credentials, Machine, TargetPath, World};

const CHILD: &str = "SAYSO_WORLD_TEST_ROOT";
const USER: u32 = 1000;

/// A path of a few components, with all that makes paths hard.
fn draw_path(random: &mut Random) -> String {
    let names = ["a", "b", "c", "d", "..", ".", "", "l", "m", "n"];
    let mut path = String::from(["/", "", ""][random.below(3)]);
    let count = 1 + random.below(5);
    for number in 0..count {
        if number > 0 {
            path.push('/');
        }
        path.push_str(names[random.below(names.len())]);
    }
    if random.below(5) == 0 {
        path.push('/');
    }
    path
}

/// A tree of directories, files and links; the same in a memory world.
fn grow(random: &mut Random, folder: &Path, with_modes: bool) -> Memory {
    let mut memory = Memory::new(Machine::default());
    let mut directories = vec![String::new()];
    for _ in 0..6 {
        let parent = random.pick(&directories).clone();
        let path = format!("{parent}/{}", random.pick(&["a", "b", "c", "d"]));
        if std::fs::create_dir(format!("{}{path}", folder.display())).is_ok() {
            memory.directory(&path);
            directories.push(path);
        }
    }
    for _ in 0..14 {
        let parent = random.pick(&directories).clone();
        let name = random.pick(&["a", "b", "l", "m", "n"]);
        let path = format!("{parent}/{name}");
        let host = format!("{}{path}", folder.display());
        if std::fs::symlink_metadata(&host).is_ok() {
            continue;
        }
        if random.below(4) == 0 {
            std::fs::write(&host, "file").unwrap();
            memory.file(&path, "file");
        } else {
            let text = match draw_path(random) {
                text if text.is_empty() => "a".to_string(),
                text => text,
            };
            symlink(&text, &host).unwrap();
            memory.symlink(&path, &text);
        }
    }
    if with_modes {
        for directory in &directories[1..] {
            let mode = *random.pick(&[0o755, 0o700, 0o711, 0o000, 0o050, 0o744]);
            let (uid, gid) = *random.pick(&[(0, 0), (USER, USER), (0, USER)]);
            let host = format!("{}{directory}", folder.display());
            chown(&host, Some(uid), Some(gid)).unwrap();
            std::fs::set_permissions(&host, PermissionsExt::from_mode(mode)).unwrap();
            memory.mode(directory, mode).owner(directory, uid, gid);
        }
    }
    memory
}

/// What the kernel says of each path inside the folder; `None` if it may not be asked.
fn ask_the_kernel(folder: &Path, user: u32, paths: &[String]) -> Option<Vec<String>> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{user}:{}", folder.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all((paths.join("\n") + "\n").as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answers = text
        .lines()
        .filter_map(|line| Some(line.split_once("answer: ")?.1.to_string()));
    let answers: Vec<_> = answers.collect();
    (answers.len() == paths.len()).then_some(answers)
}

/// One line for all that is compared.
fn answer(
    stat: Result<String, i32>,
    canonical: Result<String, i32>,
    link: Result<String, i32>,
) -> String {
    let shown = |result: Result<String, i32>| result.unwrap_or_else(|errno| format!("E{errno}"));
    format!("{} {} {}", shown(stat), shown(canonical), shown(link))
}

/// Not a test by itself: answers for the kernel when it is started by one.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else {
        return;
    };
    let (user, folder) = order.split_once(':').unwrap();
    let lines: Vec<_> = std::io::stdin()
        .lock()
        .lines()
        .map(Result::unwrap)
        .collect();
    let user: u32 = user.parse().unwrap();
    if std::os::unix::fs::chroot(folder).is_err() {
        return;
    }
    std::env::set_current_dir("/").unwrap();
    if user != 0 {
        rustix::thread::set_thread_groups(&[]).unwrap();
        rustix::thread::set_thread_gid(rustix::fs::Gid::from_raw(user)).unwrap();
        rustix::thread::set_thread_uid(rustix::fs::Uid::from_raw(user)).unwrap();
    }
    let number = |error: std::io::Error| error.raw_os_error().unwrap();
    for path in lines {
        let stat = std::fs::metadata(&path).map_err(number);
        let stat = stat.map(|stat| format!("{}:{}", stat.dev(), stat.ino()));
        // Opened without reading: realpath(3) would ask for more rights than resolution does.
        let opened = rustix::fs::open(
            path.as_str(),
            rustix::fs::OFlags::PATH,
            rustix::fs::Mode::empty(),
        );
        let canonical = opened.map(drop).map_err(rustix::io::Errno::raw_os_error);
        let link = std::fs::read_link(&path).map_err(number);
        let link = link.map(|text| text.to_string_lossy().into_owned());
        println!(
            "\nanswer: {}",
            answer(stat, canonical.map(|()| String::new()), link)
        );
    }
}

fn of_world(world: &impl World, path: &str, with_id: bool) -> String {
    let path = TargetPath::from(path);
    let stat = world.lookup(&path).map_err(|errno| errno.0);
    let stat = stat.map(|stat| {
        if with_id {
            format!("{}:{}", stat.id.device, stat.id.inode)
        } else {
            String::new()
        }
    });
    let canonical = world.canonical(&path).map_err(|errno| errno.0);
    let link = world.read_link(&path).map_err(|errno| errno.0);
    answer(
        stat,
        canonical.map(|_| String::new()),
        link.map(|text| text.to_string()),
    )
}

/// The answer of the kernel without the identity, which a memory world cannot have.
fn without_id(kernel: &str) -> String {
    match kernel.split_once(' ') {
        Some((stat, rest)) if !stat.starts_with('E') => format!(" {rest}"),
        _ => kernel.to_string(),
    }
}

fn compare(trees: u64, user: u32) {
    if !rustix::process::geteuid().is_root() {
        return skip("may not change root or owners");
    }
    for seed in 0..trees {
        let mut random = Random(seed);
        let folder = Folder::new(&format!("kernel-{user}-{seed}"));
        let mut memory = grow(&mut random, &folder.0, user != 0);
        let mut paths: Vec<String> = (0..150)
            .map(|_| format!("/{}", draw_path(&mut random)))
            .collect();
        paths.push(format!("/{}", "n".repeat(255)));
        paths.push(format!("/{}", "n".repeat(256)));
        paths.push("/".repeat(4095));
        paths.push("/".repeat(4096));
        let Some(answers) = ask_the_kernel(&folder.0, user, &paths) else {
            return skip("may not change root or user");
        };
        let credentials = Credentials {
            uid: user,
            gid: user,
            groups: Vec::new(),
        };
        memory.machine_mut().credentials = credentials;
        let machine = memory.machine().clone();
        let root = Root::open(folder.bytes(), machine).unwrap();
        for (path, kernel) in paths.iter().zip(&answers) {
            assert_eq!(
                &of_world(&root, path, true),
                kernel,
                "tree {seed}, root: {path}"
            );
            let expected = without_id(kernel);
            assert_eq!(
                of_world(&memory, path, false),
                expected,
                "tree {seed}, memory: {path}"
            );
            if let Ok(canonical) = root.canonical(&TargetPath::from(path.as_str())) {
                let host = folder.0.join(canonical.to_string().trim_start_matches('/'));
                let same = std::fs::canonicalize(&host).unwrap();
                assert_eq!(
                    same,
                    std::fs::canonicalize(&folder.0)
                        .unwrap()
                        .join(host.strip_prefix(&folder.0).unwrap())
                );
            }
        }
    }
}

#[test]
fn trees_of_links_as_user_0() {
    compare(60, 0);
}

#[test]
fn trees_of_links_and_modes_as_another_user() {
    compare(60, USER);
}

/// Somebody exchanges a directory for a link to the outside while we look: we may get errors, but nothing from outside.
#[test]
fn nothing_outside_is_read_in_a_race() {
    let outside = Folder::new("race-outside");
    let folder = Folder::new("race");
    std::fs::write(outside.0.join("file"), "outside").unwrap();
    std::fs::create_dir(folder.0.join("d")).unwrap();
    std::fs::write(folder.0.join("d/file"), "inside!").unwrap();
    symlink(&outside.0, folder.0.join("link")).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (d, e, link) = (
        folder.0.join("d"),
        folder.0.join("e"),
        folder.0.join("link"),
    );
    let mut inside = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = std::fs::rename(&d, &e).and_then(|()| std::fs::rename(&link, &d));
                let _ = std::fs::rename(&d, &link).and_then(|()| std::fs::rename(&e, &d));
            }
        });
        for _ in 0..3000 {
            let folder = folder.bytes();
            let root = Root::open(folder, Machine::default()).unwrap();
            if let Ok(stat) = root.lookup(&"/d/file".into())
                && let Ok(bytes) = root.read(&stat)
            {
                assert_eq!(bytes, "inside!");
                inside += 1;
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(inside > 0, "the good file was never seen");
}

#[test]
fn links_out_of_the_folder_lead_nowhere() {
    let outside = Folder::new("outside");
    let folder = Folder::new("inside");
    std::fs::write(outside.0.join("file"), "outside").unwrap();
    symlink(&outside.0, folder.0.join("absolute")).unwrap();
    let up = format!("../{}", outside.0.file_name().unwrap().to_str().unwrap());
    symlink(&up, folder.0.join("relative")).unwrap();
    let root = Root::open(folder.bytes(), Machine::default()).unwrap();
    for path in [
        "/absolute/file",
        "/relative/file",
        &format!("/../{up}/file"),
    ] {
        assert!(root.lookup(&TargetPath::from(path)).is_err(), "{path}");
    }
    assert_eq!(root.canonical(&"/../..".into()), Ok("/".into()));
    assert_eq!(root.list(&"/".into()).unwrap().len(), 2);
}
