//! A hash of Berkeley DB, as rpm before 4.16 has it (`lib/backend/bdb_ro.cc`; `dbinc/db_page.h` of Berkeley DB 5.3). Numbers are in the
//! byte order of the machine that wrote it.
//!
//! Bucket `b` begins at page `b + spares[bits of b]` and goes on through the pages' `next`. A page has offsets of its items behind its
//! head, and the items at its end, the first one last: keys and values in turn. What is too big for a page stands on pages of its own.
//!
//! ```text
//! page:  log(8) number previous next | entries(2) high-offset(2) level(1) kind(1) | offsets × u16 … items
//! item:  1 bytes…  |  3 pad(3) page length      (the value on pages of kind 7, whose bytes begin behind the head)
//! ```

use std::collections::HashSet;

use bytes::Bytes;

use super::{Fault, Found, Order, Place, What};
use crate::limits::RPM_HEADER_BYTES_MAX;

const HASH_MAGIC: u32 = 0x0006_1561;
const BTREE_MAGIC: u32 = 0x0005_3162;
/// Bytes of a page before its items.
const HEAD: usize = 26;
/// Kinds of pages: those with items (of older and newer releases), those of big values.
const KIND_UNSORTED: u8 = 2;
const KIND_SORTED: u8 = 13;
const KIND_OVERFLOW: u8 = 7;
/// Kinds of items.
const ITEM_HERE: u8 = 1;
const ITEM_ELSEWHERE: u8 = 3;
/// The numbers `spares` of the first page.
const SPARES: usize = 32;

struct File<'f> {
    bytes: &'f Bytes,
    order: Order,
    page_size: usize,
    /// Pages that have been used: none is part of two things.
    used: HashSet<u32>,
}

/// Every bucket in turn.
pub(super) fn read(bytes: &Bytes, found: &mut Found<'_>) -> Result<(), Fault> {
    let little = Order::LITTLE.u32(bytes, 12);
    let (order, magic) = match (little, Order::BIG.u32(bytes, 12)) {
        (Some(magic @ (HASH_MAGIC | BTREE_MAGIC)), _) => (Order::LITTLE, magic),
        (_, Some(magic @ (HASH_MAGIC | BTREE_MAGIC))) => (Order::BIG, magic),
        _ => {
            let what = "it is no database of rpm's";
            return Err(Fault::damaged(Place::File, what));
        }
    };
    let word = |at| order.u32(bytes, at).unwrap_or(0);
    let unsupported = |what| Fault {
        place: Place::File,
        what: What::Unsupported(what),
    };
    if magic == BTREE_MAGIC {
        return Err(unsupported("a b-tree of Berkeley DB"));
    }
    if !(8..=10).contains(&word(16)) {
        return Err(unsupported(
            "a version of Berkeley DB's hash other than 8, 9 and 10",
        ));
    }
    // Bit 0 of the flags: every page has a checksum before its items; the byte before: encryption.
    if bytes.get(24) != Some(&0) || bytes.get(26).is_none_or(|flags| flags & 1 != 0) {
        return Err(unsupported("an encrypted or checksummed Berkeley DB"));
    }
    let page_size = word(20) as usize;
    if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
        return Err(Fault::damaged(Place::File, "it has no sound page size"));
    }
    let mut file = File {
        bytes,
        order,
        page_size,
        used: HashSet::new(),
    };
    for bucket in 0..=word(72) {
        let spare = (u32::BITS - bucket.leading_zeros()) as usize;
        // No file has the pages of a bucket behind the last of these numbers.
        let mut number = bucket.wrapping_add(word(96 + 4 * spare.min(SPARES - 1)));
        loop {
            let page = file.page(number)?;
            if !matches!(page[25], KIND_UNSORTED | KIND_SORTED) {
                let what = "it is no page of a hash";
                return Err(Fault::damaged(Place::Page(number), what));
            }
            file.items(number, &page, found)?;
            number = order.u32(&page, 16).unwrap_or(0);
            if number == 0 {
                break;
            }
        }
    }
    Ok(())
}

impl File<'_> {
    /// A page, the first time that it is asked for.
    fn page(&mut self, number: u32) -> Result<Bytes, Fault> {
        let fault = |what| Fault::damaged(Place::Page(number), what);
        let start = (number as usize).saturating_mul(self.page_size);
        let end = start.saturating_add(self.page_size);
        if number == 0 || end > self.bytes.len() {
            return Err(fault("it is not in the file"));
        }
        if !self.used.insert(number) {
            return Err(fault("it is used twice"));
        }
        let page = self.bytes.slice(start..end);
        if self.order.u32(&page, 8) != Some(number) {
            return Err(fault("it is another page"));
        }
        Ok(page)
    }

    /// The keys and values of a page.
    fn items(&mut self, number: u32, page: &Bytes, found: &mut Found<'_>) -> Result<(), Fault> {
        let count = usize::from(self.order.u16(page, 20).unwrap_or(0));
        let offset = |at: usize| {
            let offset = self.order.u16(page, HEAD + 2 * at);
            offset.map(usize::from)
        };
        let mut end = page.len();
        let mut items = Vec::new();
        for at in 0..count {
            let start = offset(at).filter(|&start| start < end && start > HEAD + 2 * at);
            let Some(start) = start else {
                let what = "its items are not in order";
                return Err(Fault::damaged(Place::Page(number), what));
            };
            items.push(page.slice(start..end));
            end = start;
        }
        for pair in items.as_chunks::<2>().0 {
            let [key, value] = pair;
            // Keys are numbers; number 0 has the number of the next package.
            let package = (key[0] == ITEM_HERE)
                .then(|| self.order.u32(key, 1))
                .flatten();
            let Some(package) = package else {
                found.fault(Fault::damaged(
                    Place::Page(number),
                    "one of its keys is no number",
                ));
                continue;
            };
            if package == 0 {
                continue;
            }
            match self.value(value) {
                Ok(blob) => found.blob(package, blob)?,
                Err(fault) => found.fault(fault),
            }
        }
        Ok(())
    }

    fn value(&mut self, item: &Bytes) -> Result<Bytes, Fault> {
        let word = |at| self.order.u32(item, at);
        let (mut number, length) = match (item[0], word(4), word(8)) {
            (ITEM_HERE, ..) => return Ok(item.slice(1..)),
            (ITEM_ELSEWHERE, Some(number), Some(length)) => (number, length as usize),
            _ => {
                let what = "one of its values is of no kind that rpm writes";
                return Err(Fault::damaged(Place::File, what));
            }
        };
        if length > RPM_HEADER_BYTES_MAX {
            let what = "bytes in a header";
            return Err(Fault::limit(
                Place::Page(number),
                what,
                RPM_HEADER_BYTES_MAX,
            ));
        }
        let mut value = Vec::with_capacity(length.min(self.bytes.len()));
        while value.len() < length {
            let page = self.page(number)?;
            let used = usize::from(self.order.u16(&page, 22).unwrap_or(0));
            let part = page.get(HEAD..HEAD + used);
            let part = part.filter(|part| {
                page[25] == KIND_OVERFLOW && !part.is_empty() && part.len() <= length - value.len()
            });
            let Some(part) = part else {
                let what = "it is no page of a big value";
                return Err(Fault::damaged(Place::Page(number), what));
            };
            value.extend_from_slice(part);
            number = self.order.u32(&page, 16).unwrap_or(0);
        }
        Ok(value.into())
    }
}
