//! What sayso asks of the system: nothing outside `--root` is looked at, nothing is ever executed.
//!
//! The system calls are counted by strace, in a root folder whose links all try to lead out of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// A world that would be glad to be left: links and needs that point outside the root, and a program that must not run.
const WORLD: &str = r##"
machine: glibc 2.36 x86_64
/app/main            exec     needs=liba.so,/etc/outside.so,libup.so,libgone.so runpath=/links:../../../../tmp interp=/links/ld.so
/links/liba.so       symlink -> /etc/passwd
/links/libup.so      symlink -> ../../../../../../../../etc/shadow
/links/ld.so         symlink -> ../../../../../../lib64/ld-linux-x86-64.so.2
/links/tmp           symlink -> /tmp
/app/ok              exec     needs=libok.so runpath=/lib
/lib/libok.so        lib      exports=f
/app/script          text "#!/links/../../../../bin/sh\n" mode=0755
/etc/ld.so.preload   text "/links/tmp/preload.so\n"
/etc/ld.so.conf      text "include /links/../../../etc/ld.so.conf.d/*.conf\n/links/tmp\n"
/app/loop            symlink -> loop
"##;

fn strace_is_here() -> bool {
    let here = Command::new("strace")
        .arg("-V")
        .output()
        .is_ok_and(|done| done.status.success());
    if !here {
        assert!(
            std::env::var_os("CI").is_none(),
            "no strace: cargo xtask provision"
        );
        eprintln!("SKIPPED: no strace");
    }
    here
}

/// The paths that a run names in its system calls, and how many programs it starts.
fn traced(arguments: &[&str], folder: &Path) -> (BTreeSet<String>, usize) {
    let log = folder.join("strace.log");
    let done = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-s",
            "4096",
            "-e",
            "trace=%file,%process",
            "-o",
        ])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_sayso"))
        .args(arguments)
        .output()
        .expect("strace runs");
    assert!(done.status.code().is_some_and(|code| code <= 3), "{done:?}");
    let text = String::from_utf8_lossy(&std::fs::read(&log).expect("a log")).into_owned();
    let started = text
        .lines()
        .filter(|line| line.contains("execve(") || line.contains("execveat("))
        .count();
    // getcwd names a path and opens nothing.
    let calls = text.lines().filter(|line| !line.contains("getcwd("));
    let paths = calls.filter_map(|line| {
        let call = line.split_once('(')?.1;
        Some(call.split_once('"')?.1.split_once('"')?.0.to_owned())
    });
    (paths.collect(), started)
}

#[test]
fn nothing_outside_the_root_is_looked_at_and_nothing_is_executed() {
    if !strace_is_here() {
        return;
    }
    let folder = std::env::temp_dir().join(format!("sayso-safety-{}", std::process::id()));
    let root = folder.join("root");
    let fixture = sayso_fixture::parse(WORLD).expect("the world parses");
    fixture
        .write_libc_to(&root)
        .expect("the stand-ins are written");
    fixture.write_to(&root).expect("the world is written");
    let at = root.to_str().expect("a plain path");
    // What any start of this program touches: its own libraries, the terminal, the processor count.
    let (start, _) = traced(&["rules"], &folder);
    let asked: &[&[&str]] = &[
        &["check", "--root", at, "/app/main", "/app/ok", "/app/script"],
        &["check", "--root", at, "/"],
        &["tree", "--root", at, "-v", "/app/main"],
        &["why", "--root", at, "/app/main", "liba.so"],
        &[
            "check",
            "--root",
            at,
            "--then",
            "dlopen /links/tmp/x.so now",
            "--format",
            "json",
            "/app/ok",
        ],
        &["check", "--root", at, "--", "/app/script", "argument"],
    ];
    for arguments in asked {
        let (paths, started) = traced(arguments, &folder);
        assert_eq!(started, 1, "{arguments:?} started something");
        let outside: Vec<&String> = paths
            .iter()
            .filter(|path| !path.is_empty() && !path.starts_with(at) && !start.contains(*path))
            // The user's own policy is looked for from the working directory upwards: no file of the target.
            .filter(|path| !path.ends_with("/sayso.toml"))
            .filter(|path| {
                path.starts_with('/') && !path.starts_with("/proc/") && !path.starts_with("/sys/")
            })
            .collect();
        assert_eq!(
            outside,
            Vec::<&String>::new(),
            "{arguments:?} looked outside {at}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes away");
}
