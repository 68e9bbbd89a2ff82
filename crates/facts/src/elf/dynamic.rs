//! `PT_DYNAMIC`, decoded once.

use super::read::Codec;
use super::{Dynamic, dt};

impl Dynamic {
    /// Decodes entries up to `DT_NULL` or the end of the mapped bytes, as `elf_get_dynamic_info` walks them (it looks
    /// neither at `p_filesz` nor at `p_memsz`). Also tells whether a `DT_NULL` ended them.
    pub(super) fn decode(codec: Codec, raw: &[u8]) -> (Dynamic, bool) {
        let mut dynamic = Dynamic::default();
        let word = codec.word_size();
        for entry in raw.chunks_exact(2 * word) {
            let (Some(tag), Some(value)) = (codec.signed_word(entry, 0), codec.word(entry, word))
            else {
                break;
            };
            if tag == dt::NULL {
                return (dynamic, true);
            }
            dynamic.entries.push((tag, value));
            dynamic.note(tag, value);
        }
        (dynamic, false)
    }

    fn note(&mut self, tag: i64, value: u64) {
        // String offsets are address-sized in the file; no string table is that long, so a huge one means "outside".
        let string = u32::try_from(value).unwrap_or(u32::MAX);
        match tag {
            dt::NEEDED => self.needed.push(string),
            dt::SONAME => self.soname = Some(string),
            dt::RPATH => self.rpath = Some(string),
            dt::RUNPATH => self.runpath = Some(string),
            dt::FLAGS => self.flags = value,
            dt::FLAGS_1 => self.flags_1 = value,
            dt::FILTER => self.filters.push((false, string)),
            dt::AUXILIARY => self.filters.push((true, string)),
            dt::AUDIT => self.audit = Some(string),
            dt::DEPAUDIT => self.depaudit = Some(string),
            dt::SYMBOLIC => self.symbolic = true,
            dt::TEXTREL => self.textrel = true,
            dt::BIND_NOW => self.bind_now = true,
            dt::STRTAB => self.strtab = Some(value),
            dt::STRSZ => self.strsz = value,
            dt::SYMTAB => self.symtab = Some(value),
            dt::HASH => self.hash = Some(value),
            dt::GNU_HASH => self.gnu_hash = Some(value),
            dt::VERSYM => self.versym = Some(value),
            dt::INIT_ARRAYSZ => self.init_array = value,
            dt::FINI_ARRAYSZ => self.fini_array = value,
            dt::PREINIT_ARRAYSZ => self.preinit_array = value,
            dt::INIT => self.init = true,
            dt::FINI => self.fini = true,
            dt::RELR => self.relr = true,
            _ => {}
        }
    }

    /// The value of a tag; the last entry wins, as in ld.so's `l_info`. `None` if it does not stand there.
    pub fn value(&self, tag: i64) -> Option<u64> {
        self.entries
            .iter()
            .rev()
            .find_map(|&(t, value)| (t == tag).then_some(value))
    }
}
