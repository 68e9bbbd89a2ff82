//! See `exercise::world_text`: the same function replays the corpus in the tests of the crate.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)] // each target uses its own function of the shared file
#[path = "../../crates/fixture/tests/exercise/mod.rs"]
mod exercise;

fuzz_target!(|data: &[u8]| exercise::world_text(data));
