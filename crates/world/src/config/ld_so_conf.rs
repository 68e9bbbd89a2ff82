//! `/etc/ld.so.conf`: the directories that `ldconfig` makes the cache from (`elf/ldconfig.c: parse_conf`).

use std::collections::VecDeque;

use crate::limits::{CONF_FILES_MAX, CONF_INCLUDE_DEPTH_MAX, GLOB_MATCHES_MAX};
use crate::{Errno, TargetPath, World, config};

/// A directory and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredDirectory {
    /// The directory as written, without blanks and slashes at its end.
    pub path: TargetPath,
    /// The file with the line.
    pub file: TargetPath,
    /// Its number, from 1.
    pub line: u32,
}

/// What is wrong with a configuration file. `ldconfig` only warns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfFault {
    /// A file that is there cannot be opened.
    Unreadable {
        /// The file.
        file: TargetPath,
        /// Why.
        errno: Errno,
    },
    /// Includes go deeper, or name more files, than anybody means: a cycle. `ldconfig` itself would run until it has no more
    /// file handles.
    TooManyIncludes {
        /// The file that was not read any more.
        file: TargetPath,
    },
}

/// The contents of `/etc/ld.so.conf` and of everything it includes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LdSoConf {
    /// In order, repetitions and missing ones included.
    pub directories: Vec<ConfiguredDirectory>,
    /// Every file read, in order.
    pub files: Vec<TargetPath>,
    /// What went wrong.
    pub faults: Vec<ConfFault>,
}

impl LdSoConf {
    /// Reads a configuration file (normally `/etc/ld.so.conf`) and its includes. A missing file has no directories.
    pub fn load(world: &dyn World, path: &TargetPath) -> LdSoConf {
        let mut conf = LdSoConf::default();
        conf.parse(world, path, 0);
        conf
    }

    /// Depth is bounded by [`CONF_INCLUDE_DEPTH_MAX`].
    fn parse(&mut self, world: &dyn World, file: &TargetPath, depth: usize) {
        // Files that could not be read count too: a pattern can match any number of them.
        let tried = self.files.len() + self.faults.len();
        if self.has_stopped() {
            return;
        }
        if depth > CONF_INCLUDE_DEPTH_MAX || tried >= CONF_FILES_MAX {
            let file = file.clone();
            self.faults.push(ConfFault::TooManyIncludes { file });
            return;
        }
        let text = match config::read(world, file) {
            Ok(text) => text,
            Err(Errno::ENOENT) => return,
            Err(errno) => {
                let file = file.clone();
                self.faults.push(ConfFault::Unreadable { file, errno });
                return;
            }
        };
        self.files.push(file.clone());
        for (number, line) in (1..).zip(text.split(|&b| b == b'\n')) {
            match Line::of(line) {
                Line::Nothing => {}
                Line::Include(_) if self.has_stopped() => {}
                Line::Include(patterns) => {
                    for pattern in patterns {
                        let pattern = TargetPath::new(pattern).join_to(&file.parent());
                        for included in glob(world, &pattern) {
                            self.parse(world, &included, depth + 1);
                        }
                    }
                }
                Line::Directory(path) => self.directories.push(ConfiguredDirectory {
                    path: TargetPath::new(path),
                    file: file.clone(),
                    line: number,
                }),
            }
        }
    }

    /// Too many includes: no further one is followed, and so this stays the last fault.
    fn has_stopped(&self) -> bool {
        matches!(self.faults.last(), Some(ConfFault::TooManyIncludes { .. }))
    }

    /// The paths alone.
    pub fn paths(&self) -> impl Iterator<Item = &TargetPath> {
        self.directories.iter().map(|directory| &directory.path)
    }
}

enum Line<'l> {
    Nothing,
    Include(Vec<&'l [u8]>),
    Directory(&'l [u8]),
}

impl<'l> Line<'l> {
    fn of(line: &'l [u8]) -> Line<'l> {
        let end = line.iter().position(|b| matches!(b, b'#' | 0));
        let line = &line[..end.unwrap_or(line.len())];
        let start = line.iter().position(|&b| !is_space(b));
        let line = &line[start.unwrap_or(line.len())..];
        let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        if line.starts_with(b"include") && blank(line.get(7)) {
            let patterns = line[8..].split(|b| matches!(b, b' ' | b'\t'));
            return Line::Include(patterns.filter(|pattern| !pattern.is_empty()).collect());
        }
        let is_hwcap = line.len() > 5 && line[..5].eq_ignore_ascii_case(b"hwcap");
        if is_hwcap && blank(line.get(5)) {
            return Line::Nothing;
        }
        // "DIRECTORY=TYPE": the type of library expected there, ignored long since.
        let mut path = line.split(|&b| b == b'=').next().unwrap_or_default();
        while let [rest @ .., last] = path
            && is_space(*last)
        {
            path = rest;
        }
        while let [rest @ .., b'/'] = path {
            path = rest;
        }
        if path.is_empty() {
            Line::Nothing
        } else {
            Line::Directory(path)
        }
    }
}

/// `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `glob(3)` without flags: the paths that an absolute pattern matches, sorted by bytes.
fn glob(world: &dyn World, pattern: &TargetPath) -> Vec<TargetPath> {
    let mut found = vec![TargetPath::new("/")];
    let mut components: VecDeque<&[u8]> = pattern.as_bytes().split(|&b| b == b'/').collect();
    components.retain(|component| !component.is_empty());
    while let Some(component) = components.pop_front() {
        let mut next = Vec::new();
        for base in found {
            if component
                .iter()
                .any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\'))
            {
                let mut names: Vec<_> = world.list(&base).unwrap_or_default();
                names.retain(|entry| matches(component, &entry.name));
                next.extend(names.iter().map(|entry| base.join(&entry.name)));
            } else {
                next.push(base.join(component));
            }
            next.truncate(GLOB_MATCHES_MAX);
        }
        found = next;
    }
    found.retain(|path| world.lookup(path).is_ok());
    found.sort();
    found
}

/// `fnmatch(3)` of one component, with a leading dot only matched by a dot. Without recursion: on a mismatch the last star takes
/// one byte more.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
            continue;
        }
        if let Some(length) = matches_one(&pattern[p..], name[n]) {
            p += length;
            n += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            (p, n) = (star_at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

/// The length of the pattern's first element if it matches a byte.
fn matches_one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'\\', escaped, ..] => (*escaped == byte).then_some(2),
        [b'[', rest @ ..] => match bracket(rest, byte) {
            Some((length, true)) => Some(1 + length),
            Some((_, false)) => None,
            // Never closed: an ordinary bracket.
            None => (byte == b'[').then_some(1),
        },
        [plain, ..] => (*plain == byte).then_some(1),
    }
}

