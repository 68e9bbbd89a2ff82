//! `sayso floor FILE…`: the oldest system that loads it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{anyhow, ensure};
use clap::Args;
use sayso_advice::floor::{self, Axis, Limits, Number, Part, Target};
use sayso_advice::show;
use sayso_facts::elf::Image;
use sayso_image::{Head, ImageWorld, Kind, ListedKind};
use sayso_loader::Session;
use sayso_report::floor::{Claim, Measured};
use sayso_report::remark::Remarks;
use sayso_report::{json, text};
use sayso_world::{Errno, FileKind, TargetPath, World};

use crate::arguments::{Common, OutputFormat};
use crate::{Status, files, image, machine, output};

#[derive(Debug, Args)]
pub(crate) struct FloorArguments {
    /// Programs, libraries, folders, archives, packages, wheels (everything in one is one artifact)
    #[arg(required = true)]
    pub(crate) files: Vec<OsString>,
    /// All files named are one artifact: what one of them brings, another need not find on the system
    #[arg(long)]
    pub(crate) together: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits (exit status 1 if one is broken)")]
pub(crate) struct LimitArguments {
    /// Highest glibc, as in 2.28
    #[arg(long, value_name = "RELEASE", value_parser = |text: &str| number(Axis::Glibc, text))]
    max_glibc: Option<Number>,
    /// Highest musl, as in 1.2.3
    #[arg(long, value_name = "RELEASE", value_parser = |text: &str| number(Axis::Musl, text))]
    max_musl: Option<Number>,
    /// Highest GLIBCXX_ of libstdc++, as in 3.4.25
    #[arg(long, value_name = "NUMBER", value_parser = |text: &str| number(Axis::Glibcxx, text))]
    max_glibcxx: Option<Number>,
    /// Highest CXXABI_ of libstdc++, as in 1.3.11
    #[arg(long, value_name = "NUMBER", value_parser = |text: &str| number(Axis::Cxxabi, text))]
    max_cxxabi: Option<Number>,
    /// Highest GCC_ of libgcc_s, as in 7.0.0
    #[arg(long, value_name = "NUMBER", value_parser = |text: &str| number(Axis::Libgcc, text))]
    max_libgcc: Option<Number>,
    /// Newest Linux of an ABI note, as in 3.2
    #[arg(long, value_name = "RELEASE", value_parser = |text: &str| number(Axis::Kernel, text))]
    max_kernel: Option<Number>,
    /// Highest processor level: x86-64-v1 … x86-64-v4
    #[arg(long, value_name = "LEVEL", value_parser = |text: &str| number(Axis::Cpu, text))]
    max_cpu: Option<Number>,
    /// It has to load there: debian:11, ubuntu:22.04, rhel:8, alpine:3.20, manylinux_2_28 … (may be repeated)
    #[arg(long, value_name = "SYSTEM", value_parser = floor::target)]
    target: Vec<Target>,
    /// Count weak needs as well: functions that must be there, though it loads without them
    #[arg(long)]
    count_weak: bool,
}

fn number(axis: Axis, text: &str) -> Result<Number, String> {
    axis.parse(text).ok_or_else(|| match axis {
        Axis::Cpu => "write x86-64-v1, x86-64-v2, x86-64-v3 or x86-64-v4".into(),
        _ => "write a number with dots, as in 2.28".into(),
    })
}

impl LimitArguments {
    fn limits(&self) -> Limits {
        let highest = [
            (Axis::Glibc, &self.max_glibc),
            (Axis::Musl, &self.max_musl),
            (Axis::Glibcxx, &self.max_glibcxx),
            (Axis::Cxxabi, &self.max_cxxabi),
            (Axis::Libgcc, &self.max_libgcc),
            (Axis::Kernel, &self.max_kernel),
            (Axis::Cpu, &self.max_cpu),
        ];
        Limits {
            highest: highest
                .into_iter()
                .filter_map(|(axis, number)| Some((axis, number.clone()?)))
                .collect(),
            targets: self.target.clone(),
            with_weak: self.count_weak,
        }
    }
}

pub(crate) fn run(arguments: &FloorArguments, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let limits = arguments.limits.limits();
    let mut artifacts: Vec<Artifact> = Vec::new();
    let mut status = Status::Fine;
    for name in &arguments.files {
        match Artifact::gather(&session, common, name) {
            Ok(artifact) => artifacts.push(artifact),
            Err(error) => {
                output::complain(&error);
                status = Status::Misused;
            }
        }
    }
    if arguments.together && artifacts.len() > 1 {
        artifacts = vec![Artifact::together(artifacts)];
    }
    let measured: Vec<Measured> = artifacts
        .into_iter()
        .map(|artifact| artifact.measure(&limits))
        .collect();
    for measured in &measured {
        for why in &measured.unreadable {
            output::complain(&anyhow!("{why}"));
            status = Status::Misused;
        }
        if measured.is_violated() {
            status = status.max(Status::Failed);
        }
    }
    let style = output::style(common);
    match common.format {
        OutputFormat::Json => output::print(&json::floor(&measured))?,
        OutputFormat::Sarif
        | OutputFormat::Junit
        | OutputFormat::Github
        | OutputFormat::Markdown => {
            let mut remarks = Remarks::default();
            for one in &measured {
                remarks.add_measured(one);
            }
            output::print(&super::gate::machine_format(common.format, &remarks))?;
        }
        OutputFormat::Text if common.quiet > 0 => {
            let lines: String = measured
                .iter()
                .map(|one| text::floor_brief(one, &style))
                .collect();
            output::print(&lines)?;
        }
        OutputFormat::Text => {
            let answers: Vec<String> = measured
                .iter()
                .map(|one| text::floor(one, &style))
                .collect();
            output::print(&answers.join("\n"))?;
        }
    }
    Ok(status)
}

/// What is shipped together.
pub(crate) struct Artifact {
    /// As the user named it.
    pub(crate) named: String,
    /// Its objects.
    pub(crate) parts: Vec<Part>,
    /// Bytes: of the file, or of all objects in a folder.
    pub(crate) size: u64,
    /// Files that look like objects and are none that can be measured.
    pub(crate) unreadable: Vec<String>,
}

impl Artifact {
    /// The objects behind a name: a file with the libraries that its own run path leads to, or everything in a folder.
    pub(crate) fn gather(
        session: &Session<'_>,
        common: &Common,
        name: &OsString,
    ) -> anyhow::Result<Artifact> {
        let (path, kind) = files::locate(session, common, name)?;
        let named = show(&path);
        let mut artifact = Artifact {
            named: named.clone(),
            parts: Vec::new(),
            size: 0,
            unreadable: Vec::new(),
        };
        if let Some(archive) = archive(session, common, name, kind)? {
            artifact.archive(&archive)?;
            ensure!(
                !artifact.parts.is_empty() || !artifact.unreadable.is_empty(),
                "{named} holds no program and no library: there is nothing to measure"
            );
        } else if kind == FileKind::Directory {
            artifact.folder(session.world(), &path)?;
            ensure!(
                !artifact.parts.is_empty() || !artifact.unreadable.is_empty(),
                "the folder {named} holds no program and no library: there is nothing to measure"
            );
        } else {
            artifact.file(session.world(), &path)?;
        }
        let here = &session.world().machine().working_directory;
        artifact.size = match session.lookup(&path.join_to(here)) {
            Ok(stat) if kind == FileKind::Regular => stat.size,
            _ => artifact
                .parts
                .iter()
                .map(|part| part.image.file_size() as u64)
                .sum(),
        };
        Ok(artifact)
    }

