//! Replays what the fuzzers keep: every file of `fuzz/corpus/edits` and `fuzz/findings/edits`, on the stable toolchain.

mod exercise;

use sayso_fixture::corpus::replay;

#[test]
fn edits() {
    replay("edits", exercise::edits);
}
