//! The two symbol hash tables, walked as the loader walks them.
//!
//! `DT_GNU_HASH` (`dl-lookup.c: do_lookup_x`): a bloom filter word tells most absent names at the cost of one load. Then
//! `buckets[hash % nbuckets]` is the first symbol of a run of symbols whose chain words hold their hashes; the low bit of a
//! chain word marks the end of the run, so only the upper 31 bits are compared. Symbols below `symoffset` are not hashed.
//!
//! `DT_HASH`: `buckets[hash % nbuckets]`, then `chains[symbol]` until 0. Here a chain can be a cycle in a damaged file,
//! so the walk is bounded by the number of chain words.

use std::ops::Range;

use super::read::Codec;
use super::symbols::symbol_size;
use super::{Image, em};

/// The GNU hash of a symbol name (`h * 33 + c` from 5381, modulo 2³²).
pub fn gnu_hash(name: &[u8]) -> u32 {
    // Eight bytes at a step: the products do not wait for one another, which the plain loop makes them do.
    const POWERS: [u32; 9] = {
        let mut powers = [1u32; 9];
        let mut i = 1;
        while i < 9 {
            powers[i] = powers[i - 1].wrapping_mul(33);
            i += 1;
        }
        powers
    };
    let (steps, rest) = name.as_chunks::<8>();
    let mut hash = 5381u32;
    for step in steps {
        let mut sum = 0u32;
        for (i, &byte) in step.iter().enumerate() {
            sum = sum.wrapping_add(u32::from(byte).wrapping_mul(POWERS[7 - i]));
        }
        hash = hash.wrapping_mul(POWERS[8]).wrapping_add(sum);
    }
    rest.iter().fold(hash, |h, &byte| {
        h.wrapping_mul(33).wrapping_add(u32::from(byte))
    })
}

/// The System V hash of a name, as version records carry it (`_dl_elf_hash`).
pub fn sysv_hash(name: &[u8]) -> u32 {
    name.iter().fold(0u32, |h, &c| {
        let h = (h << 4).wrapping_add(u32::from(c));
        let high = h & 0xf000_0000;
        (h ^ (high >> 24)) & !high
    })
}

/// Where the parts of `DT_GNU_HASH` lie: offsets in the bytes of `range`, from the table's address to the end of its segment.
#[derive(Debug, Clone)]
pub(super) struct GnuTable {
    range: Range<usize>,
    bucket_count: u32,
    /// Index of the first hashed symbol.
    pub(super) symbol_offset: u32,
    bloom_mask: u32,
    bloom_shift: u32,
    buckets: usize,
    chains: usize,
}

/// Where the parts of `DT_HASH` lie.
#[derive(Debug, Clone)]
pub(super) struct SysvTable {
    range: Range<usize>,
    /// 8 on the two machines (64-bit Alpha and S/390) whose `Elf_Symndx` is that wide.
    word: usize,
    bucket_count: u64,
    chain_count: u64,
}

/// The table that the loader uses: `DT_GNU_HASH` if it is there, else `DT_HASH` (`_dl_setup_hash`).
#[derive(Debug, Clone)]
pub(super) enum HashTable {
    None,
    Gnu(GnuTable),
    Sysv(SysvTable),
}

const BLOOM_AT: usize = 16;

impl GnuTable {
    /// `None` if the four header words are cut.
    pub(super) fn read(codec: Codec, bytes: &[u8], range: Range<usize>) -> Option<GnuTable> {
        let table = bytes.get(range.clone())?;
        let bucket_count = codec.u32(table, 0)?;
        let bloom_words = codec.u32(table, 8)?;
        let buckets = (bloom_words as usize)
            .saturating_mul(codec.word_size())
            .saturating_add(BLOOM_AT);
        Some(GnuTable {
            range,
            bucket_count,
            symbol_offset: codec.u32(table, 4)?,
            bloom_mask: bloom_words.wrapping_sub(1),
            bloom_shift: codec.u32(table, 12)?,
            buckets,
            chains: buckets.saturating_add((bucket_count as usize).saturating_mul(4)),
        })
    }

    /// Number of bloom filter words; ld.so asserts that it is a power of two (or 0).
    pub(super) fn bloom_words(&self) -> u32 {
        self.bloom_mask.wrapping_add(1)
    }
    pub(super) fn bucket_count(&self) -> u32 {
        self.bucket_count
    }
    /// All of the table that is in the file.
    fn bytes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// The bucket of this hash, if the filter lets it through.
    #[inline]
    fn first(&self, codec: Codec, bytes: &[u8], hash: u32) -> Option<u32> {
        let table = self.bytes(bytes);
        let word = (hash >> if codec.is_64() { 6 } else { 5 }) & self.bloom_mask;
        let at = BLOOM_AT.checked_add((word as usize).checked_mul(codec.word_size())?)?;
        let bloom = codec.word(table, at)?;
        let bits = codec.word_size() as u32 * 8 - 1;
        // A shift of 32 or more wraps, as the machine's own instruction does under ld.so.
        let second = hash.wrapping_shr(self.bloom_shift);
        if (bloom >> (hash & bits)) & (bloom >> (second & bits)) & 1 == 0 {
            return None;
        }
        let slot = (hash.checked_rem(self.bucket_count)? as usize).checked_mul(4)?;
        let first = codec.u32(table, self.buckets.checked_add(slot)?)?;
        (first != 0).then_some(first)
    }

