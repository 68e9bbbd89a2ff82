//! rpm: a header for each package, in a database of one of three forms (`sayso_facts::rpm`).

use bytes::Bytes;
use sayso_facts::rpm::{self, Header, tag};
use sayso_world::{Errno, TargetPath, config};

use super::{Collected, Manager, Named, Package, places};
use crate::integrity::{Algorithm, Digest};
use crate::limits::PACKAGE_TEXT_MAX;
use crate::show;

/// Where distributions have had it; `/usr/share/rpm` is rpm-ostree's.
const PLACES: [&str; 3] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"];
/// rpm takes the first that is there (`lib/backend/dbi.cc: dbDetectBackend`).
const FILES: [&[u8]; 3] = [b"rpmdb.sqlite", b"Packages.db", b"Packages"];

/// Every place.
pub(super) fn read(collected: &mut Collected<'_>) {
    for place in places(collected.world, &PLACES) {
        let mut there: Vec<TargetPath> = FILES.iter().map(|name| place.join(name)).collect();
        there.retain(|path| collected.world.lookup(path).is_ok());
        let Some((first, others)) = there.split_first() else {
            continue;
        };
        database(collected, first);
        for other in others {
            collected.unread.push(format!(
                "{}: not read, because rpm itself takes {} beside it",
                show(other),
                show(first.file_name())
            ));
        }
    }
}

fn database(collected: &mut Collected<'_>, path: &TargetPath) {
    let beside = |end: &str| {
        let name = [path.file_name(), end.as_bytes()].concat();
        match config::read(collected.world, &path.parent().join(&name)) {
            Err(Errno::ENOENT) => Ok(Bytes::new()),
            read => read,
        }
    };
    let unread = |why: &str| format!("{}: {why}", show(path));
    let bytes = match config::read(collected.world, path) {
        Ok(bytes) => bytes,
        Err(errno) => {
            let why = format!(
                "rpm's database cannot be read ({}), so no file has an owner by it",
                errno.glibc_text()
            );
            collected.unread.push(unread(&why));
            return;
        }
    };
    let (log, journal) = (beside("-wal"), beside("-journal"));
    if log.is_err() {
        let why = "changes in the log beside it (-wal) cannot be read: packages may be missing";
        collected.unread.push(unread(why));
    }
    // A journal is emptied, its head overwritten, or it is removed when a transaction ends.
    if journal.is_err() || journal.is_ok_and(|journal| journal.starts_with(b"\xd9\xd5\x05\xf9")) {
        let why =
            "a transaction in it was not finished (-journal): packages may be wrong or missing";
        collected.unread.push(unread(why));
    }
    let read = rpm::packages(&bytes, &log.unwrap_or_default(), |header| {
        package(collected, &header);
    });
    if let Err(fault) = read {
        let why = format!(
            "rpm's database is read only in part ({fault}): files of other packages have no owner"
        );
        collected.unread.push(unread(&why));
    }
}

fn package(collected: &mut Collected<'_>, header: &Header) {
    let text = |tag| {
        let text = header.text(tag).unwrap_or_default();
        let text = &text[..text.len().min(PACKAGE_TEXT_MAX)];
        String::from_utf8_lossy(text).into_owned()
    };
    let filled = |tag| Some(text(tag)).filter(|text| !text.is_empty());
    let name = text(tag::NAME);
    // A key of a packager is kept like a package and is none.
    if name.is_empty() || name == "gpg-pubkey" {
        return;
    }
    let epoch = header.number(tag::EPOCH).filter(|&epoch| epoch != 0);
    let epoch = epoch.map_or(String::new(), |epoch| format!("{epoch}:"));
    let source_file = filled(tag::SOURCE_RPM);
    let source = source_file.as_deref().and_then(source);
    let number = collected.package(Package {
        manager: Manager::Rpm,
        version: format!("{epoch}{}-{}", text(tag::VERSION), text(tag::RELEASE)),
        architecture: text(tag::ARCH),
        source: source.filter(|source| *source != name).map(str::to_owned),
        licence: filled(tag::LICENSE),
        vendor: filled(tag::VENDOR),
        name,
        source_file,
    });
    // OpenPGP's numbers; packages from before there was a choice have MD5.
    let algorithm = match header.number(tag::FILE_DIGEST_ALGORITHM) {
        Some(8) => Some(Algorithm::Sha256),
        Some(9) => Some(Algorithm::Sha384),
        Some(10) => Some(Algorithm::Sha512),
        Some(2) => Some(Algorithm::Sha1),
        None | Some(1) => Some(Algorithm::Md5),
        Some(_) => None,
    };
    let mut files = header.files().filter(|file| file.is_installed).peekable();
    // Files come folder by folder.
    while let Some(first) = files.peek().copied() {
        let same = |file: &rpm::File<'_>| std::ptr::eq(file.folder, first.folder);
        let here = std::iter::from_fn(|| files.next_if(same));
        // Folders and links have no owner to ask for: a file is asked for by where it really is.
        let wanted =
            here.filter(|file| file.is_licence || matches!(file.mode & 0o170_000, 0 | 0o100_000));
        let named = wanted.map(|file| {
            let may_run = file.mode & 0o111 != 0 || file.name.windows(3).any(|part| part == b".so");
            let sum = algorithm.filter(|_| may_run).and_then(|algorithm| {
                let digest = Digest::parse(file.digest)?;
                digest.fits(algorithm).then_some((algorithm, digest))
            });
            Named {
                name: file.name,
                sum,
                is_licence: file.is_licence,
            }
        });
        collected.files(number, first.folder, named);
        // Of a folder that cannot be, nothing was taken.
        while files.next_if(same).is_some() {}
    }
}

/// `glibc` of `glibc-2.34-60.el9.src.rpm`.
fn source(file: &str) -> Option<&str> {
    let name = file.strip_suffix(".rpm")?;
    let (name, _) = name.rsplit_once('.')?;
    let (name, _) = name.rsplit_once('-')?;
    let (name, _) = name.rsplit_once('-')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn sources_have_names() {
        assert_eq!(
            source("gcc-toolset-12-12.0-5.el9.src.rpm"),
            Some("gcc-toolset-12")
        );
        assert_eq!(source("x-1-2.nosrc.rpm"), Some("x"));
        assert_eq!(source("x.src.rpm"), None);
        assert_eq!(source("(none)"), None);
    }
}
