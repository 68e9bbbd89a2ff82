//! Replays what the fuzzers keep (see `fuzz/README.md`).

mod exercise;

use sayso_fixture::corpus::replay;

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
