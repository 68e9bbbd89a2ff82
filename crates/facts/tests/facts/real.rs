//! Real files of this machine: the facts do not depend on section headers, and agree with readelf.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sayso_facts::elf::{Class, Image, gnu_hash, stb};

/// Files that a test looks at; all of a big system would take a minute.
const FILES_MAX: usize = 150;
/// Files larger than this are left to the census of the lab.
const FILE_BYTES_MAX: u64 = 4 << 20;

fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/bin",
    ] {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        let elf = paths.into_iter().filter_map(|path| {
            let data = std::fs::symlink_metadata(&path).ok()?;
            (data.is_file() && data.len() <= FILE_BYTES_MAX).then_some(())?;
            let bytes = std::fs::read(&path).ok()?;
            bytes.starts_with(b"\x7fELF").then_some((path, bytes))
        });
        files.extend(elf.take(FILES_MAX / 2));
    }
    if files.is_empty() {
        eprintln!("SKIPPED: no folder of libraries on this machine");
    }
    files
}

/// Everything that a file says, as text.
fn facts(image: &Image) -> String {
    let mut text = String::new();
    let mut line = |part: &dyn std::fmt::Debug| writeln!(text, "{part:?}").expect("a String");
    line(&(image.segments(), image.dynamic()));
    line(&(
        image.interpreter(),
        image.soname(),
        image.rpath(),
        image.runpath(),
    ));
    line(&image.needed().collect::<Vec<_>>());
    line(
        &image
            .symbols()
            .map(|(i, s)| (s, image.string(s.name), image.versym(i)))
            .collect::<Vec<_>>(),
    );
    line(&(image.version_needs(), image.version_definitions()));
    line(&(image.relocations().collect::<Vec<_>>(), image.relr_count()));
    line(&(
        image.properties(),
        image.abi_tag(),
        image.build_id(),
        image.dlopen_notes(),
    ));
    text
}

#[test]
fn section_headers_do_not_matter() {
    for (path, mut bytes) in files() {
        let with = Image::parse(bytes.clone().into()).expect("an ELF file");
        let header = with.header();
        let start = usize::try_from(header.shoff).unwrap();
        bytes[start..start + usize::from(header.shnum) * usize::from(header.shentsize)].fill(0);
        let (offset, word, counts) = if header.class == Class::Elf64 {
            (40, 8, 58)
        } else {
            (32, 4, 46)
        };
        bytes[offset..offset + word].fill(0);
        bytes[counts..counts + 6].fill(0);
        let without = Image::parse(bytes.into()).expect("an ELF file");
        assert!(facts(&with) == facts(&without), "{}", path.display());
    }
}

#[test]
fn pieces_say_what_the_whole_says() {
    for (_, bytes) in files() {
        crate::exercise::in_pieces(&bytes);
    }
}

#[test]
fn every_exported_symbol_is_found_by_its_name() {
    let mut symbols = 0;
    for (path, bytes) in files() {
        let image = Image::parse(bytes.into()).expect("an ELF file");
        for (index, symbol) in image
            .symbols()
            .filter(|(_, s)| !s.is_undefined() && s.bind() != stb::LOCAL)
        {
            let name = image.string(symbol.name);
            let found = image
                .lookup(name, gnu_hash(name))
                .any(|found| found == index);
            assert!(found, "{}: {}", path.display(), name.escape_ascii());
            symbols += 1;
        }
    }
    eprintln!("{symbols} symbols");
}

/// `NEEDED`, `SONAME` … and the names of the dynamic symbols, as readelf prints them.
fn readelf(path: &Path) -> Option<(Vec<String>, usize)> {
    let output = Command::new("readelf")
        .args(["-dW", "--dyn-syms"])
        .arg(path)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tags = ["(NEEDED)", "(SONAME)", "(RPATH)", "(RUNPATH)"];
    let named = text
        .lines()
        .filter(|line| tags.iter().any(|tag| line.contains(tag)));
    let names =
        named.filter_map(|line| Some(line.split_once('[')?.1.strip_suffix(']')?.to_owned()));
    let count = text
        .split_once("Symbol table '.dynsym' contains ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    Some((names.collect(), count.unwrap_or(0)))
}

#[test]
fn readelf_agrees() {
    for (path, bytes) in files().into_iter().step_by(5) {
        let Some((mut names, count)) = readelf(&path) else {
            eprintln!("SKIPPED: no readelf");
            return;
        };
        let image = Image::parse(bytes.into()).expect("an ELF file");
        let single = [image.soname(), image.rpath(), image.runpath()];
        let ours = image.needed().chain(single.into_iter().flatten());
        let mut ours: Vec<String> = ours
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        names.sort();
        ours.sort();
        assert_eq!(ours, names, "{}", path.display());
        assert_eq!(image.symbol_count() as usize, count, "{}", path.display());
    }
}

#[test]
fn sound_files_have_no_anomalies() {
    for (path, bytes) in files() {
        let image = Image::parse(bytes.into()).expect("an ELF file");
        assert_eq!(image.anomalies(), [], "{}", path.display());
    }
}