    /// The chain word of a symbol.
    #[inline]
    fn chain(&self, codec: Codec, bytes: &[u8], symbol: u32) -> Option<u32> {
        let slot = symbol.checked_sub(self.symbol_offset)? as usize;
        codec.u32(
            self.bytes(bytes),
            self.chains.checked_add(slot.checked_mul(4)?)?,
        )
    }

    /// Whether a look-up of this hash meets this symbol, which stands in a run that begins at `run`.
    pub(super) fn reaches(
        &self,
        codec: Codec,
        bytes: &[u8],
        hash: u32,
        run: u32,
        symbol: u32,
    ) -> bool {
        let chain = self.chain(codec, bytes, symbol);
        chain.is_some_and(|chain| (chain ^ hash) >> 1 == 0)
            && self
                .first(codec, bytes, hash)
                .is_some_and(|first| (run..=symbol).contains(&first))
    }
    /// Whether the symbol is the last of its run.
    pub(super) fn ends_run(&self, codec: Codec, bytes: &[u8], symbol: u32) -> bool {
        self.chain(codec, bytes, symbol)
            .is_none_or(|chain| chain & 1 != 0)
    }

    /// One more than the highest hashed symbol: the end of the run of the highest bucket. `None` if nothing is hashed.
    pub(super) fn symbol_end(&self, codec: Codec, bytes: &[u8]) -> Option<u32> {
        let table = self.bytes(bytes);
        let buckets = table.get(self.buckets..self.chains.min(table.len()))?;
        let highest = buckets
            .chunks_exact(4)
            .filter_map(|raw| codec.u32(raw, 0))
            .max()
            .filter(|&symbol| symbol != 0)?;
        let mut last = highest;
        while self.chain(codec, bytes, last)? & 1 == 0 {
            last = last.checked_add(1)?;
        }
        last.checked_add(1)
    }
}

impl SysvTable {
    pub(super) fn read(
        codec: Codec,
        machine: u16,
        bytes: &[u8],
        range: Range<usize>,
    ) -> Option<SysvTable> {
        let wide = codec.is_64() && matches!(machine, em::ALPHA | em::S390);
        let mut table = SysvTable {
            range,
            word: if wide { 8 } else { 4 },
            bucket_count: 0,
            chain_count: 0,
        };
        table.bucket_count = table.number(codec, bytes, 0)?;
        table.chain_count = table.number(codec, bytes, 1)?;
        Some(table)
    }

    pub(super) fn bucket_count(&self) -> u64 {
        self.bucket_count
    }
    /// `nchain`, which is the number of dynamic symbols.
    pub(super) fn chain_count(&self) -> u64 {
        self.chain_count
    }
    /// The bytes that the table says it has.
    pub(super) fn len(&self) -> u64 {
        (self.bucket_count.saturating_add(self.chain_count))
            .saturating_add(2)
            .saturating_mul(self.word as u64)
    }

    #[inline]
    fn number(&self, codec: Codec, bytes: &[u8], index: u64) -> Option<u64> {
        let table = bytes.get(self.range.clone())?;
        let at = usize::try_from(index).ok()?.checked_mul(self.word)?;
        if self.word == 8 {
            codec.u64(table, at)
        } else {
            codec.u32(table, at).map(u64::from)
        }
    }
    fn first(&self, codec: Codec, bytes: &[u8], hash: u32) -> Option<u32> {
        let bucket = u64::from(hash).checked_rem(self.bucket_count)?;
        let first = self.number(codec, bytes, bucket.checked_add(2)?)?;
        u32::try_from(first).ok().filter(|&symbol| symbol != 0)
    }
    fn next(&self, codec: Codec, bytes: &[u8], symbol: u32) -> Option<u32> {
        let chains = self.bucket_count.checked_add(2)?;
        let next = self.number(codec, bytes, chains.checked_add(u64::from(symbol))?)?;
        u32::try_from(next).ok().filter(|&symbol| symbol != 0)
    }
}

/// Symbols of one name, in the order of the hash chain. See [`Image::lookup`].
#[derive(Debug, Clone)]
struct Candidates<'i, 'n> {
    image: &'i Image,
    name: &'n [u8],
    hash: u32,
    next: Option<u32>,
    /// Steps left before a `DT_HASH` chain is taken for a cycle.
    steps_max: usize,
}

