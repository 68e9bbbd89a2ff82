//! Replays what the fuzzers keep (see `fuzz/README.md`).

mod exercise;

use std::path::{Path, PathBuf};

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
    assert!(count >= 3, "the seeds of {target} are gone: {count}");
}

#[test]
fn ld_so_cache() {
    replay("ld_so_cache", exercise::ld_so_cache);
}

#[test]
fn ld_so_conf() {
    replay("ld_so_conf", exercise::ld_so_conf);
}

#[test]
fn loader_file() {
    replay("loader_file", exercise::loader_file);
}
