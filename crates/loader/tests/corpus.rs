//! Replays what the fuzzers keep (see `fuzz/README.md`).

mod exercise;

use sayso_fixture::corpus::replay;

#[test]
fn messages() {
    replay("messages", exercise::messages);
}
