//! Damaged configuration files: no panic, no endless work, nothing beyond the file.

mod common;

use bytes::Bytes;
use common::Random;
use sayso_world::config::{LdSoCache, LdSoConf, ld_so_preload};
use sayso_world::identify::identify;
use sayso_world::memory::Memory;
use sayso_world::{
    Machine,
    config::ld_so_cache::{CacheFault, stale_cache},
};

fn damage(random: &mut Random, file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for _ in 0..=random.below(3) {
        if file.is_empty() {
            break;
        }
        let at = random.below(file.len());
        match random.below(4) {
            0 => file[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            1 => file[at] ^= 1 << random.below(8),
            2 => file.truncate(at),
            _ => {
                let end = (at + 4).min(file.len());
                let word = [0, 1, 0x7fff_ffff, u32::MAX, 0x8000_0000][random.below(5)];
                file[at..end].copy_from_slice(&word.to_ne_bytes()[..end - at]);
            }
        }
    }
    file
}

fn word(value: u32, big_endian: bool) -> [u8; 4] {
    if big_endian {
        value.to_be_bytes()
    } else {
        value.to_le_bytes()
    }
}

/// (name, path, hwcap) in descending order of names; with two glibc-hwcaps names.
type Library<'l> = (&'l str, &'l str, u64);

fn new_cache(libraries: &[Library<'_>], big_endian: bool, base: usize) -> Vec<u8> {
    let put = |value: u32| word(value, big_endian);
    let mut strings = Vec::new();
    let strings_at = 48 + 24 * libraries.len();
    let mut intern = |text: &str| {
        let at = strings_at + strings.len();
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        at as u32
    };
    let mut entries = Vec::new();
    for (name, path, hwcap) in libraries {
        let (key, value) = (intern(name), intern(path));
        let (low, high) = (*hwcap as u32, (*hwcap >> 32) as u32);
        let (first, second) = if big_endian { (high, low) } else { (low, high) };
        for value in [0x303, key, value, 0, first, second] {
            entries.extend(put(value));
        }
    }
    // Unlike those of the entries, these count from the start of the file.
    let names = ["x86-64-v2", "x86-64-v3"].map(|name| intern(name) + base as u32);
    let extension = (base + strings_at + strings.len()).next_multiple_of(4) - base;
    let mut file = b"glibc-ld.so.cache1.1".to_vec();
    file.extend(put(libraries.len() as u32));
    file.extend(put(strings.len() as u32));
    file.extend([2 + u8::from(big_endian), 0, 0, 0]);
    file.extend(put((base + extension) as u32));
    file.extend([0; 12]);
    file.extend(entries);
    file.extend(strings);
    file.resize(extension, 0);
    let data = base + extension + 8 + 32;
    for value in [
        0xeaa4_2174,
        2,
        0,
        0,
        data as u32,
        4,
        1,
        0,
        data as u32 + 4,
        8,
    ] {
        file.extend(put(value));
    }
    file.extend(b"test");
    file.extend(names.into_iter().flat_map(put));
    file
}

fn old_cache(libraries: &[Library<'_>], with_new: bool) -> Vec<u8> {
    let mut file = b"ld.so-1.7.0\0".to_vec();
    file.extend(word(libraries.len() as u32, false));
    let mut strings = Vec::new();
    for (name, path, _) in libraries {
        file.extend(word(3, false));
        for text in [name, path] {
            file.extend(word(strings.len() as u32, false));
            strings.extend_from_slice(text.as_bytes());
            strings.push(0);
        }
    }
    if with_new {
        file.resize(file.len().next_multiple_of(8), 0);
        let base = file.len();
        file.extend(new_cache(libraries, false, base));
    } else {
        file.extend(strings);
    }
    file
}

const EXTENSION: u64 = 1 << 62;
const LIBRARIES: [Library<'static>; 5] = [
    ("libz.so.10", "/usr/lib/libz.so.10", 0),
    (
        "libz.so.9",
        "/usr/lib/glibc-hwcaps/x86-64-v2/libz.so.9",
        EXTENSION,
    ),
    (
        "libz.so.9",
        "/usr/lib/glibc-hwcaps/x86-64-v3/libz.so.9",
        EXTENSION | 1 | (7 << 32),
    ),
    ("libz.so.9", "/usr/lib/libz.so.9", 0),
    ("liba.so", "/lib/liba.so", 1 << 52),
];

fn paths(cache: &LdSoCache, name: &str) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    cache
        .lookup(name.as_bytes())
        .map(|entry| text(entry.value))
        .collect()
}

#[test]
fn every_shape_of_cache() {
    let files = [
        (new_cache(&LIBRARIES, false, 0), false),
        (new_cache(&LIBRARIES, true, 0), true),
        (old_cache(&LIBRARIES, false), false),
        (old_cache(&LIBRARIES, true), false),
    ];
    for (number, (file, big_endian)) in files.into_iter().enumerate() {
        let cache = LdSoCache::parse(file.into(), big_endian).unwrap();
        assert_eq!(cache.len(), 5);
        assert_eq!(cache.entries().count(), 5);
        assert_eq!(
            paths(&cache, "libz.so.10"),
            ["/usr/lib/libz.so.10"],
            "{number}"
        );
        assert_eq!(paths(&cache, "libz.so.9").len(), 3);
        assert_eq!(paths(&cache, "liba.so"), ["/lib/liba.so"]);
        for name in ["libz.so.8", "libz.so.11", "libz.so", "", "zzz", "aaa"] {
            assert!(paths(&cache, name).is_empty(), "{name}");
        }
        if cache.is_new_format() {
            let found: Vec<_> = cache.lookup(b"libz.so.9").collect();
            assert!(found[0].is_glibc_hwcaps() && found[1].is_glibc_hwcaps());
            assert!(!found[2].is_glibc_hwcaps());
            assert_eq!((found[1].isa_level(), found[1].hwcaps_index()), (7, 1));
            assert_eq!(
                cache.hwcaps_name(1),
                Some(b"x86-64-v3".as_slice()),
                "{number}"
            );
            assert_eq!(cache.hwcaps_name(2), None);
            assert_eq!(cache.generator(), b"test");
            let legacy = cache.lookup(b"liba.so").next().unwrap();
            assert!(!legacy.is_glibc_hwcaps() && legacy.hwcap == 1 << 52);
        }
    }
}

#[test]
fn refused_caches() {
    let parse = |file: Vec<u8>| {
        LdSoCache::parse(file.into(), false)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(parse(Vec::new()), CacheFault::NotACache);
    assert_eq!(
        parse(b"glibc-ld.so.cache1.1".to_vec()),
        CacheFault::NotACache
    );
    assert_eq!(
        parse(new_cache(&LIBRARIES, true, 0)[..].to_vec()),
        CacheFault::NotACache
    );
    let mut file = new_cache(&LIBRARIES, false, 0);
    file[28] = 3;
    assert_eq!(parse(file.clone()), CacheFault::ByteOrder);
    file[28] = 1;
    assert_eq!(parse(file.clone()), CacheFault::ByteOrder);
    file[28] = 0;
    assert!(LdSoCache::parse(file.clone().into(), false).is_ok());
    // One entry more than there is room for.
    file.truncate(48 + 5 * 24);
    assert!(LdSoCache::parse(file.clone().into(), false).is_ok());
    file.truncate(48 + 5 * 24 - 1);
    assert_eq!(parse(file), CacheFault::NotACache);
}

#[test]
fn a_stale_cache() {
    let libraries = [
        ("libz.so.1", "/usr/lib/libz.so.1", 0),
        ("libgone.so", "/usr/lib/libgone.so", 0),
    ];
    let elf = b"\x7fELF".as_slice();
    let mut world = Memory::new(Machine::default());
    world
        .file("/usr/lib/libz.so.1.2", elf)
        .symlink("/usr/lib/libz.so.1", "libz.so.1.2")
        .file("/opt/libnew.so.1.0", elf)
        .symlink("/opt/libnew.so.1", "libnew.so.1.0")
        .file("/opt/glibc-hwcaps/x86-64-v3/libfast.so", elf)
        .file("/opt/libscript.so", "GROUP ( libnew.so.1 )")
        .file("/opt/program", elf)
        .symlink("/opt/libdangling.so", "nowhere");
    let cache = LdSoCache::parse(new_cache(&libraries, false, 0).into(), false).unwrap();
    let directories = ["/usr/lib", "/opt", "/missing"].map(Into::into);
    let stale = stale_cache(&world, &cache, &directories);
    assert_eq!(stale.vanished, ["/usr/lib/libgone.so".into()]);
    let uncached = ["/opt/libnew.so.1", "/opt/glibc-hwcaps/x86-64-v3/libfast.so"];
    assert_eq!(stale.uncached, uncached.map(sayso_world::TargetPath::from));
}

#[test]
fn names_compare_by_numbers() {
    use sayso_world::config::ld_so_cache::libcmp;
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (left, right, expected) in [
        ("libz.so.9", "libz.so.10", Less),
        ("libz.so.09", "libz.so.9", Equal),
        ("lib1.so", "liba.so", Greater),
        ("liba.so", "lib1.so", Less),
        ("liba", "liba.so", Less),
        ("liba.so", "liba", Greater),
        ("", "", Equal),
        ("a\0b", "a", Equal),
        ("lib4294967296", "lib0", Equal),
        ("lib\u{e4}", "libz", Less),
    ] {
        assert_eq!(
            libcmp(left.as_bytes(), right.as_bytes()),
            expected,
            "{left} {right}"
        );
    }
}

#[test]
fn damaged_caches() {
    let mut random = Random(1);
    let originals = [
        (new_cache(&LIBRARIES, false, 0), false),
        (new_cache(&LIBRARIES, true, 0), true),
        (old_cache(&LIBRARIES, false), false),
        (old_cache(&LIBRARIES, true), false),
    ];
    let mut accepted = 0;
    for round in 0..20_000 {
        let (original, big_endian) = &originals[round % originals.len()];
        let file = Bytes::from(damage(&mut random, original));
        let size = file.len();
        let Ok(cache) = LdSoCache::parse(file, *big_endian) else {
            continue;
        };
        accepted += 1;
        assert!(cache.len() <= size / 12);
        let _ = (cache.generator(), cache.hwcaps_names().count());
        for entry in cache.entries() {
            assert!(entry.value.len() < size);
            let _ = cache.hwcaps_name(entry.hwcaps_index());
            assert!(cache.lookup(entry.key).count() <= cache.len());
        }
    }
    assert!(accepted > 5_000, "only {accepted}");
}

#[test]
fn damaged_texts() {
    let mut random = Random(2);
    let conf = b"# x\n/opt/lib=libc6\ninclude ld.so.conf.d/*.conf [a-\nhwcap 1 x\ninclude /etc/[ab*?\\.conf\n";
    let loader = b"\x7fELF\x02\x01\x01\0/lib/x/\0/usr/lib/\0glibc-ld.so.cache1.1\0/etc/ld.so.cache\0\
        ld.so (GNU libc) stable release version 2.36.\n\0musl libc (x86_64)\n\x001.2.3\0%s/etc/ld-musl-x.path\0lib/x\0";
    for _ in 0..5_000 {
        let mut world = Memory::new(Machine::default());
        let file = damage(&mut random, conf);
        world
            .file("/etc/ld.so.conf", file.clone())
            .file("/etc/ld.so.conf.d/a.conf", damage(&mut random, conf))
            .file("/etc/a.conf", "/a");
        let loaded = LdSoConf::load(&world, &"/etc/ld.so.conf".into());
        assert!(loaded.directories.len() < 100_000);
        let names = ld_so_preload::names(&file);
        assert!(names.iter().map(Vec::len).sum::<usize>() <= file.len());
        let damaged = damage(&mut random, loader);
        let found = identify(&damaged);
        assert!(found.vendor.len() <= damaged.len());
    }
}
