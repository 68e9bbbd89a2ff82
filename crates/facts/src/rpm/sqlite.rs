//! The rows of the table `Packages` in an SQLite file (<https://www.sqlite.org/fileformat2.html>), which rpm has since 4.16
//! (`lib/backend/sqlite.cc`): `hnum INTEGER PRIMARY KEY`, `blob BLOB`. Big-endian everywhere.
//!
//! Page 1 holds the list of tables, and a table is a tree of pages, its rows in the leaves. A row that is too long for its page goes on
//! in a chain of pages. rpm keeps a write-ahead log (`rpmdb.sqlite-wal`): its pages take the place of the file's up to the last one that
//! ends a transaction, as far as salts and checksums agree.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

use super::{Fault, Found, Order, Place, What};
use crate::limits::RPM_HEADER_BYTES_MAX;

pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of the first page before the tree's own head.
const FILE_HEAD: usize = 100;
const WAL_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
const WAL_MAGIC: u32 = 0x377f_0682;
const WAL_VERSION: u32 = 3_007_000;
const KIND_INTERIOR: u8 = 5;
const KIND_LEAF: u8 = 13;
/// Beside the header itself, a row holds a few numbers.
const ROW_BYTES_MAX: u64 = RPM_HEADER_BYTES_MAX as u64 + 64;

struct File<'f> {
    bytes: &'f Bytes,
    wal: &'f Bytes,
    /// Where pages stand in the log.
    logged: HashMap<u32, usize>,
    page_size: usize,
    /// Without what each page keeps for extensions.
    usable: usize,
    /// Pages that have been used: none is part of two things.
    used: HashSet<u32>,
}

/// A row of a table: its number, and its record.
struct Row {
    number: u32,
    record: Bytes,
}

/// Every row of `Packages`.
pub(super) fn read(bytes: &Bytes, wal: &Bytes, found: &mut Found<'_>) -> Result<(), Fault> {
    let (logged, logged_size) = logged(wal);
    let page_size = match logged_size {
        Some(size) => size,
        None => match Order::BIG.u16(bytes, 16) {
            Some(1) => 65_536,
            size => usize::from(size.unwrap_or(0)),
        },
    };
    if !is_page_size(page_size) {
        return Err(Fault::damaged(Place::File, "it has no sound page size"));
    }
    let mut file = File {
        bytes,
        wal,
        logged,
        page_size,
        usable: 0,
        used: HashSet::new(),
    };
    let first = file.page(1)?;
    file.used.clear();
    if first.get(19).is_none_or(|&version| version > 2) || Order::BIG.u32(&first, 56) > Some(1) {
        return Err(Fault {
            place: Place::File,
            what: What::Unsupported("a form of SQLite that rpm does not write"),
        });
    }
    let reserved = usize::from(first.get(20).copied().unwrap_or(0));
    file.usable = page_size.saturating_sub(reserved);
    if file.usable < 480 {
        return Err(Fault::damaged(Place::File, "it has no sound page size"));
    }
    let mut root = None;
    file.table(1, found, &mut |row, _| {
        // type, name, tbl_name, rootpage, sql
        let mut columns = columns(&row.record);
        let mut column = || columns.next().unwrap_or_default();
        if (column(), column()) == (b"table", b"Packages") {
            let _ = column();
            let page = column();
            root = (page.len() <= 4).then(|| {
                page.iter()
                    .fold(0, |number, &byte| number << 8 | u32::from(byte))
            });
        }
        Ok(())
    })?;
    let Some(root) = root else {
        let what = "it has no table `Packages'";
        return Err(Fault::damaged(Place::File, what));
    };
    file.table(root, found, &mut |row, found| {
        let blob = columns(&row.record).nth(1).unwrap_or_default();
        found.blob(row.number, row.record.slice_ref(blob))
    })
}

fn is_page_size(size: usize) -> bool {
    size.is_power_of_two() && (512..=65_536).contains(&size)
}

/// Where each page of the log's whole transactions stands last, and their size; nothing if it is no log, or has no transaction.
fn logged(wal: &Bytes) -> (HashMap<u32, usize>, Option<usize>) {
    let (mut pages, mut waiting) = (HashMap::new(), Vec::new());
    let word = |at| Order::BIG.u32(wal, at).unwrap_or(0);
    let size = word(8) as usize;
    let is_log = word(0) & !1 == WAL_MAGIC && word(4) == WAL_VERSION && is_page_size(size);
    // The checksum's words are in the order of the machine that wrote it.
    let order = Order {
        big: word(0) & 1 == 1,
    };
    let mut sum = (0, 0);
    if is_log && let Some(head) = wal.get(..24) {
        sum = checksum(order, head, sum);
    }
    if !is_log || sum != (word(24), word(28)) {
        return (pages, None);
    }
    let mut at = WAL_HEAD;
    while let Some(frame) = wal.get(at..at + FRAME_HEAD + size) {
        sum = checksum(order, &frame[..8], sum);
        sum = checksum(order, &frame[FRAME_HEAD..], sum);
        let same_salt = (word(at + 8), word(at + 12)) == (word(16), word(20));
        if !same_salt || sum != (word(at + 16), word(at + 20)) {
            break;
        }
        waiting.push((word(at), at + FRAME_HEAD));
        // The size of the database behind it stands in a transaction's last frame.
        if word(at + 4) != 0 {
            pages.extend(waiting.drain(..));
        }
        at += FRAME_HEAD + size;
    }
    let size = (!pages.is_empty()).then_some(size);
    (pages, size)
}

