//! Facts of a hand-made library, in every word size, byte order and hash style.

use crate::exercise;
use crate::sample::{BASE, DLOPEN_TEXT, FIRST_DEFINED, Hashes, Row, SYMBOLS, Sample};
use sayso_facts::elf::{
    Class, Endian, Image, NotElf, RelocationTable, Scope, dt, em, gnu_hash, pt, shn, stb, stt,
};
use sayso_facts::limits;

fn parse(bytes: Vec<u8>) -> Image {
    Image::parse(bytes.into()).expect("an ELF file")
}

fn all_shapes() -> Vec<Sample> {
    let mut shapes = Vec::new();
    for class in [Class::Elf32, Class::Elf64] {
        for endian in [Endian::Little, Endian::Big] {
            for hashes in [Hashes::Gnu, Hashes::Sysv, Hashes::Both] {
                for machine in [em::X86_64, em::MIPS, em::SPARCV9, em::S390, em::ALPHA] {
                    for plt_shared in [false, true] {
                        shapes.push(Sample {
                            class,
                            endian,
                            machine,
                            hashes,
                            plt_shared,
                        });
                    }
                }
            }
        }
    }
    shapes
}

fn found<'a>(image: &'a Image, name: &'a str) -> Vec<u64> {
    let found = image.lookup(name.as_bytes(), gnu_hash(name.as_bytes()));
    found
        .map(|index| image.symbol(index).expect("a symbol").value)
        .collect()
}

#[test]
fn every_shape_tells_the_same() {
    for shape in all_shapes() {
        let image = parse(shape.build());
        let header = image.header();
        assert_eq!(
            (header.class, header.endian, header.machine),
            (shape.class, shape.endian, shape.machine)
        );
        assert_eq!(
            (header.kind, header.version, header.flags, header.phnum),
            (3, 1, 0x77, 7)
        );
        assert_eq!(header.entry, BASE + 0x40);
        assert_eq!(image.interpreter(), Some(&b"/lib/ld-sample.so.1"[..]));
        assert_eq!(
            image.needed().collect::<Vec<_>>(),
            [b"libz.so.1", b"libc.so.6"]
        );
        assert_eq!(image.soname(), Some(&b"libsample.so.1"[..]));
        assert_eq!(image.rpath(), Some(&b"/old"[..]));
        assert_eq!(image.runpath(), Some(&b"$ORIGIN/lib"[..]));
        let dynamic = image.dynamic().expect("PT_DYNAMIC");
        assert_eq!(
            (dynamic.flags, dynamic.flags_1, dynamic.init_array),
            (0x18, 9, 16)
        );
        assert!(dynamic.relr && !dynamic.symbolic && !dynamic.init);
        assert_eq!(
            image.segment(pt::TLS).map(|s| (s.memsz, s.align)),
            Some((16, 16))
        );
        assert_eq!(image.segment(pt::GNU_STACK).map(|s| s.flags), Some(6));
        assert_eq!(image.abi_tag(), Some([0, 3, 2, 1]));
        assert_eq!(image.build_id(), Some(&[0xab; 20][..]));
        assert_eq!(image.x86_isa_needed(), 0b111);
        assert_eq!(image.properties().x86_feature_1_and, 3);
        assert_eq!(image.dlopen_notes(), [DLOPEN_TEXT.as_bytes()]);
        let remarks: Vec<String> = image.anomalies().into_iter().map(|a| a.what).collect();
        assert_eq!(remarks.len(), 1, "{shape:?} {remarks:?}");
        assert!(remarks[0].contains("no section headers"), "{remarks:?}");
        exercise::elf_image(image.bytes());
    }
}

