//! Who owns which file: the databases of package managers, read as files of the world.
//!
//! dpkg's `status` with its `*.list` files (or `status.d`, as distroless images have it), apk's `installed`, and rpm's headers in
//! each form that rpm has had. What is there and cannot be read is named in [`Installed::unread`].

mod apk;
mod dpkg;
mod rpm;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use sayso_world::limits::PATH_BYTES_MAX;
use sayso_world::{FileKind, TargetPath, World, config};

use crate::integrity::{Algorithm, Digest};
use crate::limits::INSTALLED_FILES_MAX;

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Manager {
    /// dpkg
    Deb,
    /// apk-tools
    Apk,
    /// rpm
    Rpm,
}

impl Manager {
    /// The type of its package URLs.
    pub fn purl_type(self) -> &'static str {
        match self {
            Manager::Deb => "deb",
            Manager::Apk => "apk",
            Manager::Rpm => "rpm",
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
    /// Its version, with epoch and revision or release.
    pub version: String,
    /// Its architecture, in the manager's words; empty: it has none.
    pub architecture: String,
    /// The source package, if it has another name.
    pub source: Option<String>,
    /// Its licence, in the packager's words. dpkg's database has none.
    pub licence: Option<String>,
    /// Who made it. Only rpm's database says so.
    pub vendor: Option<String>,
    /// The file name of the source package; rpm's only.
    pub source_file: Option<String>,
}

impl Package {
    /// What tells it from every other: manager, name, architecture, version.
    fn key(&self) -> (Manager, &str, &str, &str) {
        let Package {
            manager,
            name,
            architecture,
            version,
            ..
        } = self;
        (*manager, name, architecture, version)
    }
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

/// The digest of a file as its package brought it.
type Sum = (Algorithm, Digest);

/// A file of a package.
#[derive(Debug, Clone)]
struct Owned {
    package: usize,
    /// Told of files that may be loaded or started.
    sum: Option<Box<Sum>>,
    /// Marked as the package's licence.
    is_licence: bool,
}

/// The files of one folder, by name.
type Folder = HashMap<Box<[u8]>, Owned>;

/// Every installed package, and who owns what.
#[derive(Debug, Clone, Default)]
pub struct Installed {
    /// The distribution.
    pub os: OsRelease,
    /// Sorted by manager, name, architecture and version.
    pub packages: Vec<Package>,
    folders: BTreeMap<TargetPath, Folder>,
    /// Databases that are there and are not read, or not to their end.
    pub unread: Vec<String>,
}

impl Installed {
    /// Reads the databases of a world.
    pub fn of(world: &dyn World) -> Installed {
        let mut collected = Collected::new(world);
        dpkg::read(&mut collected);
        apk::read(&mut collected);
        rpm::read(&mut collected);
        collected.sorted()
    }

    /// The number of the package that owns a file, by its canonical path.
    pub fn owner(&self, path: &TargetPath) -> Option<usize> {
        self.owned(path).map(|owned| owned.package)
    }

    /// The digest that the package has on record for a file, by its canonical path.
    pub fn sum(&self, path: &TargetPath) -> Option<(Algorithm, Digest)> {
        self.owned(path)?.sum.as_deref().copied()
    }

    fn owned(&self, path: &TargetPath) -> Option<&Owned> {
        self.folders.get(&path.parent())?.get(path.file_name())
    }

    /// Files with a package's licence, by its number: those that rpm marks so, Debian's `copyright`, what lies in a folder of the
    /// package's name below `/usr/share/licenses`.
    pub fn licence_files(&self, world: &dyn World, number: usize) -> Vec<TargetPath> {
        let Some(package) = self.packages.get(number) else {
            return Vec::new();
        };
        let name = package.name.as_bytes();
        let mut files = match package.manager {
            Manager::Deb => {
                let folder = TargetPath::from("/usr/share/doc").join(name);
                vec![folder.join(b"copyright")]
            }
            Manager::Rpm => self.marked_as_licence(&package.name),
            Manager::Apk => {
                let folder = TargetPath::from("/usr/share/licenses").join(name);
                let entries = world.list(&folder).unwrap_or_default();
                let path = |entry: sayso_world::Entry| folder.join(&entry.name);
                entries.into_iter().map(path).collect()
            }
        };
        let is_file = |file: &TargetPath| {
            world
                .lookup(file)
                .is_ok_and(|stat| stat.kind == FileKind::Regular)
        };
        files.retain(is_file);
        files.sort();
        files
    }

