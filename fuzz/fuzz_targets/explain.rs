//! Any bytes are a text: explain them, and hold every place against the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/advice/tests/exercise/mod.rs"]
mod exercise;

fuzz_target!(|data: &[u8]| exercise::explain(data));
