//! Bundles of this machine's own programs, run for real: in the folder, and as the root of an empty image.

use std::path::Path;
use std::process::Command;

fn sayso(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_sayso"))
        .args(arguments)
        .output()
        .expect("sayso runs")
}

/// Programs with several libraries, and what makes them say who they are.
const PROGRAMS: &[&str] = &[
    "/usr/bin/git",
    "/usr/bin/tar",
    "/usr/bin/ldd",
    "/bin/ls",
    "/usr/bin/readelf",
    "/usr/bin/gpgv",
    "/usr/bin/python3",
];

fn version_of(command: &mut Command) -> Option<String> {
    let output = command.arg("--version").env_clear().output().ok()?;
    output.status.success().then(|| {
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}

#[test]
fn bundles_run_where_nothing_else_is() {
    let folder = std::env::temp_dir().join(format!("sayso-bundle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    let mut run = 0;
    for program in PROGRAMS.iter().filter(|program| is_elf(Path::new(program))) {
        let Some(wanted) = version_of(&mut Command::new(program)) else {
            continue;
        };
        let real = std::fs::canonicalize(program).expect("it is there");
        let real = real.to_str().expect("a name that is text");
        let plain = folder.join("plain");
        let done = sayso(&["bundle", real, plain.to_str().expect("text")]);
        assert!(
            done.status.success(),
            "{program}: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        let carried = plain.join(Path::new(real).file_name().expect("a name"));
        assert_eq!(
            version_of(&mut Command::new(&carried)).as_ref(),
            Some(&wanted),
            "{program} in a folder"
        );
        if is_root {
            let root = folder.join("root");
            let done = sayso(&["bundle", "--scratch", real, root.to_str().expect("text")]);
            assert!(
                done.status.success(),
                "{program}: {}",
                String::from_utf8_lossy(&done.stdout)
            );
            // What a container's runtime brings.
            std::fs::create_dir(root.join("dev")).expect("a folder");
            std::fs::write(root.join("dev/null"), "").expect("a file");
            let inside = version_of(Command::new("/usr/sbin/chroot").arg(&root).arg(real));
            assert_eq!(inside.as_ref(), Some(&wanted), "{program} in an empty root");
            std::fs::remove_dir_all(&root).expect("removed");
        }
        std::fs::remove_dir_all(&plain).expect("removed");
        run += 1;
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(
        run >= 3,
        "only {run} programs of this machine could be tried"
    );
}

fn is_elf(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}
