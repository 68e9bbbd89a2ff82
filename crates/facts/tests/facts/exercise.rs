//! Asks everything of arbitrary bytes. The mutation test, the corpus replay and the fuzz targets share it: nothing may
//! panic, and every answer is bounded by the size of the input.

use std::sync::Arc;

use bytes::Bytes;
use sayso_facts::elf::{Image, Source, gnu_hash};
use sayso_facts::rpm;
use sayso_facts::script::Shebang;
use sayso_facts::{Binary, go, limits};

/// Symbols that are looked up by name; the rest are only read.
const LOOKUPS_MAX: usize = 64;

/// A file that hands out what it is asked for, as a world's open file does.
#[derive(Debug)]
struct Shown(Bytes);

impl Source for Shown {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn part(&self, start: u64, length: usize) -> Bytes {
        let start = usize::try_from(start)
            .unwrap_or(usize::MAX)
            .min(self.0.len());
        self.0
            .slice(start..start.saturating_add(length).min(self.0.len()))
    }
    fn whole(&self) -> Bytes {
        self.0.clone()
    }
}

/// An image says the same whether its file was read in pieces or as a whole.
pub(crate) fn in_pieces(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let pieces = Image::parse_in_pieces(Arc::new(Shown(bytes.clone())));
    let whole = Image::parse(bytes);
    let (Ok(pieces), Ok(whole)) = (&pieces, &whole) else {
        assert!(pieces.is_err() && whole.is_err());
        return;
    };
    assert_eq!(pieces.header(), whole.header());
    assert_eq!(pieces.segments(), whole.segments());
    assert_eq!(pieces.dynamic(), whole.dynamic());
    assert_eq!(pieces.file_size(), whole.file_size());
    assert_eq!(pieces.soname(), whole.soname());
    assert!(whole.soname().is_none_or(|name| pieces.soname_is(name)));
    assert_eq!(
        pieces.soname_is(b"libc.so.6"),
        whole.soname() == Some(b"libc.so.6")
    );
    assert_eq!(
        (pieces.rpath(), pieces.runpath(), pieces.interpreter()),
        (whole.rpath(), whole.runpath(), whole.interpreter())
    );
    // Few are enough to tell, and a damaged file may name one string of many bytes thousands of times.
    assert!(pieces.needed().take(64).eq(whole.needed().take(64)));
    assert_eq!(pieces.properties(), whole.properties());
    assert_eq!(pieces.symbol_count(), whole.symbol_count());
}

/// Every accessor of an image, and every iterator to its end.
pub(crate) fn elf_image(data: &[u8]) {
    in_pieces(data);
    let Ok(image) = Image::parse(data.to_vec().into()) else {
        assert!(!matches!(
            Binary::parse(data.to_vec().into()),
            Binary::Elf(_)
        ));
        return;
    };
    assert!(image.segments().len() <= limits::PROGRAM_HEADERS_MAX);
    let words = data.len() / 4;
    if let Some(dynamic) = image.dynamic() {
        assert!(dynamic.entries.len() <= words);
        assert!(dynamic.needed.len() <= dynamic.entries.len());
    }
    let texts = [
        image.interpreter(),
        image.soname(),
        image.rpath(),
        image.runpath(),
        image.build_id(),
    ];
    assert!(
        texts
            .into_iter()
            .flatten()
            .all(|text| text.len() <= data.len())
    );
    assert!(image.needed().count() <= words);
    for segment in image.segments() {
        if let Some(bytes) = image.at(segment.vaddr) {
            assert!(bytes.len() as u64 <= segment.filesz.max(data.len() as u64));
        }
        assert!(
            image.segment(segment.kind).is_some() && image.first_segment(segment.kind).is_some()
        );
    }
    symbols(&image);
    versions(&image, words);
    assert!(image.relocations().count() <= 3 * words);
    assert!(image.relocations_after_relative().count() <= image.relocations().count());
    assert!(image.relr_count() <= 64 * words as u64);
    assert_eq!(image.relr_addresses().count() as u64, image.relr_count());
    assert!(image.notes().count() <= words);
    assert!(image.dlopen_notes().len() <= words);
    let _ = (image.x86_isa_needed(), image.properties(), image.abi_tag());
    let _ = (image.header().machine_description(), image.class());
    let anomalies = image.anomalies();
    assert!(anomalies.len() <= limits::ANOMALIES_MAX);
    assert!(anomalies.iter().all(|anomaly| !anomaly.what.is_empty()));
}

fn symbols(image: &Image) {
    let count = image.symbol_count();
    assert!(count as usize <= image.bytes().len() / 16);
    assert_eq!(image.symbols().count(), count as usize);
    for (index, symbol) in image.symbols() {
        assert_eq!(image.symbol(index), Some(symbol));
        let _ = (
            symbol.bind(),
            symbol.kind(),
            symbol.visibility(),
            symbol.is_undefined(),
        );
        if let Some(version) = image.versym(index) {
            let _ = image.version_name(version);
        }
    }
    for (_, symbol) in image.symbols().take(LOOKUPS_MAX) {
        let name = image.string(symbol.name);
        for found in image.lookup(name, gnu_hash(name)) {
            let found = image.symbol(found);
            assert_eq!(found.map(|found| image.string(found.name)), Some(name));
        }
    }
    for index in [count, u32::MAX - 1, u32::MAX] {
        let _ = (
            image.symbol(index),
            image.versym(index),
            image.string(index),
        );
    }
    assert_eq!(
        image
            .lookup(b"", gnu_hash(b""))
            .take(3)
            .filter(|_| false)
            .count(),
        0
    );
}

