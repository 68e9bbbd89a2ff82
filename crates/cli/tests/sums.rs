//! `sayso sums` against `sha256sum` and `b3sum`: each reads what the other writes.

mod place;
mod schema;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output};

use place::Folder;

fn placed(name: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::create_dir_all(folder.at("dist/sub")).expect("a folder");
    for name in NAMES {
        let file = folder.at("dist").join(OsStr::from_bytes(name));
        std::fs::write(file, name).expect("a file");
    }
    folder
}

/// What a program says in the folder; `None`: there is no such program.
fn run(folder: &Folder, program: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&folder.0);
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "CI has no {program}");
            eprintln!("SKIPPED: no {program}");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

const NAMES: &[&[u8]] = &[
    b"plain",
    b" led by a blank",
    b"*star",
    b"new\nline",
    b"back\\slash",
    b"carriage\rreturn",
    b"sub/deep",
    b"sub/#hash",
];

#[test]
fn lists_are_those_of_the_real_tools() {
    let folder = placed("real");
    for (algorithm, tool) in [("sha256", "sha256sum"), ("blake3", "b3sum")] {
        let list = format!("dist/{tool}.list");
        let (status, said) = folder.said(&["sums", "dist", "-o", &list, "--algorithm", algorithm]);
        assert_eq!(status, 0, "{said}");
        // In the folder of the list, as a user of a release would.
        let script = format!("cd dist && {tool} -c {tool}.list");
        let Some(checked) = run(&folder, "sh", &["-c", &script]) else {
            return;
        };
        if checked.status.code() == Some(127) {
            assert!(std::env::var_os("CI").is_none(), "CI has no {tool}");
            eprintln!("SKIPPED: no {tool}");
            continue;
        }
        assert!(
            checked.status.success(),
            "{tool}: {}",
            String::from_utf8_lossy(&checked.stderr)
        );
        // The same lines, in the same order, when the tool is asked.
        let script = format!(
            "cd dist && find . -type f ! -name '*.list' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 {tool} | tee theirs.list"
        );
        let theirs = run(&folder, "sh", &["-c", &script]).expect("a shell");
        let ours = std::fs::read(folder.0.join(&list)).expect("the list");
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&theirs.stdout)
        );
        let (status, said) = folder.said(&["sums", "--verify", "dist/theirs.list"]);
        assert_eq!(status, 0, "{said}");
        std::fs::remove_file(folder.0.join("dist/theirs.list")).expect("removed");
        std::fs::remove_file(folder.0.join(&list)).expect("removed");
    }
}

#[test]
fn every_kind_of_fault_is_found() {
    let folder = placed("faults");
    let at = |name: &str| folder.at(name);
    assert_eq!(folder.said(&["sums", "dist", "-o", "dist/SUMS"]).0, 0);
    let verify = |more: &[&str]| folder.said(&[&["sums", "--verify", "dist/SUMS"], more].concat());
    assert_eq!(
        verify(&["dist"]),
        (0, "dist/SUMS: holds (8 files)\n".into())
    );
    // A signature of the list beside it is no stranger.
    std::fs::write(at("dist/SUMS.asc"), "signed").expect("a file");
    assert_eq!(verify(&["dist"]).0, 0);
    std::fs::write(at("dist/sub/new"), "x").expect("a file");
    let (status, said) = verify(&[]);
    assert_eq!(status, 0, "nobody asked: {said}");
    assert!(said.contains("1 file beside"), "{said}");
    let (status, said) = verify(&["dist"]);
    assert!(
        status == 1 && said.contains("extra       sub/new"),
        "{said}"
    );
    std::fs::remove_file(at("dist/sub/new")).expect("removed");
    std::fs::write(at("dist/plain"), "other").expect("a file");
    std::fs::remove_file(at("dist/*star")).expect("removed");
    let (status, said) = verify(&["dist"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("changed     plain") && said.contains("missing     *star"),
        "{said}"
    );
    let (status, said) = verify(&["--ignore-missing", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((status, &value["holds"]), (1, &false.into()));
    let states: Vec<&str> = value["files"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["state"].as_str())
        .filter(|state| *state != "same")
        .collect();
    assert_eq!(states, ["changed"]);
    schema::keeps("sums", &value, &[]);
    let list = std::fs::read_to_string(at("dist/SUMS")).expect("the list");
    std::fs::write(at("dist/SUMS"), format!("{list}what is this\n")).expect("a file");
    let (status, said) = verify(&[]);
    assert!(
        status == 1 && said.contains("line 9: it does not begin with a digest"),
        "{said}"
    );
    std::fs::write(at("dist/SUMS"), "what is this\n").expect("a file");
    assert_eq!(verify(&[]).0, 2);
    assert_eq!(folder.said(&["sums", "--verify", "nowhere"]).0, 2);
    assert_eq!(folder.said(&["sums", "nowhere"]).0, 2);
    assert_eq!(folder.said(&["sums"]).0, 2);
}

#[test]
fn names_begin_where_the_list_lies() {
    let folder = placed("names");
    let names = |arguments: &[&str]| -> Vec<String> {
        let (status, text) = folder.said(arguments);
        assert_eq!(status, 0, "{text}");
        text.lines().map(|line| line[66..].to_owned()).collect()
    };
    assert_eq!(names(&["sums", "./dist//plain"]), ["dist/plain"]);
    assert_eq!(names(&["sums", "dist/sub/../plain"]), ["dist/plain"]);
    let absolute = folder.0.join("dist/plain");
    let absolute = absolute.to_str().expect("text");
    assert_eq!(names(&["sums", absolute, "dist/plain"]), ["dist/plain"]);
    assert_eq!(names(&["sums", "/dev/../etc/passwd"]), ["/etc/passwd"]);
    let (status, said) = folder.said(&["sums", "dist/plain", "-o", "dist/sub/LIST"]);
    assert_eq!(status, 0, "{said}");
    let list = std::fs::read_to_string(folder.0.join("dist/sub/LIST")).expect("the list");
    assert_eq!(&list[66..], "../plain\n");
    assert_eq!(folder.said(&["sums", "--verify", "dist/sub/LIST"]).0, 0);
    // Inside a root folder, from its top.
    assert_eq!(
        names(&["sums", "--root", "dist", "/sub/deep"]),
        ["sub/deep"]
    );
}

/// Memory stays bounded: a file far bigger than the bound, with holes so that it takes no disk.
#[test]
fn a_big_file_is_not_held_in_memory() {
    let folder = placed("big");
    let big = std::fs::File::create(folder.0.join("big")).expect("a file");
    big.set_len(600 << 20).expect("holes");
    let script = format!(
        "ulimit -v 400000; exec {} sums big",
        env!("CARGO_BIN_EXE_sayso")
    );
    let output = run(&folder, "sh", &["-c", &script]).expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.ends_with("  big\n"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
