//! Replays what the fuzzers keep (see `fuzz/README.md`).

#![expect(
    clippy::disallowed_types,
    reason = "files of this machine, not of a target"
)]

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
fn messages() {
    replay("messages", exercise::messages);
}
