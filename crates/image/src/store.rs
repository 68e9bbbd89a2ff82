//! What an image's blobs lie in: a folder, or an archive.

use std::collections::HashMap;

use bytes::Bytes;

use crate::feed::{Feed, Mapped};
use crate::index::{Index, cleaned};
use crate::limits::JSON_BYTES_MAX;
use crate::refusal::{Fault, Limit};
use crate::source::{Folder, Span};
use crate::streamed::Passed;
use crate::tar::{self, Header, Type};

/// Where blobs come from.
#[derive(Debug)]
pub(crate) enum Store {
    Folder(Folder),
    Archive(Members),
}

/// The members of an uncompressed tar archive by their cleaned names.
#[derive(Debug, Default)]
pub(crate) struct Members {
    files: HashMap<Vec<u8>, Member>,
}

/// One member.
#[derive(Debug)]
pub(crate) enum Member {
    File(Span),
    /// Another member's cleaned name: `docker save` writes links where layers are the same.
    Link(Vec<u8>),
    /// A layer that was indexed as it passed by.
    Layer(Passed),
}

/// A layer, to be read or read already.
#[derive(Debug)]
pub(crate) enum Blob<'s> {
    Span(Span),
    Passed(&'s Passed),
}

impl Blob<'_> {
    /// Bytes that it has as it is stored.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Blob::Span(span) => span.len(),
            Blob::Passed(passed) => passed.stored,
        }
    }
}

/// What reading one layer gives.
#[derive(Debug, Clone)]
pub(crate) struct ReadLayer {
    pub(crate) index: Index,
    pub(crate) inflated: u64,
}

/// Links from member to member.
const LINKS_MAX: usize = 8;

impl Members {
    pub(crate) fn of(files: HashMap<Vec<u8>, Member>) -> Members {
        Members { files }
    }

    /// Walks over the headers of an archive; no members if there is none that an image begins with.
    pub(crate) fn read(archive: &Span, entries_max: u64) -> Result<Members, Fault> {
        let mut of_image = false;
        each_member(archive, entries_max, |_, path, _| {
            of_image |= matches!(path.as_slice(), b"manifest.json" | b"index.json");
        })?;
        let mut files = HashMap::new();
        // A root file system may have a million files, and their names are of no use here.
        if of_image {
            each_member(archive, entries_max, |header, path, span| {
                let member = match header.kind {
                    Type::Regular if header.sparse.is_none() => span.map(Member::File),
                    _ => link(header, &path),
                };
                if let Some(member) = member {
                    files.insert(path, member);
                }
            })?;
        }
        Ok(Members { files })
    }

    /// It has what an OCI image layout has.
    pub(crate) fn is_oci(&self) -> bool {
        self.has("oci-layout") && self.has("index.json")
    }

    /// There is a member of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    fn member(&self, name: &str) -> Option<&Member> {
        let name = cleaned(name.as_bytes()).ok()?;
        let mut member = self.files.get(&name)?;
        for _ in 0..LINKS_MAX {
            match member {
                Member::Link(target) => member = self.files.get(target)?,
                _ => return Some(member),
            }
        }
        None
    }
}

/// Calls with every member's header, cleaned path and contents.
fn each_member(
    archive: &Span,
    entries_max: u64,
    mut call: impl FnMut(&Header, Vec<u8>, Option<Span>),
) -> Result<(), Fault> {
    let mut feed = Mapped::new(archive);
    let mut count = 0;
    while let Some(header) = tar::next(&mut feed)? {
        count += 1;
        if count > entries_max {
            return Err(Fault::limit(Limit::Entries, entries_max));
        }
        let at = |fault: Fault| fault.of_entry(&header.path).at(header.offset);
        let path = cleaned(&header.path).map_err(at)?;
        let start = feed.position();
        feed.skip(header.stored).map_err(at)?;
        if !feed.peek(1)?.is_empty() {
            feed.skip(tar::padding(header.stored))?;
        }
        call(&header, path, archive.part(start, header.stored));
    }
    Ok(())
}

/// A link to another member.
pub(crate) fn link(header: &Header, path: &[u8]) -> Option<Member> {
    let target = match header.kind {
        Type::Symlink => {
            let folder = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            [&path[..folder], b"/", &header.link].concat()
        }
        Type::HardLink => header.link.clone(),
        _ => return None,
    };
    cleaned(&target).ok().map(Member::Link)
}

impl Store {
    /// It has what an OCI image layout has.
    pub(crate) fn is_oci(&self) -> bool {
        match self {
            Store::Folder(_) => true,
            Store::Archive(members) => members.is_oci(),
        }
    }

    /// A member; `None` if there is none.
    pub(crate) fn file(&self, name: &str) -> Result<Option<Span>, Fault> {
        match self {
            Store::Folder(folder) => folder.file(name),
            Store::Archive(members) => Ok(match members.member(name) {
                Some(Member::File(span)) => Some(span.clone()),
                _ => None,
            }),
        }
    }

    /// A member that may be a layer.
    pub(crate) fn blob(&self, name: &str) -> Result<Option<Blob<'_>>, Fault> {
        if let Store::Archive(members) = self
            && let Some(Member::Layer(passed)) = members.member(name)
        {
            return Ok(Some(Blob::Passed(passed)));
        }
        Ok(self.file(name)?.map(Blob::Span))
    }

    /// A member that is JSON.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Bytes>, Fault> {
        let Some(span) = self.file(name)? else {
            return Ok(None);
        };
        if span.len() > JSON_BYTES_MAX {
            let what = Limit::Fixed("the size of a JSON file in bytes");
            return Err(Fault::limit(what, JSON_BYTES_MAX));
        }
        span.bytes().map(Some)
    }
}
