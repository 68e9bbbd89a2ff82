//! What tests need beyond Rust and git: a few tools, other releases of the loaders, and Go toolchains.
//!
//! Tools come from the machine's own package sources. Loader releases are Debian packages of other suites, unpacked below
//! `target/provision` and never installed. They are fetched through apt with a private configuration: its own lists and cache,
//! the mirror that this machine is configured for, signatures checked with Debian's archive keys. `go.rs` has the toolchains.

mod bills;
mod go;
mod peers;
mod roots;
mod wheels;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::{in_ci, workspace};

/// A program that tests call, the packages that it takes (with blanks between), and what for.
struct Tool {
    program: &'static str,
    package: &'static str,
    purpose: &'static str,
}

static TOOLS: &[Tool] = &[
    Tool {
        program: "cc",
        package: "gcc libc6-dev",
        purpose: "links this workspace's own programs",
    },
    Tool {
        program: "readelf",
        package: "binutils",
        purpose: "a second opinion on files that the fixture writes",
    },
    Tool {
        program: "eu-elflint",
        package: "elfutils",
        purpose: "a second opinion on files that sayso has edited",
    },
    Tool {
        program: "strace",
        package: "strace",
        purpose: "system calls of sayso itself: nothing outside --root is opened, nothing is executed",
    },
    Tool {
        program: "libtree",
        package: "libtree",
        purpose: "the peer that the benchmark measures against",
    },
    Tool {
        program: "debootstrap",
        package: "debootstrap",
        purpose: "makes small systems, in which nothing may be called broken",
    },
    Tool {
        program: "scanelf",
        package: "pax-utils",
        purpose: "a peer that the benchmark measures against; lddtree is another",
    },
    Tool {
        program: "umoci",
        package: "umoci",
        purpose: "unpacks images, as a second opinion",
    },
    Tool {
        program: "runc",
        package: "runc",
        purpose: "starts images for real",
    },
    Tool {
        program: "dpkg-deb",
        package: "dpkg",
        purpose: "unpacks the loader releases",
    },
    Tool {
        program: "pip3",
        package: "python3-pip",
        purpose: "brings the Go toolchains",
    },
    Tool {
        program: "cmake",
        package: "cmake make",
        purpose: "runs the CMake function sayso_check",
    },
    Tool {
        program: "b3sum",
        package: "b3sum",
        purpose: "a second opinion on lists of BLAKE3 digests",
    },
    Tool {
        program: "unzip",
        package: "unzip",
        purpose: "unpacks the Go toolchains",
    },
    Tool {
        program: "qemu-s390x",
        package: "qemu-user",
        purpose: "runs loaders of other machines on files that sayso has edited",
    },
    Tool {
        program: "musl-gcc",
        package: "musl-tools",
        purpose: "links Go programs and plugins against musl",
    },
    Tool {
        program: "umoci",
        package: "umoci",
        purpose: "builds and unpacks container images, to hold ours against",
    },
    Tool {
        program: "skopeo",
        package: "skopeo",
        purpose: "writes docker and OCI archives",
    },
    Tool {
        program: "rpmbuild",
        package: "rpm",
        purpose: "builds rpm packages, and keeps them in an SQLite database",
    },
    Tool {
        program: "rpm2cpio",
        package: "rpm2cpio",
        purpose: "unpacks rpm packages",
    },
    Tool {
        program: "cpio",
        package: "cpio",
        purpose: "unpacks rpm packages",
    },
    Tool {
        program: "zip",
        package: "zip",
        purpose: "packs zip archives",
    },
    Tool {
        program: "zstd",
        package: "zstd",
        purpose: "packs tar archives and layers",
    },
    Tool {
        program: "xz",
        package: "xz-utils",
        purpose: "packs tar archives",
    },
    Tool {
        program: "aarch64-linux-gnu-gcc",
        package: "gcc-aarch64-linux-gnu",
        purpose: "links Go programs and plugins for another processor",
    },
    Tool {
        program: "make",
        package: "make",
        purpose: "carries out the Makefile of `sayso go init`",
    },
];

