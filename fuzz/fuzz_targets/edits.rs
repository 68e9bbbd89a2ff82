//! See `exercise::edits`: the same function replays the corpus in the tests of the crate.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/edit/tests/exercise/mod.rs"]
mod exercise;

fuzz_target!(|data: &[u8]| exercise::edits(data));
