//! Who owns which file: the databases of package managers, read as files of the world.
//!
//! dpkg's `status` with its `*.list` files (or `status.d`, as distroless images have it) and apk's `installed`. RPM keeps its
//! headers in a database of its own kind, which is not read: it is named in [`Installed::unread`].

use std::collections::BTreeMap;

use sayso_world::{TargetPath, World, config};

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Manager {
    /// dpkg
    Deb,
    /// apk-tools
    Apk,
}

impl Manager {
    /// The type of its package URLs.
    pub fn purl_type(self) -> &'static str {
        match self {
            Manager::Deb => "deb",
            Manager::Apk => "apk",
        }
    }
}

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Whose.
    pub manager: Manager,
    /// Its name.
    pub name: String,
    /// Its version, with epoch and revision.
    pub version: String,
    /// Its architecture, in the manager's words.
    pub architecture: String,
    /// The source package, if it has another name.
    pub source: Option<String>,
}

/// What `/etc/os-release` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// `ID`, e.g. `debian`.
    pub id: String,
    /// `VERSION_ID`, e.g. `12`; empty for a rolling release.
    pub version: String,
    /// `PRETTY_NAME`.
    pub name: String,
}

/// Every installed package, and who owns what.
#[derive(Debug, Clone, Default)]
pub struct Installed {
    /// The distribution.
    pub os: OsRelease,
    /// Sorted by manager, name and architecture.
    pub packages: Vec<Package>,
    owners: BTreeMap<TargetPath, usize>,
    /// Databases that are there and are not read.
    pub unread: Vec<String>,
}

impl Installed {
    /// Reads the databases of a world.
    pub fn of(world: &dyn World) -> Installed {
        let mut found: Vec<(Package, Vec<Vec<u8>>)> = Vec::new();
        found.extend(dpkg(world));
        found.extend(distroless(world));
        for path in ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] {
            found.extend(apk(&text(world, path)));
        }
        let key = |package: &Package| {
            let Package {
                manager,
                name,
                architecture,
                version,
                ..
            } = package;
            (
                *manager,
                name.clone(),
                architecture.clone(),
                version.clone(),
            )
        };
        found.sort_by_key(|(package, _)| key(package));
        found.dedup_by(|a, b| a.0 == b.0);
        let mut installed = Installed {
            os: os_release(world),
            ..Installed::default()
        };
        let mut folders: BTreeMap<Vec<u8>, TargetPath> = BTreeMap::new();
        for (package, files) in found {
            let number = installed.packages.len();
            installed.packages.push(package);
            for file in files {
                let path = TargetPath::new(&file);
                let parent = path.parent();
                // The list says /lib, the file lies in /usr/lib: merged trees keep the old names in their lists.
                let folder = folders
                    .entry(parent.as_bytes().to_vec())
                    .or_insert_with(|| world.canonical(&parent).unwrap_or(parent));
                installed
                    .owners
                    .entry(folder.join(path.file_name()))
                    .or_insert(number);
            }
        }
        for (path, what) in [
            ("/var/lib/rpm/rpmdb.sqlite", "rpm (sqlite)"),
            ("/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm (sqlite)"),
            ("/usr/share/rpm/rpmdb.sqlite", "rpm (sqlite)"),
            ("/var/lib/rpm/Packages.db", "rpm (ndb)"),
            ("/usr/lib/sysimage/rpm/Packages.db", "rpm (ndb)"),
            ("/var/lib/rpm/Packages", "rpm (Berkeley DB)"),
        ] {
            if world.lookup(&path.into()).is_ok() {
                installed.unread.push(format!(
                    "{path}: {what} is not read, so no file has an owner by it"
                ));
            }
        }
        installed
    }

    /// The number of the package that owns a file, by its canonical path.
    pub fn owner(&self, path: &TargetPath) -> Option<usize> {
        self.owners.get(path).copied()
    }

    /// The package URL of a package (<https://github.com/package-url/purl-spec>).
    pub fn purl(&self, package: &Package) -> String {
        let kind = package.manager.purl_type();
        let namespace = match (self.os.id.as_str(), package.manager) {
            ("", Manager::Deb) => "debian",
            ("", Manager::Apk) => "alpine",
            (id, _) => id,
        };
        let mut purl = format!(
            "pkg:{kind}/{}/{}@{}?arch={}",
            encoded(namespace),
            encoded(&package.name),
            encoded(&package.version),
            encoded(&package.architecture)
        );
        if !self.os.id.is_empty() {
            let version = if self.os.version.is_empty() {
                String::new()
            } else {
                format!("-{}", self.os.version)
            };
            purl += "&distro=";
            purl += &encoded(&(self.os.id.clone() + &version));
        }
        if let Some(source) = &package.source {
            purl += "&upstream=";
            purl += &encoded(source);
        }
        purl
    }
}

/// Percent-encoding of a part of a package URL.
pub fn encoded(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            for nibble in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                text.push(digit.to_ascii_uppercase());
            }
        }
    }
    text
}

fn text(world: &dyn World, path: &str) -> String {
    let bytes = config::read(world, &path.into()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn os_release(world: &dyn World) -> OsRelease {
    let mut text = text(world, "/etc/os-release");
    if text.is_empty() {
        text = self::text(world, "/usr/lib/os-release");
    }
    let value = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim_matches(['"', '\'']).to_owned())
            .unwrap_or_default()
    };
    OsRelease {
        id: value("ID").to_lowercase(),
        version: value("VERSION_ID"),
        name: value("PRETTY_NAME"),
    }
}

