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
