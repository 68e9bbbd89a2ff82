//! What the fuzz target does with its bytes; the tests replay its corpus.

use sayso_image::{Limits, Options, open_bytes};
use sayso_world::World;

/// Any bytes as an image or archive: it opens or is refused; every file of it can be looked up, read and blamed.
///
/// # Panics
/// If something is wrong with sayso.
#[allow(unreachable_pub, reason = "the fuzz target is a crate of its own")]
pub fn image(data: &[u8]) {
    let options = Options {
        // Small enough that no input is slow.
        limits: Limits {
            layer_bytes: 4 << 20,
            ratio_free_bytes: 1 << 20,
            entries: 10_000,
            ..Limits::default()
        },
        digests: data.len().is_multiple_of(2),
        ..Options::default()
    };
    let image = match open_bytes("fuzz".as_ref(), data.to_vec().into(), &options) {
        Ok(image) => image,
        Err(refusal) => {
            assert!(refusal.to_string().starts_with("fuzz"));
            return;
        }
    };
    for file in image.tree.files() {
        assert!(!image.tree.blame(&file.path).is_empty(), "{}", file.path);
        if let Ok(stat) = image.tree.lookup(&file.path) {
            let _ = image.tree.read(&stat);
        }
    }
}
