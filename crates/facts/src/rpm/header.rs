//! One package's header (`lib/header.cc`): an index of tags, and a store of their values, both big-endian.
//!
//! ```text
//! number of entries, bytes of the store | entries × {tag, type, offset, count} | store
//! ```
//!
//! What rpm adds when it installs (the files' states among it) stands behind the package's own entries and takes their place where a
//! tag stands twice ("dribble entries replace duplicate region entries"), so the last entry of a tag counts.

use bytes::Bytes;

use super::{Order, What};
use crate::limits::{RPM_ARRAY_MAX, RPM_ENTRIES_MAX, RPM_HEADER_BYTES_MAX};

/// The tags that are asked for here (`include/rpm/rpmtag.h`).
pub mod tag {
    /// The package's name.
    pub const NAME: u32 = 1000;
    /// Its version.
    pub const VERSION: u32 = 1001;
    /// Its release.
    pub const RELEASE: u32 = 1002;
    /// Its epoch, a number; most have none.
    pub const EPOCH: u32 = 1003;
    /// Who made it.
    pub const VENDOR: u32 = 1011;
    /// Its licence, in the packager's words.
    pub const LICENSE: u32 = 1014;
    /// Its architecture.
    pub const ARCH: u32 = 1022;
    /// Whole paths of files, as rpm 3 had them.
    pub const OLD_FILE_NAMES: u32 = 1027;
    /// What became of each file: 0 installed, 3 on a shared file system, others not there.
    pub const FILE_STATES: u32 = 1029;
    /// Mode of each file.
    pub const FILE_MODES: u32 = 1030;
    /// Digest of each file, in hexadecimal digits; empty for what is no regular file.
    pub const FILE_DIGESTS: u32 = 1035;
    /// What kind of file each is: see [`super::File::is_licence`].
    pub const FILE_FLAGS: u32 = 1037;
    /// The file name of the source package.
    pub const SOURCE_RPM: u32 = 1044;
    /// The folder of each file, by its number among [`DIR_NAMES`].
    pub const DIR_INDEXES: u32 = 1116;
    /// The name of each file in its folder.
    pub const BASE_NAMES: u32 = 1117;
    /// Folders, each with a slash at its end.
    pub const DIR_NAMES: u32 = 1118;
    /// How a package's payload is packed; not in databases.
    pub const PAYLOAD_FORMAT: u32 = 1124;
    /// The algorithm of [`FILE_DIGESTS`], by OpenPGP's numbers; MD5 (1) if there is none.
    pub const FILE_DIGEST_ALGORITHM: u32 = 5011;
}

/// Bytes of an entry of the index.
const ENTRY: usize = 16;
/// `RPMFILE_LICENSE`
const LICENSE_FLAG: u64 = 1 << 7;
/// `RPMFILE_STATE_NORMAL` and `RPMFILE_STATE_NETSHARED`: `RPMFILE_IS_INSTALLED`
const INSTALLED_STATES: [u64; 2] = [0, 3];

/// The header of a package: a view on the bytes it was read from.
#[derive(Debug, Clone)]
pub struct Header {
    entries: Bytes,
    store: Bytes,
}

/// Where a tag's values are.
struct Place<'h> {
    kind: u32,
    count: usize,
    bytes: &'h [u8],
}

impl Header {
    /// From the two parts of a header, the index first. An entry that is cut off is not read.
    pub fn new(entries: Bytes, store: Bytes) -> Header {
        Header { entries, store }
    }

    /// As databases keep it, the two numbers in front.
    ///
    /// # Errors
    /// [`What`] is wrong with it.
    pub(super) fn of_blob(mut blob: Bytes) -> Result<Header, What> {
        let numbers = Order::BIG.u32(&blob, 0).zip(Order::BIG.u32(&blob, 4));
        let (entries, store) = numbers.ok_or(What::Damaged("its header is cut off"))?;
        let (entries, store) = (entries as usize, store as usize);
        if entries > RPM_ENTRIES_MAX {
            return Err(What::Limit("entries in a header", RPM_ENTRIES_MAX));
        }
        if store > RPM_HEADER_BYTES_MAX {
            return Err(What::Limit("bytes in a header", RPM_HEADER_BYTES_MAX));
        }
        let entries = entries * ENTRY;
        if blob.len() < 8 + entries + store {
            return Err(What::Damaged("its header is cut off"));
        }
        let mut index = blob.split_off(8);
        let store = index.split_off(entries).split_to(store);
        Ok(Header::new(index, store))
    }

