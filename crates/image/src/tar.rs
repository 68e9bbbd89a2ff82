//! tar as it comes from every side: v7, ustar, PAX and GNU, with their long names, big numbers and sparse files.
//!
//! Modelled on what container engines read layers with, Go's `archive/tar` (`reader.go`, `strconv.go`), because what that refuses
//! does not start anywhere: checksums as unsigned or signed sums, base-256 numbers, PAX records before GNU long names before the
//! header's own fields, one level of each. Global PAX records are passed over, as engines do. Written by hand because each
//! number in a hostile header has to meet a limit before it becomes memory.

use bytes::Bytes;
use sayso_world::limits::PATH_BYTES_MAX;

use crate::feed::Feed;
use crate::limits::{PAX_BYTES_MAX, SPARSE_PIECES_MAX};
use crate::refusal::{Fault, Limit};

/// Bytes of a header and of the unit that everything is padded to.
pub(crate) const BLOCK: usize = 512;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Regular,
    HardLink,
    Symlink,
    Directory,
    /// Device or pipe.
    Special,
}

/// One entry's header, long names and PAX records worked in.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) kind: Type,
    pub(crate) path: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Bytes of contents that follow in the archive.
    pub(crate) stored: u64,
    /// Size of the file: more than `stored` where it is sparse.
    pub(crate) size: u64,
    /// Of a sparse file: where the stored bytes belong, as (offset, length).
    pub(crate) sparse: Option<Vec<(u64, u64)>>,
    pub(crate) capabilities: bool,
    /// Where the header lies.
    pub(crate) offset: u64,
}

/// What PAX records say about the next entry.
#[derive(Debug, Default)]
struct Pax {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    capabilities: bool,
    sparse_name: Option<Vec<u8>>,
    sparse_size: Option<u64>,
    /// `GNU.sparse.major`: the pieces stand before the contents.
    sparse_in_front: bool,
    /// The pieces in the records themselves, as numbers in turn.
    sparse_map: Option<Vec<u64>>,
}

/// A tar archive begins with this.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.first_chunk::<BLOCK>()
        .is_some_and(|block| block[0] != 0 && verify(block).is_ok())
}

/// The next entry; the feed stands at its contents then. `None` at the end of the archive.
pub(crate) fn next(feed: &mut dyn Feed) -> Result<Option<Header>, Fault> {
    let (mut pax, mut long_path, mut long_link) = (Pax::default(), None, None);
    loop {
        let offset = feed.position();
        let Some(block) = block(feed)? else {
            return Ok(None);
        };
        let flag = block[156];
        let fault = |fault: Fault| fault.at(offset);
        match flag {
            b'x' | b'X' => {
                let records =
                    contents(feed, &block, PAX_BYTES_MAX, "PAX records").map_err(fault)?;
                read_pax(&records, &mut pax).map_err(fault)?;
            }
            b'g' => {
                contents(feed, &block, PAX_BYTES_MAX, "PAX records").map_err(fault)?;
            }
            b'L' | b'K' => {
                let most = PATH_BYTES_MAX as u64 + 1;
                let name = contents(feed, &block, most, "the bytes of a name").map_err(fault)?;
                let name = until_nul(&name).to_vec();
                *(if flag == b'L' {
                    &mut long_path
                } else {
                    &mut long_link
                }) = Some(name);
            }
            _ => {
                let header = header(feed, &block, pax, long_path, long_link, offset);
                return header.map(Some).map_err(fault);
            }
        }
    }
}

/// Where the padding behind contents of this size ends.
pub(crate) fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// The next block that is no zeros. Two of zeros, or one before the end, are the end of the archive; so is the end itself.
fn block(feed: &mut dyn Feed) -> Result<Option<[u8; BLOCK]>, Fault> {
    let offset = feed.position();
    let Some(first) = read_block(feed)? else {
        return Ok(None);
    };
    if first.iter().any(|&byte| byte != 0) {
        verify(&first).map_err(|fault| fault.at(offset))?;
        return Ok(Some(first));
    }
    match read_block(feed)? {
        Some(second) if second.iter().any(|&byte| byte != 0) => {
            Err(Fault::damaged("a block of zeros stands between entries").at(offset))
        }
        _ => Ok(None),
    }
}

