//! What a loader's (or libc's) own file says about it: family, release, and the paths that were compiled in.
//!
//! Pure functions over bytes. Everything here is a text constant of the file, found by its shape; verified on Debian's glibc 2.31,
//! 2.36, 2.41 and 2.43 and musl 1.2.3, 1.2.5 and 1.2.6. A distribution that compiles other paths in (Nix, Guix, Fedora) is
//! read the same way, which is the point: nothing is assumed about where a loader looks.

use std::ffi::CStr;

use crate::limits::SEGMENTS_MAX;

/// Which loader a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoaderFamily {
    /// glibc's `ld.so`, or its `libc.so.6`.
    Glibc,
    /// musl's `libc.so`, which is loader and library in one.
    Musl,
    /// None of these, as far as the bytes tell.
    Other,
}

/// What a loader's file says about it. Directories are as compiled in (glibc's with a slash at their end).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoaderIdentity {
    /// Which loader it is.
    pub family: LoaderFamily,
    /// Release, e.g. `(2, 36, 0)`. glibc's `ld.so` itself does not hold it before 2.33: ask its `libc.so.6`
    /// ([`LoaderIdentity::learn_release`]) or its file's name ([`release_of_file_name`]).
    pub release: Option<(u16, u16, u16)>,
    /// glibc: what the distributor calls it (`Debian GLIBC 2.36-9+deb12u14`). musl: the architecture (`x86_64`).
    pub vendor: Vec<u8>,
    /// glibc: the directories searched last, and trusted in secure mode (`elf/dl-load.c: system_dirs`). musl: the elements of
    /// the default path.
    pub system_directories: Vec<Vec<u8>>,
    /// glibc: its cache (`/etc/ld.so.cache`).
    pub cache_path: Option<Vec<u8>>,
    /// glibc: its list of libraries to preload (`/etc/ld.so.preload`).
    pub preload_path: Option<Vec<u8>>,
    /// glibc: what `$LIB` stands for (`lib/x86_64-linux-gnu`, `lib64`, `lib`).
    pub lib_token: Option<Vec<u8>>,
    /// glibc from 2.33 on: the `glibc-hwcaps` subdirectories that it knows, best first.
    pub hwcaps_subdirectories: Vec<Vec<u8>>,
    /// glibc on x86: it ends a process whose program has an IFUNC resolver that a library uses too early. Said of 2.33 and later, and
    /// of what distributors carry back (Debian's 2.31).
    pub refuses_program_resolvers: bool,
    /// glibc: it knows the tunables `glibc.rtld.nns` and `glibc.rtld.optional_static_tls`. 2.32 and later, and Debian's 2.31.
    pub knows_rtld_tunables: bool,
    /// musl: its path file below the loader's prefix (`/etc/ld-musl-x86_64.path`).
    pub path_file: Option<Vec<u8>>,
}

impl LoaderIdentity {
    fn unknown() -> LoaderIdentity {
        LoaderIdentity {
            family: LoaderFamily::Other,
            release: None,
            vendor: Vec::new(),
            system_directories: Vec::new(),
            cache_path: None,
            preload_path: None,
            lib_token: None,
            hwcaps_subdirectories: Vec::new(),
            refuses_program_resolvers: false,
            knows_rtld_tunables: false,
            path_file: None,
        }
    }

    /// Takes release and vendor from the bytes of the `libc.so.6` that belongs to this loader, if it does not know them itself.
    pub fn learn_release(&mut self, libc: &[u8]) {
        if self.release.is_none()
            && let Some((release, vendor)) = strings(libc).find_map(banner)
        {
            self.release = release;
            self.vendor = vendor;
        }
    }
}

/// Reads what a loader's file says about it.
pub fn identify(file: &[u8]) -> LoaderIdentity {
    // Texts lie in segments without code; linkers up to about 2018 put them beside it.
    let quick = identify_texts(data_segments(file).into_iter().flat_map(strings));
    if quick.family == LoaderFamily::Other {
        identify_texts(strings(file))
    } else {
        quick
    }
}