/// Packages that are unpacked into one folder and never installed, and the suites that may have them.
struct Bundle {
    /// The folder below `target/provision`.
    name: &'static str,
    packages: &'static [&'static str],
    /// What the version of each package begins with.
    version: &'static str,
    suites: &'static [&'static str],
}

/// rpm as releases have it that write the databases which this machine's own rpm does not: Berkeley DB, and ndb.
static RPMS: [Bundle; 2] = [
    bundle(
        "rpm-4.16",
        &[
            "rpm",
            "librpm9",
            "librpmio9",
            "rpm-common",
            "liblua5.2-0",
            "libdb5.3",
            "libpopt0",
        ],
        "",
        &["bullseye"],
    ),
    bundle(
        "rpm-4.20",
        &[
            "rpm",
            "librpm10",
            "librpmio10",
            "rpm-common",
            "librpm-sequoia-1",
            "libpopt0",
            "liblua5.3-0",
            "libsqlite3-0",
            "libacl1",
            "libcap2",
            "libnettle8t64",
            "libhogweed6t64",
            "libgmp10",
            "zlib1g",
            "libzstd1",
            "liblzma5",
            "libbz2-1.0",
            "libgcc-s1",
        ],
        "",
        &["trixie"],
    ),
];

static LOADERS: &[Bundle] = &[
    bundle("busybox", &["busybox-static"], "1:1.35", &["bookworm"]),
    bundle("glibc-2.31", &["libc6"], "2.31-", &["bullseye"]),
    bundle("glibc-2.36", &["libc6"], "2.36-", &["bookworm"]),
    bundle("glibc-2.41", &["libc6"], "2.41-", &["trixie"]),
    bundle("glibc-2.43", &["libc6"], "2.43-", &["forky", "sid"]),
    bundle("musl-1.2.3", &["musl"], "1.2.3-", &["bookworm"]),
    bundle("musl-1.2.5", &["musl"], "1.2.5-", &["trixie"]),
    bundle("musl-1.2.6", &["musl"], "1.2.6-", &["forky", "sid"]),
    // Loaders and libraries of other machines, as Debian's cross compilers have them.
    bundle(
        "cross-i386",
        &["libc6-i386-cross", "libgcc-s1-i386-cross"],
        "",
        &["bookworm"],
    ),
    bundle(
        "cross-armhf",
        &["libc6-armhf-cross", "libgcc-s1-armhf-cross"],
        "",
        &["bookworm"],
    ),
    bundle(
        "cross-powerpc",
        &[
            "libc6-powerpc-cross",
            "libstdc++6-powerpc-cross",
            "libgcc-s1-powerpc-cross",
        ],
        "",
        &["bookworm"],
    ),
    bundle(
        "cross-s390x",
        &[
            "libc6-s390x-cross",
            "libstdc++6-s390x-cross",
            "libgcc-s1-s390x-cross",
        ],
        "",
        &["bookworm"],
    ),
];

const fn bundle(
    name: &'static str,
    packages: &'static [&'static str],
    version: &'static str,
    suites: &'static [&'static str],
) -> Bundle {
    Bundle {
        name,
        packages,
        version,
        suites,
    }
}

/// How much of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What `cargo xtask test` asks.
    Quick,
    /// What `cargo xtask lab go --all` asks too.
    All,
}

/// Where everything goes.
fn home() -> PathBuf {
    workspace().join("target/provision")
}

/// `cargo xtask provision`
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let (mut check, mut extent) = (false, Extent::Quick);
    for word in arguments {
        match word.as_str() {
            "--check" => check = true,
            "--all" => extent = Extent::All,
            _ => bail!("takes --check, --all or nothing"),
        }
    }
    if check {
        let missing = missing(extent);
        ensure!(missing.is_empty(), "missing: {}", missing.join(", "));
        return Ok(());
    }
    provision(extent)
}

