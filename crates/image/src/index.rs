//! A layer (or another archive) as a list of what it says, in its order: made while it streams by.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sayso_world::Digests;
use sayso_world::limits::{NAME_BYTES_MAX, PATH_BYTES_MAX};

use crate::digest::Hasher;
use crate::feed::Feed;
use crate::hold::{Head, Held, Holding, Looked, wanted};
use crate::limits::{ENTRY_BYTES, HEAD_BYTES, LOOK_AGAIN_PART, Limits};
use crate::pieces::{self, Plan};
use crate::refusal::{Fault, Limit};
use sayso_facts::Magic;

use crate::tar::{self, Header, Type};

/// A piece of [`Index::names`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    start: u32,
    length: u32,
}

/// What an entry brings.
#[derive(Debug, Clone)]
pub(crate) enum Brings {
    Directory,
    Regular {
        size: u64,
        head: Head,
        held: Option<Box<Held>>,
        digests: Option<Box<Digests>>,
    },
    /// With its text.
    Symlink(Name),
    /// With the cleaned path of the file that it is another name of.
    HardLink(Name),
    Special,
    /// A whiteout: the path is that of what it hides.
    Hides,
    /// An opaque directory: the path is its own.
    HidesBelow,
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Cleaned: no slash in front, no dots; empty for the root.
    pub(crate) path: Name,
    pub(crate) brings: Brings,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) capabilities: bool,
}

/// Everything that one layer says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// All names, one behind the other: a million small allocations would cost more than the names.
    names: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
}

impl Index {
    pub(crate) fn name(&self, name: Name) -> &[u8] {
        &self.names[name.start as usize..][..name.length as usize]
    }
    /// The held contents of a path.
    pub(crate) fn held(&self, path: &[u8]) -> Option<Bytes> {
        let entry = self
            .entries
            .iter()
            .find(|entry| self.name(entry.path) == path)?;
        match &entry.brings {
            Brings::Regular {
                held: Some(held), ..
            } => Some(held.bytes()),
            _ => None,
        }
    }
    /// A file whose contents have been used otherwise.
    pub(crate) fn passed(
        &mut self,
        header: &Header,
        path: &[u8],
        budget: &Budget<'_>,
    ) -> Result<(), Fault> {
        let path = self.keep(path, budget)?;
        self.entries.push(Entry {
            path,
            brings: Brings::Regular {
                size: header.size,
                head: Head::Other(Magic::Unknown),
                held: None,
                digests: None,
            },
            mode: header.mode,
            uid: header.uid,
            gid: header.gid,
            capabilities: false,
        });
        Ok(())
    }
    pub(crate) fn keep(&mut self, name: &[u8], budget: &Budget<'_>) -> Result<Name, Fault> {
        let most = budget.limits.name_bytes.min(u64::from(u32::MAX));
        if (self.names.len() + name.len()) as u64 > most {
            return Err(Fault::limit(Limit::NameBytes, most));
        }
        let start = self.names.len() as u32;
        self.names.extend_from_slice(name);
        Ok(Name {
            start,
            length: name.len() as u32,
        })
    }
}

/// What all layers together may still use up.
#[derive(Debug)]
pub(crate) struct Budget<'l> {
    pub(crate) limits: &'l Limits,
    /// Digests of files are wanted.
    digests: bool,
    entries: AtomicU64,
    held: AtomicU64,
}

impl<'l> Budget<'l> {
    pub(crate) fn new(limits: &'l Limits, digests: bool) -> Budget<'l> {
        Budget {
            limits,
            digests,
            entries: AtomicU64::new(0),
            held: AtomicU64::new(0),
        }
    }
    /// One more entry.
    pub(crate) fn entry(&self) -> Result<(), Fault> {
        let before = self.entries.fetch_add(1, Ordering::Relaxed);
        if before >= self.limits.entries {
            return Err(Fault::limit(Limit::Entries, self.limits.entries));
        }
        self.hold(ENTRY_BYTES)
    }
    /// So many more bytes in memory.
    pub(crate) fn hold(&self, bytes: u64) -> Result<(), Fault> {
        let before = self.held.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limits.held_bytes {
            return Err(Fault::limit(Limit::HeldBytes, self.limits.held_bytes));
        }
        Ok(())
    }
}

/// What a tar archive is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A layer of an image: `.wh.` names hide what is below.
    Layer,
    /// One within a stream, which cannot be read a second time.
    PassingLayer,
    /// An archive as such.
    Plain,
}

