//! A tiny ELF writer: one library with a bit of everything, in any word size, byte order and hash style.
//!
//! The segment's address differs from its offset, so that nothing is found by taking one for the other.

use sayso_facts::elf::{Class, Endian, dt, em, gnu_hash, pt, shn, stb, stt, sysv_hash};

/// Where the segment is mapped.
pub(crate) const BASE: u64 = 0x10000;

/// Which hash tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashes {
    Gnu,
    Sysv,
    Both,
}

/// What to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) class: Class,
    pub(crate) endian: Endian,
    pub(crate) machine: u16,
    pub(crate) hashes: Hashes,
    /// `DT_RELASZ` (`DT_RELSZ`) counts the PLT's relocations as well.
    pub(crate) plt_shared: bool,
}

impl Default for Sample {
    fn default() -> Sample {
        Sample {
            class: Class::Elf64,
            endian: Endian::Little,
            machine: em::X86_64,
            hashes: Hashes::Both,
            plt_shared: false,
        }
    }
}

/// Bytes with numbers in one byte order.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) class: Class,
    pub(crate) endian: Endian,
}

impl Writer {
    pub(crate) fn u16(&mut self, value: u16) {
        match self.endian {
            Endian::Little => self.bytes.extend(value.to_le_bytes()),
            Endian::Big => self.bytes.extend(value.to_be_bytes()),
        }
    }
    pub(crate) fn u32(&mut self, value: u32) {
        match self.endian {
            Endian::Little => self.bytes.extend(value.to_le_bytes()),
            Endian::Big => self.bytes.extend(value.to_be_bytes()),
        }
    }
    pub(crate) fn u64(&mut self, value: u64) {
        match self.endian {
            Endian::Little => self.bytes.extend(value.to_le_bytes()),
            Endian::Big => self.bytes.extend(value.to_be_bytes()),
        }
    }
    pub(crate) fn word(&mut self, value: u64) {
        match self.class {
            Class::Elf32 => self.u32(value as u32),
            Class::Elf64 => self.u64(value),
        }
    }
    /// Fills up to the next multiple of 8 and tells the address there.
    pub(crate) fn here(&mut self) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        BASE + self.bytes.len() as u64
    }
}

/// Strings, each written once.
#[derive(Debug, Default)]
pub(crate) struct Strings(Vec<u8>);

impl Strings {
    pub(crate) fn offset(&mut self, text: &str) -> u32 {
        if self.0.is_empty() {
            self.0.push(0);
        }
        let wanted = [b"\0", text.as_bytes(), b"\0"].concat();
        if let Some(at) = self.0.windows(wanted.len()).position(|part| part == wanted) {
            return at as u32 + 1;
        }
        let at = self.0.len() as u32;
        self.0.extend(&wanted[1..]);
        at
    }
}

