//! `sayso/snapshot/v1`: a machine as its loader met it, to be asked again elsewhere. `schemas/snapshot.v1.json` tells every field.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;

use bytes::Bytes;
use sayso_advice::limits::{SNAPSHOT_FILES_BYTES_MAX, SNAPSHOT_KEPT_BYTES_MAX};
use sayso_world::snapshot::{Content, Record, Snapshot};
use sayso_world::{
    Architecture, Cpu, Credentials, Entry, Errno, FileId, FileKind, FileStat, LegacyPlatform,
    Machine, TargetPath,
};
use serde::{Deserialize, Serialize};

use super::base64;

const SCHEMA: &str = "sayso/snapshot/v1";

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    sayso: String,
    asked: Vec<String>,
    machine: MachineRow,
    files: Vec<FileRow>,
    views: Vec<ViewRow>,
    unknown_users: Vec<Who>,
}

#[derive(Serialize, Deserialize)]
struct MachineRow {
    architecture: String,
    runs_32bit: bool,
    cpu_level: u8,
    cpu_platform: Option<String>,
    cpu_avx512_1: bool,
    environment: Vec<(String, String)>,
    working_directory: String,
    proc_mounted: bool,
    page_size: u64,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Who {
    uid: u32,
    gid: u32,
    groups: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct FileRow {
    id: u64,
    kind: char,
    mode: String,
    uid: u32,
    gid: u32,
    size: u64,
    #[serde(default, skip_serializing_if = "is_false")]
    noexec: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    nosuid: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capabilities: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Vec<(u64, u64)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deflate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreadable: Option<i32>,
}

#[derive(Serialize, Deserialize)]
struct ViewRow {
    who: Who,
    found: Vec<FoundRow>,
    not_found: BTreeMap<i32, Vec<String>>,
    listings: BTreeMap<String, Told<Vec<(String, char)>>>,
    canonical: BTreeMap<String, Told<String>>,
    links: BTreeMap<String, Told<String>>,
}

/// A path, the file behind it, its canonical path if that is another, and what the user may do with it (`rx`).
#[derive(Serialize, Deserialize)]
struct FoundRow {
    path: String,
    file: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    real: Option<String>,
    may: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Told<T> {
    Errno(i32),
    Answer(T),
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it like that"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Bytes of the target as text, so that nothing is lost: UTF-8 stays, a backslash is doubled, every other byte is `\xNN`.
fn text(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for chunk in bytes.as_ref().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// The bytes behind [`text`].
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("`{text}` has a backslash that begins neither \\\\ nor \\xNN");
    let mut rest = text.as_bytes();
    let mut plain = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (b'\\', [b'\\', after @ ..]) => {
                plain.push(b'\\');
                after
            }
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or_else(wrong);
                plain.push((digit(high)? << 4 | digit(low)?) as u8);
                after
            }
            (b'\\', _) => return Err(wrong()),
            _ => {
                plain.push(byte);
                after
            }
        };
    }
    Ok(plain)
}

fn path(text: &str) -> Result<TargetPath, String> {
    bytes(text).map(TargetPath::new)
}

fn kind_letter(kind: Option<FileKind>) -> char {
    match kind {
        Some(FileKind::Regular) => 'f',
        Some(FileKind::Directory) => 'd',
        Some(FileKind::Special) => 's',
        None => 'l',
    }
}

fn kind(letter: char) -> Result<Option<FileKind>, String> {
    Ok(Some(match letter {
        'f' => FileKind::Regular,
        'd' => FileKind::Directory,
        's' => FileKind::Special,
        'l' => return Ok(None),
        other => return Err(format!("no kind of file is called `{other}`")),
    }))
}

const ARCHITECTURES: [(Architecture, &str); 8] = [
    (Architecture::X86_64, "x86_64"),
    (Architecture::I386, "i386"),
    (Architecture::Aarch64, "aarch64"),
    (Architecture::Arm, "arm"),
    (Architecture::Riscv64, "riscv64"),
    (Architecture::Ppc64le, "ppc64le"),
    (Architecture::S390x, "s390x"),
    (Architecture::Other, "other"),
];

/// glibc's legacy platform names: the only ones there are.
const PLATFORMS: [&str; 2] = ["haswell", "xeon_phi"];

/// The document of a snapshot. `asked`: the questions that it was taken for, in words.
pub fn snapshot(snapshot: &Snapshot, asked: &[String]) -> String {
    let files = Files::of(snapshot);
    let views = snapshot.views.iter();
    let document = Document {
        schema: SCHEMA.into(),
        sayso: env!("CARGO_PKG_VERSION").into(),
        asked: asked.to_vec(),
        machine: machine_row(&snapshot.machine),
        views: views.map(|(who, record)| files.view(who, record)).collect(),
        files: files.rows,
        unknown_users: snapshot.unknown_users.iter().map(who_row).collect(),
    };
    super::line(&document) + "\n"
}

fn machine_row(machine: &Machine) -> MachineRow {
    let name = ARCHITECTURES
        .iter()
        .find(|(architecture, _)| *architecture == machine.architecture);
    MachineRow {
        architecture: name.map_or("other", |(_, name)| name).into(),
        runs_32bit: machine.runs_32bit,
        cpu_level: machine.cpu.level,
        cpu_platform: machine.cpu.legacy.platform.map(Into::into),
        cpu_avx512_1: machine.cpu.legacy.avx512_1,
        environment: machine
            .environment
            .iter()
            .map(|(key, value)| (text(key), text(value)))
            .collect(),
        working_directory: text(&machine.working_directory),
        proc_mounted: machine.proc_mounted,
        page_size: machine.page_size,
    }
}

fn who_row(who: &Credentials) -> Who {
    Who {
        uid: who.uid,
        gid: who.gid,
        groups: who.groups.clone(),
    }
}

/// The rows of files, each once, and where to find them.
struct Files {
    rows: Vec<FileRow>,
    places: BTreeMap<Key, usize>,
}

/// Everything of a stat but its path and what one user may do.
type Key = (FileId, u32, u32, u32, u64, bool, bool);

fn key(stat: &FileStat) -> Key {
    (
        stat.id,
        stat.mode,
        stat.uid,
        stat.gid,
        stat.size,
        stat.noexec,
        stat.nosuid,
    )
}

impl Files {
    fn of(snapshot: &Snapshot) -> Files {
        let (mut rows, mut places) = (Vec::new(), BTreeMap::new());
        let mut written = std::collections::BTreeSet::new();
        let records = snapshot.views.iter().map(|(_, record)| record);
        for stat in records.flat_map(|record| record.lookups.values().flatten()) {
            places.entry(key(stat)).or_insert_with(|| {
                // The bytes stand with the first row of an identity.
                let content = written
                    .insert(stat.id)
                    .then(|| snapshot.contents.get(&stat.id))
                    .flatten();
                let capabilities = snapshot.capabilities.get(&stat.id).copied();
                rows.push(file_row(stat, content, capabilities));
                rows.len() - 1
            });
        }
        Files { rows, places }
    }

