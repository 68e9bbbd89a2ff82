//! cpio in the one form that rpm payloads have: "new" ASCII (`070701`, with checksums `070702`), described in cpio(5).

use std::collections::BTreeMap;

use crate::feed::Feed;
use crate::hold::Head;
use crate::index::{Brings, Budget, Entry, Index, RegularFile, cleaned, regular};
use crate::limits::CPIO_LINKS_MAX;
use crate::refusal::{Fault, Limit};
use sayso_world::limits::PATH_BYTES_MAX;

const HEADER: usize = 110;

/// The fields that matter, in their order: `ino mode uid gid nlink mtime filesize devmajor devminor … namesize check`.
struct Header {
    inode: u64,
    mode: u32,
    uid: u32,
    gid: u32,
    links: u32,
    size: u64,
    name: u64,
}

/// Reads an archive to its trailer.
pub(crate) fn index(feed: &mut dyn Feed, budget: &Budget<'_>) -> Result<Index, Fault> {
    let mut index = Index::default();
    // Names of one file whose contents come with the last of them.
    let mut waiting: BTreeMap<u64, Vec<(Vec<u8>, Header)>> = BTreeMap::new();
    let mut names_waiting = 0;
    loop {
        let offset = feed.position();
        let at = |fault: Fault| fault.at(offset);
        let header = header(feed).map_err(at)?;
        if header.name == 0 || header.name > PATH_BYTES_MAX as u64 {
            let limit = Limit::Fixed("the length of a name in a cpio archive");
            return Err(at(Fault::limit(limit, PATH_BYTES_MAX as u64)));
        }
        let name = feed.take(header.name as usize).map_err(at)?;
        let name = name.strip_suffix(b"\0").unwrap_or(&name).to_vec();
        align(feed)?;
        if name == b"TRAILER!!!" {
            break;
        }
        budget.entry()?;
        let named = |fault: Fault| fault.of_entry(&name).at(offset);
        if name.contains(&0) {
            return Err(named(Fault::damaged("a name with a NUL byte in it")));
        }
        let path = cleaned(&name).map_err(named)?;
        let is_file = header.mode & 0o170_000 == 0o100_000;
        if is_file && header.links > 1 && header.size == 0 {
            names_waiting += 1;
            if names_waiting > CPIO_LINKS_MAX {
                let limit = Limit::Fixed("the number of hard links in a cpio archive");
                return Err(named(Fault::limit(limit, CPIO_LINKS_MAX as u64)));
            }
            waiting
                .entry(header.inode)
                .or_default()
                .push((path, header));
            continue;
        }
        let brings = brings(feed, &header, &path, &mut index, budget).map_err(named)?;
        push(&mut index, &path, &header, brings, budget).map_err(named)?;
        if is_file && header.links > 1 {
            for (other, header) in waiting.remove(&header.inode).unwrap_or_default() {
                let target = index.keep(&path, budget)?;
                push(
                    &mut index,
                    &other,
                    &header,
                    Brings::HardLink(target),
                    budget,
                )?;
            }
        }
        align(feed)?;
    }
    // Empty files with several names.
    for names in waiting.into_values() {
        let mut first: Option<Vec<u8>> = None;
        for (path, header) in names {
            let brings = match &first {
                None => Brings::Regular {
                    size: 0,
                    head: Head::detect(b""),
                    held: None,
                    digests: None,
                },
                Some(first) => Brings::HardLink(index.keep(first, budget)?),
            };
            push(&mut index, &path, &header, brings, budget)?;
            first.get_or_insert(path);
        }
    }
    Ok(index)
}

fn push(
    index: &mut Index,
    path: &[u8],
    header: &Header,
    brings: Brings,
    budget: &Budget<'_>,
) -> Result<(), Fault> {
    let path = index.keep(path, budget)?;
    index.entries.push(Entry {
        path,
        brings,
        mode: header.mode & 0o7777,
        uid: header.uid,
        gid: header.gid,
        capabilities: false,
    });
    Ok(())
}

fn brings(
    feed: &mut dyn Feed,
    header: &Header,
    path: &[u8],
    index: &mut Index,
    budget: &Budget<'_>,
) -> Result<Brings, Fault> {
    match header.mode & 0o170_000 {
        0o100_000 => {
            let file = RegularFile {
                path,
                mode: header.mode & 0o7777,
                stored: header.size,
                size: header.size,
                sparse: None,
                in_layer: false,
                again: false,
            };
            regular(feed, &file, budget)
        }
        0o040_000 => {
            feed.skip(header.size)?;
            Ok(Brings::Directory)
        }
        0o120_000 => {
            if header.size >= PATH_BYTES_MAX as u64 {
                let limit = Limit::Fixed("the length of a link's text");
                return Err(Fault::limit(limit, PATH_BYTES_MAX as u64));
            }
            let text = feed.take(header.size as usize)?;
            Ok(Brings::Symlink(index.keep(&text, budget)?))
        }
        _ => {
            feed.skip(header.size)?;
            Ok(Brings::Special)
        }
    }
}

/// Header with name, and contents, are padded to four bytes.
fn align(feed: &mut dyn Feed) -> Result<(), Fault> {
    let padding = feed.position().wrapping_neg() % 4;
    feed.skip(padding)
}

fn header(feed: &mut dyn Feed) -> Result<Header, Fault> {
    let bytes = feed.take(HEADER)?;
    match &bytes[..6] {
        b"070701" | b"070702" => {}
        // rpm's own form for files of 4 GiB and more: names and sizes stand in the package's header.
        b"07070X" => {
            return Err(Fault::unsupported(
                "its payload has files of 4 GiB or more, which are not read here; unpack it and check the folder with --root",
            ));
        }
        _ => {
            return Err(Fault::damaged(
                "this is no header of a new ASCII cpio archive",
            ));
        }
    }
    let field = |number: usize| -> Result<u32, Fault> {
        let text = &bytes[6 + number * 8..][..8];
        let text = std::str::from_utf8(text).ok();
        text.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|text| u32::from_str_radix(text, 16).ok())
            .ok_or_else(|| Fault::damaged("a number in a cpio header is none"))
    };
    Ok(Header {
        // Two devices are two files, whatever their inode numbers.
        inode: u64::from(field(0)?) | u64::from(field(8)?) << 32,
        mode: field(1)?,
        uid: field(2)?,
        gid: field(3)?,
        links: field(4)?,
        size: u64::from(field(6)?),
        name: u64::from(field(11)?),
    })
}