#[test]
fn symbols_and_their_versions() {
    for shape in all_shapes() {
        let image = parse(shape.build());
        let rows = Sample::sorted_symbols(SYMBOLS, FIRST_DEFINED, 2);
        assert_eq!(image.symbol_count() as usize, rows.len());
        for (index, symbol) in image.symbols() {
            let (name, info, section, value, version) = rows[index as usize];
            assert_eq!(image.string(symbol.name), name.as_bytes());
            assert_eq!(
                (symbol.info, symbol.shndx, symbol.value),
                (info, section, value)
            );
            assert_eq!(symbol.is_undefined(), section == shn::UNDEF);
            assert_eq!(image.versym(index), Some(version));
        }
        assert_eq!(image.symbol(rows.len() as u32 + 100_000), None);
        let name = |index| {
            let (name, file) = image.version_name(index)?;
            Some((
                name.escape_ascii().to_string(),
                file.map(|f| f.escape_ascii().to_string()),
            ))
        };
        assert_eq!(
            name(3),
            Some(("ZLIB_1.2.9".into(), Some("libz.so.1".into())))
        );
        assert_eq!(
            name(2),
            Some(("GLIBC_2.2.5".into(), Some("libc.so.6".into())))
        );
        assert_eq!(name(5 | 0x8000), Some(("SAMPLE_2".into(), None)));
        assert_eq!(
            (name(0), name(1), name(6)),
            (None, None, None),
            "the base version has no name"
        );
        let [_, second] = image.version_needs() else {
            panic!("two needs")
        };
        assert_eq!(second.versions[0].flags, 2);
        let [base, _, last] = image.version_definitions() else {
            panic!("three definitions")
        };
        assert_eq!((base.flags, base.index), (1, 1));
        assert_eq!(
            last.parents
                .iter()
                .map(|&p| image.string(p))
                .collect::<Vec<_>>(),
            [b"SAMPLE_1"]
        );
    }
}

#[test]
fn look_ups_follow_the_chains() {
    for shape in all_shapes() {
        let image = parse(shape.build());
        assert_eq!(found(&image, "alpha"), [0x1100]);
        assert_eq!(found(&image, "delta"), [0x1400]);
        let mut beta = found(&image, "beta");
        // DT_HASH chains run backwards here, DT_GNU_HASH ones in table order.
        if shape.hashes == Hashes::Sysv {
            beta.reverse();
        }
        assert_eq!(beta, [0x1200, 0x1300]);
        for absent in ["alph", "alphaa", "", "zeta", "SAMPLE_1"] {
            assert_eq!(found(&image, absent), [], "{absent}");
        }
        // Undefined symbols stand in DT_HASH only.
        assert_eq!(
            found(&image, "puts").len(),
            usize::from(shape.hashes == Hashes::Sysv)
        );
    }
}

#[test]
fn relocations_in_the_loaders_order() {
    for shape in all_shapes() {
        let image = parse(shape.build());
        let wide = shape.class == Class::Elf64;
        let first = if wide {
            RelocationTable::Rela
        } else {
            RelocationTable::Rel
        };
        let all: Vec<_> = image
            .relocations()
            .map(|r| (r.table, r.offset, r.symbol, r.kind))
            .collect();
        let expected = [
            (first, 0x2000, 0, 8),
            (first, 0x2008, 1, 1),
            (RelocationTable::Plt, 0x2010, 2, 7),
        ];
        assert_eq!(all, expected, "{shape:?}");
        let addends: Vec<i64> = image.relocations().map(|r| r.addend).collect();
        assert_eq!(
            addends,
            if wide {
                [0x2040, 0x2048, 0x2050]
            } else {
                [0, 0, 0]
            }
        );
        let named: Vec<u32> = image
            .relocations_after_relative()
            .map(|r| r.symbol)
            .collect();
        assert_eq!(named, [1, 2]);
        assert_eq!(image.relr_count(), 1 + 3);
        let word = if wide { 8 } else { 4 };
        let words: Vec<u64> = image
            .relr_addresses()
            .map(|at| (at - 0x3000) / word)
            .collect();
        // The bitmap 0b1101_0001: its lowest bit is the mark, bit 1 the word after the address.
        assert_eq!(words, [0, 4, 6, 7]);
    }
}

#[test]
fn a_table_without_hashed_symbols_is_counted_by_its_gap() {
    let rows: &[Row] = &SYMBOLS[..FIRST_DEFINED];
    for class in [Class::Elf32, Class::Elf64] {
        let shape = Sample {
            class,
            hashes: Hashes::Gnu,
            ..Sample::default()
        };
        let image = parse(shape.build_with(rows, FIRST_DEFINED, 1, &[]));
        assert_eq!(image.symbol_count() as usize, rows.len());
        assert_eq!(found(&image, "puts"), []);
    }
}

