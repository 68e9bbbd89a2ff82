//! Configuration files, asked of this system's own loader and `ldconfig`. Where a tool or a right is missing, the test says so
//! on stderr and passes.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::{Folder, Random, skip};
use sayso_world::config::{LdSoCache, LdSoConf, ld_so_cache, ld_so_preload};
use sayso_world::live::Live;

/// Copies a file of this machine to the same place below the folder.
fn copy(folder: &Folder, file: &str) -> bool {
    let to = folder.0.join(file.trim_start_matches('/'));
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(file, to).is_ok()
}

/// `ldconfig -p` of a cache file, as (name, path) lines.
fn printed(cache: &Path) -> Option<Vec<(String, String)>> {
    let output = Command::new("ldconfig")
        .arg("-p")
        .arg("-C")
        .arg(cache)
        .output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    let entry = |line: &str| {
        let (name, path) = line.strip_prefix('\t')?.split_once(" => ")?;
        Some((name.split(" (").next()?.to_string(), path.to_string()))
    };
    Some(text.lines().filter_map(entry).collect())
}

fn ours(cache: &LdSoCache) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    cache
        .entries()
        .map(|e| (text(e.key), text(e.value)))
        .collect()
}

#[test]
fn every_entry_of_every_cache_format_is_what_ldconfig_prints() {
    let folder = Folder::new("cache");
    for format in ["new", "old", "compat"] {
        let file = folder.0.join(format);
        let made = Command::new("ldconfig")
            .args(["-X", "-c", format, "-C"])
            .arg(&file)
            .status();
        if !made.is_ok_and(|status| status.success()) || !file.exists() {
            return skip("ldconfig cannot make a cache");
        }
        let cache = LdSoCache::parse(std::fs::read(&file).unwrap().into(), false).unwrap();
        assert_eq!(cache.is_new_format(), format != "old");
        let theirs = printed(&file).unwrap();
        assert!(
            theirs.len() > 5,
            "ldconfig -p prints {} entries",
            theirs.len()
        );
        assert_eq!(ours(&cache), theirs, "{format}");
        for entry in cache.entries() {
            let found: Vec<usize> = cache.lookup(entry.key).map(|e| e.index).collect();
            assert!(found.contains(&entry.index), "{entry:?}: {found:?}");
            assert!(cache.lookup(entry.key).all(|e| e.key == entry.key));
        }
        assert_eq!(cache.lookup(b"libno-such-library.so.7").count(), 0);
    }
}

#[test]
fn a_cache_with_hwcaps() {
    let folder = Folder::new("hwcaps");
    let Some(libz) = [
        "/lib/x86_64-linux-gnu/libz.so.1",
        "/lib64/libz.so.1",
        "/usr/lib/libz.so.1",
    ]
    .into_iter()
    .find(|path| Path::new(path).exists()) else {
        return skip("no libz to copy");
    };
    for sub in ["", "glibc-hwcaps/x86-64-v2/", "glibc-hwcaps/x86-64-v3/"] {
        let directory = folder.0.join("opt").join(sub);
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::copy(libz, directory.join("libz.so.1")).unwrap();
    }
    let conf = folder.0.join("ld.so.conf");
    std::fs::write(&conf, folder.0.join("opt").as_os_str().as_encoded_bytes()).unwrap();
    let file = folder.0.join("cache");
    let made = Command::new("ldconfig")
        .args(["-X", "-f"])
        .arg(&conf)
        .arg("-C")
        .arg(&file)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return skip("ldconfig cannot make a cache");
    }
    let cache = LdSoCache::parse(std::fs::read(&file).unwrap().into(), false).unwrap();
    let names: Vec<_> = cache.hwcaps_names().flatten().collect();
    if names.is_empty() {
        return skip("this ldconfig knows no glibc-hwcaps");
    }
    assert_eq!(names, [b"x86-64-v2", b"x86-64-v3"]);
    assert!(
        cache.generator().starts_with(b"ldconfig "),
        "{:?}",
        cache.generator()
    );
    let found: Vec<_> = cache.lookup(b"libz.so.1").collect();
    assert!(found.len() >= 3, "{found:?}");
    let order: Vec<_> = found
        .iter()
        .map(|entry| {
            entry
                .is_glibc_hwcaps()
                .then(|| cache.hwcaps_name(entry.hwcaps_index()).unwrap())
        })
        .collect();
    // The loader relies on the named ones coming first.
    assert!(
        order[0].is_some() && order[1].is_some() && order[2..].iter().all(Option::is_none),
        "{order:?}"
    );
    for entry in found {
        let directory = cache.hwcaps_name(entry.hwcaps_index());
        if entry.is_glibc_hwcaps() {
            let path = String::from_utf8_lossy(entry.value).into_owned();
            assert!(
                path.contains(std::str::from_utf8(directory.unwrap()).unwrap()),
                "{path}"
            );
        }
    }
}

