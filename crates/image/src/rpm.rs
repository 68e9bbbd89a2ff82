//! rpm packages as far as their payload: lead, signature header, header (rpm's `docs/manual/format_*.md`), then compressed cpio.

use sayso_facts::limits::RPM_HEADER_BYTES_MAX;
use sayso_facts::rpm::{Header, tag};

use crate::Package;
use crate::refusal::{Fault, Limit};
use crate::source::Span;

/// What every rpm package begins with.
pub(crate) const MAGIC: &[u8] = b"\xed\xab\xee\xdb";
const LEAD: u64 = 96;
/// Magic and version of a header, reserved bytes, number of entries, bytes of the data store.
const INTRO: u64 = 16;

/// What is told about the package, and where its payload is.
pub(crate) fn read(file: &Span) -> Result<(Package, Span), Fault> {
    let (_, behind) = header(file, LEAD)?;
    // The signature header is padded to eight bytes.
    let behind = behind.next_multiple_of(8);
    let (header, behind) = header(file, behind)?;
    let text = |tag: u32| {
        let text = header.text(tag).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    };
    if !matches!(text(tag::PAYLOAD_FORMAT).as_str(), "" | "cpio") {
        return Err(Fault::unsupported(format!(
            "its payload is not cpio but `{}', which is not read here; unpack it and check the folder with --root",
            crate::refusal::shown(text(tag::PAYLOAD_FORMAT).as_bytes())
        )));
    }
    let package = Package {
        name: text(tag::NAME),
        version: format!("{}-{}", text(tag::VERSION), text(tag::RELEASE)),
        architecture: text(tag::ARCH),
    };
    let payload = file.part(behind, file.len() - behind);
    let payload = payload.ok_or_else(|| Fault::damaged("it ends before its payload"))?;
    Ok((package, payload))
}

/// A header and where it ends.
fn header(file: &Span, at: u64) -> Result<(Header, u64), Fault> {
    let short = || Fault::damaged("it ends within a header of the package").at(at);
    let intro = file.part(at, INTRO).ok_or_else(short)?.head(INTRO as usize);
    if !intro.starts_with(&[0x8e, 0xad, 0xe8, 1]) || intro.len() < INTRO as usize {
        return Err(Fault::damaged("this is no header of an rpm package").at(at));
    }
    let word = |at: usize| {
        u64::from(u32::from_be_bytes([
            intro[at],
            intro[at + 1],
            intro[at + 2],
            intro[at + 3],
        ]))
    };
    let (entries, store) = (word(8) * 16, word(12));
    if entries + store > RPM_HEADER_BYTES_MAX as u64 {
        let limit = Limit::Fixed("the size of an rpm header in bytes");
        return Err(Fault::limit(limit, RPM_HEADER_BYTES_MAX as u64).at(at));
    }
    let bytes = file.part(at + INTRO, entries + store).ok_or_else(short)?;
    let mut bytes = bytes.head((entries + store) as usize);
    if (bytes.len() as u64) < entries + store {
        return Err(short());
    }
    let entries = bytes.split_to(entries as usize);
    Ok((
        Header::new(entries, bytes),
        at + INTRO + (word(8) * 16) + store,
    ))
}
