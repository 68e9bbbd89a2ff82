//! zip by its central directory (APPNOTE 6.3), as Python's `zipfile` and Info-ZIP read it; wheels are such files.
//!
//! Members are read on their own, so only the beginnings of most are ever inflated. No two members may lie on the same bytes:
//! that is how a few kilobytes come to be petabytes.

use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::DeflateDecoder;

use crate::digest::Hasher;
use crate::feed::{Bounds, Feed, Stream};
use crate::hold::Held;
use crate::index::{Brings, Budget, Entry, Index, RegularFile, cleaned, regular};
use crate::limits::{LINK_BYTES_MAX, MEMBER_BUFFER_BYTES, ZIP_DIRECTORY_BYTES_MAX};
use crate::refusal::{Fault, Limit};
use crate::source::Span;

/// What the first member begins with; an archive without members begins with [`EMPTY`].
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";
/// The end record of an archive without members.
pub(crate) const EMPTY: &[u8] = b"PK\x05\x06";
/// End record with the longest comment.
const END_BYTES_MAX: u64 = 22 + 65_535;

/// Numbers where they stand.
struct Fields<'b>(&'b [u8]);

impl Fields<'_> {
    fn two(&self, at: usize) -> u64 {
        self.0.get(at..at + 2).map_or(0, |bytes| {
            u64::from(u16::from_le_bytes([bytes[0], bytes[1]]))
        })
    }
    fn four(&self, at: usize) -> u64 {
        self.two(at) | self.two(at + 2) << 16
    }
    fn eight(&self, at: usize) -> u64 {
        self.four(at) | self.four(at + 4) << 32
    }
}

/// One member as the central directory tells it.
struct Member {
    name: Vec<u8>,
    is_encrypted: bool,
    method: u64,
    crc: u32,
    stored: u64,
    size: u64,
    offset: u64,
    /// Mode with file type where the archive was made on Unix.
    unix_mode: Option<u32>,
}

/// Reads an archive.
pub(crate) fn index(archive: &Span, budget: &Budget<'_>) -> Result<Index, Fault> {
    let (start, length) = directory(archive)?;
    if length > ZIP_DIRECTORY_BYTES_MAX {
        let limit = Limit::Fixed("the size of a zip archive's directory in bytes");
        return Err(Fault::limit(limit, ZIP_DIRECTORY_BYTES_MAX));
    }
    let directory = archive
        .part(start, length)
        .ok_or_else(|| Fault::damaged("its directory does not lie in it"))?;
    let directory = directory.bytes()?;
    let mut members = Vec::new();
    let mut rest = directory.as_ref();
    while !rest.is_empty() {
        budget.entry()?;
        let offset = (directory.len() - rest.len()) as u64;
        let (member, length) = member(rest).map_err(|fault| fault.at(start + offset))?;
        members.push(member);
        rest = &rest[length..];
    }
    let places = places(archive, &members, start)?;
    let mut index = Index::default();
    for (member, data) in members.iter().zip(places) {
        let named = |fault: Fault| fault.of_entry(&member.name);
        add(member, &data, &mut index, budget).map_err(named)?;
    }
    Ok(index)
}

/// Where the central directory is. The numbers of the zip64 records count where the ordinary ones are full.
fn directory(archive: &Span) -> Result<(u64, u64), Fault> {
    let cut = || Fault::damaged("it has no end record of a zip archive: it is cut short");
    let tail_start = archive.len().saturating_sub(END_BYTES_MAX);
    let tail = archive
        .part(tail_start, archive.len() - tail_start)
        .ok_or_else(cut)?;
    let tail = tail.head(END_BYTES_MAX as usize);
    let is_end = |at: &usize| {
        let record = &tail[*at..];
        record.starts_with(EMPTY) && record.len() as u64 == 22 + Fields(record).two(20)
    };
    let at = (0..tail.len().saturating_sub(21))
        .rev()
        .find(is_end)
        .ok_or_else(cut)?;
    let record = Fields(&tail[at..]);
    let (mut length, mut start) = (record.four(12), record.four(16));
    if length == u64::from(u32::MAX) || start == u64::from(u32::MAX) || record.two(10) == 0xffff {
        let end = tail_start + at as u64;
        let locator = end
            .checked_sub(20)
            .and_then(|at| archive.part(at, 20))
            .map(|part| part.head(20));
        if let Some(locator) = locator.filter(|locator| locator.starts_with(b"PK\x06\x07")) {
            let wrong = || Fault::damaged("its zip64 end record is not where it should be");
            let record = archive
                .part(Fields(&locator).eight(8), 56)
                .ok_or_else(wrong)?
                .head(56);
            if !record.starts_with(b"PK\x06\x06") {
                return Err(wrong());
            }
            (length, start) = (Fields(&record).eight(40), Fields(&record).eight(48));
        }
    }
    Ok((start, length))
}

