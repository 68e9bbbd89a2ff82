//! UTF-16.

use super::{Plain, Run};

/// UTF-16, as PowerShell's `>` writes it: `true` for the little end first.
pub(super) fn order(text: &[u8]) -> Option<bool> {
    match text {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        // Without a mark: every second byte of the beginning is zero.
        _ if text.len() >= 16 => {
            let zero = |from: usize| {
                text[..16]
                    .iter()
                    .skip(from)
                    .step_by(2)
                    .all(|&byte| byte == 0)
            };
            (zero(1) && !zero(0)).then_some(true)
        }
        _ => None,
    }
}

pub(super) fn decode(text: &[u8], little: bool) -> Plain {
    let mut plain = Plain {
        bytes: Vec::new(),
        runs: Vec::new(),
    };
    let units = text.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let mut at = 0;
    for letter in char::decode_utf16(units) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        let written = 2 * letter.len_utf16();
        if letter != '\u{feff}' {
            plain.runs.push(Run {
                plain: plain.bytes.len() as u32,
                original: at as u32,
                written: written as u32,
            });
            let mut buffer = [0; 4];
            plain
                .bytes
                .extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
        }
        at += written;
    }
    plain
}