    /// An artifact that a whole root or image is: nothing in it yet, its size that of the image's file.
    pub(crate) fn of_whole(named: String, place: &Path) -> Artifact {
        let stat = std::fs::metadata(place).ok();
        let size = stat.filter(std::fs::Metadata::is_file);
        Artifact {
            named,
            parts: Vec::new(),
            size: size.map_or(0, |stat| stat.len()),
            unreadable: Vec::new(),
        }
    }

    /// Takes an object of a world in by its whole path, or the reason why it cannot be.
    pub(crate) fn take(&mut self, world: &dyn World, path: &TargetPath) {
        let taken = read(world, path).and_then(|bytes| self.add(show(path), bytes));
        if let Err(error) = taken {
            self.unreadable.push(error.to_string());
        }
    }

    fn together(artifacts: Vec<Artifact>) -> Artifact {
        let named: Vec<String> = artifacts.iter().map(|one| one.named.clone()).collect();
        let mut all = Artifact {
            named: sayso_advice::enumerate_some(&named, 3),
            parts: Vec::new(),
            size: artifacts.iter().map(|one| one.size).sum(),
            unreadable: Vec::new(),
        };
        for artifact in artifacts {
            all.parts.extend(artifact.parts);
            all.unreadable.extend(artifact.unreadable);
        }
        all
    }