    fn find(&self, wanted: u32) -> Option<Place<'_>> {
        let (entries, _) = self.entries.as_chunks::<ENTRY>();
        let word = |entry: &[u8; ENTRY], at| Order::BIG.u32(entry, at).unwrap_or(0);
        let entry = entries.iter().rfind(|entry| word(entry, 0) == wanted)?;
        Some(Place {
            kind: word(entry, 4),
            count: (word(entry, 12) as usize).min(RPM_ARRAY_MAX),
            bytes: self.store.get(word(entry, 8) as usize..)?,
        })
    }

    /// The text of a tag (the first one of several).
    pub fn text(&self, tag: u32) -> Option<&[u8]> {
        self.texts(tag).next()
    }

    /// The texts of a tag; none if it is not there or has numbers.
    pub fn texts(&self, tag: u32) -> impl Iterator<Item = &[u8]> {
        // STRING, STRING_ARRAY, I18NSTRING
        let place = self
            .find(tag)
            .filter(|place| matches!(place.kind, 6 | 8 | 9));
        let (mut rest, count) = place.map_or((&[][..], 0), |place| match place.kind {
            6 => (place.bytes, 1),
            _ => (place.bytes, place.count),
        });
        std::iter::from_fn(move || {
            let end = memchr::memchr(0, rest)?;
            let (text, behind) = rest.split_at(end);
            rest = &behind[1..];
            Some(text)
        })
        .take(count)
    }

    /// The numbers of a tag; none if it is not there or has texts.
    pub fn numbers(&self, tag: u32) -> impl Iterator<Item = u64> {
        let (bytes, width, count) = match self.find(tag) {
            // INT8, INT16, INT32, INT64
            Some(Place {
                kind: kind @ 2..=5,
                count,
                bytes,
            }) => (bytes, 1 << (kind - 2), count),
            _ => (&[][..], 1, 0),
        };
        let whole = bytes.chunks_exact(width).take(count);
        whole.map(|number| {
            number
                .iter()
                .fold(0, |number, &byte| number << 8 | u64::from(byte))
        })
    }

    /// The only number of a tag, or the first.
    pub fn number(&self, tag: u32) -> Option<u64> {
        self.numbers(tag).next()
    }

    /// The package's files, in its own order (`rpm -ql`), also those that were not put in place.
    pub fn files(&self) -> Files<'_> {
        Files {
            folders: self.texts(tag::DIR_NAMES).collect(),
            numbers: Box::new(self.numbers(tag::DIR_INDEXES)),
            names: Box::new(self.texts(tag::BASE_NAMES)),
            // rpm 4 takes whole names only where there are no others.
            whole: Box::new(
                self.texts(tag::OLD_FILE_NAMES)
                    .take_while(|_| self.find(tag::BASE_NAMES).is_none()),
            ),
            flags: Box::new(self.numbers(tag::FILE_FLAGS)),
            modes: Box::new(self.numbers(tag::FILE_MODES)),
            states: Box::new(self.numbers(tag::FILE_STATES)),
            digests: Box::new(self.texts(tag::FILE_DIGESTS)),
        }
    }
}

/// One file of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'h> {
    /// Its folder, with the slash at its end.
    pub folder: &'h [u8],
    /// Its name there.
    pub name: &'h [u8],
    /// Its mode, with the file type.
    pub mode: u32,
    /// It is marked as a licence (`%license`, `RPMFILE_LICENSE`).
    pub is_licence: bool,
    /// It was put in place: not left out for another package's file, another language or another word size.
    pub is_installed: bool,
    /// Its digest in hexadecimal digits; empty: none is told.
    pub digest: &'h [u8],
}

/// See [`Header::files`].
pub struct Files<'h> {
    folders: Vec<&'h [u8]>,
    numbers: Box<dyn Iterator<Item = u64> + 'h>,
    names: Box<dyn Iterator<Item = &'h [u8]> + 'h>,
    whole: Box<dyn Iterator<Item = &'h [u8]> + 'h>,
    flags: Box<dyn Iterator<Item = u64> + 'h>,
    modes: Box<dyn Iterator<Item = u64> + 'h>,
    states: Box<dyn Iterator<Item = u64> + 'h>,
    digests: Box<dyn Iterator<Item = &'h [u8]> + 'h>,
}

impl<'h> Iterator for Files<'h> {
    type Item = File<'h>;
    fn next(&mut self) -> Option<File<'h>> {
        let (folder, name) = if let Some(name) = self.names.next() {
            let number = self.numbers.next()?;
            (*self.folders.get(usize::try_from(number).ok()?)?, name)
        } else {
            let path = self.whole.next()?;
            let slash = memchr::memrchr(b'/', path)?;
            path.split_at(slash + 1)
        };
        let flags = self.flags.next().unwrap_or(0);
        Some(File {
            folder,
            name,
            mode: self.modes.next().unwrap_or(0) as u32,
            is_licence: flags & LICENSE_FLAG != 0,
            is_installed: self
                .states
                .next()
                .is_none_or(|state| INSTALLED_STATES.contains(&state)),
            digest: self.digests.next().unwrap_or_default(),
        })
    }
}