#[test]
fn this_systems_cache_is_not_stale_about_what_it_names() {
    let world = Live::new();
    let Some(cache) = LdSoCache::load(&world, &"/etc/ld.so.cache".into(), false) else {
        return skip("no /etc/ld.so.cache");
    };
    let conf = LdSoConf::load(&world, &"/etc/ld.so.conf".into());
    assert_eq!(conf.faults, []);
    let directories: Vec<_> = conf.paths().cloned().collect();
    let stale = ld_so_cache::stale_cache(&world, &cache.unwrap(), &directories);
    let exists = |path: &sayso_world::TargetPath| Path::new(&path.to_string()).exists();
    assert!(!stale.vanished.iter().any(exists), "{:?}", stale.vanished);
    assert!(stale.uncached.iter().all(exists), "{:?}", stale.uncached);
}

/// What the real loader complains about when nothing that `/etc/ld.so.preload` names exists.
fn preloaded_by_the_real_loader(root: &Path, text: &[u8]) -> BTreeSet<Vec<u8>> {
    std::fs::write(root.join("etc/ld.so.preload"), text).unwrap();
    let output = Command::new("chroot")
        .arg(root)
        .arg("/bin/true")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{output:?} for {:?}",
        text.escape_ascii().to_string()
    );
    let mut rest = output.stderr.as_slice();
    let mut names = BTreeSet::new();
    let (before, after) = (
        b"ERROR: ld.so: object '".as_slice(),
        b"' from /etc/ld.so.preload".as_slice(),
    );
    let find = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|w| w == what);
    while let Some(at) = find(rest, before) {
        rest = &rest[at + before.len()..];
        let end = find(rest, after).expect("the message goes on");
        names.insert(rest[..end].to_vec());
    }
    names
}

#[test]
fn preload_files_are_read_as_the_real_loader_reads_them() {
    let folder = Folder::new("preload");
    std::fs::create_dir_all(folder.0.join("etc")).unwrap();
    let libraries = Command::new("ldd").arg("/bin/true").output();
    let listing = libraries.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let listing = listing.unwrap_or_default();
    let files = listing
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    let copied = files.filter(|file| copy(&folder, file)).count();
    if copied < 2 || !copy(&folder, "/bin/true") {
        return skip("no /bin/true with its libraries to copy");
    }
    if !Command::new("chroot")
        .arg(&folder.0)
        .arg("/bin/true")
        .status()
        .is_ok_and(|s| s.success())
    {
        return skip("chroot is not allowed");
    }
    let mut random = Random(7);
    let alphabet = b"abcd#::  \n\n\t/.";
    for _ in 0..400 {
        let length = 1 + random.below(40);
        let text: Vec<u8> = (0..length)
            .map(|_| alphabet[random.below(alphabet.len())])
            .collect();
        let mut ours: BTreeSet<Vec<u8>> = ld_so_preload::names(&text).into_iter().collect();
        // Directories that are there get another message, but the same frame.
        ours.retain(|name| !name.is_empty());
        let theirs = preloaded_by_the_real_loader(&folder.0, &text);
        assert_eq!(ours, theirs, "{:?}", text.escape_ascii().to_string());
    }
}