#[test]
fn long_runs_are_sound() {
    let names: Vec<&'static str> = (0..300).map(|i| &*format!("name{i}").leak()).collect();
    let mut rows = SYMBOLS[..FIRST_DEFINED].to_vec();
    let info = stb::GLOBAL << 4 | stt::OBJECT;
    rows.extend(
        names
            .iter()
            .enumerate()
            .map(|(i, &name)| (name, info, 7, i as u64, 1)),
    );
    for buckets in [1, 7, 512] {
        let image = parse(Sample::default().build_with(&rows, FIRST_DEFINED, buckets, &[]));
        assert_eq!(
            image.anomalies().len(),
            1,
            "only that there are no sections"
        );
        for (value, name) in names.iter().enumerate() {
            assert_eq!(found(&image, name), [value as u64]);
        }
    }
}

#[test]
fn the_last_of_repeated_tags_wins() {
    let more = [
        (dt::FLAGS, 1),
        (dt::FLAGS_1, 0x800_0000),
        (dt::SYMBOLIC, 0),
        (dt::AUXILIARY, 1),
        (dt::FILTER, 11),
    ];
    let image = parse(Sample::default().build_with(SYMBOLS, FIRST_DEFINED, 2, &more));
    let dynamic = image.dynamic().unwrap();
    assert_eq!(
        (dynamic.flags, dynamic.flags_1, dynamic.symbolic),
        (1, 0x800_0000, true)
    );
    assert_eq!(dynamic.filters, [(true, 1), (false, 11)]);
    assert_eq!(image.dynamic_value(dt::FLAGS), Some(1));
    assert_eq!(image.dynamic_value(dt::DEBUG), None);
}

#[test]
fn what_is_no_elf_file() {
    let file = Sample::default().build();
    let cut = |size: usize| Image::parse(file[..size].to_vec().into()).err();
    assert_eq!(cut(0), Some(NotElf::NoHeader));
    assert_eq!(cut(63), Some(NotElf::NoHeader));
    assert_eq!(cut(64), None);
    let small = Sample {
        class: Class::Elf32,
        ..Sample::default()
    }
    .build();
    assert!(Image::parse(small[..51].to_vec().into()).is_err());
    assert!(Image::parse(small[..52].to_vec().into()).is_ok());
}

/// Where an entry of the dynamic section stands in the file.
fn entry_offset(file: &[u8], tag: i64) -> usize {
    let image = parse(file.to_vec());
    let start = image.segment(pt::DYNAMIC).unwrap().offset as usize;
    let place = image
        .dynamic()
        .unwrap()
        .entries
        .iter()
        .position(|entry| entry.0 == tag);
    start + 16 * place.expect("the tag is there")
}

fn with_value(file: &[u8], tag: i64, value: u64) -> Image {
    let mut file = file.to_vec();
    let at = entry_offset(&file, tag) + 8;
    file[at..at + 8].copy_from_slice(&value.to_le_bytes());
    parse(file)
}

fn says(image: &Image, part: &str) -> bool {
    image
        .anomalies()
        .iter()
        .any(|anomaly| anomaly.what.contains(part))
}