fn identify_texts<'f>(texts: impl Iterator<Item = &'f [u8]>) -> LoaderIdentity {
    let mut found = LoaderIdentity::unknown();
    let (mut run, mut best): (Vec<&[u8]>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    let mut version = None;
    let mut default_path: Option<&[u8]> = None;
    let mut lib_names: Vec<&[u8]> = Vec::new();
    for text in texts {
        match text {
            // system_dirs is one array of char: its elements follow each other without a gap.
            [b'/', ..] if is_system_directory(text) => {
                if !follows(&run, text) {
                    run.clear();
                }
                run.push(text);
                if run.len() > best.len() {
                    best.clone_from(&run);
                }
            }
            [b'/', ..] => slash_text(text, &mut found, &mut default_path),
            [b'%', ..] if text.starts_with(b"%s: IFUNC symbol") => {
                found.refuses_program_resolvers = true;
            }
            [b'%', ..] => musl_path_file(text, &mut found),
            [b'g', ..] if text.starts_with(b"glibc-ld.so.cache") => {
                found.family = LoaderFamily::Glibc;
            }
            b"glibc.rtld.nns" => found.knows_rtld_tunables = true,
            [b'l', b'i', b'b', ..] => lib_names.push(text),
            [b'G' | b'l', ..] => {
                if let Some((release, vendor)) = banner(text) {
                    found.family = LoaderFamily::Glibc;
                    (found.release, found.vendor) = (release, vendor);
                }
            }
            [b'm', ..] => musl_banner(text, &mut found),
            [b'x', ..] if text.starts_with(b"x86-64-v") && text.contains(&b':') => {
                found.hwcaps_subdirectories = split(text, b':');
            }
            [b'0'..=b'9', ..] if version.is_none() => version = musl_version(text),
            _ => {}
        }
    }
    match found.family {
        LoaderFamily::Musl => {
            found.release = version;
            found.system_directories = default_path.map_or_else(Vec::new, |path| split(path, b':'));
            found.hwcaps_subdirectories.clear();
        }
        LoaderFamily::Glibc => {
            found.lib_token = best.first().and_then(|first| lib_token(first, &lib_names));
            found.system_directories = best.into_iter().map(<[u8]>::to_vec).collect();
        }
        LoaderFamily::Other => return LoaderIdentity::unknown(),
    }
    found
}

/// The parts of an ELF file that it maps without permission to execute (`PT_LOAD` without `PF_X`); none if its program headers
/// make no sense. Only to save time: code is most of a library, and holds no texts.
fn data_segments(file: &[u8]) -> Vec<&[u8]> {
    let (Some(b"\x7fELF"), Some(&[class, data])) = (file.get(..4), file.get(4..6)) else {
        return Vec::new();
    };
    let number = |at: usize, size: usize| -> Option<usize> {
        let bytes = file.get(at..at.checked_add(size)?)?;
        let add = |value: usize, &byte: &u8| value << 8 | usize::from(byte);
        Some(if data == 2 {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        })
    };
    // Offsets of e_phoff, e_phnum and, in a program header, p_flags, p_offset, p_filesz; sizes of an address and a header.
    let (phoff, phnum, flags, offset, filesz, word, step) = match class {
        2 => (32, 56, 4, 8, 32, 8, 56),
        _ => (28, 44, 24, 4, 16, 4, 32),
    };
    let segment = |index: usize| -> Option<&[u8]> {
        let header = number(phoff, word)?.checked_add(index * step)?;
        let is_data = number(header, 4)? == 1 && number(header.checked_add(flags)?, 4)? & 1 == 0;
        let start = number(header.checked_add(offset)?, word)?;
        let end = start.checked_add(number(header.checked_add(filesz)?, word)?)?;
        is_data.then(|| file.get(start..end.min(file.len())))?
    };
    let count = number(phnum, 2).unwrap_or(0).min(SEGMENTS_MAX);
    (0..count).filter_map(segment).collect()
}

/// The release in a glibc file's own name, as up to 2.33: `ld-2.31.so`, `libc-2.31.so`.
pub fn release_of_file_name(name: &[u8]) -> Option<(u16, u16, u16)> {
    let rest = name
        .strip_prefix(b"ld-")
        .or_else(|| name.strip_prefix(b"libc-"))?;
    numbers(rest.strip_suffix(b".so")?)
}

/// The NUL-terminated texts of a file, empty ones left out. Each begins where the last one ended, so a text behind other data is
/// only seen from the last NUL before it; the compilers' string sections leave no such gaps.
fn strings(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = file;
    std::iter::from_fn(move || {
        // Tables are mostly zeros, and a comparison of sixteen at once is cheap.
        while let Some(after) = rest.strip_prefix(&[0; 16]) {
            rest = after;
        }
        let start = rest.iter().position(|&byte| byte != 0)?;
        let text = &rest[start..];
        let length = CStr::from_bytes_until_nul(text).map_or(text.len(), CStr::count_bytes);
        rest = &text[length..];
        Some(&text[..length])
    })
}

fn split(text: &[u8], separator: u8) -> Vec<Vec<u8>> {
    text.split(|&b| b == separator)
        .map(<[u8]>::to_vec)
        .collect()
}

fn is_path(text: &[u8]) -> bool {
    text.iter().all(|b| matches!(b, b'!'..=b'~'))
}

fn slash_text<'f>(text: &'f [u8], found: &mut LoaderIdentity, default_path: &mut Option<&'f [u8]>) {
    if !is_path(text) {
        return;
    }
    if text.ends_with(b"/ld.so.cache") {
        found.cache_path = Some(text.to_vec());
    } else if text.ends_with(b".so.preload") {
        found.preload_path = Some(text.to_vec());
    } else if text.contains(&b':') && contains(text, b"/lib") && default_path.is_none() {
        *default_path = Some(text);
    }
}

