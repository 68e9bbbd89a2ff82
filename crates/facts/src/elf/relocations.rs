//! Relocations, decoded where they lie.

use super::read::Codec;
use super::{Dynamic, Image, Relocation, RelocationTable, dt, em};

/// How `r_info` divides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Info {
    /// 64 bit: symbol above 32 bits of type
    Wide,
    /// 32 bit: symbol above 8 bits of type
    Narrow,
    /// 64-bit MIPS: 32 bits of symbol, then `r_ssym` and three types, a byte each, in this order whatever the byte order
    Mips,
    /// 64-bit SPARC: `r_type_data` above 8 bits of type
    Sparc,
}

/// One table, ready to be read.
#[derive(Debug, Clone, Copy)]
struct Table<'a> {
    kind: RelocationTable,
    bytes: &'a [u8],
    has_addend: bool,
}

impl Table<'_> {
    fn entry_size(&self, codec: Codec) -> usize {
        codec.word_size() * if self.has_addend { 3 } else { 2 }
    }
}

fn decode(
    codec: Codec,
    info: Info,
    table: RelocationTable,
    addend: bool,
    raw: &[u8],
) -> Option<Relocation> {
    let word = codec.word_size();
    let packed = codec.word(raw, word)?;
    let (symbol, kind) = match info {
        Info::Wide => ((packed >> 32) as u32, packed as u32),
        Info::Narrow => ((packed >> 8) as u32, packed as u32 & 0xff),
        Info::Sparc => ((packed >> 32) as u32, packed as u32 & 0xff),
        Info::Mips => {
            let types = *raw.get(word + 4..)?.first_chunk::<4>()?;
            (codec.u32(raw, word)?, u32::from_be_bytes(types))
        }
    };
    Some(Relocation {
        table,
        offset: codec.word(raw, 0)?,
        kind,
        symbol,
        addend: if addend {
            codec.signed_word(raw, 2 * word)?
        } else {
            0
        },
    })
}

/// Bytes of the tail of `[start, start + size)` that the PLT table, given the same way, repeats. Old linkers count
/// `DT_JMPREL` into `DT_RELASZ`; ld.so takes it out again (`_ELF_DYNAMIC_DO_RELOC`).
fn shared_tail(start: u64, size: u64, plt: Option<(u64, u64)>) -> u64 {
    match plt {
        Some((plt_start, plt_size))
            if start.wrapping_add(size) == plt_start.wrapping_add(plt_size) =>
        {
            plt_size.min(size)
        }
        _ => 0,
    }
}

impl Image {
    fn relocation_info(&self) -> Info {
        match (self.codec().is_64(), self.header().machine) {
            (false, _) => Info::Narrow,
            (true, em::MIPS) => Info::Mips,
            (true, em::SPARCV9) => Info::Sparc,
            (true, _) => Info::Wide,
        }
    }

    /// The three tables in the loader's order.
    fn relocation_tables(&self) -> [Table<'_>; 3] {
        let sized = |address: i64, size: i64| {
            let dynamic: &Dynamic = self.dynamic()?;
            Some((dynamic.value(address)?, dynamic.value(size)?))
        };
        let plt = sized(dt::JMPREL, dt::PLTRELSZ);
        let plt_has_addend = self.dynamic_value(dt::PLTREL) == Some(dt::RELA as u64);
        let table = |kind, place: Option<(u64, u64)>, has_addend, plt: Option<(u64, u64)>| {
            let bytes = place.and_then(|(start, size)| {
                let size = size - shared_tail(start, size, plt);
                let held = self.at(start)?;
                held.get(..usize::try_from(size).unwrap_or(usize::MAX).min(held.len()))
            });
            Table {
                kind,
                bytes: bytes.unwrap_or_default(),
                has_addend,
            }
        };
        let plt_of = |addend: bool| plt.filter(|_| addend == plt_has_addend);
        [
            table(
                RelocationTable::Rel,
                sized(dt::REL, dt::RELSZ),
                false,
                plt_of(false),
            ),
            table(
                RelocationTable::Rela,
                sized(dt::RELA, dt::RELASZ),
                true,
                plt_of(true),
            ),
            table(RelocationTable::Plt, plt, plt_has_addend, None),
        ]
    }

    fn read_relocations(&self, skip: [usize; 3]) -> impl Iterator<Item = Relocation> {
        let codec = self.codec();
        let info = self.relocation_info();
        let tables = self.relocation_tables().into_iter().zip(skip);
        tables.flat_map(move |(table, skip)| {
            let size = table.entry_size(codec);
            table
                .bytes
                .chunks_exact(size)
                .skip(skip)
                .filter_map(move |raw| decode(codec, info, table.kind, table.has_addend, raw))
        })
    }

    /// Relocations in the loader's order: `DT_REL`, `DT_RELA`, then `DT_JMPREL`. Entries of `DT_JMPREL` that the other table
    /// counts as its own come once.
    pub fn relocations(&self) -> impl Iterator<Item = Relocation> {
        self.read_relocations([0, 0, 0])
    }

    /// [`Image::relocations`] without the first `DT_RELCOUNT`/`DT_RELACOUNT` ones, which the loader takes for relative
    /// without looking at their type or symbol. They are most of a large library's, so symbol work starts here.
    pub fn relocations_after_relative(&self) -> impl Iterator<Item = Relocation> {
        let count = |tag| {
            let count = self.dynamic_value(tag).unwrap_or(0);
            usize::try_from(count).unwrap_or(usize::MAX)
        };
        self.read_relocations([count(dt::RELCOUNT), count(dt::RELACOUNT), 0])
    }

    /// The entries of `DT_RELR`.
    fn relr_entries(&self) -> impl Iterator<Item = u64> {
        let codec = self.codec();
        let size = self.dynamic_value(dt::RELRSZ).unwrap_or(0);
        let table = self.at_tag(dt::RELR).unwrap_or_default();
        let table = &table[..usize::try_from(size).unwrap_or(usize::MAX).min(table.len())];
        let entries = table.chunks_exact(codec.word_size());
        entries.filter_map(move |raw| codec.word(raw, 0))
    }

    /// Number of relocated words that `DT_RELR` encodes: an even entry is an address and one word; an odd one is a bitmap
    /// of the words after it, its lowest bit the mark.
    pub fn relr_count(&self) -> u64 {
        let words = |entry: u64| match entry & 1 {
            0 => 1,
            _ => u64::from(entry.count_ones()) - 1,
        };
        self.relr_entries().map(words).sum()
    }

    /// Virtual addresses of the words that `DT_RELR` relocates, in table order.
    pub fn relr_addresses(&self) -> impl Iterator<Item = u64> {
        let word = self.codec().word_size() as u64;
        let bits = 8 * word - 1;
        let mut after = 0u64;
        self.relr_entries().flat_map(move |entry| {
            // An address stands for a bitmap with the one word before those of the bitmaps that follow.
            let (first, map) = if entry & 1 == 0 {
                (entry, 1)
            } else {
                (after, entry >> 1)
            };
            let count = if entry & 1 == 0 { 1 } else { bits };
            after = first.wrapping_add(count * word);
            let set = (0..count).filter(move |bit| map >> bit & 1 != 0);
            set.map(move |bit| first.wrapping_add(bit * word))
        })
    }
}