/// One paragraph of dpkg's status; `None`: it is not installed.
fn paragraph(text: &str) -> Option<Package> {
    let field = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().to_owned())
    };
    let is_installed = field("Status").is_none_or(|status| status.ends_with(" installed"));
    let name = field("Package").filter(|_| is_installed)?;
    let source =
        field("Source").map(|source| source.split(' ').next().unwrap_or_default().to_owned());
    Some(Package {
        manager: Manager::Deb,
        version: field("Version")?,
        architecture: field("Architecture").unwrap_or_default(),
        source: source.filter(|source| *source != name),
        name,
    })
}

fn dpkg(world: &dyn World) -> Vec<(Package, Vec<Vec<u8>>)> {
    let status = text(world, "/var/lib/dpkg/status");
    let packages = status.split("\n\n").filter_map(paragraph);
    let with_files = packages.map(|package| {
        let info = TargetPath::from("/var/lib/dpkg/info");
        let names = [
            format!("{}:{}.list", package.name, package.architecture),
            format!("{}.list", package.name),
        ];
        let list = names
            .iter()
            .find_map(|name| config::read(world, &info.join(name.as_bytes())).ok());
        let files = list.map_or_else(Vec::new, |list| {
            let lines = list
                .split(|&b| b == b'\n')
                .filter(|line| line.starts_with(b"/"));
            lines.map(<[u8]>::to_vec).collect()
        });
        (package, files)
    });
    with_files.collect()
}

/// `status.d/NAME` and `status.d/NAME.md5sums`, whose paths have no slash at their start.
fn distroless(world: &dyn World) -> Vec<(Package, Vec<Vec<u8>>)> {
    let folder = TargetPath::from("/var/lib/dpkg/status.d");
    let mut names: Vec<Vec<u8>> = world
        .list(&folder)
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.name)
        .filter(|name| !name.ends_with(b".md5sums"))
        .collect();
    names.sort();
    let package = |name: Vec<u8>| {
        let bytes = config::read(world, &folder.join(&name)).ok()?;
        let package = paragraph(&String::from_utf8_lossy(&bytes))?;
        let sums = [name.as_slice(), b".md5sums"].concat();
        let sums = config::read(world, &folder.join(&sums)).unwrap_or_default();
        let path = |line: &[u8]| Some([b"/".as_slice(), line.get(34..)?].concat());
        let files = sums.split(|&b| b == b'\n').filter_map(path).collect();
        Some((package, files))
    };
    names.into_iter().filter_map(package).collect()
}

/// Lines of a letter, a colon and a value; an empty line ends a package; `F:` names a folder for the `R:` lines behind it.
fn apk(text: &str) -> Vec<(Package, Vec<Vec<u8>>)> {
    let mut found = Vec::new();
    for text in text.split("\n\n") {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().to_owned()
        };
        let name = field("P:");
        if name.is_empty() {
            continue;
        }
        let (mut folder, mut files) = ("", Vec::new());
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("F:") {
                folder = path;
            } else if let Some(file) = line.strip_prefix("R:") {
                let slash = if folder.is_empty() { "" } else { "/" };
                files.push(format!("/{folder}{slash}{file}").into_bytes());
            }
        }
        let origin = field("o:");
        let package = Package {
            manager: Manager::Apk,
            version: field("V:"),
            architecture: field("A:"),
            source: (!origin.is_empty() && origin != name).then_some(origin),
            name,
        };
        found.push((package, files));
    }
    found
}

#[cfg(test)]
mod tests {
    use sayso_world::Machine;
    use sayso_world::memory::Memory;

    use super::*;

    #[test]
    fn owners_are_found_through_merged_folders() {
        let mut world = Memory::new(Machine::default());
        world
            .symlink("/lib", "usr/lib")
            .file("/usr/lib/x/libc.so.6", "")
            .file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
            .file(
                "/var/lib/dpkg/status",
                "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 1:2.36-9+deb12u4\n\n\
                 Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n",
            )
            .file("/var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib/x\n/lib/x/libc.so.6\n");
        let installed = Installed::of(&world);
        assert_eq!(installed.packages.len(), 1);
        assert_eq!(installed.owner(&"/usr/lib/x/libc.so.6".into()), Some(0));
        assert_eq!(
            installed.purl(&installed.packages[0]),
            "pkg:deb/debian/libc6@1%3A2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc"
        );
    }

    #[test]
    fn apk_and_distroless() {
        let mut world = Memory::new(Machine::default());
        world
            .file("/lib/apk/db/installed", "C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nF:lib\nR:libc.musl-x86_64.so.1\na:0:0:777\nR:ld-musl-x86_64.so.1\n\n")
            .file("/var/lib/dpkg/status.d/tz", "Package: tzdata\nVersion: 2024a\nArchitecture: all\n")
            .file("/var/lib/dpkg/status.d/tz.md5sums", "0123456789abcdef0123456789abcdef  usr/share/zoneinfo/UTC\n");
        let installed = Installed::of(&world);
        let names: Vec<&str> = installed
            .packages
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["tzdata", "musl"]);
        assert_eq!(installed.owner(&"/lib/ld-musl-x86_64.so.1".into()), Some(1));
        assert_eq!(installed.owner(&"/usr/share/zoneinfo/UTC".into()), Some(0));
        assert!(
            installed
                .purl(&installed.packages[1])
                .starts_with("pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64")
        );
    }
}
