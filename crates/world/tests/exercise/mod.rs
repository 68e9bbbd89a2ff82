//! Asks everything of arbitrary configuration files. The corpus replay and the fuzz targets share it: nothing may panic,
//! and every answer is bounded by the size of the input.

use sayso_world::config::{LdSoCache, LdSoConf, ld_so_preload};
use sayso_world::identify::{identify, release_of_file_name};
use sayso_world::memory::Memory;
use sayso_world::{Machine, TargetPath, limits};

/// Names that are looked up; the rest are only read.
const LOOKUPS_MAX: usize = 64;

/// `/etc/ld.so.cache` in both byte orders.
pub(crate) fn ld_so_cache(data: &[u8]) {
    for big_endian in [false, true] {
        let Ok(cache) = LdSoCache::parse(data.to_vec().into(), big_endian) else {
            continue;
        };
        assert!(cache.len() <= data.len() / 12);
        assert!(cache.entries().count() <= cache.len());
        assert!(cache.generator().len() <= data.len());
        assert!(cache.hwcaps_names().count() <= data.len() / 4);
        for entry in cache.entries() {
            assert!(entry.key.len() <= data.len() && entry.value.len() <= data.len());
            assert_eq!(cache.entry(entry.index), Some(entry));
            if entry.is_glibc_hwcaps() {
                let _ = (cache.hwcaps_name(entry.hwcaps_index()), entry.isa_level());
            }
        }
        for entry in cache.entries().take(LOOKUPS_MAX) {
            assert!(cache.lookup(entry.key).count() <= cache.len());
        }
    }
}

/// `/etc/ld.so.conf`, and what it may include: the text behind the first NUL is another file.
pub(crate) fn ld_so_conf(data: &[u8]) {
    let (first, second) = match data.iter().position(|&byte| byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &data[..0]),
    };
    let mut world = Memory::new(Machine::default());
    world.file("/etc/ld.so.conf", first.to_vec());
    world.file("/etc/ld.so.conf.d/a.conf", second.to_vec());
    let conf = LdSoConf::load(&world, &TargetPath::new("/etc/ld.so.conf"));
    assert!(conf.files.len() <= limits::CONF_FILES_MAX);
    assert!(conf.directories.len() <= limits::CONF_FILES_MAX * (data.len() + 1));
    assert_eq!(conf.paths().count(), conf.directories.len());
    let names = ld_so_preload::names(data);
    assert!(names.iter().map(Vec::len).sum::<usize>() <= data.len());
}

/// A loader's own file.
pub(crate) fn loader_file(data: &[u8]) {
    let mut found = identify(data);
    found.learn_release(data);
    assert!(found.vendor.len() <= data.len());
    assert!(found.system_directories.len() <= data.len());
    let _ = release_of_file_name(data);
}