/// Name, info, section, value, version index.
pub(crate) type Row = (&'static str, u8, u16, u64, u16);

/// The symbols, undefined ones first, as the GNU table wants them.
pub(crate) const SYMBOLS: &[Row] = &[
    ("", 0, shn::UNDEF, 0, 0),
    ("deflate", stb::GLOBAL << 4 | stt::FUNC, shn::UNDEF, 0, 3),
    ("puts", stb::WEAK << 4 | stt::FUNC, shn::UNDEF, 0, 2),
    ("alpha", stb::GLOBAL << 4 | stt::FUNC, 7, 0x1100, 4),
    ("beta", stb::GLOBAL << 4 | stt::FUNC, 7, 0x1200, 4 | 0x8000),
    ("beta", stb::GLOBAL << 4 | stt::FUNC, 7, 0x1300, 5),
    ("gamma", stb::GLOBAL << 4 | stt::TLS, 8, 0, 1),
    ("delta", stb::GLOBAL << 4 | stt::GNU_IFUNC, 7, 0x1400, 1),
];
/// Index of the first defined one.
pub(crate) const FIRST_DEFINED: usize = 3;

/// The text of the `.note.dlopen` note.
pub(crate) const DLOPEN_TEXT: &str = r#"[{"soname":["libx.so.1"]}]"#;

impl Sample {
    pub(crate) fn writer(self) -> Writer {
        Writer {
            bytes: Vec::new(),
            class: self.class,
            endian: self.endian,
        }
    }

    /// The symbols in table order: defined ones sorted by bucket of the GNU table of `buckets` buckets.
    pub(crate) fn sorted_symbols(rows: &[Row], first_defined: usize, buckets: u32) -> Vec<Row> {
        let mut sorted = rows.to_vec();
        sorted[first_defined..].sort_by_key(|row| gnu_hash(row.0.as_bytes()) % buckets);
        sorted
    }

    /// The file.
    pub(crate) fn build(self) -> Vec<u8> {
        self.build_with(SYMBOLS, FIRST_DEFINED, 2, &[])
    }

    /// The file with other symbols, another number of GNU buckets, and more dynamic entries.
    pub(crate) fn build_with(
        self,
        rows: &[Row],
        first_defined: usize,
        buckets: u32,
        more: &[(i64, u64)],
    ) -> Vec<u8> {
        let rows = Sample::sorted_symbols(rows, first_defined, buckets);
        let mut strings = Strings::default();
        let mut w = self.writer();
        let segment_size = if self.class == Class::Elf64 { 56 } else { 32 };
        let header_size = if self.class == Class::Elf64 { 64 } else { 52 };
        w.bytes.resize(header_size + 7 * segment_size, 0);

        let mut entries: Vec<(i64, u64)> = Vec::new();
        for (tag, text) in [
            (dt::NEEDED, "libz.so.1"),
            (dt::NEEDED, "libc.so.6"),
            (dt::SONAME, "libsample.so.1"),
            (dt::RPATH, "/old"),
            (dt::RUNPATH, "$ORIGIN/lib"),
        ] {
            entries.push((tag, u64::from(strings.offset(text))));
        }
        let interpreter = w.here();
        w.bytes.extend(b"/lib/ld-sample.so.1\0");
        let interpreter = (interpreter, 20);
        entries.push((dt::SYMTAB, w.here()));
        self.write_symbols(&mut w, &mut strings, &rows);
        if self.hashes != Hashes::Sysv {
            entries.push((dt::GNU_HASH, w.here()));
            write_gnu_hash(&mut w, &rows, first_defined, buckets);
        }
        if self.hashes != Hashes::Gnu {
            entries.push((dt::HASH, w.here()));
            self.write_hash(&mut w, &rows);
        }
        entries.push((dt::VERSYM, w.here()));
        for row in &rows {
            w.u16(row.4);
        }
        write_versions(&mut w, &mut strings, &mut entries);
        self.write_relocations(&mut w, &mut entries);
        let notes = write_notes(&mut w);
        entries.extend([
            (dt::INIT_ARRAY, BASE),
            (dt::INIT_ARRAYSZ, 16),
            (dt::FLAGS, 0x18),
            (dt::FLAGS_1, 9),
        ]);
        entries.extend(more);
        entries.push((dt::STRTAB, w.here()));
        entries.push((dt::STRSZ, strings.0.len() as u64));
        w.bytes.extend(&strings.0);
        let dynamic = w.here();
        for (tag, value) in entries.into_iter().chain([(dt::NULL, 0)]) {
            w.word(tag as u64);
            w.word(value);
        }
        let dynamic = (dynamic, BASE + w.bytes.len() as u64 - dynamic);
        self.write_headers(&mut w, interpreter, dynamic, notes);
        w.bytes
    }

    fn write_symbols(self, w: &mut Writer, strings: &mut Strings, rows: &[Row]) {
        for &(name, info, section, value, _) in rows {
            w.u32(if name.is_empty() {
                0
            } else {
                strings.offset(name)
            });
            let size = if section == shn::UNDEF { 0 } else { 0x20 };
            match self.class {
                Class::Elf64 => {
                    w.bytes.extend([info, 0]);
                    w.u16(section);
                    w.u64(value);
                    w.u64(size);
                }
                Class::Elf32 => {
                    w.u32(value as u32);
                    w.u32(size as u32);
                    w.bytes.extend([info, 0]);
                    w.u16(section);
                }
            }
        }
    }

    fn write_hash(self, w: &mut Writer, rows: &[Row]) {
        let wide = self.class == Class::Elf64 && [em::S390, em::ALPHA].contains(&self.machine);
        let buckets = 3;
        let mut first = vec![0; buckets];
        let mut next = vec![0; rows.len()];
        for (index, row) in rows.iter().enumerate().skip(1) {
            let bucket = sysv_hash(row.0.as_bytes()) as usize % buckets;
            next[index] = std::mem::replace(&mut first[bucket], index as u64);
        }
        let counts = [buckets as u64, rows.len() as u64];
        for value in counts.into_iter().chain(first).chain(next) {
            if wide {
                w.u64(value);
            } else {
                w.u32(value as u32);
            }
        }
    }

    /// One relocation of each table's first kind: relative, absolute against symbol 1, PLT slot of symbol 2.
    fn write_relocations(self, w: &mut Writer, entries: &mut Vec<(i64, u64)>) {
        let addend = self.class == Class::Elf64;
        let (table, size, count) = if addend {
            (dt::RELA, dt::RELASZ, dt::RELACOUNT)
        } else {
            (dt::REL, dt::RELSZ, dt::RELCOUNT)
        };
        let entry = if addend { 24 } else { 8 };
        let start = w.here();
        for (offset, symbol, kind) in [(0x2000, 0, 8), (0x2008, 1, 1), (0x2010, 2, 7)] {
            w.word(offset);
            self.write_info(w, symbol, kind);
            if addend {
                w.word(0x40 + offset);
            }
        }
        let counted = if self.plt_shared { 3 } else { 2 };
        entries.extend([
            (table, start),
            (size, counted * entry),
            (count, 1),
            (dt::JMPREL, start + 2 * entry),
            (dt::PLTRELSZ, entry),
            (dt::PLTREL, table as u64),
        ]);
        // An address, then a bitmap of three words.
        entries.push((dt::RELR, w.here()));
        entries.push((dt::RELRSZ, 2 * if addend { 8 } else { 4 }));
        w.word(0x3000);
        w.word(0b1101_0001);
    }

    fn write_info(self, w: &mut Writer, symbol: u32, kind: u32) {
        match (self.class, self.machine) {
            (Class::Elf32, _) => w.u32(symbol << 8 | kind),
            (Class::Elf64, em::MIPS) => {
                w.u32(symbol);
                w.bytes.extend([0, 0, 0, kind as u8]);
            }
            // SPARC keeps data of its own above the type.
            (Class::Elf64, em::SPARCV9) => {
                w.u64(u64::from(symbol) << 32 | 0xabcd_0000 | u64::from(kind));
            }
            (Class::Elf64, _) => w.u64(u64::from(symbol) << 32 | u64::from(kind)),
        }
    }

    fn write_headers(
        self,
        w: &mut Writer,
        interpreter: (u64, u64),
        dynamic: (u64, u64),
        notes: [(u64, u64); 2],
    ) {
        let size = w.bytes.len() as u64;
        let word = if self.class == Class::Elf64 { 8 } else { 4 };
        let header_size = if self.class == Class::Elf64 { 64 } else { 52 };
        let mut h = self.writer();
        h.bytes.extend(b"\x7fELF");
        h.bytes.push(if self.class == Class::Elf64 { 2 } else { 1 });
        h.bytes
            .push(if self.endian == Endian::Little { 1 } else { 2 });
        h.bytes.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        h.u16(3);
        h.u16(self.machine);
        h.u32(1);
        h.word(BASE + 0x40);
        h.word(header_size);
        h.word(0);
        h.u32(0x77);
        h.u16(header_size as u16);
        h.u16(if word == 8 { 56 } else { 32 });
        h.u16(7);
        h.u16(if word == 8 { 64 } else { 40 });
        h.u16(0);
        h.u16(0);
        for (kind, flags, (start, size), align) in [
            (pt::LOAD, 7, (BASE, size), 0x1000),
            (pt::DYNAMIC, 6, dynamic, word),
            (pt::INTERP, 4, interpreter, 1),
            (pt::NOTE, 4, notes[0], 4),
            (pt::NOTE, 4, notes[1], word),
            (pt::TLS, 4, (BASE + 0x10, 0x10), 16),
            (pt::GNU_STACK, 6, (BASE, 0), 16),
        ] {
            let offset = start - BASE;
            h.u32(kind);
            if word == 8 {
                h.u32(flags);
            }
            for value in [offset, start, start, size, size] {
                h.word(value);
            }
            if word == 4 {
                h.u32(flags);
            }
            h.word(align);
        }
        w.bytes[..h.bytes.len()].copy_from_slice(&h.bytes);
    }
}

fn write_gnu_hash(w: &mut Writer, rows: &[Row], first_defined: usize, buckets: u32) {
    let bits = if w.class == Class::Elf64 { 64 } else { 32 };
    let hashes: Vec<u32> = rows[first_defined..]
        .iter()
        .map(|row| gnu_hash(row.0.as_bytes()))
        .collect();
    let (bloom_words, shift) = (2u32, 6);
    let mut bloom = [0u64; 2];
    for hash in &hashes {
        let word = &mut bloom[(hash / bits % bloom_words) as usize];
        *word |= 1 << (hash % bits) | 1 << ((hash >> shift) % bits);
    }
    for value in [buckets, first_defined as u32, bloom_words, shift] {
        w.u32(value);
    }
    for word in bloom {
        w.word(word);
    }
    for bucket in 0..buckets {
        let first = hashes.iter().position(|hash| hash % buckets == bucket);
        w.u32(first.map_or(0, |at| (at + first_defined) as u32));
    }
    for (at, hash) in hashes.iter().enumerate() {
        let last = hashes
            .get(at + 1)
            .is_none_or(|next| next % buckets != hash % buckets);
        w.u32(hash & !1 | u32::from(last));
    }
}

fn write_versions(w: &mut Writer, strings: &mut Strings, entries: &mut Vec<(i64, u64)>) {
    entries.extend([(dt::VERNEED, w.here()), (dt::VERNEEDNUM, 2)]);
    let files = [
        ("libz.so.1", "ZLIB_1.2.9", 0, 3),
        ("libc.so.6", "GLIBC_2.2.5", 2, 2),
    ];
    for (place, (file, version, flags, index)) in files.into_iter().enumerate() {
        w.u16(1);
        w.u16(1);
        w.u32(strings.offset(file));
        w.u32(16);
        w.u32(if place == 0 { 32 } else { 0 });
        w.u32(sysv_hash(version.as_bytes()));
        w.u16(flags);
        w.u16(index);
        w.u32(strings.offset(version));
        w.u32(0);
    }
    entries.extend([(dt::VERDEF, w.here()), (dt::VERDEFNUM, 3)]);
    let definitions: [(u16, u16, &[&str]); 3] = [
        (1, 1, &["libsample.so.1"]),
        (0, 4, &["SAMPLE_1"]),
        (0, 5, &["SAMPLE_2", "SAMPLE_1"]),
    ];
    for (place, (flags, index, names)) in definitions.into_iter().enumerate() {
        w.u16(1);
        w.u16(flags);
        w.u16(index);
        w.u16(names.len() as u16);
        w.u32(sysv_hash(names[0].as_bytes()));
        w.u32(20);
        w.u32(if place == 2 {
            0
        } else {
            20 + 8 * names.len() as u32
        });
        for (place, name) in names.iter().enumerate() {
            w.u32(strings.offset(name));
            w.u32(if place + 1 == names.len() { 0 } else { 8 });
        }
    }
}

fn write_note(w: &mut Writer, owner: &str, kind: u32, text: &[u8], align: usize) {
    w.u32(owner.len() as u32 + 1);
    w.u32(text.len() as u32);
    w.u32(kind);
    w.bytes.extend(owner.as_bytes());
    w.bytes.push(0);
    w.bytes.resize(w.bytes.len().next_multiple_of(align), 0);
    w.bytes.extend(text);
    w.bytes.resize(w.bytes.len().next_multiple_of(align), 0);
}

/// Address and size of the plain notes and of the property note.
fn write_notes(w: &mut Writer) -> [(u64, u64); 2] {
    let plain = w.here();
    let mut tag = Writer {
        bytes: Vec::new(),
        ..*w
    };
    for value in [0, 3, 2, 1] {
        tag.u32(value);
    }
    write_note(w, "GNU", 1, &tag.bytes, 4);
    write_note(w, "GNU", 3, &[0xab; 20], 4);
    write_note(
        w,
        "FDO",
        0x407c_0c0a,
        format!("{DLOPEN_TEXT}\0").as_bytes(),
        4,
    );
    let plain = (plain, BASE + w.bytes.len() as u64 - plain);

    let word = if w.class == Class::Elf64 { 8 } else { 4 };
    let property = w.here();
    let mut text = Writer {
        bytes: Vec::new(),
        ..*w
    };
    for (kind, value) in [(0xc000_0002, 3), (0xc000_8002, 0b111)] {
        text.u32(kind);
        text.u32(4);
        text.u32(value);
        text.bytes
            .resize(text.bytes.len().next_multiple_of(word), 0);
    }
    write_note(w, "GNU", 5, &text.bytes, word);
    [plain, (property, BASE + w.bytes.len() as u64 - property)]
}
