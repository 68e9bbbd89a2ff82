//! `sayso fix` killed at any moment leaves the old file or the new one, whole.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const WORLD: &str = r"
machine: glibc 2.36 x86_64
/lib/libold.so   lib  soname=libold.so exports=f
";

/// The calls that a replacement makes, in its own order.
const CALLS: &[&str] = &[
    "openat", "write", "fchown", "fchmod", "fsync", "link", "linkat", "rename", "close",
];

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

/// Runs the edit and kills it at the nth call of a kind; whether it was killed.
fn killed_at(call: &str, nth: usize, file: &Path) -> bool {
    let status = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={call}"))
        .arg("-e")
        .arg(format!("inject={call}:signal=SIGKILL:when={nth}"))
        .arg(env!("CARGO_BIN_EXE_sayso"))
        .args(["fix", "--set-soname", "libnew-and-longer.so.7", "--backup"])
        .arg(file)
        .output()
        .expect("strace runs")
        .status;
    !status.success()
}

#[test]
fn a_killed_edit_leaves_the_old_file_or_the_new_one() {
    if !strace_is_here() {
        return;
    }
    let folder = std::env::temp_dir().join(format!("sayso-fix-{}", std::process::id()));
    let fixture = sayso_fixture::parse(WORLD).expect("the world parses");
    fixture.write_to(&folder).expect("a folder");
    let file = folder.join("lib/libold.so");
    let old = std::fs::read(&file).expect("the old file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let backup = folder.join("lib/libold.so~");
    assert!(!killed_at("reboot", 1, &file), "the edit itself works");
    let new = std::fs::read(&file).expect("the new file");
    assert_ne!(old, new);
    assert_eq!(std::fs::read(&backup).expect("the backup"), old);
    let (mut killed, mut replaced) = (0, 0);
    for call in CALLS {
        for nth in 1.. {
            let _ = std::fs::remove_file(&backup);
            std::fs::write(&file, &old).expect("the old file again");
            if !killed_at(call, nth, &file) {
                break;
            }
            killed += 1;
            let left = std::fs::read(&file).expect("a file under its name");
            assert!(
                left == old || left == new,
                "killed at {call} {nth}: {} bytes are neither",
                left.len()
            );
            replaced += usize::from(left == new);
            if let Ok(kept) = std::fs::read(&backup) {
                assert_eq!(
                    kept, old,
                    "killed at {call} {nth}: the backup is not the old file"
                );
            }
            let mode = std::fs::metadata(&file)
                .expect("a file")
                .permissions()
                .mode()
                & 0o7777;
            assert_eq!(mode, 0o640, "killed at {call} {nth}");
        }
    }
    // Both sides of the exchange were met, or this test shows nothing.
    assert!(
        killed > 20 && replaced > 0 && replaced < killed,
        "{killed} kills, {replaced} after the exchange"
    );
    let _ = std::fs::remove_dir_all(&folder);
}

/// Runs an edit of a file of a fresh folder: exit status and both outputs.
fn fixed(words: &[&std::ffi::OsStr]) -> (Option<i32>, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_sayso"))
        .args(["fix", "--set-soname", "libnew-and-longer.so.7"])
        .args(words)
        .output()
        .expect("sayso runs");
    let text = [done.stdout, done.stderr].concat();
    // Long lines are folded.
    let text = String::from_utf8_lossy(&text);
    let words: Vec<&str> = text.split_whitespace().collect();
    (done.status.code(), words.join(" "))
}

#[test]
fn what_is_no_file_is_refused_and_names_stay() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = std::env::temp_dir().join(format!("sayso-fix-names-{}", std::process::id()));
    let fixture = sayso_fixture::parse(WORLD).expect("the world parses");
    fixture.write_to(&folder).expect("a folder");
    let file = folder.join("lib/libold.so");
    let old = std::fs::read(&file).expect("the old file");
    let at = |name: &str| folder.join(name);

    // Nothing waits for a FIFO's writer.
    let made = Command::new("mkfifo").arg(at("fifo")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    std::fs::write(at("script"), "#!/bin/sh\n").expect("a script");
    for (path, why) in [
        (at("fifo"), "no regular file"),
        (folder.clone(), "it is a directory"),
        (at("script"), "it is a script; only ELF files"),
        (at("none"), "No such file"),
    ] {
        let (status, text) = fixed(&[path.as_os_str()]);
        assert_eq!(status, Some(2), "{text}");
        assert!(text.contains(why), "{why}: {text}");
    }

    // Elsewhere: the file itself stays, and a place that cannot be written says so.
    let (status, text) = fixed(&["-o".as_ref(), at("new.so").as_ref(), file.as_ref()]);
    assert_eq!(
        (status, std::fs::read(&file).ok()),
        (Some(0), Some(old.clone())),
        "{text}"
    );
    assert_ne!(std::fs::read(at("new.so")).expect("the new file"), old);
    let (status, text) = fixed(&["-o".as_ref(), at("no/such").as_ref(), file.as_ref()]);
    assert_eq!(status, Some(2));
    assert!(text.contains("is unchanged"), "{text}");

    // A backup that is there is not lost.
    std::fs::write(at("lib/libold.so~"), "precious").expect("a file");
    let (status, text) = fixed(&["--backup".as_ref(), file.as_ref()]);
    assert_eq!(
        (status, std::fs::read(&file).ok()),
        (Some(2), Some(old.clone())),
        "{text}"
    );
    assert_eq!(
        std::fs::read(at("lib/libold.so~")).ok(),
        Some(b"precious".to_vec())
    );

    // A link stays a link, and other names keep the old bytes, which is said.
    std::os::unix::fs::symlink("libold.so", at("lib/link.so")).expect("a link");
    std::fs::hard_link(&file, at("lib/other.so")).expect("another name");
    let (status, text) = fixed(&[at("lib/link.so").as_ref()]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("another name (a hard link)"), "{text}");
    assert!(at("lib/link.so").is_symlink());
    assert_ne!(std::fs::read(&file).expect("the new file"), old);
    assert_eq!(std::fs::read(at("lib/other.so")).ok(), Some(old));
    assert_eq!(std::fs::metadata(&file).map(|m| m.nlink()).ok(), Some(1));
    let _ = std::fs::remove_dir_all(&folder);
}