#[test]
fn tables_outside_the_file_are_empty_and_remarked() {
    let file = Sample::default().build();
    let image = with_value(&file, dt::STRTAB, 0x9999_0000);
    assert_eq!(image.needed().collect::<Vec<_>>(), [b"", b""]);
    assert_eq!(found(&image, "alpha"), []);
    assert!(says(&image, "DT_STRTAB (0x99990000) lies outside"));
    let image = with_value(&file, dt::SYMTAB, BASE - 1);
    assert_eq!((image.symbol_count(), image.symbol(1)), (0, None));
    assert!(says(&image, "DT_SYMTAB"));
    let image = with_value(&file, dt::GNU_HASH, u64::MAX);
    assert_eq!(
        found(&image, "alpha"),
        [],
        "ld.so does not fall back to DT_HASH"
    );
    assert!(says(&image, "DT_GNU_HASH"));
    let image = with_value(&file, dt::VERNEED, 8);
    assert_eq!(image.version_needs(), []);
    assert!(says(&image, "DT_VERNEED (0x8) lies outside"));
    assert!(says(&image, "no version record explains"));
    let image = with_value(&file, dt::STRSZ, 1 << 40);
    assert!(says(&image, "DT_STRSZ is"));
    let image = with_value(&file, dt::NEEDED, 0xffff_ffff_ffff);
    assert!(says(&image, "DT_NEEDED names the string at"));
    let image = with_value(&file, dt::RELASZ, 0x10_0007);
    assert!(says(&image, "is no multiple of 24") && says(&image, "DT_RELA has 1048583 bytes"));
}

#[test]
fn a_cyclic_hash_chain_ends() {
    let shape = Sample {
        hashes: Hashes::Sysv,
        ..Sample::default()
    };
    let mut file = shape.build();
    let image = parse(file.clone());
    let table = (image.dynamic_value(dt::HASH).unwrap() - BASE) as usize;
    // Every chain word leads to itself, and every bucket to the symbol named alpha.
    let alpha = image
        .symbols()
        .find(|(_, s)| image.string(s.name) == b"alpha")
        .unwrap()
        .0;
    for bucket in 0..3 {
        file[table + 8 + 4 * bucket..][..4].copy_from_slice(&alpha.to_le_bytes());
    }
    for symbol in 0..SYMBOLS.len() {
        file[table + 20 + 4 * symbol..][..4].copy_from_slice(&(symbol as u32).to_le_bytes());
    }
    let image = parse(file);
    let steps = found(&image, "alpha").len();
    assert!(steps > 0 && steps < image.bytes().len() / 4);
    assert_eq!(found(&image, "absent"), []);
}

#[test]
fn overlapping_version_records_stay_small() {
    let mut file = Sample::default().build();
    let image = parse(file.clone());
    let table = (image.dynamic_value(dt::VERNEED).unwrap() - BASE) as usize;
    // Four bytes from one record to the next, each with a chain of its own that does the same.
    file.resize(table + 40_000, 0);
    for at in (table..file.len() - 16).step_by(4) {
        file[at..at + 4].copy_from_slice(&4u32.to_le_bytes());
    }
    let size = file.len() as u64;
    file[64 + 32..64 + 40].copy_from_slice(&size.to_le_bytes());
    file[64 + 40..64 + 48].copy_from_slice(&size.to_le_bytes());
    // PT_DYNAMIC was overwritten with the rest; point it at a copy of the needed entries at the end.
    let start = file.len() as u64;
    for value in [
        dt::STRTAB as u64,
        BASE,
        dt::VERNEED as u64,
        BASE + table as u64,
        0,
        0,
    ] {
        file.extend(value.to_le_bytes());
    }
    let size = file.len() as u64;
    for (header, at, value) in [
        (0, 32, size),
        (0, 40, size),
        (1, 8, start),
        (1, 16, BASE + start),
    ] {
        file[64 + 56 * header + at..][..8].copy_from_slice(&value.to_le_bytes());
    }
    let image = parse(file.clone());
    let needs = image.version_needs();
    let records = needs.len() + needs.iter().map(|n| n.versions.len()).sum::<usize>();
    assert!(records > 1000, "{records}");
    assert!(records <= file.len() / 8, "{records}");
    exercise::elf_image(&file);
}

#[test]
fn damaged_hash_tables_are_remarked() {
    let file = Sample::default().build();
    let table = (parse(file.clone()).dynamic_value(dt::GNU_HASH).unwrap() - BASE) as usize;
    let changed = |at: usize, value: u32| {
        let mut file = file.clone();
        file[table + at..][..4].copy_from_slice(&value.to_le_bytes());
        parse(file)
    };
    let image = changed(16, 0); // half of the first bloom word
    assert!(says(&image, "where no look-up finds them"));
    assert!(says(&changed(8, 3), "no power of two"));
    let image = changed(0, 0);
    assert!(says(&image, "no buckets"));
    assert_eq!(found(&image, "alpha"), []);
    let table = (image.dynamic_value(dt::HASH).unwrap() - BASE) as usize;
    let mut file = file.clone();
    file[table + 4] += 1;
    assert!(says(
        &parse(file),
        "DT_HASH counts 9 symbols, DT_GNU_HASH 8"
    ));
}

