//! Which package carries a library: asked of the distribution that the world says it is.

use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use crate::context::Context;
use crate::finding::Fix;
use crate::show::show;

/// Soname and the Debian package that carries it; see the file's head for where the rows come from.
const DEBIAN: &str = include_str!("../data/debian.tsv");

/// A family of distributions with one package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distribution {
    /// Debian, Ubuntu and what is made of them.
    Debian,
    /// Fedora, RHEL and what is made of them.
    Fedora,
    /// openSUSE.
    Suse,
    /// Alpine.
    Alpine,
    /// Arch.
    Arch,
    /// NixOS.
    Nix,
}

/// What `/etc/os-release` says: `ID`, else the first of `ID_LIKE` that is known.
pub(crate) fn distribution(context: &Context<'_>) -> Option<Distribution> {
    let file = ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| context.stat(&TargetPath::from(*path)))?;
    let Opened::NotElf(bytes) = &*context.session.open(&file) else {
        return None;
    };
    let text = String::from_utf8_lossy(bytes);
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .map(|value| value.trim_matches(['"', '\'']).to_owned())
            .unwrap_or_default()
    };
    format!("{} {}", value("ID"), value("ID_LIKE"))
        .split_whitespace()
        .find_map(|id| match id {
            "debian" | "ubuntu" => Some(Distribution::Debian),
            "fedora" | "rhel" | "centos" => Some(Distribution::Fedora),
            "suse" | "opensuse" => Some(Distribution::Suse),
            "alpine" => Some(Distribution::Alpine),
            "arch" => Some(Distribution::Arch),
            "nixos" => Some(Distribution::Nix),
            _ => None,
        })
}

/// The command that installs a library, or that finds the package that has it.
pub(crate) fn install(context: &Context<'_>, soname: &[u8]) -> Option<Fix> {
    // A name that a shell would read otherwise is in no package.
    let plain = |&b: &u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
    if !soname.iter().all(plain) {
        return None;
    }
    let name = show(soname);
    let wide = context
        .subject()
        .is_none_or(|object| object.image.header().class == sayso_facts::elf::Class::Elf64);
    let mark = if wide { "()(64bit)" } else { "" };
    let (summary, command) = match distribution(context)? {
        Distribution::Debian => match debian_package(&name) {
            Some(package) => (
                "install the package that has it",
                format!("apt-get install {package}"),
            ),
            None => (
                "find the package that has it",
                format!("apt-file search {name}"),
            ),
        },
        // RPM packages and apk packages provide their sonames by name: no table is needed.
        Distribution::Fedora => (
            "install the package that provides it",
            format!("dnf install '{name}{mark}'"),
        ),
        Distribution::Suse => (
            "install the package that provides it",
            format!("zypper install '{name}{mark}'"),
        ),
        Distribution::Alpine => (
            "install the package that provides it",
            format!("apk add so:{name}"),
        ),
        Distribution::Arch => ("find the package that has it", format!("pacman -F {name}")),
        Distribution::Nix => ("find the package that has it", format!("nix-locate {name}")),
    };
    Some(Fix {
        summary: summary.into(),
        command: Some(command),
    })
}

fn debian_package(soname: &str) -> Option<&'static str> {
    DEBIAN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .find(|(known, _)| *known == soname)
        .map(|(_, package)| package.trim())
}

#[cfg(test)]
mod tests {
    use super::{DEBIAN, debian_package};

    #[test]
    fn rows_are_sonames_with_packages_in_order() {
        let names: Vec<&str> = DEBIAN
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once('\t').expect("two columns").0)
            .collect();
        assert!(names.is_sorted(), "keep the rows sorted");
        assert!(names.len() > 30);
        assert_eq!(debian_package("libGL.so.1"), Some("libgl1"));
        assert_eq!(debian_package("libnothing.so.1"), None);
    }
}