/// One entry of the central directory and its length.
fn member(bytes: &[u8]) -> Result<(Member, usize), Fault> {
    let wrong = || Fault::damaged("an entry of its directory is not well formed");
    if bytes.len() < 46 || !bytes.starts_with(b"PK\x01\x02") {
        return Err(wrong());
    }
    let fields = Fields(bytes);
    let (name, extra, comment) = (
        fields.two(28) as usize,
        fields.two(30) as usize,
        fields.two(32) as usize,
    );
    let length = 46 + name + extra + comment;
    if bytes.len() < length {
        return Err(wrong());
    }
    let name_bytes = &bytes[46..46 + name];
    let mut wide = [fields.four(24), fields.four(20), fields.four(42)];
    zip64(&bytes[46 + name..46 + name + extra], &mut wide).ok_or_else(wrong)?;
    let [size, stored, offset] = wide;
    if name_bytes.contains(&0) {
        return Err(Fault::damaged("a name with a NUL byte in it").of_entry(name_bytes));
    }
    // Made on Unix (3) or macOS (19).
    let mode = (fields.four(38) >> 16) as u32;
    let unix = matches!(fields.two(4) >> 8, 3 | 19) && mode != 0;
    Ok((
        Member {
            name: name_bytes.to_vec(),
            is_encrypted: fields.two(8) & 1 != 0,
            method: fields.two(10),
            crc: fields.four(16) as u32,
            stored,
            size,
            offset,
            unix_mode: unix.then_some(mode),
        },
        length,
    ))
}

/// The extra field that holds, in this order, what is 0xffffffff in the entry itself. `None`: it is cut.
fn zip64(mut extra: &[u8], wide: &mut [u64; 3]) -> Option<()> {
    while extra.len() >= 4 {
        let fields = Fields(extra);
        let length = fields.two(2) as usize;
        let field = extra.get(4..4 + length)?;
        if fields.two(0) == 1 {
            let mut at = 0;
            for number in wide
                .iter_mut()
                .filter(|number| **number == u64::from(u32::MAX))
            {
                if at + 8 > field.len() {
                    return None;
                }
                *number = Fields(field).eight(at);
                at += 8;
            }
        }
        extra = &extra[4 + length..];
    }
    Some(())
}

/// Where the contents of every member are: behind its local header, before the directory, and nowhere else twice.
fn places(archive: &Span, members: &[Member], directory: u64) -> Result<Vec<Span>, Fault> {
    let mut places = Vec::new();
    let mut ranges = Vec::new();
    for (number, member) in members.iter().enumerate() {
        let wrong = |what: &str| Fault::damaged(what).of_entry(&member.name);
        let outside = || wrong("its contents do not lie in the archive");
        let header = archive
            .part(member.offset, 30)
            .ok_or_else(outside)?
            .head(30);
        if !header.starts_with(MAGIC) {
            return Err(wrong("it has no header where the directory says"));
        }
        let local = Fields(&header);
        let data = member.offset + 30 + local.two(26) + local.two(28);
        let end = data.checked_add(member.stored).ok_or_else(outside)?;
        if end > directory {
            return Err(outside());
        }
        places.push(archive.part(data, member.stored).ok_or_else(outside)?);
        ranges.push((member.offset, end, number));
    }
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if pair[1].0 < pair[0].1 {
            let what = "its contents lie on those of another member, as in zip bombs";
            return Err(Fault::damaged(what).of_entry(&members[pair[1].2].name));
        }
    }
    Ok(places)
}