/// `"%.*s/etc/ld-musl-x86_64.path"`
fn musl_path_file(text: &[u8], found: &mut LoaderIdentity) {
    if let Some(at) = text.iter().position(|&b| b == b'/')
        && contains(text, b"/ld-musl-")
        && text.ends_with(b".path")
    {
        found.path_file = Some(text[at..].to_vec());
    }
}

/// `"musl libc (x86_64)\nVersion %s\n…"`
fn musl_banner(text: &[u8], found: &mut LoaderIdentity) {
    if let Some(rest) = text.strip_prefix(b"musl libc (") {
        let end = rest.iter().position(|&b| b == b')');
        found.family = LoaderFamily::Musl;
        found.vendor = rest[..end.unwrap_or(0)].to_vec();
    }
}

/// musl's version is a text of its own: three numbers, and perhaps `-git-…` behind them.
fn musl_version(text: &[u8]) -> Option<(u16, u16, u16)> {
    let numeric = text.split(|&b| b == b'-').next()?;
    let parts = numeric.split(|&b| b == b'.').count();
    (parts == 3 && is_path(text)).then(|| numbers(numeric))?
}

/// `"GNU C Library (VENDOR) stable release version 2.36.…"`, and the same from `ld.so`.
#[expect(
    clippy::type_complexity,
    reason = "release and vendor, used in two places below"
)]
fn banner(text: &[u8]) -> Option<(Option<(u16, u16, u16)>, Vec<u8>)> {
    let rest = text
        .strip_prefix(b"GNU C Library (")
        .or_else(|| text.strip_prefix(b"ld.so ("))?;
    let marker = b" release version ";
    let at = rest.windows(marker.len()).position(|w| w == marker)?;
    let (before, version) = (&rest[..at], &rest[at + marker.len()..]);
    let close = before.iter().rposition(|&b| b == b')')?;
    let length = version
        .iter()
        .position(|b| !matches!(b, b'0'..=b'9' | b'.'))
        .unwrap_or(version.len());
    Some((numbers(&version[..length]), before[..close].to_vec()))
}

/// One to three numbers between dots; a dot at the end ends the sentence.
fn numbers(text: &[u8]) -> Option<(u16, u16, u16)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut parts = text.trim_end_matches('.').split('.');
    let mut next = || parts.next().map_or(Some(0), |part| part.parse().ok());
    Some((next()?, next()?, next()?))
}

fn is_system_directory(text: &[u8]) -> bool {
    text.len() > 2
        && text.starts_with(b"/")
        && text.ends_with(b"/")
        && contains(text, b"lib")
        && is_path(text)
}

/// Starts one byte (the NUL) behind the end of the last text of the run.
fn follows(run: &[&[u8]], text: &[u8]) -> bool {
    run.last()
        .is_some_and(|last| last.as_ptr_range().end.addr() + 1 == text.as_ptr().addr())
}