/// "Checksum Algorithm" of the format: of pairs of words, going on from an earlier one.
fn checksum(order: Order, bytes: &[u8], (mut first, mut second): (u32, u32)) -> (u32, u32) {
    for pair in bytes.as_chunks::<8>().0 {
        let word = |at| order.u32(pair, at).unwrap_or(0);
        first = first.wrapping_add(word(0)).wrapping_add(second);
        second = second.wrapping_add(word(4)).wrapping_add(first);
    }
    (first, second)
}

impl File<'_> {
    /// A page, the first time that it is asked for.
    fn page(&mut self, number: u32) -> Result<Bytes, Fault> {
        let fault = |what| Fault::damaged(Place::Page(number), what);
        let (source, start) = match self.logged.get(&number) {
            Some(&at) => (self.wal, at),
            None if number == 0 => return Err(fault("it is not in the file")),
            None => (
                self.bytes,
                (number as usize - 1).saturating_mul(self.page_size),
            ),
        };
        let end = start.saturating_add(self.page_size);
        if end > source.len() {
            return Err(fault("it is not in the file"));
        }
        if !self.used.insert(number) {
            return Err(fault("it is used twice"));
        }
        Ok(source.slice(start..end))
    }

    /// The rows of a table in their order. Pages that are damaged are told to `found` and passed over.
    fn table(
        &mut self,
        root: u32,
        found: &mut Found<'_>,
        each: &mut dyn FnMut(Row, &mut Found<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut waiting = vec![root];
        while let Some(number) = waiting.pop() {
            let page = match self.page(number) {
                Ok(page) => page,
                Err(fault) => {
                    found.fault(fault);
                    continue;
                }
            };
            let head = if number == 1 { FILE_HEAD } else { 0 };
            let count = usize::from(Order::BIG.u16(&page, head + 3).unwrap_or(0));
            let kind = page[head];
            let list = head + if kind == KIND_INTERIOR { 12 } else { 8 };
            let Some(cells) = page.get(list..list + 2 * count) else {
                found.fault(Fault::damaged(
                    Place::Page(number),
                    "its cells are not in it",
                ));
                continue;
            };
            let cells = cells.as_chunks::<2>().0.iter();
            let cells = cells.map(|&offset| usize::from(u16::from_be_bytes(offset)));
            match kind {
                KIND_INTERIOR => {
                    waiting.extend(Order::BIG.u32(&page, head + 8));
                    waiting.extend(cells.rev().filter_map(|at| Order::BIG.u32(&page, at)));
                }
                KIND_LEAF => {
                    // Cells do not overlap, so they are together not longer than the page.
                    let mut left = page.len();
                    for at in cells {
                        match self.row(number, &page, at, &mut left) {
                            Ok(row) => each(row, found)?,
                            Err(fault) => found.fault(fault),
                        }
                    }
                }
                _ => found.fault(Fault::damaged(
                    Place::Page(number),
                    "it is no page of a table",
                )),
            }
        }
        Ok(())
    }

    /// The row of a leaf's cell: length, number, as much of the record as stands here, and where it goes on.
    fn row(
        &mut self,
        number: u32,
        page: &Bytes,
        at: usize,
        left: &mut usize,
    ) -> Result<Row, Fault> {
        let damaged = |what| Fault::damaged(Place::Page(number), what);
        let cell = page.get(at..).unwrap_or_default();
        let numbers = varint(cell).and_then(|(length, behind)| {
            let (row, rest) = varint(behind)?;
            Some((length, row, rest))
        });
        let (length, row, rest) = numbers.ok_or_else(|| damaged("one of its cells is cut off"))?;
        if length > ROW_BYTES_MAX {
            let what = "bytes in a header";
            return Err(Fault::limit(
                Place::Page(number),
                what,
                RPM_HEADER_BYTES_MAX,
            ));
        }
        let length = length as usize;
        let here = self.local(length);
        let part = rest.get(..here);
        *left = left
            .checked_sub(here)
            .ok_or_else(|| damaged("its cells overlap"))?;
        let part = part.ok_or_else(|| damaged("one of its cells is cut off"))?;
        let row = row as u32;
        if here == length {
            let record = page.slice_ref(part);
            return Ok(Row {
                number: row,
                record,
            });
        }
        let mut record = Vec::with_capacity(length.min(self.bytes.len() + self.wal.len()));
        record.extend_from_slice(part);
        let mut next = Order::BIG.u32(rest, here).unwrap_or(0);
        while record.len() < length {
            let page = self.page(next)?;
            next = Order::BIG.u32(&page, 0).unwrap_or(0);
            let end = self.usable.min(4 + length - record.len());
            record.extend_from_slice(&page[4..end]);
        }
        Ok(Row {
            number: row,
            record: record.into(),
        })
    }

    /// How much of a record stands in its leaf ("B-tree Cell Format").
    fn local(&self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let wished = least + (length - least) % (self.usable - 4);
        if wished <= most { wished } else { least }
    }
}

/// A number of one to nine bytes, and what is behind it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, &byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((number << 8 | u64::from(byte), &bytes[9..]));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

/// The bytes of a record's columns; a number's are big-endian, and those of 0, 1 and NULL are none. Ends where the record is cut off.
fn columns(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut kinds, mut values) = (&[][..], &[][..]);
    if let Some((head, rest)) = varint(record) {
        let head = usize::try_from(head).unwrap_or(usize::MAX);
        let before = record.len() - rest.len();
        if let Some(parts) = record.split_at_checked(head)
            && let Some(listed) = parts.0.get(before..)
        {
            (kinds, values) = (listed, parts.1);
        }
    }
    std::iter::from_fn(move || {
        let (kind, rest) = varint(kinds)?;
        kinds = rest;
        let length = match kind {
            0 | 8..=11 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            _ => (kind - 12) / 2,
        };
        let (value, rest) = values.split_at_checked(usize::try_from(length).ok()?)?;
        values = rest;
        Some(value)
    })
}