fn versions(image: &Image, words: usize) {
    let needs = image.version_needs();
    assert!(needs.len() + needs.iter().map(|need| need.versions.len()).sum::<usize>() <= words);
    let definitions = image.version_definitions();
    assert!(
        definitions.len() + definitions.iter().map(|d| d.parents.len()).sum::<usize>() <= words
    );
    for need in needs {
        for version in &need.versions {
            assert!(image.version_meaning(version.index).is_some());
        }
    }
    for index in [0, 1, 0x7fff, 0x8000, 0xffff] {
        let _ = image.version_name(index);
    }
}

/// Everything that a file says of Go, and every list to its end. Names are counted, because a small file can hold many long ones.
pub(crate) fn go_program(data: &[u8]) {
    for program in go::MachProgram::of(data) {
        let held = program.offered_hashes.iter();
        assert!(held.map(|h| h.package.len()).sum::<usize>() <= 8 * data.len());
    }
    let Ok(image) = Image::parse(data.to_vec().into()) else {
        return;
    };
    let Some(program) = go::Program::of(&image) else {
        return;
    };
    let hashes = &program.package_hashes;
    let held: usize = hashes
        .iter()
        .map(|h| h.package.len() + h.link_hash.0.len())
        .sum();
    let offered: usize = program
        .offered_hashes
        .iter()
        .map(|h| h.package.len() + h.hash.0.len())
        .sum();
    let shown =
        |export: &go::Export| export.name.len() + export.go_type.as_ref().map_or(0, String::len);
    let exports: usize = program.exports.iter().map(shown).sum();
    let sources = program.sources();
    let files: usize = sources
        .iter()
        .flat_map(|source| &source.files)
        .map(String::len)
        .sum();
    // Replacement characters take three bytes where the file has one.
    for length in [held, offered, exports, files] {
        assert!(length <= 8 * data.len());
    }
    for hash in hashes.iter().take(LOOKUPS_MAX) {
        let _ = program.offered_hash(&hash.package);
    }
    for export in program.exports.iter().take(LOOKUPS_MAX) {
        let _ = program.export_type(&export.name);
    }
    for name in ["int", "leaf.Shape", ""] {
        assert!(program.named_types(name).len() <= limits::GO_NAMESAKES_MAX);
    }
    for offset in [0, 8, 424, 560, 1 << 40, u64::MAX] {
        let _ = program.module_word(offset);
    }
    assert!(program.size_differences(&program).is_empty() || image.symbol_count() > 0);
    if let Some(info) = &program.build_info {
        let _ = info.module_of_package("example.com/a/b");
        assert!(info.settings.len() <= data.len());
    }
}

/// A database of rpm's and SQLite's log beside it, from one input: at its end may stand the log, `WAL!` and the log's length.
pub(crate) fn database_and_log(data: &[u8]) -> (Bytes, Bytes) {
    let data = Bytes::copy_from_slice(data);
    let (rest, end) = data.split_at(data.len().saturating_sub(8));
    if let Some(length) = end.strip_prefix(b"WAL!")
        && let Some(length) = length.first_chunk()
        && let Some(start) = rest.len().checked_sub(u32::from_le_bytes(*length) as usize)
    {
        return (data.slice(..start), data.slice(start..rest.len()));
    }
    (data, Bytes::new())
}

/// Every package of a database of rpm's, every tag that is asked for, and every file.
pub(crate) fn rpmdb(data: &[u8]) {
    use rpm::tag;
    let (database, log) = database_and_log(data);
    let (mut count, mut entries, mut texts) = (0, 0, 0);
    let told = rpm::packages(&database, &log, |header| {
        count += 1;
        let tags = [
            tag::NAME,
            tag::VERSION,
            tag::RELEASE,
            tag::EPOCH,
            tag::VENDOR,
            tag::LICENSE,
            tag::ARCH,
            tag::SOURCE_RPM,
            tag::FILE_DIGEST_ALGORITHM,
        ];
        for tag in tags {
            texts += header.text(tag).map_or(0, <[u8]>::len);
            entries += header.numbers(tag).count();
        }
        let files = header.files();
        entries += files
            .inspect(|file| assert!(file.folder.len().max(file.name.len()) <= data.len()))
            .count();
    });
    // No byte of a database is in two headers, and the tags above are few.
    assert!(count <= limits::RPM_PACKAGES_MAX.min(data.len() / 8));
    assert!(entries <= 12 * data.len() && texts <= 12 * data.len());
    if let Err(fault) = told {
        assert!(!fault.to_string().is_empty());
    }
}

/// A `#!` line, and what else the bytes may be.
pub(crate) fn shebang(data: &[u8]) {
    let binary = Binary::parse(data.to_vec().into());
    let Some(line) = Shebang::parse(data) else {
        assert!(!matches!(binary, Binary::Script(_)));
        return;
    };
    assert!(matches!(binary, Binary::Script(_)));
    let argument = line.argument.as_deref().unwrap_or_default();
    assert!(line.interpreter.len() + argument.len() <= limits::SHEBANG_BYTES_MAX - 2);
    assert!(!line.interpreter.contains(&0) || line.refusal.is_some());
    assert!(!argument.contains(&b'\n') && !argument.contains(&0));
    if line.refusal.is_none() {
        assert!(
            !line
                .interpreter
                .iter()
                .any(|&byte| matches!(byte, b' ' | b'\t' | b'\n'))
        );
        // Reading the first 256 bytes is reading the file.
        let head = &data[..data.len().min(limits::SHEBANG_BYTES_MAX)];
        let again = Shebang::parse(head).expect("begins alike");
        assert_eq!(
            (again.interpreter, again.argument),
            (line.interpreter, line.argument)
        );
    }
}