fn add(member: &Member, data: &Span, index: &mut Index, budget: &Budget<'_>) -> Result<(), Fault> {
    let path = cleaned(&member.name)?;
    let kind = member.unix_mode.map_or(0, |mode| mode & 0o170_000);
    let is_directory = member.name.ends_with(b"/") || kind == 0o040_000;
    let mode = match member.unix_mode {
        // Info-ZIP's unzip drops set-id and sticky bits unless it is told -K.
        Some(mode) => mode & 0o777,
        None if is_directory => 0o755,
        None => 0o644,
    };
    let brings = match kind {
        _ if is_directory => Brings::Directory,
        0o120_000 => {
            let text = all(member, data, LINK_BYTES_MAX)?;
            Brings::Symlink(index.keep(&text, budget)?)
        }
        0 | 0o100_000 => {
            let file = RegularFile {
                path: &path,
                mode,
                stored: member.size,
                size: member.size,
                sparse: None,
                in_layer: false,
                again: false,
            };
            let mut feed = feed(member, data, budget)?;
            let brings = regular(&mut feed, &file, budget)?;
            check(member, &brings)?;
            brings
        }
        _ => Brings::Special,
    };
    let path = index.keep(&path, budget)?;
    index.entries.push(Entry {
        path,
        brings,
        mode,
        uid: 0,
        gid: 0,
        capabilities: false,
    });
    Ok(())
}

/// The contents of a member as they are inflated.
fn feed(member: &Member, data: &Span, budget: &Budget<'_>) -> Result<Lazy, Fault> {
    let reader: Box<dyn std::io::Read> = match (member.is_encrypted, member.method) {
        (true, _) => {
            return Err(Fault::unsupported(
                "it is encrypted; unpack the archive first",
            ));
        }
        (false, 0) if member.stored == member.size => Box::new(data.reader()),
        (false, 0) => return Err(Fault::damaged("it is stored as it is, but in another size")),
        (false, 8) => Box::new(DeflateDecoder::new(data.reader())),
        (false, method) => {
            return Err(Fault::unsupported(format!(
                "it is compressed with method {method}, which is not read here; pack the archive with deflate"
            )));
        }
    };
    let bounds = Bounds::of(budget.limits, data.len());
    Ok(Lazy {
        stream: Stream::with_buffer(reader, bounds, None, MEMBER_BUFFER_BYTES),
        size: member.size,
    })
}

/// A member of which only the beginning is inflated, unless more is wanted: what is skipped up to its end is not looked at.
struct Lazy {
    stream: Stream<'static>,
    size: u64,
}

impl Feed for Lazy {
    fn position(&self) -> u64 {
        self.stream.position()
    }
    fn peek(&mut self, count: usize) -> Result<&[u8], Fault> {
        self.stream.peek(count)
    }
    fn skip(&mut self, count: u64) -> Result<(), Fault> {
        if self.stream.position().saturating_add(count) >= self.size {
            return Ok(());
        }
        self.stream.skip(count)
    }
    fn take(&mut self, count: usize) -> Result<Bytes, Fault> {
        self.stream.take(count)
    }
    fn pass(&mut self, count: u64, hasher: &mut Hasher) -> Result<(), Fault> {
        self.stream.pass(count, hasher)
    }
    fn is_map(&self) -> bool {
        false
    }
}

/// Everything in a small member.
fn all(member: &Member, data: &Span, most: u64) -> Result<Vec<u8>, Fault> {
    if member.size > most {
        let limit = Limit::Fixed("the length of a link's text");
        return Err(Fault::limit(limit, most));
    }
    let mut text = Vec::new();
    let read = match member.method {
        0 => data.reader().take(most).read_to_end(&mut text),
        8 => DeflateDecoder::new(data.reader())
            .take(most)
            .read_to_end(&mut text),
        _ => {
            return Err(Fault::unsupported(
                "a link that is compressed with an unknown method",
            ));
        }
    };
    read.map_err(crate::feed::fault)?;
    Ok(text)
}

/// The checksum of contents that are held whole.
fn check(member: &Member, brings: &Brings) -> Result<(), Fault> {
    if let Brings::Regular {
        held: Some(held), ..
    } = brings
        && let Held::Whole(bytes) = &**held
    {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        if crc.sum() != member.crc {
            return Err(Fault::damaged("its checksum is wrong"));
        }
    }
    Ok(())
}