    /// Of packages of one name and several architectures only one has a file that all of them bring.
    fn marked_as_licence(&self, name: &str) -> Vec<TargetPath> {
        let mut files = Vec::new();
        for (folder, names) in &self.folders {
            let marked = names
                .iter()
                .filter(|(_, owned)| owned.is_licence && self.packages[owned.package].name == name);
            files.extend(marked.map(|(name, _)| folder.join(name)));
        }
        files
    }

    /// The package URL of a package (<https://github.com/package-url/purl-spec>).
    pub fn purl(&self, package: &Package) -> String {
        let kind = package.manager.purl_type();
        // The vendor's names, as other writers of bills have them.
        let namespace = match (self.os.id.as_str(), package.manager) {
            ("", Manager::Deb) => "debian",
            ("", Manager::Apk) => "alpine",
            ("rhel", Manager::Rpm) => "redhat",
            (id, Manager::Rpm) if id.starts_with("opensuse") => "opensuse",
            (id, _) => id,
        };
        let (epoch, version) = match package.version.split_once(':') {
            Some((epoch, version)) if package.manager == Manager::Rpm => (Some(epoch), version),
            _ => (None, package.version.as_str()),
        };
        let mut purl = format!("pkg:{kind}/");
        if !namespace.is_empty() {
            purl += &encoded(namespace);
            purl.push('/');
        }
        let _ = write!(purl, "{}@{}", encoded(&package.name), encoded(version));
        let mut sign = '?';
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                let _ = write!(purl, "{sign}{name}={}", encoded(value));
                sign = '&';
            }
        };
        add("arch", &package.architecture);
        if !self.os.id.is_empty() {
            let version = if self.os.version.is_empty() {
                String::new()
            } else {
                format!("-{}", self.os.version)
            };
            add("distro", &(self.os.id.clone() + &version));
        }
        add("epoch", epoch.unwrap_or_default());
        let source = package.source_file.as_ref().or(package.source.as_ref());
        add("upstream", source.map_or("", String::as_str));
        purl
    }
}

/// A file as a database tells of it.
struct Named<'f> {
    name: &'f [u8],
    sum: Option<Sum>,
    is_licence: bool,
}

impl<'f> Named<'f> {
    fn plain(name: &'f [u8]) -> Named<'f> {
        Named {
            name,
            sum: None,
            is_licence: false,
        }
    }
}

/// What has been read so far; packages have the numbers in which they came.
struct Collected<'w> {
    world: &'w dyn World,
    packages: Vec<Package>,
    /// Folders as lists name them: where they are among `folders`.
    listed: HashMap<Vec<u8>, usize>,
    /// Folders as they really are.
    real: BTreeMap<TargetPath, usize>,
    folders: Vec<Folder>,
    files: usize,
    files_max: usize,
    unread: Vec<String>,
}