/// The base name of the library directory (Debian: its last two components), if the file has it as a text of its own.
fn lib_token(directory: &[u8], texts: &[&[u8]]) -> Option<Vec<u8>> {
    let whole = &directory[1..directory.len() - 1];
    let base = whole.rsplit(|&b| b == b'/').next()?;
    let mut candidates = [whole, base].into_iter();
    let token = candidates.find(|token| texts.contains(token))?;
    Some(token.to_vec())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|w| w == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_glibc_loader() {
        let file = b"\x7fELF\0junk/\0/lib64/\0/usr/lib64/\0\0lib64\0/etc/ld.so.cache\0glibc-ld.so.cache1.1\0/etc/ld.so.preload\0\
            x86-64-v4:x86-64-v3:x86-64-v2\0ld.so (GNU libc) stable release version 2.38.\nCopyright\0/other/lib/\0";
        let found = identify(file);
        assert_eq!(found.family, LoaderFamily::Glibc);
        assert_eq!(found.release, Some((2, 38, 0)));
        assert_eq!(found.vendor, b"GNU libc");
        assert_eq!(
            found.system_directories,
            [b"/lib64/".to_vec(), b"/usr/lib64/".to_vec()]
        );
        assert_eq!(found.lib_token.as_deref(), Some(b"lib64".as_slice()));
        assert_eq!(
            found.cache_path.as_deref(),
            Some(b"/etc/ld.so.cache".as_slice())
        );
        assert_eq!(
            found.preload_path.as_deref(),
            Some(b"/etc/ld.so.preload".as_slice())
        );
        assert_eq!(found.hwcaps_subdirectories.len(), 3);
    }

    #[test]
    fn paths_of_a_store() {
        let file = b"\0/nix/store/abc-glibc-2.40/lib/\0\0lib\0/nix/store/abc-glibc-2.40/etc/ld.so.cache\0glibc-ld.so.cache1.1\0\
            /etc/ld-nix.so.preload\0";
        let found = identify(file);
        assert_eq!(
            found.system_directories,
            [b"/nix/store/abc-glibc-2.40/lib/".to_vec()]
        );
        assert_eq!(found.lib_token.as_deref(), Some(b"lib".as_slice()));
        assert_eq!(
            found.preload_path.as_deref(),
            Some(b"/etc/ld-nix.so.preload".as_slice())
        );
        assert_eq!(found.release, None);
    }

    #[test]
    fn the_release_from_elsewhere() {
        let mut found = identify(b"\0/lib/\0glibc-ld.so.cache1.1\0");
        found.learn_release(
            b"\0GNU C Library (GNU libc) stable release version 2.17, by Roland McGrath et al.\n\0",
        );
        assert_eq!(found.release, Some((2, 17, 0)));
        assert_eq!(release_of_file_name(b"ld-2.31.so"), Some((2, 31, 0)));
        assert_eq!(release_of_file_name(b"libc-2.17.so"), Some((2, 17, 0)));
        assert_eq!(release_of_file_name(b"ld-linux-x86-64.so.2"), None);
        let development = b"\0GNU C Library (GNU libc) development release version 2.42.9000.\n\0";
        assert_eq!(identify(development).release, Some((2, 42, 9000)));
    }

    #[test]
    fn neither() {
        assert_eq!(identify(b""), LoaderIdentity::unknown());
        assert_eq!(
            identify(b"/usr/lib/\0/etc/ld.so.cache\0").family,
            LoaderFamily::Other
        );
    }

    #[test]
    fn loaders_of_this_machine() {
        let glibc = "/lib64/ld-linux-x86-64.so.2";
        match std::fs::read(glibc) {
            Ok(bytes) => {
                let found = identify(&bytes);
                assert_eq!(found.family, LoaderFamily::Glibc);
                assert!(found.system_directories.len() >= 2, "{found:?}");
                assert_eq!(
                    found.cache_path.as_deref(),
                    Some(b"/etc/ld.so.cache".as_slice())
                );
                assert_eq!(
                    found.preload_path.as_deref(),
                    Some(b"/etc/ld.so.preload".as_slice())
                );
                assert!(found.lib_token.is_some());
            }
            Err(_) => eprintln!("SKIPPED: no {glibc}"),
        }
        let musl = "/lib/ld-musl-x86_64.so.1";
        match std::fs::read(musl) {
            Ok(bytes) => {
                let found = identify(&bytes);
                assert_eq!(found.family, LoaderFamily::Musl);
                assert!(
                    found.release.is_some_and(|release| release > (1, 1, 0)),
                    "{found:?}"
                );
                assert_eq!(found.vendor, b"x86_64");
                assert_eq!(
                    found.path_file.as_deref(),
                    Some(b"/etc/ld-musl-x86_64.path".as_slice())
                );
                let default: [&[u8]; 3] = [b"/lib", b"/usr/local/lib", b"/usr/lib"];
                assert_eq!(found.system_directories, default);
            }
            Err(_) => eprintln!("SKIPPED: no {musl}"),
        }
    }
}
