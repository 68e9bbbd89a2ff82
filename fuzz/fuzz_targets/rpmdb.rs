//! See `exercise::rpmdb`: the same function replays the corpus in the tests of the crate.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)] // each target uses its own function of the shared file
#[path = "../../crates/facts/tests/facts/exercise.rs"]
mod exercise;

fuzz_target!(|data: &[u8]| exercise::rpmdb(data));
