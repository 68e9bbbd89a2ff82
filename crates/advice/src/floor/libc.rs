//! Which C library an object needs, and which libraries are its.

use sayso_facts::elf::{Image, osabi};

/// The family of a C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Libc {
    /// The GNU C library.
    Glibc,
    /// musl.
    Musl,
    /// Android's.
    Bionic,
    /// Another system's (FreeBSD, NetBSD, OpenBSD, Solaris).
    Other,
    /// None: it is static, or asks nothing of one.
    None,
}

impl Libc {
    /// The lower-case word of texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Libc::Glibc => "glibc",
            Libc::Musl => "musl",
            Libc::Bionic => "bionic",
            Libc::Other => "other",
            Libc::None => "none",
        }
    }
}

/// Libraries of glibc by what stands before ".so." (Makeconfig, shlib-versions).
const GLIBC_STEMS: &[&str] = &[
    "libc",
    "libm",
    "libpthread",
    "libdl",
    "librt",
    "libutil",
    "libresolv",
    "libnsl",
    "libanl",
    "libcrypt",
    "libmvec",
    "libBrokenLocale",
    "libthread_db",
    "libc_malloc_debug",
    "libSegFault",
    "libcidn",
    "libnss_files",
    "libnss_dns",
    "libnss_compat",
    "libnss_db",
    "libnss_hesiod",
    "libnss_nis",
    "libnss_nisplus",
];

/// A library of glibc, its loader included: `libc.so.6`, `libm.so.6.1`, `ld-linux-x86-64.so.2`, `ld64.so.2`.
pub(super) fn is_glibc(soname: &str) -> bool {
    if is_glibc_loader(soname) {
        return true;
    }
    let Some((stem, number)) = soname.split_once(".so.") else {
        return false;
    };
    // FreeBSD's and NetBSD's libc.so.7, libc.so.12; the Hurd's libc.so.0.3 is glibc.
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let is_foreign = stem == "libc" && !["6", "6.1", "0.1", "0.3"].contains(&number);
    is_number && !is_foreign && GLIBC_STEMS.contains(&stem)
}

fn is_glibc_loader(name: &str) -> bool {
    name.starts_with("ld-linux") || matches!(name, "ld64.so.1" | "ld64.so.2" | "ld.so.1")
}

/// musl under one of its names: its own, and those that Alpine and others give it.
pub(super) fn is_musl(soname: &str) -> bool {
    soname == "libc.so" || soname.starts_with("libc.musl-") || soname.starts_with("ld-musl-")
}

/// What one object says of its C library.
pub(super) struct Signs {
    /// The family.
    pub(super) libc: Libc,
    /// It needs both glibc's and musl's.
    pub(super) both: bool,
}

/// Reads the signs: the operating system that the file names, its interpreter, the libraries it needs, and what it is itself.
pub(super) fn signs(image: &Image, needed: &[String], soname: Option<&str>) -> Signs {
    let lone = |libc| Signs { libc, both: false };
    if is_foreign(image) {
        return lone(Libc::Other);
    }
    let interpreter = image
        .interpreter()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .unwrap_or_default();
    let loader = interpreter.rsplit('/').next().unwrap_or_default();
    if matches!(loader, "linker" | "linker64") {
        return lone(Libc::Bionic);
    }
    let from_libc = image.version_needs().iter().any(|need| {
        image.string(need.file) == b"libc.so"
            && need
                .versions
                .iter()
                .any(|version| image.string(version.name) == b"LIBC")
    });
    if from_libc || image.notes().any(|note| note.owner == b"Android") {
        return lone(Libc::Bionic);
    }
    let own = |is: fn(&str) -> bool| soname.is_some_and(is);
    let glibc =
        is_glibc_loader(loader) || needed.iter().any(|name| is_glibc(name)) || own(is_glibc);
    let musl = is_musl(loader)
        || needed.iter().any(|name| is_musl(name))
        || own(|name| name.starts_with("libc.musl-"));
    let foreign = needed.iter().any(|name| {
        name.strip_prefix("libc.so.")
            .is_some_and(|number| !number.is_empty())
            && !is_glibc(name)
    });
    Signs {
        libc: match (glibc, musl) {
            (true, _) => Libc::Glibc,
            (false, true) => Libc::Musl,
            (false, false) if foreign => Libc::Other,
            (false, false) => Libc::None,
        },
        both: glibc && musl,
    }
}

/// Made for a kernel that is not Linux.
fn is_foreign(image: &Image) -> bool {
    // SYSV and GNU are Linux's; ARM's (97) and the embedded ones (above 63) say nothing of a kernel.
    let named = image.header().ident[7];
    if named != osabi::SYSV && named != osabi::GNU && named < 64 {
        return true;
    }
    // NetBSD, OpenBSD, FreeBSD and Solaris mark their files with notes of their own.
    let systems: [&[u8]; 4] = [b"FreeBSD", b"NetBSD", b"OpenBSD", b"DragonFly"];
    image
        .notes()
        .any(|note| systems.contains(&note.owner) && note.kind == 1)
}

#[cfg(test)]
mod tests {
    use super::{is_glibc, is_musl};

    #[test]
    fn libraries_of_glibc_are_known() {
        for name in [
            "libc.so.6",
            "libc.so.6.1",
            "libm.so.6",
            "libpthread.so.0",
            "ld-linux-x86-64.so.2",
            "ld64.so.2",
            "libnss_dns.so.2",
        ] {
            assert!(is_glibc(name), "{name}");
        }
        for name in [
            "libc.so",
            "libc.so.7",
            "libc.so.12",
            "libc.musl-x86_64.so.1",
            "libcfoo.so.6",
            "libglibc.so.6",
            "libm.so",
            "libstdc++.so.6",
        ] {
            assert!(!is_glibc(name), "{name}");
        }
        assert!(is_musl("libc.so") && is_musl("libc.musl-aarch64.so.1"));
        assert!(!is_musl("libc.so.6"));
    }
}