/// Brings what is missing. What cannot be brought is said loudly; with `CI=true` it is an error.
pub(crate) fn provision(extent: Extent) -> Result<()> {
    let loaders: Vec<&Bundle> = LOADERS
        .iter()
        .chain(&RPMS)
        .chain(go::bundles(extent))
        .collect();
    // One that fails must not keep the others away.
    for result in [
        install_tools(),
        unpack_bundles(&loaders),
        go::bring_toolchains(extent),
        peers::bring(extent),
        bills::bring(),
        wheels::bring(extent),
        roots::bring(extent),
    ] {
        if let Err(error) = result {
            eprintln!("provision: {error:#}");
        }
    }
    let missing = missing(extent);
    if missing.is_empty() {
        println!(
            "provision: {} tools, {} loader releases and {} Go toolchains are here",
            TOOLS.len(),
            LOADERS.len(),
            go::count(extent)
        );
        return Ok(());
    }
    let text = format!("missing: {}", missing.join(", "));
    ensure!(!in_ci(), "{text}");
    eprintln!("provision: {text}\nprovision: tests that need them are skipped");
    Ok(())
}

/// Every wheel that floors are measured on, and nothing else.
pub(crate) fn all_wheels() -> Result<()> {
    wheels::bring(Extent::All)
}

/// The names of everything that is not here.
fn missing(extent: Extent) -> Vec<String> {
    let tools = TOOLS.iter().filter(|tool| !on_path(tool.program));
    let bundles = LOADERS.iter().chain(&RPMS).chain(go::bundles(extent));
    tools
        .map(|tool| format!("{} ({})", tool.program, tool.purpose))
        .chain(
            bundles
                .filter(|bundle| !is_unpacked(bundle.name))
                .map(|bundle| bundle.name.to_owned()),
        )
        .chain(go::missing(extent))
        .chain(bills::missing())
        .chain(wheels::missing(extent))
        .chain(roots::missing(extent))
        .collect()
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|directory| directory.join(program).exists())
}

/// The mark is written last, so a folder without it is the rest of an attempt.
fn is_unpacked(name: &str) -> bool {
    home().join(name).join("package").exists()
}

/// An empty folder below `target/provision`.
fn emptied(name: &str) -> Result<PathBuf> {
    let folder = home().join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn install_tools() -> Result<()> {
    let packages: Vec<&str> = TOOLS
        .iter()
        .filter(|tool| !on_path(tool.program))
        .flat_map(|tool| tool.package.split(' '))
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    println!("provision: installing {}", packages.join(", "));
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(&packages);
        quietly(&mut apt)
    };
    // The lists of a fresh machine may be empty or out of date: only then is an update worth its time.
    install().or_else(|_| {
        quietly(Command::new("apt-get").args(["update", "-q"]))?;
        install()
    })?;
    Ok(())
}

