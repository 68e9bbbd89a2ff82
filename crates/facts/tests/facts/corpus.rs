//! Replays what the fuzzers keep: every file of `fuzz/corpus/<target>` and `fuzz/findings/<target>` goes through the
//! function of its target on the stable toolchain.

use std::path::{Path, PathBuf};

use crate::exercise;

fn replay(target: &str, exercise: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut count = 0;
    for kind in ["corpus", "findings"] {
        let Ok(folder) = std::fs::read_dir(fuzz.join(kind).join(target)) else {
            continue;
        };
        let mut files: Vec<PathBuf> = folder
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        files.sort();
        for file in files {
            eprintln!("{}", file.display());
            exercise(&std::fs::read(&file).expect("a readable seed"));
            count += 1;
        }
    }
    assert!(count >= 5, "the seeds of {target} are gone: {count}");
}

#[test]
fn elf_image() {
    replay("elf_image", exercise::elf_image);
}

#[test]
fn shebang() {
    replay("shebang", exercise::shebang);
}

#[test]
fn go_program() {
    replay("go_program", exercise::go_program);
}
