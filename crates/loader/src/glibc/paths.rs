//! Search paths: tokens, lists, hwcaps suffixes (`elf/dl-load.c: fillin_rpath, decompose_rpath, _dl_init_paths`; `elf/dl-hwcaps.c`).

use sayso_world::Machine;

use super::process::{Directories, Directory, DirectoryStatus, Kind, Process};
use super::release::Rules;
use super::tunables::{HWCAP_AVX512, HWCAP_X86_64, Tunables};
use crate::trace::ObjectId;

/// A dynamic string token (`elf/dl-load.c: is_dst`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Origin,
    Platform,
    Lib,
}

/// The token at the start of what follows a `$`, with its length (braces included).
pub(crate) fn token(input: &[u8]) -> Option<(Token, usize)> {
    let (curly, rest) = match input.strip_prefix(b"{") {
        Some(rest) => (true, rest),
        None => (false, input),
    };
    [
        (Token::Origin, &b"ORIGIN"[..]),
        (Token::Platform, b"PLATFORM"),
        (Token::Lib, b"LIB"),
    ]
    .into_iter()
    .find_map(|(token, name)| {
        let after = rest.strip_prefix(name)?;
        let next = after.first().copied();
        if curly {
            return (next == Some(b'}')).then_some((token, name.len() + 2));
        }
        (!next.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            .then_some((token, name.len()))
    })
}

/// `_dl_dst_count() != 0`.
pub(crate) fn has_token(input: &[u8]) -> bool {
    (0..input.len()).any(|at| input[at] == b'$' && token(&input[at + 1..]).is_some())
}

/// The subdirectories tried in each directory, the plain one last (`elf/dl-hwcaps.c: _dl_important_hwcaps`).
pub(crate) fn suffixes(
    rules: Rules,
    machine: &Machine,
    tunables: &Tunables,
    x86_64: bool,
    prepend: Option<&[u8]>,
    mask: Option<&[u8]>,
) -> Vec<Vec<u8>> {
    let cpu = tunables.processor(&machine.cpu);
    let mut suffixes = Vec::new();
    if rules.hwcaps_subdirectories() {
        let split = |list: &[u8]| {
            list.split(|&byte| byte == b':')
                .filter(|name| !name.is_empty())
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        let prepended = prepend.map(split).unwrap_or_default();
        let mask = mask.map(split);
        let built_in = if x86_64 {
            (2..=cpu.level.min(4))
                .rev()
                .map(|level| format!("x86-64-v{level}").into_bytes())
                .collect()
        } else {
            Vec::new()
        };
        let active = built_in
            .into_iter()
            .filter(|name| mask.as_ref().is_none_or(|mask| mask.contains(name)));
        suffixes.extend(
            prepended
                .into_iter()
                .chain(active)
                .map(|name| [b"glibc-hwcaps/", name.as_slice(), b"/"].concat()),
        );
    }
    if rules.legacy_subdirectories() {
        // The power set of these names, all of them first, each set written from the back to the front.
        let mut names: Vec<&[u8]> = Vec::new();
        if x86_64 {
            if tunables.hwcap_mask & HWCAP_X86_64 != 0 {
                names.push(b"x86_64");
            }
            if cpu.legacy.avx512_1 && tunables.hwcap_mask & HWCAP_AVX512 != 0 {
                names.push(b"avx512_1");
            }
            names.push(cpu.legacy.platform.unwrap_or("x86_64").as_bytes());
        }
        names.push(b"tls");
        for set in (0..1usize << names.len()).rev() {
            let mut suffix = Vec::new();
            for (bit, name) in names.iter().enumerate().rev() {
                if set & (1 << bit) != 0 {
                    suffix.extend_from_slice(name);
                    suffix.push(b'/');
                }
            }
            suffixes.push(suffix);
        }
    } else {
        suffixes.push(Vec::new());
    }
    suffixes
}

impl Process<'_, '_> {
    /// `_dl_dst_substitute`: `None` where the real one gives an empty string.
    pub(crate) fn substitute(&self, map: Option<ObjectId>, input: &[u8]) -> Option<Vec<u8>> {
        let mut result = Vec::with_capacity(input.len());
        let mut check_trusted = false;
        let mut at = 0;
        while at < input.len() {
            if input[at] != b'$' {
                result.push(input[at]);
                at += 1;
                continue;
            }
            let Some((token, length)) = token(&input[at + 1..]) else {
                result.push(b'$');
                at += 1;
                continue;
            };
            let after = at + 1 + length;
            match token {
                Token::Origin => {
                    // In secure mode $ORIGIN must be the whole first component, and the result is looked at again below.
                    let whole = at == 0 && matches!(input.get(after), None | Some(b'/'));
                    if self.secure && !whole {
                        return None;
                    }
                    result.extend_from_slice(&map.and_then(|map| self.origin(map))?);
                    check_trusted = self.secure
                        && map.is_some_and(|map| self.map(map).kind == Kind::Executable);
                }
                Token::Platform => result.extend_from_slice(self.platform()?),
                Token::Lib => result.extend_from_slice(&self.config.lib_token),
            }
            at = after;
        }
        if check_trusted && !self.is_trusted(&result) {
            return None;
        }
        Some(result)
    }

    fn platform(&self) -> Option<&'static [u8]> {
        let machine = self.session.world().machine();
        match machine.architecture {
            sayso_world::Architecture::X86_64 => Some(
                self.tunables
                    .processor(&machine.cpu)
                    .legacy
                    .platform
                    .unwrap_or("x86_64")
                    .as_bytes(),
            ),
            sayso_world::Architecture::Aarch64 => Some(b"aarch64"),
            _ => None,
        }
    }

    /// `is_trusted_path_normalize`: rooted in a built-in directory once `.` and `..` are worked off.
    fn is_trusted(&self, path: &[u8]) -> bool {
        let mut normal: Vec<&[u8]> = Vec::new();
        if path.first() != Some(&b'/') {
            return false;
        }
        for part in path.split(|&byte| byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    normal.pop();
                }
                part => normal.push(part),
            }
        }
        let mut joined: Vec<u8> = normal
            .iter()
            .flat_map(|part| [b"/".as_slice(), part])
            .flatten()
            .copied()
            .collect();
        joined.push(b'/');
        self.config
            .system_directories
            .iter()
            .any(|directory| joined.starts_with(directory))
    }

    fn directory(&mut self, name: Vec<u8>) -> usize {
        if let Some(&known) = self.directory_index.get(&name) {
            return known;
        }
        // Relative directories are never remembered as absent: the working directory may change.
        let status = if name.first() == Some(&b'/') {
            DirectoryStatus::Unknown
        } else {
            DirectoryStatus::Existing
        };
        let index = self.directories.len();
        self.directories.push(Directory {
            name: name.clone(),
            status: vec![status; self.suffixes.len()],
        });
        self.directory_index.insert(name, index);
        index
    }

    /// `fillin_rpath`. An empty element is the working directory.
    pub(crate) fn fill(
        &mut self,
        list: &[u8],
        separators: &[u8],
        map: Option<ObjectId>,
    ) -> Directories {
        let mut result = Vec::new();
        for element in list.split(|byte| separators.contains(byte)) {
            let mut name = if has_token(element) {
                self.substitute(map, element).unwrap_or_default()
            } else {
                element.to_vec()
            };
            if !element.is_empty() {
                if name.is_empty() {
                    continue;
                }
                while name.len() > 1 && name.last() == Some(&b'/') {
                    name.pop();
                }
                if name.last() != Some(&b'/') {
                    name.push(b'/');
                }
            }
            let index = self.directory(name);
            if !result.contains(&index) {
                result.push(index);
            }
        }
        if result.is_empty() {
            Directories::None
        } else {
            Directories::List(result)
        }
    }

    /// `decompose_rpath`: the run path of one object.
    fn decompose(&mut self, map: ObjectId, list: &[u8]) -> Directories {
        if let Some(inhibited) = self.inhibit_rpath.clone().filter(|_| !self.secure) {
            let name = self.map(map).l_name.clone();
            if inhibited
                .split(|&byte| byte == b':')
                .any(|entry| entry == name)
                && !(inhibited.is_empty())
            {
                return Directories::None;
            }
        }
        if list.is_empty() {
            return Directories::None;
        }
        self.fill(list, b":", Some(map))
    }

    /// `cache_rpath`: the directories of `DT_RPATH` or `DT_RUNPATH` of an object, worked out once.
    pub(crate) fn run_path(&mut self, map: ObjectId, runpath: bool) -> Option<Vec<usize>> {
        let known = if runpath {
            &self.map(map).runpath
        } else {
            &self.map(map).rpath
        };
        let directories = match known {
            Directories::List(list) => return Some(list.clone()),
            Directories::None => return None,
            Directories::Unknown => {
                let image = self.map(map).image.clone();
                match if runpath {
                    image.runpath()
                } else {
                    image.rpath()
                } {
                    None => Directories::None,
                    Some(list) => self.decompose(map, list),
                }
            }
        };
        let slot = self.map_mut(map);
        *(if runpath {
            &mut slot.runpath
        } else {
            &mut slot.rpath
        }) = directories.clone();
        match directories {
            Directories::List(list) => Some(list),
            _ => None,
        }
    }

    /// `_dl_init_paths`, after the program's link map exists.
    pub(crate) fn init_paths(&mut self, library_path: Option<&[u8]>) {
        for name in self.config.system_directories.clone().iter() {
            let index = self.directory(name.clone());
            self.system_path.push(index);
        }
        if let Some(main) = self.main() {
            // The program's RPATH is void if it has a RUNPATH, here and for everything it loads.
            if self.map(main).image.runpath().is_some() {
                self.run_path(main, true);
                self.map_mut(main).rpath = Directories::None;
            } else {
                self.map_mut(main).runpath = Directories::None;
                self.run_path(main, false);
            }
        }
        self.library_path = match library_path {
            None | Some(b"") => Directories::None,
            Some(list) => {
                let main = self.main();
                self.fill(list, b":;", main)
            }
        };
    }
}