fn unpack_bundles(bundles: &[&Bundle]) -> Result<()> {
    let wanted: Vec<&Bundle> = bundles
        .iter()
        .filter(|bundle| !is_unpacked(bundle.name))
        .copied()
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the lab's loaders are x86-64's"
    );
    let apt = PrivateApt::new(&wanted)?;
    let mut failed = Vec::new();
    for bundle in wanted {
        if let Err(error) = apt.unpack(bundle) {
            failed.push(format!("{}: {error:#}", bundle.name));
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// apt with a configuration of its own.
struct PrivateApt {
    folder: PathBuf,
}

impl PrivateApt {
    fn new(wanted: &[&Bundle]) -> Result<PrivateApt> {
        let folder = home().join("apt");
        for part in ["lists/partial", "cache/archives/partial", "download"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let mut suites: Vec<&str> = wanted
            .iter()
            .flat_map(|bundle| bundle.suites)
            .copied()
            .collect();
        suites.sort_unstable();
        suites.dedup();
        let mirror = mirror()?;
        let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
        let lines: Vec<String> = suites
            .iter()
            .map(|suite| format!("deb [arch=amd64 signed-by={keyring}] {mirror} {suite} main"))
            .collect();
        fs::write(folder.join("sources.list"), lines.join("\n") + "\n")?;
        let at = folder.display();
        // Only package lists: no descriptions, contents or icons, which are most of the bytes.
        let configuration = format!(
            "Dir::State \"{at}\";\nDir::State::status \"/dev/null\";\nDir::Cache \"{at}/cache\";\n\
             Dir::Etc::sourcelist \"{at}/sources.list\";\nDir::Etc::sourceparts \"-\";\nDir::Etc::preferencesparts \"-\";\n\
             APT::Architecture \"amd64\";\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"root\";\n\
             Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n\
             Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled \"false\";\n"
        );
        fs::write(folder.join("apt.conf"), configuration)?;
        let apt = PrivateApt { folder };
        println!(
            "provision: reading the package lists of {}",
            suites.join(", ")
        );
        // A suite that is gone from the mirror must not take the others with it.
        if let Err(error) = quietly(apt.command("apt-get").args(["update", "-q"])) {
            eprintln!("provision: {error:#}");
        }
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("APT_CONFIG", self.folder.join("apt.conf"))
            .current_dir(self.folder.join("download"));
        command
    }

    /// The version of a package in one of the bundle's suites.
    fn version(&self, bundle: &Bundle, package: &str) -> Result<String> {
        let table = output(self.command("apt-cache").args(["madison", package]))?;
        let versions = table.lines().filter_map(|line| {
            let mut columns = line.split('|').map(str::trim);
            let (_, version, source) = (columns.next()?, columns.next()?, columns.next()?);
            let suite = source.split_whitespace().nth(1)?.split('/').next()?;
            (bundle.suites.contains(&suite) && version.starts_with(bundle.version))
                .then(|| version.to_owned())
        });
        versions.into_iter().next().with_context(|| {
            format!(
                "no {package} {}… in {}",
                bundle.version,
                bundle.suites.join(", ")
            )
        })
    }

    fn unpack(&self, bundle: &Bundle) -> Result<()> {
        let mut packages = Vec::new();
        for package in bundle.packages {
            let version = self.version(bundle, package)?;
            packages.push((*package, version));
        }
        let to = emptied(bundle.name)?;
        let mut mark = String::new();
        for (package, version) in packages {
            let exact = format!("{package}={version}");
            println!("provision: {} from {exact}", bundle.name);
            quietly(self.command("apt-get").args(["download", "-q", &exact]))?;
            let file = fs::read_dir(self.folder.join("download"))?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .find(|path| is_package(path, package, &version))
                .context("apt-get download left no file")?;
            quietly(Command::new("dpkg-deb").arg("-x").args([&file, &to]))?;
            fs::remove_file(file)?;
            mark += &(exact + "\n");
        }
        fs::write(to.join("package"), mark)?;
        Ok(())
    }
}

/// `libc6_2.36-9+deb12u14_amd64.deb`; an epoch's colon is written `%3a`.
fn is_package(path: &Path, package: &str, version: &str) -> bool {
    let wanted = format!("{package}_{}_", version.replace(':', "%3a"));
    path.file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| name.starts_with(&wanted))
}

/// Where this machine gets Debian's own packages from.
fn mirror() -> Result<String> {
    let ask = || {
        let format = "$(REPO_URI) $(ORIGIN) $(LABEL) $(COMPONENT)";
        let mut apt = Command::new("apt-get");
        output(apt.args(["indextargets", "--format", format, "Identifier: Packages"]))
    };
    let find = |table: &str| {
        table
            .lines()
            .find_map(|line| line.strip_suffix(" Debian Debian main").map(str::to_owned))
    };
    if let Some(mirror) = find(&ask()?) {
        return Ok(mirror);
    }
    quietly(Command::new("apt-get").args(["update", "-q"]))?;
    find(&ask()?).context("this machine's apt knows no mirror of Debian's main component")
}

fn output(command: &mut Command) -> Result<String> {
    let done = command
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    ensure!(
        done.status.success(),
        "{} failed: {}",
        command.get_program().display(),
        String::from_utf8_lossy(&done.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn quietly(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}
