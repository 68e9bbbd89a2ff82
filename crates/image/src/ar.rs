//! `ar` as Debian packages have it (deb(5)): a magic line, then members with headers of 60 bytes.

use crate::limits::AR_MEMBERS_MAX;
use crate::refusal::{Fault, Limit};
use crate::source::Span;

/// What every `ar` archive begins with.
pub(crate) const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: u64 = 60;

/// The members by name.
pub(crate) fn members(archive: &Span) -> Result<Vec<(String, Span)>, Fault> {
    let mut members = Vec::new();
    let mut at = MAGIC.len() as u64;
    while at < archive.len() {
        let wrong = |what: &str| Fault::damaged(what).at(at);
        let header = archive.part(at, HEADER);
        let header = header.ok_or_else(|| wrong("it ends within a header of an ar archive"))?;
        let header = header.head(HEADER as usize);
        if header.len() != HEADER as usize || !header.ends_with(b"`\n") {
            return Err(wrong("this is no header of an ar archive"));
        }
        let text =
            |range: std::ops::Range<usize>| std::str::from_utf8(&header[range]).map(str::trim_end);
        let size = text(48..58).ok().and_then(|text| text.parse::<u64>().ok());
        let size =
            size.ok_or_else(|| wrong("the size in a header of an ar archive is no number"))?;
        let name = text(0..16).map_err(|_| wrong("a name in an ar archive is not plain text"))?;
        let member = archive.part(at + HEADER, size);
        let member = member.ok_or_else(|| wrong("a member of an ar archive ends too early"))?;
        if members.len() == AR_MEMBERS_MAX {
            let limit = Limit::Fixed("the number of members of an ar archive");
            return Err(Fault::limit(limit, AR_MEMBERS_MAX as u64));
        }
        members.push((name.trim_end_matches('/').to_owned(), member));
        at += HEADER + size + size % 2;
    }
    Ok(members)
}