fn read_block(feed: &mut dyn Feed) -> Result<Option<[u8; BLOCK]>, Fault> {
    let offset = feed.position();
    let peeked = feed.peek(BLOCK)?;
    if peeked.is_empty() {
        return Ok(None);
    }
    let Some(block) = peeked.first_chunk::<BLOCK>().copied() else {
        return Err(Fault::damaged("it ends within a tar header").at(offset));
    };
    feed.skip(BLOCK as u64)?;
    Ok(Some(block))
}

fn verify(block: &[u8; BLOCK]) -> Result<(), Fault> {
    let stated = octal(&block[148..156]).ok_or_else(|| Fault::damaged("this is no tar header"))?;
    let at = |index: usize| {
        if (148..156).contains(&index) {
            b' '
        } else {
            block[index]
        }
    };
    let unsigned: i64 = (0..BLOCK).map(|index| i64::from(at(index))).sum();
    let signed: i64 = (0..BLOCK)
        .map(|index| i64::from(at(index).cast_signed()))
        .sum();
    if i64::try_from(stated).is_ok_and(|stated| stated == unsigned || stated == signed) {
        Ok(())
    } else {
        Err(Fault::damaged("the checksum of a tar header is wrong"))
    }
}

/// The contents of an entry that describes another one.
fn contents(
    feed: &mut dyn Feed,
    block: &[u8; BLOCK],
    most: u64,
    what: &'static str,
) -> Result<Bytes, Fault> {
    let size = number(&block[124..136], "size")?;
    if size > most {
        return Err(Fault::limit(Limit::Fixed(what), most));
    }
    let taken = feed.take(size as usize)?;
    feed.skip(padding(size))?;
    Ok(taken)
}

fn header(
    feed: &mut dyn Feed,
    block: &[u8; BLOCK],
    pax: Pax,
    long_path: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    offset: u64,
) -> Result<Header, Fault> {
    let flag = block[156];
    let path = pax
        .sparse_name
        .or(pax.path)
        .or(long_path)
        .unwrap_or_else(|| short_path(block));
    let link = pax
        .link
        .or(long_link)
        .unwrap_or_else(|| until_nul(&block[157..257]).to_vec());
    if path.contains(&0) || link.contains(&0) {
        return Err(Fault::damaged("a name with a NUL byte in it").of_entry(&path));
    }
    let kind = match flag {
        b'0' | 0 | b'7' | b'S' if path.ends_with(b"/") => Type::Directory,
        b'0' | 0 | b'7' | b'S' => Type::Regular,
        b'1' => Type::HardLink,
        b'2' => Type::Symlink,
        b'3' | b'4' | b'6' => Type::Special,
        b'5' | b'D' => Type::Directory,
        _ => {
            let what = format!(
                "an entry of the unknown type `{}', which no container engine unpacks",
                flag.escape_ascii()
            );
            return Err(Fault::unsupported(what).of_entry(&path));
        }
    };
    let named = |fault: Fault| fault.of_entry(&path);
    let mut size = match pax.size {
        Some(size) => size,
        None => number(&block[124..136], "size").map_err(named)?,
    };
    // Sizes of links, devices and folders are not followed by contents, whatever they say.
    if matches!(flag, b'1'..=b'6') {
        size = 0;
    }
    let field = |known: Option<u32>, range: std::ops::Range<usize>, name| match known {
        Some(number) => Ok(number),
        None => number(&block[range], name).map(|number| number as u32),
    };
    let mut header = Header {
        kind,
        mode: number(&block[100..108], "mode").map_err(named)? as u32 & 0o7777,
        uid: field(pax.uid, 108..116, "uid").map_err(named)?,
        gid: field(pax.gid, 116..124, "gid").map_err(named)?,
        stored: size,
        size,
        sparse: None,
        capabilities: pax.capabilities,
        offset,
        link,
        path: Vec::new(),
    };
    let sparse = if flag == b'S' {
        Some((gnu_sparse(feed, block), number(&block[483..495], "size")))
    } else if pax.sparse_in_front {
        Some((
            sparse_in_front(feed, &mut header.stored),
            Ok(pax.sparse_size.unwrap_or(size)),
        ))
    } else {
        pax.sparse_map
            .map(|numbers| (Ok(pairs(&numbers)), Ok(pax.sparse_size.unwrap_or(size))))
    };
    if let Some((pieces, size)) = sparse {
        header.size = size.map_err(named)?;
        let pieces = pieces.map_err(named)?;
        check_sparse(&pieces, header.size, header.stored).map_err(named)?;
        header.sparse = Some(pieces);
    }
    header.path = path;
    Ok(header)
}

