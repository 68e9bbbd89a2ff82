//! Who defines a symbol (`find_sym2`, `get_lfs64`).

use sayso_facts::elf::{Image, gnu_hash, stb, stt};

use super::map::image_has_hash;
use super::process::{Crashed, Dso, HEAD, LDSO, Process, Signal};

/// One object's answer. Versions do not matter, but hidden ones (`foo@V` instead of `foo@@V`) are not seen. The first
/// candidate decides: if it is of a kind that does not count (an IFUNC, a section), the object has no such symbol.
pub(crate) fn defines(image: &Image, name: &[u8], hash: u32, need_definition: bool) -> bool {
    let visible = |&index: &u32| {
        image
            .versym(index)
            .is_none_or(|version| version & 0x8000 == 0)
    };
    let found = image.lookup(name, hash).find(visible);
    let Some(symbol) = found.and_then(|index| image.symbol(index)) else {
        return false;
    };
    let thread_variable = symbol.kind() == stt::TLS;
    if symbol.is_undefined() && (need_definition || thread_variable) {
        return false;
    }
    if symbol.value == 0 && !thread_variable {
        return false;
    }
    [stt::NOTYPE, stt::OBJECT, stt::FUNC, stt::COMMON, stt::TLS].contains(&symbol.kind())
        && [stb::GLOBAL, stb::WEAK, stb::GNU_UNIQUE].contains(&symbol.bind())
}

/// Names without their `64` that `get_lfs64` knows.
const LFS64: &[&str] = &[
    "aio_cancel",
    "aio_error",
    "aio_fsync",
    "aio_read",
    "aio_return",
    "aio_suspend",
    "aio_write",
    "alphasort",
    "creat",
    "fallocate",
    "fgetpos",
    "fopen",
    "freopen",
    "fseeko",
    "fsetpos",
    "fstat",
    "fstatat",
    "fstatfs",
    "fstatvfs",
    "ftello",
    "ftruncate",
    "ftw",
    "getdents",
    "getrlimit",
    "glob",
    "globfree",
    "lio_listio",
    "lockf",
    "lseek",
    "lstat",
    "mkostemp",
    "mkostemps",
    "mkstemp",
    "mkstemps",
    "mmap",
    "nftw",
    "open",
    "openat",
    "posix_fadvise",
    "posix_fallocate",
    "pread",
    "preadv",
    "prlimit",
    "pwrite",
    "pwritev",
    "readdir",
    "scandir",
    "sendfile",
    "setrlimit",
    "stat",
    "statfs",
    "statvfs",
    "tmpfile",
    "truncate",
    "versionsort",
    "__fxstat",
    "__fxstatat",
    "__lxstat",
    "__xstat",
];

impl Process<'_, '_> {
    /// `find_sym2` over a chain of objects.
    pub(crate) fn find_in(
        &mut self,
        chain: &[Dso],
        name: &[u8],
        hash: u32,
        need_definition: bool,
    ) -> Result<Option<Dso>, Crashed> {
        for &dso in chain {
            let module = &self.dsos[dso];
            if module.phantom {
                continue;
            }
            if defines(&module.image, name, hash, need_definition) {
                return Ok(Some(dso));
            }
            let nothing_known = dso == LDSO && self.loader_is_absent();
            if !nothing_known && !image_has_hash(&module.image) {
                let why = format!(
                    "{} has no symbol hash table",
                    String::from_utf8_lossy(&module.name)
                );
                return Err(self.crash(Signal::Segmentation, dso, why));
            }
        }
        Ok(None)
    }

    /// `find_sym(head, …)`, or `find_sym(head->syms_next, …)` for copy relocations, and then `get_lfs64`.
    pub(crate) fn find_global(
        &mut self,
        name: &[u8],
        need_definition: bool,
        behind_program: bool,
    ) -> Result<Option<Dso>, Crashed> {
        let globals = std::mem::take(&mut self.globals);
        let chain = &globals[usize::from(behind_program && globals.first() == Some(&HEAD))..];
        let mut found = self.find_in(chain, name, gnu_hash(name), need_definition);
        if matches!(found, Ok(None))
            && let Some(plain) = self.lfs64(name)
        {
            // `find_sym(&ldso, …)`: from the loader to the end of the chain, or the loader alone.
            let from = globals.iter().position(|&dso| dso == LDSO);
            let chain = from.map_or([LDSO].as_slice(), |from| &globals[from..]);
            found = self.find_in(chain, plain, gnu_hash(plain), true);
        }
        self.globals = globals;
        found
    }

    /// The name that an old large-file name stands for.
    fn lfs64<'n>(&self, name: &'n [u8]) -> Option<&'n [u8]> {
        if name.len() > self.rules.lfs64_name_max() {
            return None;
        }
        if name == b"readdir64_r" {
            return Some(b"readdir_r");
        }
        let plain = name.strip_suffix(b"64")?;
        LFS64
            .iter()
            .any(|known| known.as_bytes() == plain)
            .then_some(plain)
    }
}