/// Reads a tar archive to its end.
pub(crate) fn of_tar(
    feed: &mut dyn Feed,
    reading: Reading,
    budget: &Budget<'_>,
) -> Result<Index, Fault> {
    let mut index = Index::default();
    while let Some(header) = tar::next(feed)? {
        let padding = tar::padding(header.stored);
        let added = add(feed, &header, reading, &mut index, budget);
        added.map_err(|fault| fault.of_entry(&header.path).at(header.offset))?;
        // Some archives end without the last padding.
        if !feed.peek(1)?.is_empty() {
            feed.skip(padding)?;
        }
    }
    Ok(index)
}

/// Adds what an entry says; the feed stands at its contents, and behind them afterwards.
pub(crate) fn add(
    feed: &mut dyn Feed,
    header: &Header,
    reading: Reading,
    index: &mut Index,
    budget: &Budget<'_>,
) -> Result<(), Fault> {
    budget.entry()?;
    let path = cleaned(&header.path)?;
    // Engines go by the name alone: aufs wrote whiteouts as hard links.
    let (path, brings) = match whiteout(&path, reading)? {
        None => {
            let brings = brings(feed, header, &path, reading, index, budget)?;
            (path, brings)
        }
        Some(hidden) => {
            feed.skip(header.stored)?;
            match hidden {
                Whiteout::Nothing => return Ok(()),
                Whiteout::Of(path) => (path, Brings::Hides),
                Whiteout::Below(path) => (path, Brings::HidesBelow),
            }
        }
    };
    let path = index.keep(&path, budget)?;
    index.entries.push(Entry {
        path,
        brings,
        mode: header.mode,
        uid: header.uid,
        gid: header.gid,
        capabilities: header.capabilities,
    });
    Ok(())
}

fn brings(
    feed: &mut dyn Feed,
    header: &Header,
    path: &[u8],
    reading: Reading,
    index: &mut Index,
    budget: &Budget<'_>,
) -> Result<Brings, Fault> {
    match header.kind {
        Type::Directory => {
            feed.skip(header.stored)?;
            Ok(Brings::Directory)
        }
        Type::Special => Ok(Brings::Special),
        Type::Symlink => {
            if header.link.len() >= PATH_BYTES_MAX {
                return Err(too_long("the text of a link", header.link.len()));
            }
            Ok(Brings::Symlink(index.keep(&header.link, budget)?))
        }
        Type::HardLink => {
            let target = cleaned(&header.link)?;
            Ok(Brings::HardLink(index.keep(&target, budget)?))
        }
        Type::Regular => {
            let file = RegularFile {
                path,
                mode: header.mode,
                stored: header.stored,
                size: header.size,
                sparse: header.sparse.as_deref(),
                in_layer: reading != Reading::Plain,
                again: reading == Reading::Layer,
            };
            regular(feed, &file, budget)
        }
    }
}

const WHITEOUT: &[u8] = b".wh.";
/// `.wh..wh..opq` and aufs' own housekeeping (`.wh..wh.aufs`, `.wh..wh.plnk`, `.wh..wh.orph`).
const WHITEOUT_META: &[u8] = b".wh..wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What a name in a layer hides.
enum Whiteout {
    /// The name is part of aufs' housekeeping.
    Nothing,
    /// This path.
    Of(Vec<u8>),
    /// What lower layers have in this folder.
    Below(Vec<u8>),
}

/// `None`: an ordinary name.
fn whiteout(path: &[u8], reading: Reading) -> Result<Option<Whiteout>, Fault> {
    if reading == Reading::Plain {
        return Ok(None);
    }
    // Below aufs' housekeeping folders nothing is meant either.
    let mut parts = path.split(|&byte| byte == b'/');
    if parts.any(|part| part.starts_with(WHITEOUT_META) && part != OPAQUE) {
        return Ok(Some(Whiteout::Nothing));
    }
    let slash = path.iter().rposition(|&byte| byte == b'/');
    let (parent, name) = match slash {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&path[..0], path),
    };
    if name == OPAQUE {
        return Ok(Some(Whiteout::Below(parent.to_vec())));
    }
    match name.strip_prefix(WHITEOUT) {
        None => Ok(None),
        // containerd (archive/tar.go: applyNaive) refuses these, too: "invalid whiteout name".
        Some(b"" | b"." | b"..") => Err(Fault::unusable(
            "a whiteout of a folder itself or of the one above it; container engines refuse it: build the layer again",
        )),
        Some(hidden) => {
            let folder = &path[..path.len() - name.len()];
            Ok(Some(Whiteout::Of([folder, hidden].concat())))
        }
    }
}