    /// Takes an object in, or the reason why it cannot be.
    fn add(&mut self, name: String, bytes: bytes::Bytes) -> anyhow::Result<()> {
        let part = object(&name, bytes)?;
        if let Some(damage) = part.damage() {
            self.unreadable.push(format!(
                "{name} is damaged, so its floor is not known: {damage}"
            ));
        }
        self.parts.push(part);
        Ok(())
    }

    fn folder(&mut self, world: &dyn World, folder: &TargetPath) -> anyhow::Result<()> {
        let prefix = folder.as_bytes();
        let mut unread = Vec::new();
        let found = files::programs(world, folder.clone(), &mut |path, errno| {
            unread.push(format!(
                "cannot read the folder {}: {}",
                show(path),
                errno.glibc_text()
            ));
        });
        self.unreadable.append(&mut unread);
        for path in found {
            let name = path
                .as_bytes()
                .strip_prefix(prefix)
                .unwrap_or(path.as_bytes());
            let name = show(name.strip_prefix(b"/").unwrap_or(name));
            let bytes = read(world, &path)?;
            if let Err(error) = self.add(name, bytes) {
                self.unreadable.push(error.to_string());
            }
        }
        Ok(())
    }

    fn archive(&mut self, archive: &ImageWorld) -> anyhow::Result<()> {
        for file in archive.files() {
            let ListedKind::Regular {
                head: Head::Elf, ..
            } = file.kind
            else {
                continue;
            };
            let name = file.path.as_bytes();
            let name = show(name.strip_prefix(b"/").unwrap_or(name));
            let bytes = read(archive, &file.path)?;
            // Object files, kernel modules and debug files are no objects of a loader's.
            if files::is_loadable(archive, &file.path)
                && let Err(error) = self.add(name, bytes)
            {
                self.unreadable.push(error.to_string());
            }
        }
        Ok(())
    }