impl Iterator for Candidates<'_, '_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let codec = self.image.codec();
        let bytes: &[u8] = self.image.bytes();
        while let Some(symbol) = self.next {
            let hit = match self.image.hash_table() {
                HashTable::Gnu(table) => {
                    let chain = table.chain(codec, bytes, symbol)?;
                    self.next = if chain & 1 == 0 {
                        symbol.checked_add(1)
                    } else {
                        None
                    };
                    (chain ^ self.hash) >> 1 == 0
                }
                HashTable::Sysv(table) => {
                    self.steps_max = self.steps_max.checked_sub(1)?;
                    self.next = table.next(codec, bytes, symbol);
                    true
                }
                HashTable::None => return None,
            };
            if hit && self.image.symbol_is_named(symbol, self.name) {
                return Some(symbol);
            }
        }
        None
    }
}

impl Image {
    /// Indexes of symbols of this name in hash order, through `DT_GNU_HASH` (bloom filter first) if present, else `DT_HASH`,
    /// exactly the candidates that ld.so's `do_lookup_x` would meet. `gnu_hash` is [`gnu_hash()`] of the name, computed once
    /// by the caller.
    #[inline]
    pub fn lookup(&self, name: &[u8], gnu_hash: u32) -> impl Iterator<Item = u32> {
        let codec = self.codec();
        let bytes: &[u8] = self.bytes();
        let (first, steps_max) = match self.hash_table() {
            HashTable::Gnu(table) => (table.first(codec, bytes, gnu_hash), 0),
            HashTable::Sysv(table) => (
                table.first(codec, bytes, sysv_hash(name)),
                table.range.len() / table.word,
            ),
            HashTable::None => (None, 0),
        };
        Candidates {
            image: self,
            name,
            hash: gnu_hash,
            next: first,
            steps_max,
        }
    }

    /// Whether the symbol's name is this one, without looking for the end of its string.
    #[inline]
    fn symbol_is_named(&self, symbol: u32, name: &[u8]) -> bool {
        let size = symbol_size(self.codec());
        let record = (symbol as usize)
            .checked_mul(size)
            .and_then(|at| self.symtab().get(at..)?.get(..size));
        // A record that the end of the file cuts is no symbol.
        let Some(offset) = record.and_then(|raw| self.codec().u32(raw, 0)) else {
            return false;
        };
        let Some(text) = self.strings().get(offset as usize..) else {
            return name.is_empty();
        };
        text.strip_prefix(name)
            .is_some_and(|rest| rest.first().is_none_or(|&byte| byte == 0))
    }

    /// Number of entries of the dynamic symbol table, from `DT_HASH` (nchain) or, without it, by walking `DT_GNU_HASH`
    /// and then, for tables without hashed symbols, trusting the gap up to the next table. Index 0 counts. Never more than
    /// lie in the file.
    pub fn symbol_count(&self) -> u32 {
        *self.lazy().symbol_count.get_or_init(|| {
            let held = self.symtab().len() / symbol_size(self.codec());
            let told = self.told_symbol_count();
            usize::try_from(told)
                .unwrap_or(usize::MAX)
                .min(held)
                .try_into()
                .unwrap_or(u32::MAX)
        })
    }

    /// At least one symbol stands in `DT_GNU_HASH`, so that it tells where the symbols end.
    pub(super) fn hashes_symbols(&self) -> bool {
        let table = self.gnu_table();
        table.is_some_and(|table| table.symbol_end(self.codec(), self.bytes()).is_some())
    }

    /// The count as the tables tell it, unbounded.
    pub(super) fn told_symbol_count(&self) -> u64 {
        if let Some(table) = self.sysv_table() {
            return table.chain_count();
        }
        let (codec, bytes): (_, &[u8]) = (self.codec(), self.bytes());
        match self
            .gnu_table()
            .and_then(|table| table.symbol_end(codec, bytes))
        {
            Some(end) => u64::from(end),
            None => self.symtab_gap() / symbol_size(codec) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_gnu_hash(name: &[u8]) -> u32 {
        name.iter().fold(5381u32, |h, &c| {
            h.wrapping_mul(33).wrapping_add(u32::from(c))
        })
    }

    #[test]
    fn gnu_hash_by_steps_is_the_plain_one() {
        let text: Vec<u8> = (0..=255u8).cycle().take(600).collect();
        for start in 0..40 {
            for len in 0..300 {
                let name = &text[start..start + len];
                assert_eq!(gnu_hash(name), plain_gnu_hash(name));
            }
        }
        assert_eq!(gnu_hash(b"printf"), 0x156b_2bb8);
        assert_eq!(gnu_hash(b""), 5381);
    }

    #[test]
    fn sysv_hash_of_versions() {
        assert_eq!(sysv_hash(b"GLIBC_2.2.5"), 0x0969_1a75);
        assert_eq!(sysv_hash(b"GLIBC_ABI_DT_RELR"), 0x0fd_0e42);
    }
}
