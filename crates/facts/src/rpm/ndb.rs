//! rpm's own `ndb` (`lib/backend/ndb/rpmpkg.c`), which SUSE uses. Little-endian everywhere.
//!
//! ```text
//! "RpmP" version generation pages-of-slots next-number pad(12) | slots × {"Slot" number block blocks} | blobs
//! blob: "BlbS" number generation length | header | pad | checksum length "BlbE";  a block has 16 bytes
//! ```

use bytes::Bytes;

use super::{Fault, Found, Order, Place, What};

pub(super) const MAGIC: &[u8] = b"RpmP";
const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: u64 = 16;
const BLOB_HEAD: usize = 16;
const BLOB_TAIL: usize = 12;

/// Every slot that is in use.
pub(super) fn read(file: &Bytes, found: &mut Found<'_>) -> Result<(), Fault> {
    let word = |bytes: &[u8], at| Order::LITTLE.u32(bytes, at).unwrap_or(0);
    if word(file, 4) != 0 {
        return Err(Fault {
            place: Place::File,
            what: What::Unsupported("a version of ndb other than 0"),
        });
    }
    let length = (word(file, 12) as usize).saturating_mul(PAGE);
    let slots = file
        .get(2 * SLOT..length)
        .ok_or_else(|| Fault::damaged(Place::File, "it ends within its slots"))?;
    // Blobs do not overlap, so they are together not longer than the file.
    let mut left = file.len();
    for (at, slot) in slots.as_chunks::<SLOT>().0.iter().enumerate() {
        let page = Place::Page(((at + 2) / (PAGE / SLOT)) as u32);
        if !slot.starts_with(b"Slot") {
            return Err(Fault::damaged(page, "one of its slots is overwritten"));
        }
        let (number, block) = (word(slot, 4), word(slot, 8));
        if block == 0 {
            continue;
        }
        let start = usize::try_from(u64::from(block) * BLOCK).unwrap_or(usize::MAX);
        let blob = file.get(start..).unwrap_or_default();
        let size = word(blob, 12) as usize;
        let tail = blob.get(BLOB_HEAD + size..).unwrap_or_default();
        let is_whole = blob.starts_with(b"BlbS") && word(blob, 4) == number && {
            // The end is padded so that it closes the last block.
            let pad = (BLOB_HEAD + size + BLOB_TAIL).next_multiple_of(BLOCK as usize)
                - (BLOB_HEAD + size + BLOB_TAIL);
            word(tail, pad + 4) as usize == size
                && tail.get(pad + 8..pad + 12) == Some(b"BlbE".as_slice())
        };
        let fits = left.checked_sub(size).filter(|_| is_whole);
        match fits {
            Some(rest) => {
                left = rest;
                found.blob(
                    number,
                    file.slice(start + BLOB_HEAD..start + BLOB_HEAD + size),
                )?;
            }
            None => found.fault(Fault::damaged(
                Place::Package(number),
                "its header is not where its slot says",
            )),
        }
    }
    Ok(())
}