    fn file(&mut self, world: &dyn World, path: &TargetPath) -> anyhow::Result<()> {
        self.add(show(path), read(world, path)?)?;
        let mut at = 0;
        let mut places = vec![path.clone()];
        while let (Some(part), Some(place)) = (self.parts.get(at), places.get(at)) {
            let found = carried(world, part, place);
            for path in found {
                if !places.contains(&path) && places.len() < CARRIED_MAX {
                    self.add(show(&path), read(world, &path)?)?;
                    places.push(path);
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// Measures it, and holds it against limits and against the tags that a wheel's name claims.
    pub(crate) fn measure(self, limits: &Limits) -> Measured {
        let floors = floor::measure(&self.parts);
        Measured {
            violations: floors
                .iter()
                .map(|one| floor::violations(one, limits))
                .collect(),
            claims: claims(&self.named, &floors),
            floors,
            named: self.named,
            unreadable: self.unreadable,
        }
    }
}

/// A file that is an archive of a release, a package or an image: its files as a world.
fn archive(
    session: &Session<'_>,
    common: &Common,
    name: &OsString,
    kind: FileKind,
) -> anyhow::Result<Option<ImageWorld>> {
    if kind != FileKind::Regular {
        return Ok(None);
    }
    let bytes = read(session.world(), &TargetPath::new(name.as_bytes()))?;
    if bytes.starts_with(b"\x7fELF") || bytes.is_empty() {
        return Ok(None);
    }
    let path = Path::new(name);
    // Of a file of this machine, only pieces are read; one in a root is reached through that alone.
    let is_live = common.root.is_none() && common.image.is_none();
    let sniffed = if is_live {
        sayso_image::sniff(path)
    } else {
        sayso_image::sniff_bytes(bytes.clone())
    };
    if matches!(sniffed, Kind::Other | Kind::Folder) {
        return Ok(None);
    }
    let options = image::options(common);
    let opened = if is_live {
        sayso_image::open(path, &options)?
    } else {
        sayso_image::open_bytes(path, bytes, &options)?
    };
    Ok(Some(opened.tree))
}

/// Libraries that a lone file's run path may lead to: more would be a system, not an artifact.
const CARRIED_MAX: usize = 512;

/// Reads a file of the world whole.
fn read(world: &dyn World, path: &TargetPath) -> anyhow::Result<bytes::Bytes> {
    let absolute = path.join_to(&world.machine().working_directory);
    world
        .lookup(&absolute)
        .and_then(|stat| world.read(&stat))
        .map_err(|errno| match errno {
            Errno::ENODATA => anyhow!(
                "cannot read {}: of an image only the contents that a loader looks at are kept; take the file out of it first",
                show(path)
            ),
            errno => anyhow!("cannot read {}: {}", show(path), errno.glibc_text()),
        })
}

/// The file as an object that a loader takes, or what it is instead.
fn object(name: &str, bytes: bytes::Bytes) -> anyhow::Result<Part> {
    ensure!(
        !bytes.is_empty(),
        "{name} is empty: there is nothing to measure"
    );
    let is_elf = bytes.starts_with(b"\x7fELF");
    let Ok(image) = Image::parse(bytes) else {
        let what = if is_elf {
            "is cut short or damaged"
        } else {
            "is no ELF file"
        };
        return Err(anyhow!("{name} {what}: its floor cannot be measured"));
    };
    match image.header().kind {
        // ET_EXEC and ET_DYN
        2 | 3 => Ok(Part::new(name, image)),
        1 => Err(anyhow!(
            "{name} is an object file (or a kernel module): link it, and measure what comes out"
        )),
        _ => Err(anyhow!("{name} is neither a program nor a library")),
    }
}

/// Needed libraries that lie where the file's own run path points, as far as it starts at `$ORIGIN`: they are shipped with it.
fn carried(world: &dyn World, part: &Part, path: &TargetPath) -> Vec<TargetPath> {
    let image = &part.image;
    let run_path = image
        .runpath()
        .or_else(|| image.rpath())
        .unwrap_or_default();
    let folder = path.join_to(&world.machine().working_directory).parent();
    let folders: Vec<TargetPath> = run_path
        .split(|&b| b == b':')
        .filter_map(|element| {
            let rest = element
                .strip_prefix(b"$ORIGIN")
                .or_else(|| element.strip_prefix(b"${ORIGIN}"))?;
            match rest.first() {
                None => Some(folder.clone()),
                Some(b'/') => Some(folder.join(&rest[1..])),
                Some(_) => None,
            }
        })
        .collect();
    image
        .needed()
        .filter(|name| !name.contains(&b'/'))
        .filter_map(|name| {
            folders.iter().map(|folder| folder.join(name)).find(|path| {
                world
                    .lookup(path)
                    .is_ok_and(|stat| stat.kind == FileKind::Regular)
            })
        })
        .collect()
}

/// The tags in a wheel's file name that say something of a system, with what speaks against each.
fn claims(named: &str, floors: &[floor::Floor]) -> Vec<Claim> {
    let file = named.rsplit('/').next().unwrap_or_default();
    let Some(stem) = file.strip_suffix(".whl") else {
        return Vec::new();
    };
    let platforms = stem.rsplit('-').next().unwrap_or_default();
    platforms
        .split('.')
        .filter(|tag| tag.starts_with("manylinux") || tag.starts_with("musllinux"))
        .map(|tag| Claim {
            tag: tag.to_owned(),
            obstacles: floors
                .iter()
                .flat_map(|one| floor::tag_holds(one, tag).unwrap_or_default())
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_numbers_are_read() {
        assert!(number(Axis::Glibc, "2.28").is_ok());
        assert!(number(Axis::Glibc, "GLIBC_2.28").is_err());
        assert!(number(Axis::Glibc, "0").is_err());
        assert!(number(Axis::Cpu, "x86-64-v3").is_ok() && number(Axis::Cpu, "v2").is_ok());
        assert!(number(Axis::Cpu, "v5").is_err());
    }
}
