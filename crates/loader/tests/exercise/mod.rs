//! Reads arbitrary text as every message of every loader. The corpus replay and the fuzz target share it.

use sayso_loader::messages::TABLES;

/// What a message reads, it writes back byte for byte.
pub(crate) fn messages(data: &[u8]) {
    for message in TABLES.iter().copied().flatten() {
        if let Some(fields) = message.parse(data) {
            assert_eq!(message.format(&fields), data, "{}", message.id);
        }
    }
}