impl<'w> Collected<'w> {
    fn new(world: &'w dyn World) -> Collected<'w> {
        Collected {
            world,
            packages: Vec::new(),
            listed: HashMap::new(),
            real: BTreeMap::new(),
            folders: Vec::new(),
            files: 0,
            files_max: INSTALLED_FILES_MAX,
            unread: Vec::new(),
        }
    }

    /// The package's number for now.
    fn package(&mut self, package: Package) -> usize {
        self.packages.push(package);
        self.packages.len() - 1
    }

    /// Where a folder is among `folders`; `None`: it is no folder of any system.
    fn folder(&mut self, listed: &[u8]) -> Option<usize> {
        let listed = match listed {
            [rest @ .., b'/'] if !rest.is_empty() => rest,
            _ => listed,
        };
        if let Some(&at) = self.listed.get(listed) {
            return Some(at);
        }
        if !listed.starts_with(b"/") || listed.len() >= PATH_BYTES_MAX {
            return None;
        }
        // The list says /lib, the file lies in /usr/lib: merged trees keep the old names in their lists.
        let path = TargetPath::new(listed);
        let real = self.world.canonical(&path).unwrap_or(path);
        let at = *self.real.entry(real).or_insert_with(|| {
            self.folders.push(Folder::new());
            self.folders.len() - 1
        });
        self.listed.insert(listed.to_vec(), at);
        Some(at)
    }

    /// Files of a package that lie in one folder.
    fn files<'f>(
        &mut self,
        package: usize,
        folder: &[u8],
        names: impl IntoIterator<Item = Named<'f>>,
    ) {
        let Some(at) = self.folder(folder) else {
            return;
        };
        for named in names {
            if self.files == self.files_max {
                let text = format!(
                    "packages own more than {} files: the others have no owner here",
                    self.files_max
                );
                if self.unread.last() != Some(&text) {
                    self.unread.push(text);
                }
                return;
            }
            self.files += 1;
            let owned = Owned {
                package,
                sum: named.sum.map(Box::new),
                is_licence: named.is_licence,
            };
            match self.folders[at].get_mut(named.name) {
                None => {
                    self.folders[at].insert(named.name.into(), owned);
                }
                // Of several packages with one file, the first by name has it.
                Some(before) => {
                    if self.packages[package].key() < self.packages[before.package].key() {
                        *before = owned;
                    }
                }
            }
        }
    }

    /// With the packages in their order, each once.
    fn sorted(mut self) -> Installed {
        let mut order: Vec<usize> = (0..self.packages.len()).collect();
        order.sort_by_key(|&number| self.packages[number].key());
        let mut numbers = vec![0; order.len()];
        let mut packages: Vec<Package> = Vec::with_capacity(order.len());
        for number in order {
            let package = &self.packages[number];
            if packages
                .last()
                .is_none_or(|last| last.key() != package.key())
            {
                packages.push(package.clone());
            }
            numbers[number] = packages.len() - 1;
        }
        for owned in self.folders.iter_mut().flat_map(HashMap::values_mut) {
            owned.package = numbers[owned.package];
        }
        let mut folders = self.folders;
        let real = self.real.into_iter();
        Installed {
            os: os_release(self.world),
            packages,
            folders: real
                .map(|(path, at)| (path, std::mem::take(&mut folders[at])))
                .collect(),
            unread: self.unread,
        }
    }
}