#[test]
fn both_sides_of_the_program_header_limit() {
    for (count, read) in [
        (limits::PROGRAM_HEADERS_MAX, true),
        (limits::PROGRAM_HEADERS_MAX + 1, false),
    ] {
        let mut file = Sample::default().build();
        let start = file.len().next_multiple_of(8);
        file.resize(start + 56 * count, 0);
        let last = start + 56 * (count - 1);
        file[last..last + 4].copy_from_slice(&pt::TLS.to_le_bytes());
        file[32..40].copy_from_slice(&(start as u64).to_le_bytes());
        file[56..58].copy_from_slice(&(count as u16).to_le_bytes());
        let image = parse(file);
        assert_eq!(image.segments().len(), limits::PROGRAM_HEADERS_MAX);
        assert_eq!(image.segment(pt::TLS).is_some(), read);
        assert_eq!(says(&image, "of which 4096 were read"), !read);
    }
}

#[test]
fn both_sides_of_the_anomaly_limit() {
    // One remark is there anyway: no section headers.
    for (wrong, told) in [
        (limits::ANOMALIES_MAX - 2, limits::ANOMALIES_MAX - 1),
        (limits::ANOMALIES_MAX - 1, limits::ANOMALIES_MAX),
        (limits::ANOMALIES_MAX + 50, limits::ANOMALIES_MAX),
    ] {
        let more = vec![(dt::NEEDED, 0xff_ffff); wrong];
        let image = parse(Sample::default().build_with(SYMBOLS, FIRST_DEFINED, 2, &more));
        assert_eq!(image.anomalies().len(), told);
    }
}

#[test]
fn properties_come_from_the_last_note_segment_of_the_right_alignment() {
    let file = Sample::default().build();
    let note = 64 + 56 * 4; // the program header of the property note
    let mut wrong = file.clone();
    wrong[note + 48] = 4;
    assert_eq!(
        parse(wrong).x86_isa_needed(),
        0,
        "alignment 4 in a 64-bit file"
    );
    let mut stack = file.clone();
    // PT_GNU_STACK becomes an empty PT_NOTE of alignment 8: ld.so goes backwards and stops there.
    let last = 64 + 56 * 6;
    stack[last..last + 4].copy_from_slice(&pt::NOTE.to_le_bytes());
    stack[last + 48] = 8;
    assert_eq!(parse(stack).x86_isa_needed(), 0);
}

#[test]
fn section_headers_are_only_compared() {
    let mut file = Sample::default().build();
    let plain = parse(file.clone());
    let symtab = plain.dynamic_value(dt::SYMTAB).unwrap();
    let start = file.len() as u64;
    let mut section = |kind: u32, address: u64, size: u64| {
        file.extend(0u32.to_le_bytes());
        file.extend(kind.to_le_bytes());
        for value in [2, address, address.saturating_sub(BASE), size, 0, 8, 24] {
            file.extend(u64::to_le_bytes(value));
        }
    };
    section(0, 0, 0);
    section(11, symtab + 24, 24 * 5);
    file[40..48].copy_from_slice(&start.to_le_bytes());
    file[60] = 2;
    let image = parse(file);
    assert_eq!(image.symbol_count(), plain.symbol_count());
    assert_eq!(image.dynamic(), plain.dynamic());
    assert!(says(&image, "has 5 symbols, the hash table 8"));
    assert!(says(&image, "the dynamic symbol section is at"));
    assert!(says(
        &image,
        "DT_VERSYM is there, but not the version index section"
    ));
    assert!(!says(&image, "no section headers"));
    assert!(
        image
            .anomalies()
            .iter()
            .all(|anomaly| anomaly.scope == Scope::Sections)
    );
}
