//! Which package carries a library: asked of the distribution that the world says it is, or that a pasted text seems to come from.

use sayso_loader::session::Opened;
use sayso_world::TargetPath;

use crate::context::Context;
use crate::explain::Heard;
use crate::finding::Fix;
use crate::rule::Speaker;
use crate::show::show;

mod data;
pub mod installed;
pub mod licence;

pub(crate) use data::{
    MANYLINUX, Raiser, Release, Stock, fits, gcc_release, glibc_raiser, glibc_releases,
    glibc_versions, is_glibc_only, known_dll, known_soname, libstdcxx_releases, musl_release,
    other_numbers, releases, rows, stock,
};

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

impl Distribution {
    /// By an `ID` of os-release.
    fn of(id: &str) -> Option<Distribution> {
        Some(match id {
            "debian" | "ubuntu" | "raspbian" | "linuxmint" | "pop" | "kali" => Distribution::Debian,
            "fedora" | "rhel" | "centos" | "rocky" | "almalinux" | "amzn" | "ol" => {
                Distribution::Fedora
            }
            "suse" | "opensuse" | "sles" | "opensuse-leap" | "opensuse-tumbleweed" => {
                Distribution::Suse
            }
            "alpine" | "wolfi" => Distribution::Alpine,
            "arch" | "archlinux" | "manjaro" => Distribution::Arch,
            "nixos" | "nix" => Distribution::Nix,
            _ => return None,
        })
    }
}

/// What `/etc/os-release` says: `ID`, else the first of `ID_LIKE` that is known; and the number of the release.
fn os_release(context: &Context<'_>) -> Option<(Distribution, String)> {
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
    let distribution = format!("{} {}", value("ID"), value("ID_LIKE"))
        .split_whitespace()
        .find_map(Distribution::of)?;
    // Only Debian's own numbers count: the table of packages is Debian's.
    let release = if value("ID") == "debian" {
        value("VERSION_ID")
    } else {
        String::new()
    };
    Some((distribution, release))
}

/// What the world's `/etc/os-release` says that it is.
pub(crate) fn distribution(context: &Context<'_>) -> Option<Distribution> {
    os_release(context).map(|(distribution, _)| distribution)
}

/// The command that installs a library, or that finds the package that has it.
pub(crate) fn install(context: &Context<'_>, soname: &[u8]) -> Option<Fix> {
    if !is_plain(soname) {
        return None;
    }
    let wide = context
        .subject()
        .is_none_or(|object| object.image.header().class == sayso_facts::elf::Class::Elf64);
    let (distribution, release) = os_release(context)?;
    let (summary, command) = command(distribution, &show(soname), wide, &release);
    Some(Fix {
        summary: summary.into(),
        command: Some(command),
    })
}

/// A name that a shell would read otherwise is in no package.
fn is_plain(soname: &[u8]) -> bool {
    !soname.is_empty()
        && soname
            .iter()
            .all(|&b: &u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
}

/// What to do and what to type, on one distribution. RPM packages and apk packages provide their sonames by name: no table is needed.
fn command(
    distribution: Distribution,
    name: &str,
    wide: bool,
    release: &str,
) -> (&'static str, String) {
    let mark = if wide { "()(64bit)" } else { "" };
    match distribution {
        Distribution::Debian => match stock(name).and_then(|stock| stock.package(release)) {
            Some(package) => (
                "install the package that has it",
                format!("apt-get install {package}"),
            ),
            None => (
                "find the package that has it",
                format!("apt-file search {name}"),
            ),
        },
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
    }
}

/// The commands that install an ELF library, for the system that the text seems to come from; for the usual ones where it does not tell.
pub(crate) fn install_for(heard: &Heard, soname: &str) -> Vec<Fix> {
    if !is_plain(soname.as_bytes()) {
        return Vec::new();
    }
    let around = &heard.surroundings;
    let told = around.distribution.and_then(Distribution::of);
    let musl = heard.speaker() == Speaker::Musl;
    let mut fixes = Vec::new();
    if around.conda
        && let Some(package) = data::conda(soname)
    {
        fixes.push(Fix {
            summary: "install it in the conda environment".into(),
            command: Some(format!("conda install -c conda-forge {package}")),
        });
    }
    let systems: &[(Distribution, &str)] = match told {
        Some(Distribution::Debian) => &[(Distribution::Debian, "")],
        Some(Distribution::Fedora) => &[(Distribution::Fedora, "")],
        Some(Distribution::Suse) => &[(Distribution::Suse, "")],
        Some(Distribution::Alpine) => &[(Distribution::Alpine, "")],
        Some(Distribution::Arch) => &[(Distribution::Arch, "")],
        Some(Distribution::Nix) => &[(Distribution::Nix, "")],
        None if musl => &[(Distribution::Alpine, "Alpine: ")],
        None => &[
            (Distribution::Debian, "Debian, Ubuntu: "),
            (Distribution::Fedora, "Fedora, RHEL: "),
            (Distribution::Suse, "openSUSE: "),
            (Distribution::Arch, "Arch: "),
        ],
    };
    for &(distribution, label) in systems {
        let (summary, typed) = command(distribution, soname, true, "");
        let (place, typed) = if around.container {
            (
                " in the image, not on the host",
                in_image(distribution, &typed),
            )
        } else {
            ("", typed)
        };
        fixes.push(Fix {
            summary: format!("{label}{summary}{place}"),
            command: Some(typed),
        });
    }
    fixes
}

/// A command as a line of a Dockerfile.
fn in_image(distribution: Distribution, typed: &str) -> String {
    match (distribution, typed.strip_prefix("apt-get install ")) {
        (Distribution::Debian, Some(package)) => {
            format!(
                "RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
            )
        }
        (Distribution::Fedora, _) => {
            format!("RUN {}", typed.replacen("dnf install", "dnf install -y", 1))
        }
        (Distribution::Suse, _) => format!(
            "RUN {}",
            typed.replacen("zypper install", "zypper --non-interactive install", 1)
        ),
        (Distribution::Alpine, _) => {
            format!("RUN {}", typed.replacen("apk add", "apk add --no-cache", 1))
        }
        _ => typed.to_owned(),
    }
}

/// The command that installs a library of macOS, by its file name.
pub(crate) fn brew(name: &str) -> Option<Fix> {
    data::brew(name).map(|formula| Fix {
        summary: "install the formula that has it".into(),
        command: Some(format!("brew install {formula}")),
    })
}
