//! A compressed archive of a container image (`docker save app | gzip`): it can only be read from its beginning, and what says
//! which layers matter stands at its end. So whatever looks like a layer is indexed as it passes by.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::decode::Compression;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::feed::{Bounds, Feed, Stream, Within};
use crate::index::{Budget, Index, Reading, add, cleaned, of_tar};
use crate::limits::{HEAD_BYTES, JSON_BYTES_MAX};
use crate::refusal::Fault;
use crate::source::Span;
use crate::store::{Member, Members, ReadLayer};
use crate::tar::{self, Header, Type};

/// A layer that was indexed while it passed by.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Of the layer as it is stored in the archive.
    pub(crate) digest: Digest,
    pub(crate) diff_id: Digest,
    pub(crate) stored: u64,
    /// Taken by the first who asks for it.
    read: Mutex<Option<ReadLayer>>,
}

impl Passed {
    /// The index; again if it is asked for twice.
    pub(crate) fn take(&self, keep: bool) -> Option<ReadLayer> {
        let read = self.read.lock();
        let mut read = read.unwrap_or_else(std::sync::PoisonError::into_inner);
        if keep { read.clone() } else { read.take() }
    }
}

/// What a compressed archive holds: as the members of an image, and as files of its own.
pub(crate) struct Streamed {
    pub(crate) members: Members,
    pub(crate) index: Index,
}

/// Reads the whole archive.
pub(crate) fn read(stream: &mut Stream<'_>, budget: &Budget<'_>) -> Result<Streamed, Fault> {
    let mut index = Index::default();
    let mut files = HashMap::new();
    while let Some(header) = tar::next(stream)? {
        let padding = tar::padding(header.stored);
        let named = |fault: Fault| fault.of_entry(&header.path).at(header.offset);
        let path = cleaned(&header.path).map_err(named)?;
        let member = member(stream, &header, &path, budget).map_err(named)?;
        match member {
            Some(member) => {
                // Should it be no image after all, it is a file like others.
                budget.entry()?;
                index.passed(&header, &path, budget)?;
                files.insert(path, member);
            }
            None => add(stream, &header, Reading::Plain, &mut index, budget).map_err(named)?,
        }
        if !stream.peek(1)?.is_empty() {
            stream.skip(padding)?;
        }
    }
    Ok(Streamed {
        members: Members::of(files),
        index,
    })
}

/// `None`: nothing that an image is made of.
fn member(
    stream: &mut Stream<'_>,
    header: &Header,
    path: &[u8],
    budget: &Budget<'_>,
) -> Result<Option<Member>, Fault> {
    if header.kind != Type::Regular || header.sparse.is_some() || !is_of_image(path) {
        return Ok(crate::store::link(header, path).filter(|_| is_of_image(path)));
    }
    let head = stream.peek(HEAD_BYTES.min(header.stored as usize))?;
    let compression = Compression::detect(head);
    if compression != Compression::None || tar::is_tar(head) {
        return layer(stream, header, compression, budget).map(Some);
    }
    if header.stored <= JSON_BYTES_MAX {
        budget.hold(header.stored)?;
        let bytes = stream.take(header.stored as usize)?;
        return Ok(Some(Member::File(Span::of(bytes))));
    }
    Ok(None)
}

/// Names that the writers of images give, at the top of the archive: `blobs/sha256/…`, `HEX/layer.tar`, `HEX.tar`,
/// `sha256:HEX.tar.gz`, and the JSON beside them.
fn is_of_image(path: &[u8]) -> bool {
    let is_hex = |text: &[u8]| text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit);
    let (top, rest) = match path.iter().position(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], Some(&path[slash + 1..])),
        None => (path, None),
    };
    match rest {
        Some(_) if top == b"blobs" => true,
        Some(rest) => is_hex(top) && rest == b"layer.tar",
        None => {
            let stem = top.strip_prefix(b"sha256:").unwrap_or(top);
            let stem = stem.split(|&byte| byte == b'.').next().unwrap_or(stem);
            is_hex(stem) || matches!(top, b"manifest.json" | b"index.json" | b"oci-layout")
        }
    }
}

fn layer(
    stream: &mut Stream<'_>,
    header: &Header,
    compression: Compression,
    budget: &Budget<'_>,
) -> Result<Member, Fault> {
    let stored_hasher = Some(Hasher::new(Algorithm::Sha256));
    let mut within = Within::new(stream, header.stored, stored_hasher);
    let bounds = Bounds::of(budget.limits, header.stored);
    let mut inner = Stream::new(
        compression.reader(&mut within)?,
        bounds,
        Some(Hasher::new(Algorithm::Sha256)),
    );
    let index = of_tar(&mut inner, Reading::PassingLayer, budget);
    let finished = index.and_then(|index| Ok((index, inner.finish()?)));
    let finished = finished.map_err(|fault| within.failed.take().unwrap_or(fault));
    let (index, (diff_id, inflated)) = finished?;
    let digest = within.finish()?;
    let known = digest.zip(diff_id);
    let (digest, diff_id) = known.ok_or_else(|| Fault::damaged("a layer without a digest"))?;
    Ok(Member::Layer(Passed {
        digest,
        diff_id,
        stored: header.stored,
        read: Mutex::new(Some(ReadLayer { index, inflated })),
    }))
}
