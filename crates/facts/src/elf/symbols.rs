//! Dynamic symbols, decoded where they lie.

use super::read::Codec;
use super::{Image, Symbol, gnu_hash, shn, stt};

fn in_order(hashes: impl Iterator<Item = u32>) -> Box<[u32]> {
    let mut hashes: Vec<u32> = hashes.collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into()
}

/// Size of `Elf32_Sym` and `Elf64_Sym`.
pub(super) fn symbol_size(codec: Codec) -> usize {
    if codec.is_64() { 24 } else { 16 }
}

impl Symbol {
    #[inline]
    fn decode(codec: Codec, raw: &[u8]) -> Option<Symbol> {
        Some(if codec.is_64() {
            let raw = raw.first_chunk::<24>()?;
            Symbol {
                name: codec.u32(raw, 0)?,
                info: raw[4],
                other: raw[5],
                shndx: codec.u16(raw, 6)?,
                value: codec.u64(raw, 8)?,
                size: codec.u64(raw, 16)?,
            }
        } else {
            let raw = raw.first_chunk::<16>()?;
            Symbol {
                name: codec.u32(raw, 0)?,
                value: codec.word(raw, 4)?,
                size: codec.word(raw, 8)?,
                info: raw[12],
                other: raw[13],
                shndx: codec.u16(raw, 14)?,
            }
        })
    }

    /// `ELF_ST_BIND`: one of [`super::stb`].
    #[inline]
    pub fn bind(&self) -> u8 {
        self.info >> 4
    }
    /// `ELF_ST_TYPE`: one of [`super::stt`].
    #[inline]
    pub fn kind(&self) -> u8 {
        self.info & 0xf
    }
    /// `ELF_ST_VISIBILITY`: one of [`super::stv`].
    #[inline]
    pub fn visibility(&self) -> u8 {
        self.other & 3
    }
    /// The object refers to this symbol and does not define it (`SHN_UNDEF`).
    #[inline]
    pub fn is_undefined(&self) -> bool {
        self.shndx == shn::UNDEF
    }
}

impl Image {
    /// One dynamic symbol; works past `symbol_count` as long as the bytes are there (relocations may name any index).
    #[inline]
    pub fn symbol(&self, index: u32) -> Option<Symbol> {
        let at = (index as usize).checked_mul(symbol_size(self.codec()))?;
        Symbol::decode(self.codec(), self.symtab().get(at..)?)
    }

    /// `DT_VERSYM` of one symbol, with the hidden bit (0x8000) still in it; `None` without a version table.
    #[inline]
    pub fn versym(&self, index: u32) -> Option<u16> {
        self.codec()
            .u16(self.versyms(), (index as usize).checked_mul(2)?)
    }

    /// Whether the file defines a symbol whose value is the answer of a function (`STT_GNU_IFUNC`).
    pub fn has_indirect_functions(&self) -> bool {
        !self.indirect_functions().is_empty()
    }

    /// The GNU hashes of the names of such symbols, each once and in order. Kept after first use.
    pub fn indirect_functions(&self) -> &[u32] {
        self.lazy().indirect.get_or_init(|| {
            let defined = self
                .symbols()
                .filter(|(_, symbol)| symbol.kind() == stt::GNU_IFUNC && !symbol.is_undefined());
            in_order(defined.map(|(_, symbol)| gnu_hash(self.string(symbol.name))))
        })
    }

    /// The GNU hashes of the names that relocations refer to, each once and in order. Kept after first use.
    pub fn referenced_names(&self) -> &[u32] {
        self.lazy().referenced.get_or_init(|| {
            let mut last = 0;
            let named = self.relocations_after_relative().filter_map(|relocation| {
                // References to one symbol mostly follow one another.
                let again = std::mem::replace(&mut last, relocation.symbol) == relocation.symbol;
                let symbol = self.symbol(relocation.symbol).filter(|_| !again)?;
                Some(gnu_hash(self.string(symbol.name)))
            });
            in_order(named)
        })
    }

    /// The dynamic symbols that [`Image::symbol_count`] counts, with their indexes, the null symbol first.
    pub fn symbols(&self) -> impl Iterator<Item = (u32, Symbol)> {
        let codec = self.codec();
        self.symtab()
            .chunks_exact(symbol_size(codec))
            .take(self.symbol_count() as usize)
            .zip(0u32..)
            .filter_map(move |(raw, index)| Some((index, Symbol::decode(codec, raw)?)))
    }
}
