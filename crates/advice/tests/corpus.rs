//! Replays what the fuzzers keep: every file of `fuzz/corpus/explain` and `fuzz/findings/explain`, on the stable toolchain.

mod exercise;

use sayso_fixture::corpus::replay;

#[test]
fn explain() {
    replay("explain", exercise::explain);
}