/// The length of a bracket expression behind its `[`, and whether it holds a byte; `None` if it is never closed.
fn bracket(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let mut at = usize::from(negated);
    let first = at;
    let mut held = false;
    loop {
        let low = *pattern.get(at)?;
        if low == b']' && at > first {
            return Some((at + 1, held != negated));
        }
        let high = match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(b'-'), Some(&high)) if high != b']' => {
                at += 2;
                high
            }
            _ => low,
        };
        held |= (low..=high).contains(&byte);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;
    use crate::memory::Memory;

    fn load(world: &Memory) -> LdSoConf {
        LdSoConf::load(world, &"/etc/ld.so.conf".into())
    }

    fn listed(conf: &LdSoConf) -> Vec<String> {
        let shown = |d: &ConfiguredDirectory| format!("{} {}:{}", d.path, d.file, d.line);
        conf.directories.iter().map(shown).collect()
    }

    #[test]
    fn includes_comments_types_and_hwcap() {
        let mut world = Memory::new(Machine::default());
        world
            .file(
                "/etc/ld.so.conf",
                "# first\n\n  /opt/lib/ # c\ninclude ld.so.conf.d/*.conf  /etc/more\nhwcap 1 nosegneg\n/a=libc6\n/b b  \nincludes\n///\n",
            )
            .file("/etc/ld.so.conf.d/b.conf", "/from/b")
            .file("/etc/ld.so.conf.d/a.conf", "/from/a\n")
            .file("/etc/ld.so.conf.d/.hidden.conf", "/no\n")
            .file("/etc/ld.so.conf.d/c.txt", "/no\n")
            .file("/etc/more", "/more\r\n");
        let conf = load(&world);
        assert_eq!(
            listed(&conf),
            [
                "/opt/lib /etc/ld.so.conf:3",
                "/from/a /etc/ld.so.conf.d/a.conf:1",
                "/from/b /etc/ld.so.conf.d/b.conf:1",
                "/more /etc/more:1",
                "/a /etc/ld.so.conf:6",
                "/b b /etc/ld.so.conf:7",
                "includes /etc/ld.so.conf:8",
            ]
        );
        assert_eq!(conf.faults, []);
        assert_eq!(conf.files.len(), 4);
    }

    #[test]
    fn a_cycle_ends() {
        let mut world = Memory::new(Machine::default());
        world.file(
            "/etc/ld.so.conf",
            "/once\ninclude ld.so.conf\ninclude ld.so.conf\n",
        );
        let conf = load(&world);
        assert!(conf.files.len() <= CONF_FILES_MAX);
        assert_eq!(
            conf.faults,
            [ConfFault::TooManyIncludes {
                file: "/etc/ld.so.conf".into()
            }]
        );
    }

    #[test]
    fn limits_from_both_sides() {
        let chain = |length: usize| {
            let mut world = Memory::new(Machine::default());
            world.file("/etc/ld.so.conf", "include 1.conf\n");
            for number in 1..=length {
                world.file(
                    format!("/etc/{number}.conf"),
                    format!("include {}.conf\n", number + 1),
                );
            }
            load(&world).faults.len()
        };
        assert_eq!(chain(CONF_INCLUDE_DEPTH_MAX), 0);
        assert_eq!(chain(CONF_INCLUDE_DEPTH_MAX + 1), 1);
        let wide = |count: usize| {
            let mut world = Memory::new(Machine::default());
            world.file("/etc/ld.so.conf", "include d/*\n");
            for number in 1..=count {
                world.file(format!("/etc/d/{number}"), "/x\n");
            }
            load(&world).faults.len()
        };
        assert_eq!(wide(CONF_FILES_MAX - 1), 0);
        assert_eq!(wide(CONF_FILES_MAX), 1);
    }

    #[test]
    fn a_directory_and_an_unreadable_file() {
        let mut world = Memory::new(Machine::default());
        world.directory("/etc/ld.so.conf");
        let fault = ConfFault::Unreadable {
            file: "/etc/ld.so.conf".into(),
            errno: Errno::EISDIR,
        };
        assert_eq!(load(&world).faults, [fault]);
        assert_eq!(load(&Memory::new(Machine::default())), LdSoConf::default());
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("*", ".a", false),
            (".*", ".a", true),
            ("a*b*c", "aXbXbYc", true),
            ("a*b*c", "aXbXbYd", false),
            ("?.conf", "x.conf", true),
            ("?.conf", "xy.conf", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[x", "[x", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("", "", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), name.as_bytes()),
                expected,
                "{pattern} {name}"
            );
        }
    }
}
