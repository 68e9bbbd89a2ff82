//! Archives that are no container images: one layer each, with what the package says of itself.

use crate::decode::Compression;
use crate::feed::{Bounds, Feed, Mapped, Stream};
use crate::index::{Budget, Index, Reading, of_tar};
use crate::limits::PACKAGE_BYTES_MAX;
use crate::refusal::{Fault, FaultKind};
use crate::source::Span;
use crate::tar::Type;
use crate::{Kind, Package, ar, cpio, rpm, tar, zip};

/// An archive that has been read.
pub(crate) struct Archive {
    pub(crate) kind: Kind,
    pub(crate) index: Index,
    /// Bytes that it came to.
    pub(crate) inflated: u64,
    pub(crate) package: Option<Package>,
}

/// What an uncompressed file is, by its first bytes.
pub(crate) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(ar::MAGIC) {
        Kind::Deb
    } else if head.starts_with(rpm::MAGIC) {
        Kind::Rpm
    } else if head.starts_with(zip::MAGIC) || head.starts_with(zip::EMPTY) {
        Kind::Zip
    } else if tar::is_tar(head) {
        Kind::Tar
    } else {
        Kind::Other
    }
}

/// A Debian package (deb(5)): `debian-binary`, `control.tar.*`, `data.tar.*`.
pub(crate) fn deb(file: &Span, budget: &Budget<'_>) -> Result<Archive, Fault> {
    let members = ar::members(file)?;
    if !members.iter().any(|(name, _)| name == "debian-binary") {
        return Err(Fault::unsupported(
            "it is an ar archive, but no Debian package; a static library has nothing that a loader reads",
        ));
    }
    let member = |start: &str| {
        let found = members.iter().find(|(name, _)| name.starts_with(start));
        found.map(|(_, span)| span).ok_or_else(|| {
            Fault::new(FaultKind::Missing(format!(
                "the member {start}.* of the Debian package"
            )))
        })
    };
    let control = described(member("control.tar")?, b"control", budget)?;
    let package = control.map(|text| Package {
        name: field(&text, "Package: "),
        version: field(&text, "Version: "),
        architecture: field(&text, "Architecture: "),
    });
    let data = member("data.tar")?;
    let (index, inflated) = with_feed(data, budget, |feed| of_tar(feed, Reading::Plain, budget))?;
    Ok(Archive {
        kind: Kind::Deb,
        index,
        inflated,
        package,
    })
}

/// An rpm package.
pub(crate) fn rpm(file: &Span, budget: &Budget<'_>) -> Result<Archive, Fault> {
    let (package, payload) = rpm::read(file)?;
    let (index, inflated) = with_feed(&payload, budget, |feed| cpio::index(feed, budget))?;
    Ok(Archive {
        kind: Kind::Rpm,
        index,
        inflated,
        package: Some(package),
    })
}

/// A zip archive; a wheel is told by its `.dist-info/WHEEL`, its tags by the file's name.
pub(crate) fn zip(file: &Span, name: &str, budget: &Budget<'_>) -> Result<Archive, Fault> {
    let index = zip::index(file, budget)?;
    let is_wheel = index
        .entries
        .iter()
        .any(|entry| index.name(entry.path).ends_with(b".dist-info/WHEEL"));
    Ok(Archive {
        kind: if is_wheel { Kind::Wheel } else { Kind::Zip },
        index,
        inflated: file.len(),
        package: is_wheel.then(|| wheel_name(name)).flatten(),
    })
}

/// `name-version(-build)?-python-abi-platform.whl`
fn wheel_name(name: &str) -> Option<Package> {
    let parts: Vec<&str> = name.strip_suffix(".whl")?.split('-').collect();
    let [name, version, .., platform] = parts.as_slice() else {
        return None;
    };
    (parts.len() >= 5).then(|| Package {
        name: (*name).to_owned(),
        version: (*version).to_owned(),
        architecture: (*platform).to_owned(),
    })
}

/// What the entries that lie in front of an Alpine package's files say; they are taken out. `None`: it is some other archive.
pub(crate) fn apk(index: &mut Index) -> Option<Package> {
    let is_sign = |name: &[u8]| name.starts_with(b".SIGN.");
    let first = index.entries.first().map(|entry| index.name(entry.path))?;
    if !is_sign(first) && first != b".PKGINFO" {
        return None;
    }
    let text = index
        .held(b".PKGINFO")
        .map(|held| String::from_utf8_lossy(&held).into_owned())?;
    let mut entries = std::mem::take(&mut index.entries);
    entries.retain(|entry| {
        let name = index.name(entry.path);
        let script = [b".pre-".as_slice(), b".post-", b".trigger"]
            .iter()
            .any(|start| name.starts_with(start));
        name.contains(&b'/') || !(is_sign(name) || script || name == b".PKGINFO")
    });
    index.entries = entries;
    Some(Package {
        name: field(&text, "pkgname = "),
        version: field(&text, "pkgver = "),
        architecture: field(&text, "arch = "),
    })
}

fn field(text: &str, key: &str) -> String {
    let value = text.lines().find_map(|line| line.strip_prefix(key));
    value.unwrap_or_default().trim().to_owned()
}

/// The contents of one small file of a tar archive.
fn described(file: &Span, name: &[u8], budget: &Budget<'_>) -> Result<Option<String>, Fault> {
    let (text, _) = with_feed(file, budget, |feed| {
        let mut text = None;
        while let Some(header) = tar::next(feed)? {
            budget.entry()?;
            let path = crate::index::cleaned(&header.path)?;
            if header.kind == Type::Regular && path == name && header.stored <= PACKAGE_BYTES_MAX {
                let bytes = feed.take(header.stored as usize)?;
                text = Some(String::from_utf8_lossy(&bytes).into_owned());
            } else {
                feed.skip(header.stored)?;
            }
            feed.skip(tar::padding(header.stored))?;
        }
        Ok(text)
    })?;
    Ok(text)
}

/// Calls with what a part of a file inflates to, and tells its size.
fn with_feed<R>(
    file: &Span,
    budget: &Budget<'_>,
    call: impl FnOnce(&mut dyn Feed) -> Result<R, Fault>,
) -> Result<(R, u64), Fault> {
    match Compression::detect(&file.head(8)) {
        Compression::None => {
            let mut feed = Mapped::new(file);
            Ok((call(&mut feed)?, file.len()))
        }
        compression => {
            let bounds = Bounds::of(budget.limits, file.len());
            let mut stream = Stream::new(compression.reader(file.reader())?, bounds, None);
            let result = call(&mut stream)?;
            let (_, inflated) = stream.finish()?;
            Ok((result, inflated))
        }
    }
}