/// A regular file whose contents come next.
pub(crate) struct RegularFile<'h> {
    /// Cleaned.
    pub(crate) path: &'h [u8],
    pub(crate) mode: u32,
    /// Bytes that follow.
    pub(crate) stored: u64,
    /// Bytes that it has.
    pub(crate) size: u64,
    /// Where the stored bytes belong, as (offset, length), if not one behind the other.
    pub(crate) sparse: Option<&'h [(u64, u64)]>,
    /// It is one of a container image.
    pub(crate) in_layer: bool,
    /// The archive can be read a second time.
    pub(crate) again: bool,
}

/// Reads or passes over the contents of a regular file.
pub(crate) fn regular(
    feed: &mut dyn Feed,
    file: &RegularFile<'_>,
    budget: &Budget<'_>,
) -> Result<Brings, Fault> {
    let start = feed.position();
    let kind = head_of(feed, file)?;
    let holding = match kind {
        // No program of another system runs in a container.
        Head::Other(Magic::Pe | Magic::MachO) if file.in_layer => Holding::Head,
        _ => wanted(file.path, file.mode, file.size, kind),
    };
    // What lies in the file itself costs nothing to hold, unless it has to be laid out first.
    let free = feed.is_map() && file.sparse.is_none();
    // A sparse file's digest would be that of its holes, too, which may be terabytes.
    let hashed = budget.digests && file.sparse.is_none();
    let mut hasher = hashed.then(Hasher::of_file);
    let plan = match kind {
        Head::Elf if !free && file.sparse.is_none() => {
            let head = feed.peek(HEAD_BYTES.min(file.stored as usize))?;
            pieces::plan(&Bytes::copy_from_slice(head), file.size)
        }
        _ => None,
    };
    let cost = match (&plan, holding) {
        (_, Holding::Nothing) => 0,
        (_, Holding::Head) => file.size.min(HEAD_BYTES as u64),
        (Some(plan), _) if plan.saves => plan.cost(),
        _ => file.size,
    };
    let is_big = file.again && cost > budget.limits.held_file_bytes / LOOK_AGAIN_PART;
    if let Some(first) = plan.as_ref().filter(|_| is_big).and_then(Plan::first_look) {
        budget.hold(first.cost())?;
        let pieces = taken(feed, &first.kept, &mut hasher)?;
        let left = file.stored - (feed.position() - start);
        pass(feed, left, &mut hasher)?;
        return Ok(Brings::Regular {
            size: file.size,
            head: kind,
            held: Some(Box::new(Held::Looked(Looked {
                at: start,
                size: file.size,
                pieces,
            }))),
            digests: hasher.and_then(Hasher::finish_file).map(Box::new),
        });
    }
    let plan = plan.filter(|plan| plan.saves);
    let too_big = cost > budget.limits.held_file_bytes && !free;
    let (holding, cost) = if too_big {
        (Holding::Head, file.size.min(HEAD_BYTES as u64))
    } else {
        (holding, cost)
    };
    if !free {
        budget.hold(cost)?;
    }
    let held = match plan {
        _ if cost == 0 => None,
        Some(plan) if holding == Holding::Whole => {
            Some(loaded(feed, file.size, &plan, &mut hasher)?)
        }
        _ => {
            let stored = feed.take(file.stored.min(cost) as usize)?;
            if let Some(hasher) = &mut hasher {
                hasher.update(&stored);
            }
            let bytes = laid_out(stored, file, cost as usize);
            Some(if cost == file.size {
                Held::Whole(bytes)
            } else {
                Held::Head(bytes)
            })
        }
    };
    let left = file.stored - (feed.position() - start);
    pass(feed, left, &mut hasher)?;
    Ok(Brings::Regular {
        size: file.size,
        head: kind,
        held: held.map(Box::new),
        digests: hasher.and_then(Hasher::finish_file).map(Box::new),
    })
}

fn pass(feed: &mut dyn Feed, count: u64, hasher: &mut Option<Hasher>) -> Result<(), Fault> {
    match hasher {
        Some(hasher) => feed.pass(count, hasher),
        None => feed.skip(count),
    }
}

/// Takes the parts of an ELF file that a plan keeps.
fn loaded(
    feed: &mut dyn Feed,
    size: u64,
    plan: &Plan,
    hasher: &mut Option<Hasher>,
) -> Result<Held, Fault> {
    let pieces = taken(feed, &plan.kept, hasher)?;
    // Tables within the code: rare, and then it is only known that this is an ELF file.
    if pieces::misses_tables(plan, &pieces, size) {
        let head = pieces.into_iter().next().map(|(_, bytes)| bytes);
        return Ok(Held::Head(head.unwrap_or_default()));
    }
    Ok(Held::Loaded(size, pieces))
}

