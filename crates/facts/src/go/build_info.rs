//! Build info: the text that `go version -m` shows (`debug/buildinfo`, `runtime/debug.ParseBuildInfo`).

use super::memory::Memory;

/// First bytes of the block, on an address divisible by [`ALIGN`].
pub(super) const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGN: usize = 16;
/// Magic, pointer size, flags, and room for two pointers.
const HEADER: usize = 32;
/// `flags`: the two texts follow the header (Go 1.18 and later) instead of two pointers in it.
const INLINE: u8 = 2;
const BIG_ENDIAN: u8 = 1;

/// What `go version -m` shows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildInfo {
    /// The toolchain's version, e.g. `go1.22.10`.
    pub go_version: String,
    /// The main package's path; empty where module information was left out (`go build` of loose files has `command-line-arguments`).
    pub path: String,
    /// The module of the main package; an empty path if there is none.
    pub main: Module,
    /// Every module that the build took packages from, sorted by path as Go writes them.
    pub deps: Vec<Module>,
    /// Build settings in Go's order: `-tags`, `-trimpath`, `CGO_ENABLED`, `GOAMD64`, `vcs.revision` …
    /// A setting that is at its default is mostly not written.
    pub settings: Vec<(String, String)>,
}

/// One module of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// Module path.
    pub path: String,
    /// Version; `(devel)` or empty for a module that was built from its own folder.
    pub version: String,
    /// `h1:` sum as in go.sum; empty if unknown.
    pub sum: String,
    /// What a `replace` line put in its place. A folder has a path that begins with `.` or `/` and no version.
    pub replace: Option<Box<Module>>,
}

impl BuildInfo {
    /// A build setting's value.
    pub fn setting(&self, key: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }
    /// A dependency by module path (the main module too).
    pub fn module(&self, path: &str) -> Option<&Module> {
        std::iter::once(&self.main)
            .chain(&self.deps)
            .find(|module| module.path == path)
    }
    /// The module that a package belongs to: the one with the longest path that begins the package's path.
    pub fn module_of_package(&self, package: &str) -> Option<&Module> {
        let holds = |module: &&Module| {
            let rest = package.strip_prefix(module.path.as_str());
            !module.path.is_empty() && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        std::iter::once(&self.main)
            .chain(&self.deps)
            .filter(holds)
            .max_by_key(|module| module.path.len())
    }

    /// Reads the module text (`runtime.modinfo` without its frame). Lines that are not understood are passed over.
    pub fn parse(go_version: &str, text: &str) -> BuildInfo {
        let mut info = BuildInfo {
            go_version: go_version.to_owned(),
            ..BuildInfo::default()
        };
        // What a "=>" line replaces: nothing, the main module, or the last dependency.
        let mut last: Option<&mut Module> = None;
        for line in text.lines() {
            let (word, rest) = line.split_once('\t').unwrap_or((line, ""));
            match word {
                "path" => rest.clone_into(&mut info.path),
                "mod" => {
                    info.main = Module::parse(rest);
                    last = Some(&mut info.main);
                }
                "dep" => {
                    info.deps.push(Module::parse(rest));
                    last = info.deps.last_mut();
                }
                "=>" => {
                    if let Some(module) = last.take() {
                        module.replace = Some(Box::new(Module::parse(rest)));
                    }
                }
                "build" => info.settings.extend(setting(rest)),
                _ => {}
            }
        }
        info
    }

    /// The block at an address, whichever way it is written; `None` if there is none.
    pub(super) fn at(memory: Memory<'_>, address: u64) -> Option<BuildInfo> {
        let held = memory.image().at(address)?;
        let header = held.get(..HEADER)?;
        if !header.starts_with(MAGIC) {
            return None;
        }
        let (pointer_size, flags) = (header[14], header[15]);
        if flags & INLINE != 0 {
            return BuildInfo::inline(held);
        }
        // Pointers of other sizes: no `moduledata` is read there either.
        if pointer_size != 8 || flags & BIG_ENDIAN != 0 {
            return None;
        }
        let text = |at: u64| memory.string(memory.pointer(at)?);
        let version = text(address.wrapping_add(16))?;
        BuildInfo::of(version, text(address.wrapping_add(24)).unwrap_or_default())
    }

    /// The block at the beginning of these bytes, if its texts stand behind its header.
    fn inline(held: &[u8]) -> Option<BuildInfo> {
        let header = held.get(..HEADER)?;
        if !header.starts_with(MAGIC) || header[15] & INLINE == 0 {
            return None;
        }
        let (version, rest) = inline_text(&held[HEADER..])?;
        let text = inline_text(rest).map_or(&[][..], |(text, _)| text);
        BuildInfo::of(version, text)
    }

    fn of(version: &[u8], text: &[u8]) -> Option<BuildInfo> {
        let version = std::str::from_utf8(version)
            .ok()
            .filter(|v| !v.is_empty())?;
        let text = String::from_utf8_lossy(unframed(text));
        Some(BuildInfo::parse(version, &text))
    }

    /// Looks for the block in a part of the file's memory, on each address where it may begin.
    pub(super) fn search(memory: Memory<'_>, start: u64, data: &[u8]) -> Option<BuildInfo> {
        let mut places = aligned(data, (start % ALIGN as u64) as usize);
        places.find_map(|at| BuildInfo::at(memory, start.wrapping_add(at as u64)))
    }

    /// The same in bytes alone, whose first lies this far behind an address divisible by 16.
    pub(super) fn inline_in(data: &[u8], behind: usize) -> Option<BuildInfo> {
        let mut places = aligned(data, behind);
        places.find_map(|at| BuildInfo::inline(&data[at..]))
    }
}

/// Where the magic stands on an address where it may.
fn aligned(data: &[u8], behind: usize) -> impl Iterator<Item = usize> {
    let skip = (ALIGN - behind % ALIGN) % ALIGN;
    let blocks = data.get(skip..).unwrap_or_default().chunks(ALIGN);
    let places = blocks.enumerate();
    places.filter_map(move |(n, block)| block.starts_with(MAGIC).then_some(skip + n * ALIGN))
}

impl Module {
    fn parse(columns: &str) -> Module {
        let mut columns = columns.split('\t').map(str::to_owned);
        Module {
            path: columns.next().unwrap_or_default(),
            version: columns.next().unwrap_or_default(),
            sum: columns.next().unwrap_or_default(),
            replace: None,
        }
    }
    /// What was really built: the replacement, if there is one.
    pub fn effective(&self) -> &Module {
        self.replace.as_deref().unwrap_or(self)
    }
}

/// `KEY=VALUE`, each quoted as Go quotes strings where it holds blanks.
fn setting(text: &str) -> Option<(String, String)> {
    let (key, rest) = match unquoted(text) {
        Some((key, rest)) => (key, rest.strip_prefix('=')?),
        None => text.split_once('=').map(|(k, v)| (k.to_owned(), v))?,
    };
    let value = unquoted(rest).map_or_else(|| rest.to_owned(), |(value, _)| value);
    Some((key, value))
}

/// A Go string literal at the beginning, and what follows it; `None` if there is none (or it is not closed).
fn unquoted(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.split_once('`').map(|(v, rest)| (v.to_owned(), rest));
    }
    let body = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &body[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'v' => '\x0b',
                kind @ ('x' | 'u' | 'U') => {
                    let digits = match kind {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let mut code = 0u32;
                    for _ in 0..digits {
                        code = code << 4 | chars.next()?.1.to_digit(16)?;
                    }
                    char::from_u32(code)?
                }
                other => other,
            }),
            _ => value.push(c),
        }
    }
    None
}