/// Pieces in their order, within the file, and as many bytes as are stored (`archive/tar: validateSparseEntries`).
fn check_sparse(pieces: &[(u64, u64)], size: u64, stored: u64) -> Result<(), Fault> {
    let wrong = || Fault::damaged("the pieces of a sparse file do not fit it");
    let (mut end, mut sum) = (0u64, 0u64);
    for &(offset, length) in pieces {
        if offset < end {
            return Err(wrong());
        }
        end = offset.checked_add(length).ok_or_else(wrong)?;
        sum = sum.checked_add(length).ok_or_else(wrong)?;
    }
    if end > size || sum != stored {
        return Err(wrong());
    }
    Ok(())
}

/// ustar's prefix and name; v7 and GNU have other things in the prefix's place.
fn short_path(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_nul(&block[..100]);
    let prefix = if block[257..263] == *b"ustar\0" {
        until_nul(&block[345..500])
    } else {
        b""
    };
    if prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

fn until_nul(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == 0);
    &field[..end.unwrap_or(field.len())]
}

/// Octal digits between blanks and NULs; nothing at all is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let trimmed = until_nul(field.trim_ascii_start()).trim_ascii_end();
    trimmed.iter().try_fold(0u64, |sum, &digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Octal, or base 256 where the first bit is set.
fn number(field: &[u8], name: &str) -> Result<u64, Fault> {
    let parsed = match field.split_first() {
        Some((&first, rest)) if first & 0x80 != 0 => {
            // The second bit is the sign: no size or owner is below zero.
            let start = (first & 0x40 == 0).then_some(u64::from(first & 0x3f));
            start.and_then(|start| {
                rest.iter().try_fold(start, |sum, &byte| {
                    sum.checked_mul(256)?.checked_add(u64::from(byte))
                })
            })
        }
        _ => octal(field),
    };
    parsed
        .filter(|&number| i64::try_from(number).is_ok())
        .ok_or_else(|| Fault::damaged(format!("the {name} in a tar header is no number")))
}

fn decimal(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse()
        .ok()
        .filter(|&number| i64::try_from(number).is_ok())
}

/// `LENGTH KEY=VALUE\n`, the length counting itself.
fn read_pax(mut records: &[u8], pax: &mut Pax) -> Result<(), Fault> {
    let wrong = || Fault::damaged("PAX records that are not well formed");
    while !records.is_empty() {
        let blank = records.iter().position(|&byte| byte == b' ');
        let blank = blank.ok_or_else(wrong)?;
        let length = decimal(&records[..blank]).ok_or_else(wrong)? as usize;
        let record = records.get(blank + 1..length).ok_or_else(wrong)?;
        let (last, record) = record.split_last().ok_or_else(wrong)?;
        let equals = record.iter().position(|&byte| byte == b'=');
        let equals = equals.filter(|_| *last == b'\n').ok_or_else(wrong)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        keep_record(key, value, pax).ok_or_else(wrong)?;
        records = &records[length..];
    }
    Ok(())
}

/// `None`: a value that cannot be.
fn keep_record(key: &[u8], value: &[u8], pax: &mut Pax) -> Option<()> {
    // An empty value takes the record back.
    let text = || (!value.is_empty()).then(|| value.to_vec());
    let number = || match value {
        b"" => Some(None),
        value => decimal(value).map(Some),
    };
    let map = &mut pax.sparse_map;
    match key {
        b"path" => pax.path = text(),
        b"linkpath" => pax.link = text(),
        b"size" => pax.size = number()?,
        b"uid" => pax.uid = number()?.map(|number| number as u32),
        b"gid" => pax.gid = number()?.map(|number| number as u32),
        b"SCHILY.xattr.security.capability" => {
            pax.capabilities = sayso_world::grants_capabilities(value);
        }
        b"GNU.sparse.name" => pax.sparse_name = text(),
        b"GNU.sparse.realsize" | b"GNU.sparse.size" => pax.sparse_size = number()?,
        b"GNU.sparse.major" => pax.sparse_in_front = value == b"1",
        b"GNU.sparse.map" => {
            let numbers = value.split(|&byte| byte == b',').map(decimal);
            *map = Some(numbers.collect::<Option<_>>()?);
        }
        b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
            map.get_or_insert_default().push(decimal(value)?);
        }
        _ => {}
    }
    Some(())
}

