//! The plugin's symbol table (`ptab`) and the names of Go types (`internal/abi`: `Type`, `Name`).

use std::ops::Range;

use super::memory::{Budget, Memory, uvarint};
use super::{Export, ExportKind};

/// `abi.Type`, 64 bit: `TFlag`, `Kind_`, `Str`.
pub(super) const TFLAG: u64 = 20;
const KIND: u64 = 23;
pub(super) const STR: u64 = 40;
/// `abi.TFlagExtraStar`: the name in the file has a `*` more, so that it can be shared with the pointer's.
const EXTRA_STAR: u8 = 2;
const KIND_MASK: u8 = 31;
const FUNC: u8 = 19;
/// `runtime.ptabEntry`: two offsets of 32 bits.
const ENTRY: u64 = 8;

/// An `abi.Name`: a byte of flags, a length, the bytes.
pub(super) fn name(memory: Memory<'_>, address: u64) -> Option<&[u8]> {
    let text = address.checked_add(1)?;
    let (length, digits) = uvarint(memory.upto(text, 10)?)?;
    memory.bytes(text.checked_add(digits)?, length)
}

/// The type's name as `%T` prints it.
pub(super) fn type_name(memory: Memory<'_>, types: &Range<u64>, address: u64) -> Option<String> {
    let offset = memory.u32(address.checked_add(STR)?)?;
    let name = name(memory, types.start.checked_add(offset.into())?)?;
    let flags = *memory.bytes(address.checked_add(TFLAG)?, 1)?.first()?;
    let shown = match name {
        [b'*', rest @ ..] if flags & EXTRA_STAR != 0 => rest,
        name => name,
    };
    Some(String::from_utf8_lossy(shown).into_owned())
}

/// `abi.Kind` of the type at an address.
pub(super) fn type_kind(memory: Memory<'_>, address: u64) -> Option<u8> {
    let kind = memory.bytes(address.checked_add(KIND)?, 1)?.first()?;
    Some(kind & KIND_MASK)
}

/// Where `ptab` lies, and the addresses that its offsets count from.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) address: u64,
    pub(super) length: u64,
    pub(super) types: Range<u64>,
}

/// Name and type address of each entry.
fn entries<'a>(memory: Memory<'a>, table: &Table) -> impl Iterator<Item = (&'a [u8], u64)> {
    let size = usize::try_from(table.length.saturating_mul(ENTRY)).unwrap_or(usize::MAX);
    let held = memory.upto(table.address, size).unwrap_or_default();
    let base = table.types.start;
    held.chunks_exact(ENTRY as usize).map_while(move |raw| {
        let offset = |at: usize| Some(u64::from(u32::from_le_bytes(*raw[at..].first_chunk()?)));
        let name = name(memory, base.checked_add(offset(0)?)?)?;
        Some((name, base.checked_add(offset(4)?)?))
    })
}

/// What `ptab` lists.
pub(super) fn exports(memory: Memory<'_>, table: &Table) -> Vec<Export> {
    let mut budget = Budget::of(memory.image());
    let read = |(name, address): (&[u8], u64)| {
        let inside = table.types.contains(&address);
        let kind = type_kind(memory, address).filter(|_| inside);
        let go_type = type_name(memory, &table.types, address).filter(|_| inside);
        let export = Export {
            name: String::from_utf8_lossy(name).into_owned(),
            kind: if kind == Some(FUNC) {
                ExportKind::Function
            } else {
                ExportKind::Variable
            },
            go_type,
        };
        let size = export.name.len() + export.go_type.as_ref().map_or(0, String::len);
        budget.take(size).then_some(export)
    };
    entries(memory, table).map_while(read).collect()
}

/// The address of an exported symbol's type.
pub(super) fn export_type(memory: Memory<'_>, table: &Table, name: &str) -> Option<u64> {
    let mut entries = entries(memory, table);
    let found = entries.find(|(export, _)| *export == name.as_bytes());
    found.map(|(_, address)| address)
}