/// The text between the two 16-byte marks that `cmd/go` puts around it; empty if it is not framed.
fn unframed(text: &[u8]) -> &[u8] {
    match text.len() {
        33.. if text[text.len() - 17] == b'\n' => &text[16..text.len() - 16],
        _ => &[],
    }
}

/// A text with its length before it (base 128), and what follows it.
fn inline_text(held: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, digits) = super::memory::uvarint(held)?;
    let rest = held.get(usize::try_from(digits).ok()?..)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_read() {
        let info = BuildInfo::parse(
            "go1.22.10",
            "path\texample.com/host\nmod\texample.com/host\t(devel)\t\n\
             dep\texample.com/a\tv1.2.0\n=>\t../a\t\t\n\
             dep\texample.com/a/b\tv0.1.0\th1:x=\n\
             build\t-trimpath=true\nbuild\t-ldflags=\"-X \\\"a=b\\\"\\t\"\nbuild\t`odd key`=`v v`\nwhat\tis this\nbuild\tbroken\n",
        );
        assert_eq!(info.path, "example.com/host");
        assert_eq!(info.main.version, "(devel)");
        assert_eq!(info.deps.len(), 2);
        assert_eq!(info.deps[0].effective().path, "../a");
        assert_eq!(info.deps[1].sum, "h1:x=");
        assert_eq!(info.setting("-trimpath"), Some("true"));
        assert_eq!(info.setting("-ldflags"), Some("-X \"a=b\"\t"));
        assert_eq!(info.setting("odd key"), Some("v v"));
        assert_eq!(info.setting("broken"), None);
        let module = |package| info.module_of_package(package).map(|m| m.path.as_str());
        assert_eq!(module("example.com/a/b/c"), Some("example.com/a/b"));
        assert_eq!(module("example.com/a"), Some("example.com/a"));
        assert_eq!(module("example.com/ab"), None);
        assert_eq!(module("fmt"), None);
    }

    #[test]
    fn literals_end_where_they_end() {
        assert_eq!(unquoted("\"a\\u00e9\"=b"), Some(("aé".into(), "=b")));
        assert_eq!(unquoted("\"open"), None);
        assert_eq!(unquoted("\"open\\"), None);
        assert_eq!(unquoted("`open"), None);
        assert_eq!(unquoted("\"\\xff\\xff\\U0011ffff\""), None);
    }
}
