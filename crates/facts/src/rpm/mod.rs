//! What rpm's database says: every installed package's [`Header`], from the three forms in which rpm has kept them.
//!
//! `rpmdb.sqlite` (rpm 4.16 and later) is an SQLite file with a table `Packages`, `Packages.db` (SUSE) is rpm's own `ndb`, and
//! `Packages` (before 4.16) is a hash of Berkeley DB. rpm reads them in `lib/backend/sqlite.cc`, `ndb/rpmpkg.c` and `bdb_ro.cc`. The
//! indexes beside them are not needed: all that is asked here comes from the headers.
//!
//! A database may come from anywhere, so each page of a file is used once at most: what is read is never more than what is there.
//! What is damaged is told ([`Fault`]), and what can be read beside it is read.

mod bdb;
mod header;
mod ndb;
mod sqlite;

pub use header::{File, Files, Header, tag};

use std::fmt;

use bytes::Bytes;

/// What a database is not as it should be in, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: What,
}

/// A place in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole, or its first bytes.
    File,
    /// A page, by its number in the file's own counting.
    Page(u32),
    /// A package, by rpm's number for it.
    Package(u32),
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It has a form that is not read.
    Unsupported(&'static str),
    /// It contradicts its own form.
    Damaged(&'static str),
    /// It is more than a limit of this crate allows: what, and how many.
    Limit(&'static str, usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::File => {}
            Place::Page(number) => write!(f, "page {number}: ")?,
            Place::Package(number) => write!(f, "package number {number}: ")?,
        }
        match self.what {
            What::Unsupported(what) => write!(f, "{what}, which is not read"),
            What::Damaged(what) => f.write_str(what),
            What::Limit(what, most) => write!(f, "more than {most} {what}"),
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    fn damaged(place: Place, what: &'static str) -> Fault {
        Fault {
            place,
            what: What::Damaged(what),
        }
    }
    fn limit(place: Place, what: &'static str, most: usize) -> Fault {
        Fault {
            place,
            what: What::Limit(what, most),
        }
    }
}

/// Gives every package's header to `each`, in the database's own order. `wal` is what stands in the file `rpmdb.sqlite-wal` beside an
/// SQLite database (empty: nothing): changes that have not been moved into the database yet.
///
/// # Errors
/// The first fault. What could be read in spite of it has been given to `each`.
pub fn packages(database: &Bytes, wal: &Bytes, mut each: impl FnMut(Header)) -> Result<(), Fault> {
    let mut found = Found {
        headers: 0,
        fault: None,
        each: &mut each,
    };
    let read = match database.get(..16) {
        Some(head) if head.starts_with(sqlite::MAGIC) => sqlite::read(database, wal, &mut found),
        Some(head) if head.starts_with(ndb::MAGIC) => ndb::read(database, &mut found),
        Some(_) => bdb::read(database, &mut found),
        None => Err(Fault::damaged(Place::File, "it is empty or cut off")),
    };
    match (read, found.fault) {
        (Err(fault), None) | (_, Some(fault)) => Err(fault),
        (Ok(()), None) => Ok(()),
    }
}

/// Where the forms put what they find.
struct Found<'f> {
    headers: usize,
    /// The first that was met.
    fault: Option<Fault>,
    each: &'f mut dyn FnMut(Header),
}

impl Found<'_> {
    /// A package's header as the database keeps it.
    fn blob(&mut self, number: u32, blob: Bytes) -> Result<(), Fault> {
        if self.headers == crate::limits::RPM_PACKAGES_MAX {
            return Err(Fault::limit(
                Place::File,
                "packages",
                crate::limits::RPM_PACKAGES_MAX,
            ));
        }
        self.headers += 1;
        match Header::of_blob(blob) {
            Ok(header) => (self.each)(header),
            Err(what) => self.fault(Fault {
                place: Place::Package(number),
                what,
            }),
        }
        Ok(())
    }
    /// Something that one can go on after.
    fn fault(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

/// A number at a place, in the byte order of the file.
#[derive(Debug, Clone, Copy)]
struct Order {
    big: bool,
}

impl Order {
    const BIG: Order = Order { big: true };
    const LITTLE: Order = Order { big: false };

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u16::from_be_bytes(raw)
        } else {
            u16::from_le_bytes(raw)
        })
    }
    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u32::from_be_bytes(raw)
        } else {
            u32::from_le_bytes(raw)
        })
    }
}