fn pairs(numbers: &[u64]) -> Vec<(u64, u64)> {
    let (pairs, _) = numbers.as_chunks::<2>();
    pairs.iter().map(|pair| (pair[0], pair[1])).collect()
}

/// The old GNU form: four pieces in the header, more in blocks behind it (`struct sparse`, 12 digits each).
fn gnu_sparse(feed: &mut dyn Feed, block: &[u8; BLOCK]) -> Result<Vec<(u64, u64)>, Fault> {
    let mut pieces = Vec::new();
    let mut keep = |table: &[u8]| -> Result<(), Fault> {
        for piece in table.as_chunks::<24>().0 {
            if piece[0] == 0 {
                break;
            }
            if pieces.len() == SPARSE_PIECES_MAX {
                let what = Limit::Fixed("the number of pieces of a sparse file");
                return Err(Fault::limit(what, SPARSE_PIECES_MAX as u64));
            }
            pieces.push((
                number(&piece[..12], "offset of a piece")?,
                number(&piece[12..], "length of a piece")?,
            ));
        }
        Ok(())
    };
    keep(&block[386..482])?;
    let mut more = block[482] != 0;
    while more {
        let Some(block) = read_block(feed)? else {
            return Err(Fault::damaged("it ends within a sparse file's header"));
        };
        keep(&block[..504])?;
        more = block[504] != 0;
    }
    Ok(pieces)
}

/// PAX form 1.0: a count and pairs in decimal lines before the contents, padded to blocks, and counted with the stored bytes.
fn sparse_in_front(feed: &mut dyn Feed, stored: &mut u64) -> Result<Vec<(u64, u64)>, Fault> {
    let wrong = || Fault::damaged("the pieces of a sparse file are not well formed");
    let (mut numbers, mut wanted) = (Vec::new(), None);
    let mut digits = Vec::new();
    while wanted.is_none_or(|wanted| numbers.len() < wanted) {
        let block = read_block(feed)?.ok_or_else(wrong)?;
        *stored = stored.checked_sub(BLOCK as u64).ok_or_else(wrong)?;
        for byte in block {
            if byte != b'\n' {
                digits.push(byte);
                if digits.len() > 20 {
                    // What is behind the last number is padding.
                    if wanted.is_some_and(|wanted| numbers.len() >= wanted) {
                        break;
                    }
                    return Err(wrong());
                }
                continue;
            }
            if wanted.is_some_and(|wanted| numbers.len() >= wanted) {
                break;
            }
            let number = decimal(&digits).ok_or_else(wrong)?;
            digits.clear();
            if wanted.is_some() {
                numbers.push(number);
            } else if number > SPARSE_PIECES_MAX as u64 {
                let what = Limit::Fixed("the number of pieces of a sparse file");
                return Err(Fault::limit(what, SPARSE_PIECES_MAX as u64));
            } else {
                wanted = Some(number as usize * 2);
            }
        }
    }
    Ok(pairs(&numbers))
}
