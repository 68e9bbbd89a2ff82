//! temporary
pub(crate) mod identify {
    #[derive(PartialEq)]
    pub(crate) enum LoaderKind {
        Glibc,
        Musl,
        Other,
    }
    pub(crate) struct Found {
        pub kind: LoaderKind,
        pub release: Option<(u16, u16)>,
        pub release_patch: Option<(u16, u16, u16)>,
        pub system_directories: Vec<Vec<u8>>,
        pub cache_path: Vec<u8>,
        pub preload_path: Vec<u8>,
    }
    fn find(h: &[u8], n: &[u8]) -> Option<usize> {
        h.windows(n.len()).position(|w| w == n)
    }
    pub(crate) fn loader(bytes: &[u8]) -> Found {
        let mut found = Found {
            kind: LoaderKind::Other,
            release: None,
            release_patch: None,
            system_directories: vec![],
            cache_path: b"/etc/ld.so.cache".to_vec(),
            preload_path: b"/etc/ld.so.preload".to_vec(),
        };
        if let Some(at) = find(bytes, b"stable release version ") {
            found.kind = LoaderKind::Glibc;
            let text = String::from_utf8_lossy(&bytes[at + 23..at + 40]).to_string();
            let mut parts = text.split(|c: char| !c.is_ascii_digit());
            found.release = Some((
                parts.next().unwrap().parse().unwrap(),
                parts.next().unwrap().parse().unwrap(),
            ));
        }
        if let Some(at) = find(bytes, b"/lib/x86_64-linux-gnu/\0") {
            found.kind = LoaderKind::Glibc;
            let mut rest = &bytes[at..];
            while rest.first() == Some(&b'/') {
                let end = rest.iter().position(|&b| b == 0).unwrap();
                found.system_directories.push(rest[..end].to_vec());
                rest = &rest[end + 1..];
            }
        }
        if find(bytes, b"musl libc").is_some() {
            found.kind = LoaderKind::Musl;
        }
        found
    }
}
pub(crate) mod ld_so_preload {
    pub(crate) fn names(text: &[u8]) -> Vec<Vec<u8>> {
        text.split(|b| b": \t\n".contains(b))
            .filter(|n| !n.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    }
}
