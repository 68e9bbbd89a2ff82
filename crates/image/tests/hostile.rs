//! Hostile input: each ends in a clear refusal or a bounded success, within 60 seconds and 512 MB, and touches nothing else.
//!
//! What is big is opened in a child process, so that its peak memory can be read off the operating system.

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Layout, Stored, Tar, folder, gzip, gzipped, layer_refusal, refusal, sealed, sha256};
use sayso_image::{Options, open, open_bytes};

const SECONDS_MAX: u64 = 60;
const MEMORY_KIB_MAX: u64 = 512 * 1024;
const CHILD_FILE: &str = "SAYSO_IMAGE_TEST_FILE";

/// What opening a file came to, in words, with its cost told and held to the limits. Processor time is what is held: the tests of
/// a loaded machine wait for it.
fn measured(path: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_opens_a_file", "--nocapture"])
        .env(CHILD_FILE, path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |start: &str| {
        let line = text.lines().find_map(|line| line.split_once(start));
        line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
            .1
            .to_owned()
    };
    let kib: u64 = line("peak KiB: ").parse().unwrap();
    let ticks: u64 = line("ticks: ").parse().unwrap();
    let outcome = line("outcome: ");
    let name = path.file_name().unwrap().display();
    println!("{name}: {ticks}0 ms, {} MiB: {outcome}", kib / 1024);
    assert!(ticks < SECONDS_MAX * 100, "{ticks}0 ms");
    assert!(kib < MEMORY_KIB_MAX, "{kib} KiB");
    outcome
}

#[test]
fn child_opens_a_file() {
    let Some(path) = std::env::var_os(CHILD_FILE) else {
        return;
    };
    let outcome = match open(path.as_ref(), &Options::default()) {
        Ok(image) => {
            let files = image.tree.files().count();
            format!("opened with {files} files")
        }
        Err(refusal) => refusal.to_string(),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    // proc(5): utime and stime are the 12th and 13th behind the name, in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    println!("\noutcome: {outcome}\npeak KiB: {peak}\nticks: {ticks}");
}

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder(name).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A gzip file whose inflated contents come in pieces, without ever being in memory as a whole.
struct Gzip(flate2::write::GzEncoder<std::io::BufWriter<std::fs::File>>);

impl Gzip {
    fn create(path: &Path) -> Gzip {
        let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
        Gzip(flate2::write::GzEncoder::new(
            file,
            flate2::Compression::fast(),
        ))
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }
    fn finish(self) {
        self.0.finish().unwrap().flush().unwrap();
    }
}

/// A zstd frame of one block of bytes and then of repeated zeros: four bytes for each 128 KiB.
fn zstd_of_zeros(first: &[u8], zeros: u64) -> Vec<u8> {
    // Window of 128 KiB (exponent 7), no content size, no checksum.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];
    let mut block = |last: bool, kind: u32, size: u32, contents: &[u8]| {
        let header = u32::from(last) | kind << 1 | size << 3;
        bytes.extend_from_slice(&header.to_le_bytes()[..3]);
        bytes.extend_from_slice(contents);
    };
    block(false, 0, first.len() as u32, first);
    let blocks = zeros / (128 << 10);
    for number in 0..blocks {
        block(number + 1 == blocks, 1, 128 << 10, &[0]);
    }
    bytes
}

/// The header of a file that is so big.
fn giant(size: u64) -> Vec<u8> {
    Tar::new().header(b'0', b"giant", b"", 0o644, size).0
}

#[test]
fn bombs() {
    // 2 MiB that come to 64 GiB, as the one layer of an image and as an archive of their own.
    let bomb = zstd_of_zeros(&giant(64 << 30), 64 << 30);
    assert!(bomb.len() < 3 << 20);
    let layer = Stored {
        bytes: bomb.clone(),
        diff_id: sha256(b""),
        media_type: "application/vnd.oci.image.layer.v1.tar+zstd".into(),
    };
    let image = Layout::default().with(&[layer], "linux/amd64").archive();
    for (name, bytes) in [("zstd-bomb", bomb), ("zstd-bomb-layer", image)] {
        let outcome = measured(&written(name, &bytes));
        assert!(
            outcome.contains("more than 250 times its size"),
            "{outcome}"
        );
    }
    // gzip in gzip: what is repeated is repeated again.
    let best = flate2::Compression::best();
    let mut zeros = flate2::write::GzEncoder::new(Vec::new(), best);
    zeros.write_all(&vec![0; 16 << 20]).unwrap();
    let zeros = zeros.finish().unwrap();
    let mut bomb = gzip(&giant(8 << 30));
    for _ in 0..40 {
        bomb.extend_from_slice(&zeros);
    }
    let outcome = measured(&written("gzip-bomb", &bomb));
    assert!(
        outcome.contains("more than 250 times its size"),
        "{outcome}"
    );
    // As a member of a compressed archive of an image.
    let name = format!("{}/layer.tar", "0".repeat(64));
    let nested = gzip(&Tar::new().file(&name, 0o644, &bomb).end());
    let outcome = measured(&written("gzip-bomb-within", &nested));
    assert!(
        outcome.contains("more than 250 times its size"),
        "{outcome}"
    );
    let zeros = common::xz(&vec![0; 16 << 20]);
    let mut bomb = common::xz(&giant(8 << 30));
    for _ in 0..40 {
        bomb.extend_from_slice(&zeros);
    }
    let outcome = measured(&written("xz-bomb", &bomb));
    assert!(
        outcome.contains("more than 250 times its size"),
        "{outcome}"
    );
}

#[test]
fn decoders_with_huge_windows() {
    // zstd: exponent 31 is a window of 2 TiB. xz: dictionary size 40 is 4 GiB.
    let mut wide = zstd_of_zeros(&giant(1), 128 << 10);
    wide[5] = 31 << 3;
    assert!(refusal(wide).to_string().contains("window"));
    // Both sides of the limit: 128 MiB (exponent 17), and the step above it.
    for (exponent, fits) in [(17, true), (18, false)] {
        let mut bytes = zstd_of_zeros(&Tar::new().file("x", 0o644, b"").end(), 128 << 10);
        bytes[5] = exponent << 3;
        let outcome = measured(&written("zstd-window", &bytes));
        assert_eq!(outcome == "opened with 1 files", fits, "{outcome}");
    }
    let mut xz = common::xz(&Tar::new().file("x", 0o644, b"").end());
    // Block header behind the stream's 12 bytes: size, flags, filter 0x21, one property byte, …, CRC32.
    let length = (usize::from(xz[12]) + 1) * 4;
    assert_eq!(xz[14..16], [0x21, 1]);
    xz[16] = 40;
    let mut crc = flate2::Crc::new();
    crc.update(&xz[12..12 + length - 4]);
    xz[12 + length - 4..12 + length].copy_from_slice(&crc.sum().to_le_bytes());
    let outcome = measured(&written("xz-dictionary", &xz));
    assert!(
        outcome.contains("the memory of an xz decoder in KiB exceeds the limit"),
        "{outcome}"
    );
}

#[test]
fn many_frames_members_and_headers() {
    // A million empty zstd frames, skippable frames and gzip members before the archive.
    let tar = Tar::new().file("x", 0o644, b"").end();
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0];
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
    let member = gzip(b"");
    for (name, unit, archive) in [
        ("zstd-frames", frame.as_slice(), common::zstd(&tar)),
        ("zstd-skippable", &skippable, common::zstd(&tar)),
        ("gzip-members", &member, gzip(&tar)),
    ] {
        let mut bytes = unit.repeat(1_000_000);
        bytes.extend_from_slice(&archive);
        assert_eq!(measured(&written(name, &bytes)), "opened with 1 files");
    }
    // Headers that describe the next one, without end.
    let mut gz = Gzip::create(&folder("endless-headers").join("endless-headers"));
    let pax = Tar::new().pax(&[("path", b"x")]).0.repeat(1000);
    for _ in 0..300 {
        gz.write(&pax);
    }
    gz.finish();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("endless-headers/endless-headers");
    measured(&path);
}

/// A layer with so many files, from a writer of their headers.
fn many(name: &str, count: u32, header: impl Fn(u32) -> Vec<u8>) -> String {
    let path = folder(name).join(name);
    let mut gz = Gzip::create(&path);
    for number in 0..count {
        gz.write(&header(number));
    }
    gz.write(&[0; 1024]);
    gz.finish();
    measured(&path)
}

#[test]
fn a_million_entries() {
    let file = |number: u32| {
        let path = format!(
            "usr/share/{}/{}/file-{number}",
            number / 10_000,
            number / 100
        );
        Tar::new().header(b'0', path.as_bytes(), b"", 0o644, 0).0
    };
    let outcome = many("million-files", 1_000_000, file);
    // Folders were made for them: 100 and 10,000 and three above.
    assert_eq!(outcome, "opened with 1010102 files");
    // The costliest entries: folders with one folder in each.
    let folder = |number: u32| {
        let path = format!("{}/{number}/", number / 100);
        Tar::new().header(b'5', path.as_bytes(), b"", 0o755, 0).0
    };
    let outcome = many("million-folders", 990_000, folder);
    // And 9,900 above them.
    assert_eq!(outcome, "opened with 999900 files");
    // And in the order that is worst for a sorted list.
    let backwards = |number: u32| {
        let path = format!("{:07}", 200_000 - number);
        Tar::new().header(b'2', path.as_bytes(), b"x", 0o755, 0).0
    };
    assert_eq!(
        many("many-backwards", 200_000, backwards),
        "opened with 200000 files"
    );
}

#[test]
fn folders_that_nobody_wrote_count_too() {
    // Each entry makes two thousand folders on its way.
    let deep = |number: u32| {
        let path = format!("{number}{}", "/d".repeat(1900));
        Tar::new()
            .pax(&[("path", path.as_bytes())])
            .header(b'0', b"x", b"", 0o644, 0)
            .0
    };
    let outcome = many("implied-folders", 10_000, deep);
    assert!(
        outcome.contains("folders that no entry stands for"),
        "{outcome}"
    );
}

#[test]
fn programs_without_end() {
    // Stored, not compressed, so that no ratio tells: 16 MiB of ELF file a time, until the memory for them is used up.
    let mut contents = b"\x7fELF".to_vec();
    contents.resize(16 << 20, 0x5a);
    for (count, fits) in [(28, false), (27, true)] {
        let name = format!("programs-{count}");
        let path = folder(&name).join(&name);
        let file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        let mut gz = Gzip(flate2::write::GzEncoder::new(
            file,
            flate2::Compression::none(),
        ));
        for number in 0..count {
            let header =
                Tar::new().header(b'0', format!("{number}").as_bytes(), b"", 0o755, 16 << 20);
            gz.write(&header.0);
            gz.write(&contents);
        }
        gz.write(&[0; 1024]);
        gz.finish();
        let outcome = measured(&path);
        assert_eq!(outcome == "opened with 27 files", fits, "{outcome}");
        assert_eq!(
            outcome.contains("programs and libraries"),
            !fits,
            "{outcome}"
        );
    }
}

#[test]
fn deep_paths() {
    // 20,000 levels in one name: GNU's long name and PAX.
    let path = "d/".repeat(20_000);
    let gnu = Tar::new()
        .header(b'L', b"././@LongLink", b"", 0o644, path.len() as u64)
        .raw(path.as_bytes())
        .directory("d");
    let outcome = layer_refusal(gnu);
    assert!(outcome.contains("exceeds the limit of 4097"), "{outcome}");
    let outcome = layer_refusal(Tar::new().pax(&[("path", path.as_bytes())]).directory("d"));
    assert!(outcome.contains("more than Linux takes"), "{outcome}");
    // The longest that Linux takes, and one more; the longest name, and one more.
    for (length, fits) in [(4094, true), (4095, false)] {
        let mut path = "d/".repeat(2047);
        path.truncate(length);
        let tar = Tar::new()
            .pax(&[("path", path.as_bytes())])
            .directory("d")
            .end();
        let opened = open_bytes("t".as_ref(), tar.into(), &Options::default());
        assert_eq!(opened.is_ok(), fits || path.ends_with('/'), "{length}");
    }
    for (length, fits) in [(255, true), (256, false)] {
        let name = "n".repeat(length);
        let tar = Tar::new()
            .pax(&[("path", name.as_bytes())])
            .directory("d")
            .end();
        let opened = open_bytes("t".as_ref(), tar.into(), &Options::default());
        assert_eq!(opened.is_ok(), fits, "{length}");
    }
}

#[test]
fn links_that_lead_far_around() {
    // Each of 39 links leads through 1,900 folders and then to the next; every entry goes all the way, by turns to two ends.
    let path = folder("far-links").join("far-links");
    let mut gz = Gzip::create(&path);
    for number in 0..39 {
        let text = format!("{}{}", "./".repeat(1900), number + 1);
        gz.write(
            &Tar::new()
                .pax(&[("linkpath", text.as_bytes())])
                .symlink(&number.to_string(), "")
                .0,
        );
    }
    gz.write(&Tar::new().directory("39/a/").directory("39/b/").0);
    for number in 0..300_000 {
        let side = if number % 2 == 0 { "a" } else { "b" };
        gz.write(&Tar::new().file(&format!("0/{side}/f"), 0o644, b"").0);
    }
    gz.finish();
    let outcome = measured(&path);
    assert!(outcome.contains("links"), "{outcome}");
}

#[test]
fn opaque_again_and_again() {
    let path = folder("opaque-again").join("opaque-again");
    let mut tar = Tar::new().directory("d/");
    for number in 0..100_000 {
        tar = tar.file(&format!("d/{number}"), 0o644, b"");
    }
    let opaque = Tar::new()
        .file("d/.wh..wh..opq", 0o644, b"")
        .file(".wh.d", 0o644, b"")
        .0;
    for _ in 0..50_000 {
        tar.0.extend_from_slice(&opaque);
    }
    let image = Layout::default().with(&[gzipped(&tar.end())], "linux/amd64");
    std::fs::write(&path, image.archive()).unwrap();
    assert_eq!(measured(&path), "opened with 100001 files");
}

#[test]
fn sparse_giants() {
    // GNU: a file of 8 EiB with one piece of ten bytes.
    let mut block = [0u8; 512];
    block.copy_from_slice(&Tar::new().header(b'S', b"giant", b"", 0o755, 10).0);
    block[257..265].copy_from_slice(b"ustar  \0");
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(386, "00000000000\0");
    put(398, "00000000012\0");
    let mut huge = block;
    huge[483..495].copy_from_slice(&[
        0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ]);
    let tar = Tar::new().raw(&sealed(huge)).raw(b"\x7fELF234567").end();
    let image = open_bytes("t".as_ref(), tar.into(), &Options::default()).unwrap();
    let stat = sayso_world::World::lookup(&image.tree, &"/giant".into()).unwrap();
    assert_eq!(stat.size, i64::MAX as u64);
    let head = sayso_world::World::read(&image.tree, &stat).unwrap();
    assert_eq!(
        (head.len(), &head[..12]),
        (4096, b"\x7fELF234567\0\0".as_slice())
    );
    // Pieces that lie on one another, or outside, or are more than what is stored.
    for (offset, length, size) in [
        ("77777777777", "12", "100"),
        ("0", "13", "100"),
        ("0", "12", "5"),
    ] {
        let mut wrong = block;
        wrong[386..398].copy_from_slice(format!("{offset:0>11}\0").as_bytes());
        wrong[398..410].copy_from_slice(format!("{length:0>11}\0").as_bytes());
        wrong[483..495].copy_from_slice(format!("{size:0>11}\0").as_bytes());
        let outcome = layer_refusal(Tar::new().raw(&sealed(wrong)).raw(&[1; 10]));
        assert!(outcome.contains("pieces of a sparse file"), "{outcome}");
    }
    // PAX 1.0: the map in front, with too many pieces.
    let tar = |map: &str| {
        Tar::new()
            .pax(&[
                ("GNU.sparse.major", b"1"),
                ("GNU.sparse.minor", b"0"),
                ("GNU.sparse.name", b"sparse"),
                ("GNU.sparse.realsize", b"1000"),
            ])
            .header(b'0', b"x", b"", 0o755, 512 + 10)
            .raw(map.as_bytes())
            .raw(b"\x7fELF234567")
    };
    let image = open_bytes(
        "t".as_ref(),
        tar("1\n90\n10\n").end().into(),
        &Options::default(),
    )
    .unwrap();
    let stat = sayso_world::World::lookup(&image.tree, &"/sparse".into()).unwrap();
    let bytes = sayso_world::World::read(&image.tree, &stat).unwrap();
    assert_eq!(
        (stat.size, bytes.len(), &bytes[90..94]),
        (1000, 1000, b"\x7fELF".as_slice())
    );
    for (map, words) in [
        ("65537\n", "pieces of a sparse file exceeds"),
        ("1\nx\n", "not well formed"),
        ("2\n90\n10\n50\n0\n", "do not fit"),
    ] {
        let outcome = layer_refusal(tar(map));
        assert!(outcome.contains(words), "{map}: {outcome}");
    }
}
