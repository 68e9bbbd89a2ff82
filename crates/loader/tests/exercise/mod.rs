//! Reads arbitrary text as every message of every loader. The corpus replay and the fuzz target share it.

use sayso_loader::messages::TABLES;

/// What a message reads, it writes back byte for byte; where a part of mere words may be left out, it writes it, and reads the same fields again.
pub(crate) fn messages(data: &[u8]) {
    for message in TABLES.iter().copied().flatten() {
        if let Some(fields) = message.parse(data) {
            let written = message.format(&fields);
            let may_lack_words = message.template.split('[').skip(1).any(|group| {
                !group.is_empty() && !group.split(']').next().unwrap_or_default().contains('{')
            });
            if !may_lack_words {
                assert_eq!(written, data, "{}", message.id);
            }
            assert_eq!(
                message.parse(&written).map(|again| message.format(&again)),
                Some(written),
                "{}",
                message.id
            );
        }
    }
}
