//! The plugin's symbol table (`ptab`) and the names of Go types (`internal/abi`: `Type`, `Name`).

use std::ops::Range;

use super::memory::{Memory, uvarint};
use super::{Export, ExportKind};

/// `abi.Type`, 64 bit: `TFlag`, `Kind_`, `Str`.
const TFLAG: u64 = 20;
const KIND: u64 = 23;
const STR: u64 = 40;
/// `abi.TFlagExtraStar`: the name in the file has a `*` more, so that it can be shared with the pointer's.
const EXTRA_STAR: u8 = 2;
const KIND_MASK: u8 = 31;
const FUNC: u8 = 19;
/// `runtime.ptabEntry`: two offsets of 32 bits.
const ENTRY: u64 = 8;

/// An `abi.Name`: a byte of flags, a length, the bytes.
fn name(memory: Memory<'_>, address: u64) -> Option<&[u8]> {
    let text = address.checked_add(1)?;
    let (length, digits) = uvarint(memory.upto(text, 10)?)?;
    memory.bytes(text.checked_add(digits)?, length)
}

/// The type's name as `%T` prints it.
fn type_name(memory: Memory<'_>, types: &Range<u64>, address: u64) -> Option<String> {
    let offset = memory.u32(address.checked_add(STR)?)?;
    let name = name(memory, types.start.checked_add(offset.into())?)?;
    let flags = *memory.bytes(address.checked_add(TFLAG)?, 1)?.first()?;
    let shown = match name {
        [b'*', rest @ ..] if flags & EXTRA_STAR != 0 => rest,
        name => name,
    };
    Some(String::from_utf8_lossy(shown).into_owned())
}

/// What `ptab` lists.
pub(super) fn exports(
    memory: Memory<'_>,
    table: u64,
    length: u64,
    types: &Range<u64>,
) -> Vec<Export> {
    let size = usize::try_from(length.saturating_mul(ENTRY)).unwrap_or(usize::MAX);
    let held = memory.upto(table, size).unwrap_or_default();
    let entry = |raw: &[u8]| {
        let offset = |at: usize| Some(u64::from(u32::from_le_bytes(*raw[at..].first_chunk()?)));
        let name = name(memory, types.start.checked_add(offset(0)?)?)?;
        let address = types.start.checked_add(offset(4)?)?;
        let inside = types.contains(&address);
        let kind = memory
            .bytes(address.checked_add(KIND)?, 1)
            .filter(|_| inside);
        let kind = kind
            .and_then(|kind| kind.first())
            .map(|kind| kind & KIND_MASK);
        Some(Export {
            name: String::from_utf8_lossy(name).into_owned(),
            kind: if kind == Some(FUNC) {
                ExportKind::Function
            } else {
                ExportKind::Variable
            },
            go_type: type_name(memory, types, address).filter(|_| inside),
        })
    };
    held.chunks_exact(ENTRY as usize).map_while(entry).collect()
}