    fn view(&self, who: &Credentials, record: &Record) -> ViewRow {
        let mut not_found: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        let mut found = Vec::new();
        for (path, answer) in &record.lookups {
            match answer {
                Err(errno) => not_found.entry(errno.0).or_default().push(text(path)),
                Ok(stat) => found.push(FoundRow {
                    path: text(path),
                    file: self.places.get(&key(stat)).copied().unwrap_or_default(),
                    real: (stat.path != *path).then(|| text(&stat.path)),
                    may: [(stat.readable, "r"), (stat.executable, "x")]
                        .iter()
                        .filter_map(|(may, letter)| may.then_some(*letter))
                        .collect(),
                }),
            }
        }
        let entries = |entries: &Vec<Entry>| {
            let row = |entry: &Entry| (text(&entry.name), kind_letter(entry.kind));
            entries.iter().map(row).collect()
        };
        let to_text = |path: &TargetPath| text(path);
        ViewRow {
            who: who_row(who),
            found,
            not_found,
            listings: told(&record.listings, entries),
            canonical: told(&record.canonical, to_text),
            links: told(&record.links, to_text),
        }
    }
}

fn told<T, U>(
    answers: &BTreeMap<TargetPath, Result<T, Errno>>,
    row: impl Fn(&T) -> U,
) -> BTreeMap<String, Told<U>> {
    let told = answers.iter().map(|(path, answer)| {
        let answer = match answer {
            Ok(answer) => Told::Answer(row(answer)),
            Err(errno) => Told::Errno(errno.0),
        };
        (text(path), answer)
    });
    told.collect()
}

fn file_row(
    stat: &FileStat,
    content: Option<&Result<Content, Errno>>,
    capabilities: Option<bool>,
) -> FileRow {
    let known = content.and_then(|content| content.as_ref().ok());
    FileRow {
        id: stat.id.inode,
        kind: kind_letter(Some(stat.kind)),
        mode: format!("{:04o}", stat.mode),
        uid: stat.uid,
        gid: stat.gid,
        size: stat.size,
        noexec: stat.noexec,
        nosuid: stat.nosuid,
        capabilities,
        sha256: known
            .map(|content| sayso_advice::integrity::Digest::new(&content.sha256).to_string()),
        kept: known.map(|content| {
            let kept = content.kept.iter();
            kept.map(|range| (range.start as u64, range.end as u64))
                .collect()
        }),
        deflate: known.map(|content| base64::encode(&deflated(content))),
        unreadable: content.and_then(|content| content.as_ref().err().map(|errno| errno.0)),
    }
}

fn deflated(content: &Content) -> Vec<u8> {
    let level = flate2::Compression::best();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    for range in &content.kept {
        // Writing to memory does not fail.
        let _ = encoder.write_all(content.bytes.get(range.clone()).unwrap_or_default());
    }
    encoder.finish().unwrap_or_default()
}

/// Reads a document, with the questions that it was taken for.
///
/// # Errors
/// What is wrong with it, in words that fit behind "FILE is no snapshot:".
pub fn read_snapshot(json: &[u8]) -> Result<(Snapshot, Vec<String>), String> {
    let document: Document = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if document.schema != SCHEMA {
        return Err(format!("its schema is {}, not {SCHEMA}", document.schema));
    }
    let mut contents = BTreeMap::new();
    let mut capabilities = BTreeMap::new();
    let (mut total, mut budget) = (0u64, SNAPSHOT_KEPT_BYTES_MAX);
    for row in &document.files {
        let id = identity(row.id);
        if let Some(has) = row.capabilities {
            capabilities.insert(id, has);
        }
        if let Some(errno) = row.unreadable {
            contents.insert(id, Err(Errno(errno)));
        }
        if row.deflate.is_some() {
            total = total.saturating_add(row.size);
            if total > SNAPSHOT_FILES_BYTES_MAX {
                return Err(format!(
                    "its files come to more than {SNAPSHOT_FILES_BYTES_MAX} bytes"
                ));
            }
            contents.insert(id, Ok(content(row, &mut budget)?));
        }
    }
    let views: Result<Vec<_>, String> = document
        .views
        .iter()
        .map(|view| Ok((credentials(&view.who), record(view, &document.files)?)))
        .collect();
    let views = views?;
    let Some((who, _)) = views.first() else {
        return Err("it holds no view of any user".into());
    };
    let machine = machine(&document.machine, who)?;
    let snapshot = Snapshot {
        machine,
        views,
        unknown_users: document.unknown_users.iter().map(credentials).collect(),
        contents,
        capabilities,
    };
    Ok((snapshot, document.asked))
}

/// The device number says that it is a snapshot's.
fn identity(number: u64) -> FileId {
    FileId {
        device: 0x5b,
        inode: number,
    }
}

fn credentials(who: &Who) -> Credentials {
    Credentials {
        uid: who.uid,
        gid: who.gid,
        groups: who.groups.clone(),
    }
}

fn machine(row: &MachineRow, who: &Credentials) -> Result<Machine, String> {
    let architecture = ARCHITECTURES
        .iter()
        .find(|(_, name)| *name == row.architecture);
    let (architecture, _) =
        architecture.ok_or_else(|| format!("no architecture is called {}", row.architecture))?;
    let platform = match &row.cpu_platform {
        None => None,
        Some(name) => {
            let known = PLATFORMS.iter().find(|known| *known == name);
            Some(*known.ok_or_else(|| format!("no platform is called {name}"))?)
        }
    };
    let environment: Result<_, String> = row
        .environment
        .iter()
        .map(|(key, value)| Ok((bytes(key)?, bytes(value)?)))
        .collect();
    Ok(Machine {
        architecture: *architecture,
        runs_32bit: row.runs_32bit,
        cpu: Cpu {
            level: row.cpu_level,
            legacy: LegacyPlatform {
                platform,
                avx512_1: row.cpu_avx512_1,
            },
        },
        environment: environment?,
        working_directory: path(&row.working_directory)?,
        credentials: who.clone(),
        proc_mounted: row.proc_mounted,
        page_size: row.page_size,
    })
}

fn content(row: &FileRow, budget: &mut u64) -> Result<Content, String> {
    let wrong = |what: &str| format!("the bytes of file {} {what}", row.id);
    let size = usize::try_from(row.size).map_err(|_| wrong("are too many"))?;
    let mut kept: Vec<Range<usize>> = Vec::new();
    for &(start, end) in row.kept.as_deref().unwrap_or_default() {
        let last = kept.last().map_or(0, |range| range.end);
        let (start, end) = (start as usize, end as usize);
        if start < last || end < start || end > size {
            return Err(wrong("lie outside it, or are not in order"));
        }
        kept.push(start..end);
    }
    let length: u64 = kept.iter().map(|range| range.len() as u64).sum();
    *budget = budget
        .checked_sub(length)
        .ok_or_else(|| format!("more than {SNAPSHOT_KEPT_BYTES_MAX} bytes are kept in it"))?;
    let coded = row.deflate.as_deref().unwrap_or_default();
    let coded = base64::decode(coded).ok_or_else(|| wrong("are no base64"))?;
    let mut inflated = flate2::read::DeflateDecoder::new(&coded[..]);
    let mut whole = vec![0; size];
    for range in &kept {
        inflated
            .read_exact(&mut whole[range.clone()])
            .map_err(|_| wrong("cannot be inflated, or are too few"))?;
    }
    let digest = row.sha256.as_deref().unwrap_or_default();
    let sha256 = sayso_advice::integrity::Digest::parse(digest.as_bytes())
        .and_then(|digest| digest.bytes().try_into().ok())
        .ok_or_else(|| wrong("have no sound sha256"))?;
    Ok(Content {
        bytes: Bytes::from(whole),
        kept,
        sha256,
    })
}

fn record(view: &ViewRow, files: &[FileRow]) -> Result<Record, String> {
    let mut record = Record::default();
    for (&errno, paths) in &view.not_found {
        for text in paths {
            record.lookups.insert(path(text)?, Err(Errno(errno)));
        }
    }
    for row in &view.found {
        let file = files
            .get(row.file)
            .ok_or_else(|| format!("{} is file {}, which is not there", row.path, row.file))?;
        let asked = path(&row.path)?;
        let mode = u32::from_str_radix(&file.mode, 8)
            .map_err(|_| format!("{} is no mode of a file", file.mode))?;
        let kind = kind(file.kind)?.ok_or("a file that was found is no link")?;
        let stat = FileStat {
            id: identity(file.id),
            kind,
            mode,
            uid: file.uid,
            gid: file.gid,
            size: file.size,
            readable: row.may.contains('r'),
            executable: row.may.contains('x'),
            noexec: file.noexec,
            nosuid: file.nosuid,
            path: match &row.real {
                Some(real) => path(real)?,
                None => asked.clone(),
            },
        };
        record.lookups.insert(asked, Ok(stat));
    }
    let entries = |rows: &Vec<(String, char)>| -> Result<Vec<Entry>, String> {
        let entry = |(name, letter): &(String, char)| {
            Ok(Entry {
                name: bytes(name)?,
                kind: kind(*letter)?,
            })
        };
        rows.iter().map(entry).collect()
    };
    let to_path = |text: &String| path(text);
    record.listings = answers(&view.listings, entries)?;
    record.canonical = answers(&view.canonical, to_path)?;
    record.links = answers(&view.links, to_path)?;
    Ok(record)
}

type Answers<T> = BTreeMap<TargetPath, Result<T, Errno>>;

fn answers<T, U>(
    told: &BTreeMap<String, Told<U>>,
    read: impl Fn(&U) -> Result<T, String>,
) -> Result<Answers<T>, String> {
    let answer = |(text, told): (&String, &Told<U>)| {
        let answer = match told {
            Told::Errno(errno) => Err(Errno(*errno)),
            Told::Answer(answer) => Ok(read(answer)?),
        };
        Ok((path(text)?, answer))
    };
    told.iter().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use sayso_world::memory::Memory;
    use sayso_world::snapshot::Recorder;
    use sayso_world::{Machine, World};

    use super::*;

    fn taken() -> Snapshot {
        let mut world = Memory::new(Machine {
            environment: vec![(b"LD_LIBRARY_PATH".to_vec(), b"/a\\b\xff".to_vec())],
            ..Machine::default()
        });
        world
            .file(&b"/lib/liba\xff.so"[..], "0123456789")
            .symlink("/lib/link", "liba.so")
            .special("/dev/null");
        let recorder = Recorder::new(&world);
        let names: [&[u8]; 5] = [
            b"/lib/liba\xff.so",
            b"/gone",
            b"/lib",
            b"/dev/null",
            b"/lib/liba\xff.so/x",
        ];
        for path in names.map(TargetPath::new) {
            if let Ok(stat) = recorder.lookup(&path) {
                let _ = recorder.read(&stat);
                recorder.capabilities(&stat);
            }
            let _ = recorder.list(&path);
            let _ = recorder.canonical(&path);
            let _ = recorder.read_link(&path);
        }
        let _ = recorder.as_user(&Credentials {
            uid: 7,
            gid: 8,
            groups: vec![9],
        });
        recorder.finish(
            |bytes| std::iter::once(0..bytes.len().min(4)).collect(),
            |_| [0xab; 32],
        )
    }

    #[test]
    fn a_snapshot_is_read_as_it_was_written() {
        let before = taken();
        let json = snapshot(&before, &["check /x".into()]);
        let (after, asked) = read_snapshot(json.as_bytes()).expect("our own");
        assert_eq!(asked, ["check /x"]);
        assert_eq!(
            format!("{:?}", after.machine),
            format!("{:?}", before.machine)
        );
        assert_eq!(after.views, before.views);
        assert_eq!(after.contents, before.contents);
        assert_eq!(after.capabilities, before.capabilities);
        assert_eq!(after.unknown_users, before.unknown_users);
        assert_eq!(snapshot(&after, &asked), json);
    }

    #[test]
    fn damage_is_named() {
        let json = snapshot(&taken(), &[]);
        let broken = |from: &str, to: &str| {
            assert!(json.contains(from), "{from} in {json}");
            read_snapshot(json.replacen(from, to, 1).as_bytes()).expect_err(to)
        };
        assert!(broken("snapshot/v1", "snapshot/v9").contains("its schema is"));
        assert!(broken("\"x86_64\"", "\"vax\"").contains("vax"));
        assert!(broken("[[0,4]]", "[[0,11]]").contains("outside"));
        assert!(broken("[[0,4]]", "[[0,9]]").contains("too few"));
        assert!(broken("\\\\\\\\b", "\\\\b").contains("backslash"));
        assert!(broken("\"abab", "\"xbab").contains("sha256"));
        assert!(broken("\"size\":10", "\"size\":99999999999").contains("more than"));
        assert!(read_snapshot(b"").is_err());
        assert!(read_snapshot(b"{}").is_err());
        for length in 0..json.len() {
            let _ = read_snapshot(&json.as_bytes()[..length]);
        }
    }
}