/// The paths that lead somewhere, each place once: `/lib/apk` may be `/usr/lib/apk`.
fn places(world: &dyn World, paths: &[&str]) -> Vec<TargetPath> {
    let mut seen = BTreeSet::new();
    let real = paths
        .iter()
        .filter_map(|path| world.canonical(&TargetPath::from(*path)).ok());
    real.filter(|path| seen.insert(path.clone())).collect()
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

fn text(world: &dyn World, path: &TargetPath) -> String {
    let bytes = config::read(world, path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn os_release(world: &dyn World) -> OsRelease {
    let mut text = text(world, &"/etc/os-release".into());
    if text.is_empty() {
        text = self::text(world, &"/usr/lib/os-release".into());
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

#[cfg(test)]
mod tests {
    use sayso_world::Machine;
    use sayso_world::memory::Memory;

    use super::*;
    use crate::limits::PACKAGE_TEXT_MAX;

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

    const APP: &str = "P:app\nV:1\nA:x86_64\nL:MIT\nF:usr/bin\nR:a\na:0:0:755\nZ:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\nR:b\nF:\nR:top\n";

    #[test]
    fn files_are_counted_up_to_a_limit() {
        let mut world = Memory::new(Machine::default());
        world.file("/lib/apk/db/installed", APP);
        for (most, owner, is_told) in [(3, Some(0), false), (2, None, true)] {
            let mut collected = Collected::new(&world);
            assert_eq!(collected.files_max, INSTALLED_FILES_MAX);
            collected.files_max = most;
            apk::read(&mut collected);
            let installed = collected.sorted();
            assert_eq!(installed.owner(&"/usr/bin/b".into()), Some(0));
            assert_eq!(installed.owner(&"/top".into()), owner);
            assert_eq!(
                !installed.unread.is_empty(),
                is_told,
                "{:?}",
                installed.unread
            );
        }
    }

    #[test]
    fn digests_and_licences_of_apk() {
        let mut world = Memory::new(Machine::default());
        world
            .file("/lib/apk/db/installed", APP)
            .file("/usr/share/licenses/app/COPYING", "x");
        let installed = Installed::of(&world);
        let sum = (Algorithm::Sha1, Algorithm::Sha1.of(b""));
        assert_eq!(installed.sum(&"/usr/bin/a".into()), Some(sum));
        assert_eq!(installed.sum(&"/usr/bin/b".into()), None);
        assert_eq!(installed.packages[0].licence.as_deref(), Some("MIT"));
        let files = installed.licence_files(&world, 0);
        assert_eq!(files, ["/usr/share/licenses/app/COPYING".into()]);
    }

    /// `/var/lib/rpm` may be a link, one of two databases may be older, and a file may have two packages.
    #[test]
    fn rpm_is_read_where_it_is() {
        use sayso_facts::rpm::tag;
        use sayso_fixture::rpm::{header, ndb};
        let name = |name: &'static [u8]| (tag::NAME, 6, 1, name);
        let file = [
            (tag::BASE_NAMES, 8, 2, &b"a\0COPYING\0"[..]),
            (tag::DIR_NAMES, 8, 1, b"/lib/\0"),
            (tag::DIR_INDEXES, 4, 2, &[0; 8]),
            (tag::FILE_FLAGS, 4, 2, &[0, 0, 0, 0, 0, 0, 0, 0x80]),
        ];
        let epoch = (tag::EPOCH, 4, 1, &[0, 0, 0, 2][..]);
        let database = ndb(&[
            &header(&[&[name(b"b\0")][..], &file].concat()),
            &header(&[&[name(b"a\0"), epoch][..], &file].concat()),
            &header(&[name(b"gpg-pubkey\0")]),
        ]);
        let mut world = Memory::new(Machine::default());
        world
            .symlink("/lib", "usr/lib")
            .symlink("/var/lib/rpm", "../../usr/lib/sysimage/rpm")
            .file("/usr/lib/COPYING", "x")
            .file("/usr/lib/sysimage/rpm/Packages.db", database)
            .file("/usr/lib/sysimage/rpm/Packages", "old");
        let installed = Installed::of(&world);
        let names: Vec<&str> = installed
            .packages
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(installed.owner(&"/usr/lib/a".into()), Some(0));
        assert_eq!(
            installed.licence_files(&world, 0),
            ["/usr/lib/COPYING".into()]
        );
        assert_eq!(
            installed.purl(&installed.packages[0]),
            "pkg:rpm/a@-?epoch=2"
        );
        let told = [
            "/usr/lib/sysimage/rpm/Packages: not read, because rpm itself takes Packages.db beside it",
        ];
        assert_eq!(installed.unread, told);
    }

    #[test]
    fn long_texts_of_rpm_are_cut() {
        use sayso_facts::rpm::tag;
        use sayso_fixture::rpm::{header, ndb};
        for length in [PACKAGE_TEXT_MAX - 1, PACKAGE_TEXT_MAX, PACKAGE_TEXT_MAX + 1] {
            let text = [vec![b'a'; length], vec![0]].concat();
            let database = ndb(&[&header(&[(tag::NAME, 6, 1, &text)])]);
            let mut world = Memory::new(Machine::default());
            world.file("/var/lib/rpm/Packages.db", database);
            let installed = Installed::of(&world);
            let kept = installed.packages[0].name.len();
            assert_eq!(kept, length.min(PACKAGE_TEXT_MAX));
        }
    }
}
