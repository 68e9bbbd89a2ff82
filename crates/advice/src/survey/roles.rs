//! What a file is for, and who would load it.

use sayso_facts::elf::{Image, gnu_hash};
use sayso_facts::go::{Mode, Program};
use sayso_loader::Session;
use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use super::hosts::Server;
use super::walk::Candidate;
use crate::answer::{is_library_name, is_program};

/// What a file of an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// What the image's configuration starts.
    Entrypoint,
    /// A program or script.
    Program,
    /// A native module of an interpreter: Python, Ruby, Perl, PHP, Node, Lua.
    Extension,
    /// A Go plugin, or a module of a server.
    Plugin,
    /// Any other library.
    Library,
}

impl Role {
    /// The lower-case word that stands in texts and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Role::Entrypoint => "entrypoint",
            Role::Program => "program",
            Role::Extension => "extension",
            Role::Plugin => "plugin",
            Role::Library => "library",
        }
    }
}

/// Whose native module a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    /// With the release that its name or place says; `None`: of any (`abi3`).
    Python(Option<(u16, u16)>),
    Ruby,
    Perl,
    Php,
    Node,
    Lua,
}

/// What a candidate turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) role: Role,
    pub(super) language: Option<Language>,
    pub(super) go_plugin: bool,
    /// Whose module it is.
    pub(super) server: Option<Server>,
}

const fn plain(role: Role) -> Kind {
    Kind {
        role,
        language: None,
        go_plugin: false,
        server: None,
    }
}

/// Looks at a candidate.
pub(super) fn kind(session: &Session<'_>, candidate: &Candidate) -> Kind {
    if candidate.is_script {
        return plain(Role::Program);
    }
    let Ok(stat) = session.lookup(&candidate.path) else {
        return plain(Role::Library);
    };
    let Opened::Image(image) = &*session.open_once(&stat) else {
        return plain(Role::Library);
    };
    let path = &candidate.path;
    let named_library = is_library_name(path) && image.soname().is_some();
    if is_program(image, path, stat.mode & 0o111 != 0) && !named_library {
        return plain(Role::Program);
    }
    if let Some(language) = language(path, image) {
        return Kind {
            language: Some(language),
            ..plain(Role::Extension)
        };
    }
    let go_plugin = is_go_plugin(image);
    let server = Server::of_module(path, image);
    let role = if go_plugin || server.is_some() {
        Role::Plugin
    } else {
        Role::Library
    };
    Kind {
        role,
        language: None,
        go_plugin,
        server,
    }
}

/// Every Go plugin offers the hashes of its packages to plugins that come after it, and `runtime` is always among them.
fn is_go_plugin(image: &Image) -> bool {
    (exports(image, b"go:link.pkghash.runtime") || exports(image, b"go.link.pkghash.runtime"))
        && Program::of(image).is_some_and(|program| program.mode == Mode::Plugin)
}

/// The dynamic symbol table defines the name.
pub(super) fn exports(image: &Image, name: &[u8]) -> bool {
    image.lookup(name, gnu_hash(name)).any(|index| {
        image
            .symbol(index)
            .is_some_and(|symbol| !symbol.is_undefined())
    })
}

pub(super) fn holds(path: &TargetPath, part: &[u8]) -> bool {
    path.as_bytes()
        .windows(part.len())
        .any(|window| window == part)
}

/// `libfoo.cpython-311-x86_64-linux-gnu.so` and its like, by name, place, and the entry function that the interpreter looks for.
fn language(path: &TargetPath, image: &Image) -> Option<Language> {
    let name = path.file_name();
    let stem = name.split(|&b| b == b'.').next().unwrap_or(name);
    let entry = |prefix: &[u8], stem: &[u8]| exports(image, &[prefix, stem].concat());
    if name.ends_with(b".node") {
        return Some(Language::Node);
    }
    if !name.ends_with(b".so") {
        return None;
    }
    let tagged = python_tag(name);
    let placed = holds(path, b"/lib-dynload/")
        || holds(path, b"/site-packages/")
        || holds(path, b"/dist-packages/");
    if tagged.is_some() || name.ends_with(b".abi3.so") || (placed && entry(b"PyInit_", stem)) {
        return Some(Language::Python(tagged.or_else(|| python_folder(path))));
    }
    if holds(path, b"/ruby/") && entry(b"Init_", stem) {
        return Some(Language::Ruby);
    }
    if holds(path, b"/perl") && holds(path, b"/auto/") {
        return Some(Language::Perl);
    }
    if holds(path, b"/php") && exports(image, b"get_module") {
        return Some(Language::Php);
    }
    if holds(path, b"/lua") && entry(b"luaopen_", stem) {
        return Some(Language::Lua);
    }
    None
}

/// `cpython-311` in a name.
pub(super) fn python_tag(name: &[u8]) -> Option<(u16, u16)> {
    let text = std::str::from_utf8(name).ok()?;
    let digits: String = text
        .split(".cpython-")
        .nth(1)?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let (major, minor) = digits.split_at_checked(1)?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// `/python3.11/` in a path.
pub(super) fn python_folder(path: &TargetPath) -> Option<(u16, u16)> {
    let text = std::str::from_utf8(path.as_bytes()).ok()?;
    text.split('/').find_map(|part| {
        let (major, minor) = part.strip_prefix("python")?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_python_are_read() {
        assert_eq!(
            python_tag(b"_ssl.cpython-311-x86_64-linux-gnu.so"),
            Some((3, 11))
        );
        assert_eq!(python_tag(b"_ssl.abi3.so"), None);
        assert_eq!(
            python_folder(&"/usr/lib/python3.12/lib-dynload/a.so".into()),
            Some((3, 12))
        );
        assert_eq!(
            python_folder(&"/usr/lib/python3/dist-packages/a.so".into()),
            None
        );
    }
}