/// Ranges of a file that begins here, in their order.
fn taken(
    feed: &mut dyn Feed,
    ranges: &[Range<u64>],
    hasher: &mut Option<Hasher>,
) -> Result<Vec<(u64, Bytes)>, Fault> {
    let start = feed.position();
    let mut pieces = Vec::new();
    for range in ranges {
        let gap = range.start - (feed.position() - start);
        pass(feed, gap, hasher)?;
        let piece = feed.take((range.end - range.start) as usize)?;
        if let Some(hasher) = hasher {
            hasher.update(&piece);
        }
        pieces.push((range.start, piece));
    }
    Ok(pieces)
}

/// Takes the tables of the big ELF files, of which the first reading could not tell where they lie, in a second one.
pub(crate) fn look_again(
    feed: &mut dyn Feed,
    index: &mut Index,
    budget: &Budget<'_>,
) -> Result<(), Fault> {
    for entry in &mut index.entries {
        let Brings::Regular {
            held: Some(held), ..
        } = &mut entry.brings
        else {
            continue;
        };
        let Held::Looked(looked) = &mut **held else {
            continue;
        };
        let tables = pieces::tables(&looked.pieces, looked.size);
        let cost = |tables: &Vec<Range<u64>>| {
            tables
                .iter()
                .map(|range| range.end - range.start)
                .sum::<u64>()
        };
        let fits = |tables: &Vec<Range<u64>>| cost(tables) <= budget.limits.held_file_bytes;
        let Some(tables) = tables.filter(fits) else {
            **held = Held::Head(looked.head());
            continue;
        };
        budget.hold(cost(&tables))?;
        feed.skip(looked.at - feed.position())?;
        let mut pieces = std::mem::take(&mut looked.pieces);
        pieces.extend(taken(feed, &tables, &mut None)?);
        **held = Held::Loaded(looked.size, pieces);
    }
    Ok(())
}

impl Index {
    /// There is a file that is to be looked at a second time.
    pub(crate) fn wants_another_look(&self) -> bool {
        self.entries.iter().any(|entry| {
            matches!(&entry.brings, Brings::Regular { held: Some(held), .. } if matches!(**held, Held::Looked(_)))
        })
    }
}

/// What the file begins with; the first bytes of a sparse one may be a hole.
fn head_of(feed: &mut dyn Feed, file: &RegularFile<'_>) -> Result<Head, Fault> {
    let stored = file.stored.min(HEAD_BYTES as u64) as usize;
    let peeked = feed.peek(stored)?;
    if file.sparse.is_none() {
        return Ok(Head::detect(peeked));
    }
    let length = file.size.min(HEAD_BYTES as u64) as usize;
    let peeked = Bytes::copy_from_slice(peeked);
    Ok(Head::detect(&laid_out(peeked, file, length)))
}

/// Stored bytes where they belong in the first `length` bytes of the file, zeros between.
fn laid_out(stored: Bytes, file: &RegularFile<'_>, length: usize) -> Bytes {
    let Some(pieces) = file.sparse else {
        return stored;
    };
    let (mut rest, mut bytes) = (stored.as_ref(), vec![0; length]);
    for &(offset, count) in pieces {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
        let (piece, behind) = rest.split_at(count);
        rest = behind;
        if let Some(place) = bytes.get_mut(usize::try_from(offset).unwrap_or(usize::MAX)..) {
            let count = count.min(place.len());
            place[..count].copy_from_slice(&piece[..count]);
        }
    }
    Bytes::from(bytes)
}

fn too_long(what: &str, length: usize) -> Fault {
    Fault::unusable(format!(
        "{what} is {length} bytes long, more than Linux takes: no container engine or tar can unpack it"
    ))
}

/// A path as `path.Clean` has it, without a slash in front. What still begins with `..` then leaves the root.
pub(crate) fn cleaned(path: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut clean: Vec<u8> = Vec::with_capacity(path.len());
    let absolute = path.first() == Some(&b'/');
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if clean.is_empty() {
                    if absolute {
                        continue;
                    }
                    return Err(Fault::unusable(
                        "its path leaves the root of the image through `..'; container engines refuse it: build the layer again",
                    ));
                }
                let slash = clean.iter().rposition(|&byte| byte == b'/');
                clean.truncate(slash.unwrap_or(0));
            }
            part if part.len() > NAME_BYTES_MAX => {
                return Err(too_long("a part of its path", part.len()));
            }
            part => {
                if !clean.is_empty() {
                    clean.push(b'/');
                }
                clean.extend_from_slice(part);
            }
        }
    }
    if clean.len() + 1 >= PATH_BYTES_MAX {
        return Err(too_long("its path", clean.len() + 1));
    }
    Ok(clean)
}
