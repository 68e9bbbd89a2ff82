//! `sayso sums FILE|DIR…` and `sayso sums --verify LIST [DIR…]`

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use sayso_advice::integrity::{Algorithm, Held, State, held, sums};
use sayso_advice::limits::SUMS_BYTES_MAX;
use sayso_advice::show;
use sayso_loader::Session;
use sayso_report::remark::Remarks;
use sayso_report::sums::Sums;
use sayso_report::{json, text};
use sayso_world::{Errno, FileKind, TargetPath, World};

use crate::arguments::{Common, OutputFormat};
use crate::{Status, files, machine, output};

#[derive(Debug, Args)]
pub(crate) struct SumsArguments {
    /// Files, or folders (every regular file in them; symbolic links are not followed)
    #[arg(value_name = "FILE | DIR")]
    files: Vec<OsString>,
    /// The digest (default: sha256; when verifying, whichever fits)
    #[arg(long, value_name = "NAME", value_enum)]
    algorithm: Option<AlgorithmName>,
    /// Write the list to FILE; the names in it begin at its folder
    #[arg(short, long, value_name = "FILE", conflicts_with = "verify")]
    output: Option<OsString>,
    /// Hold the files against a list, as `sha256sum -c` does; files in the folders named that it does not name are wrong, too
    #[arg(long, value_name = "LIST")]
    pub(crate) verify: Option<OsString>,
    /// Files that the list names and that are not there are not wrong
    #[arg(long, requires = "verify")]
    ignore_missing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AlgorithmName {
    Sha256,
    Sha384,
    Sha512,
    Blake3,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Algorithm {
        match name {
            AlgorithmName::Sha256 => Algorithm::Sha256,
            AlgorithmName::Sha384 => Algorithm::Sha384,
            AlgorithmName::Sha512 => Algorithm::Sha512,
            AlgorithmName::Blake3 => Algorithm::Blake3,
        }
    }
}

pub(crate) fn run(arguments: &SumsArguments, common: &Common) -> anyhow::Result<Status> {
    let world = machine::world(common)?;
    match &arguments.verify {
        Some(list) => verify(&*world, list, arguments, common),
        None => write(&*world, arguments, common),
    }
}

fn write(world: &dyn World, arguments: &SumsArguments, common: &Common) -> anyhow::Result<Status> {
    ensure!(
        !arguments.files.is_empty(),
        "no file was named: type `sayso sums FILE…`, or `sayso sums --verify LIST`"
    );
    let algorithm = arguments.algorithm.map_or(Algorithm::Sha256, Into::into);
    let output = arguments.output.as_deref().map(Path::new);
    let base = base(world, common, output)?;
    let list = output.and_then(|path| Some(place(path).ok()?.join(path.file_name()?)));
    let (found, mut errors) = gather(world, common, &arguments.files);
    let mut files: Vec<(Vec<u8>, TargetPath)> = found
        .into_iter()
        .filter(|path| {
            let here = path.join_to(&world.machine().working_directory);
            list.as_ref().is_none_or(|list| {
                common.root.is_some()
                    || plain(world, &here).as_bytes() != list.as_os_str().as_bytes()
            })
        })
        .map(|path| (name(world, &base, &path), path))
        .collect();
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    let rows: Vec<Held> = files
        .into_par_iter()
        .map(|(name, path)| {
            let absolute = path.join_to(&world.machine().working_directory);
            Held {
                name,
                line: None,
                expected: None,
                state: match held::digest(world, &absolute, algorithm) {
                    Ok(digest) => State::Same(digest),
                    Err(errno) => State::Unreadable(errno),
                },
            }
        })
        .collect();
    let mut lines = Vec::new();
    for row in &rows {
        match &row.state {
            State::Same(digest) => lines.extend(sums::line(algorithm, digest, &row.name)),
            State::Unreadable(errno) => errors.push(cannot_read(&row.name, *errno)),
            _ => {}
        }
    }
    for error in &errors {
        output::complain(error);
    }
    if let Some(path) = output {
        ensure!(
            errors.is_empty(),
            "{} was not written: the list would not be whole",
            show(path.as_os_str().as_bytes())
        );
        files::put(path, &lines)?;
    }
    let answer = Sums {
        list: output.map(|path| show(path.as_os_str().as_bytes())),
        algorithm,
        verified: false,
        files: rows,
        malformed: Vec::new(),
        beside: 0,
    };
    match (common.format, output) {
        (OutputFormat::Json, _) => output::print(&json::sums(&answer))?,
        (_, None) => output::print_bytes(&lines)?,
        (_, Some(_)) => {}
    }
    Ok(if errors.is_empty() {
        Status::Fine
    } else {
        Status::Misused
    })
}

fn verify(
    world: &dyn World,
    list: &OsStr,
    arguments: &SumsArguments,
    common: &Common,
) -> anyhow::Result<Status> {
    let path = Path::new(list);
    let shown = show(list.as_bytes());
    let text = files::bounded(list, SUMS_BYTES_MAX)
        .with_context(|| format!("cannot read the list {shown}"))?;
    let (lines, malformed) = sums::parse(&text);
    if lines.is_empty() {
        match malformed.first() {
            Some(first) => bail!(
                "{shown} is no list of checksums: line {}: {}",
                first.line,
                first.why
            ),
            None => bail!("{shown} names no file"),
        }
    }
    let base = base(world, common, Some(path))?;
    let algorithm = arguments.algorithm.map(Into::into);
    let mut rows: Vec<Held> = lines
        .par_iter()
        .map(|line| held::hold(world, &base, line, algorithm))
        .filter(|held| !(arguments.ignore_missing && held.state == State::Missing))
        .collect();
    let absolute = |name: &[u8]| plain(world, &TargetPath::new(name).join_to(&base));
    let listed: BTreeSet<TargetPath> = lines.iter().map(|line| absolute(&line.name)).collect();
    let own = plain(
        world,
        &base.join(path.file_name().unwrap_or(list).as_bytes()),
    );
    let is_extra = |path: &TargetPath| !listed.contains(path) && !is_beside_list(&own, path);
    let (found, errors) = gather(world, common, &arguments.files);
    for error in &errors {
        output::complain(error);
    }
    let extra: BTreeSet<Vec<u8>> = found
        .iter()
        .filter(|found| {
            is_extra(&plain(
                world,
                &found.join_to(&world.machine().working_directory),
            ))
        })
        .map(|found| name(world, &base, found))
        .collect();
    rows.extend(extra.into_iter().map(|name| Held {
        name,
        line: None,
        expected: None,
        state: State::Extra,
    }));
    let beside = if arguments.files.is_empty() {
        beside(world, &listed, &is_extra)
    } else {
        0
    };
    let answer = Sums {
        list: Some(shown),
        algorithm: algorithm.unwrap_or(Algorithm::Sha256),
        verified: true,
        files: rows,
        malformed,
        beside,
    };
    say(&answer, common)?;
    Ok(match (answer.holds(), errors.is_empty()) {
        (_, false) => Status::Misused,
        (true, true) => Status::Fine,
        (false, true) => Status::Failed,
    })
}

/// Writes down what came of a list.
fn say(answer: &Sums, common: &Common) -> anyhow::Result<()> {
    match common.format {
        OutputFormat::Json => output::print(&json::sums(answer))?,
        OutputFormat::Text if common.quiet > 0 && answer.holds() => {}
        OutputFormat::Text => output::print(&text::sums(answer, &output::style(common)))?,
        format => {
            let mut remarks = Remarks::default();
            remarks.add_sums(answer);
            output::print(&super::gate::machine_format(format, &remarks))?;
        }
    }
    Ok(())
}

/// The list itself, and what signs it (`SHA256SUMS.asc`, `SHA256SUMS.minisig`).
fn is_beside_list(list: &TargetPath, path: &TargetPath) -> bool {
    path.as_bytes()
        .strip_prefix(list.as_bytes())
        .is_some_and(|rest| rest.is_empty() || (rest[0] == b'.' && !rest.contains(&b'/')))
}

/// How many regular files lie in the folders of listed files without being listed.
fn beside(
    world: &dyn World,
    listed: &BTreeSet<TargetPath>,
    is_extra: &dyn Fn(&TargetPath) -> bool,
) -> usize {
    let folders: BTreeSet<TargetPath> = listed.iter().map(TargetPath::parent).collect();
    let count = |folder: &TargetPath| {
        let entries = world.list(folder).unwrap_or_default();
        let regular = entries
            .iter()
            .filter(|entry| entry.kind == Some(FileKind::Regular));
        regular
            .filter(|entry| is_extra(&folder.join(&entry.name)))
            .count()
    };
    folders.iter().map(count).sum()
}

/// Every file that is meant, and what stands in the way of some.
fn gather(
    world: &dyn World,
    common: &Common,
    names: &[OsString],
) -> (Vec<TargetPath>, Vec<anyhow::Error>) {
    let session = Session::new(world);
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for name in names {
        match files::locate(&session, common, name) {
            Ok((path, FileKind::Directory)) => {
                files::regular(world, path, &mut found, &mut |folder, errno| {
                    errors.push(cannot_read(folder.as_bytes(), errno));
                });
            }
            Ok((path, _)) => found.push(path),
            Err(error) => errors.push(error),
        }
    }
    (found, errors)
}

fn cannot_read(name: &[u8], errno: Errno) -> anyhow::Error {
    anyhow::anyhow!("cannot read {}: {}", show(name), errno.glibc_text())
}

/// The folder at which names begin: that of the list, in a root folder or image the process's directory, else our own.
fn base(world: &dyn World, common: &Common, list: Option<&Path>) -> anyhow::Result<TargetPath> {
    match list {
        Some(list) if common.root.is_none() => {
            Ok(TargetPath::new(place(list)?.into_os_string().into_vec()))
        }
        _ => Ok(world.machine().working_directory.clone()),
    }
}

/// The folder of a file of this machine, every link resolved.
fn place(file: &Path) -> anyhow::Result<PathBuf> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    folder
        .canonicalize()
        .with_context(|| format!("no folder {}", show(folder.as_os_str().as_bytes())))
}

/// An absolute path without `.`, `..` and empty parts. Links count only where `..` stands behind one.
fn plain(world: &dyn World, path: &TargetPath) -> TargetPath {
    let is_up = path
        .as_bytes()
        .split(|&b| b == b'/')
        .any(|part| part == b"..");
    let path = match world.canonical(&path.parent()) {
        Ok(folder) if is_up => folder.join(path.file_name()),
        _ => path.clone(),
    };
    let parts = path.as_bytes().split(|&b| b == b'/');
    let parts: Vec<&[u8]> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
    TargetPath::new([b"/".as_slice(), &parts.join(&b'/')].concat())
}

/// A file's name as seen from the folder of the list. Whoever names a file elsewhere by its absolute path keeps that.
fn name(world: &dyn World, base: &TargetPath, path: &TargetPath) -> Vec<u8> {
    let absolute = plain(world, &path.join_to(&world.machine().working_directory));
    let parts = |path: &TargetPath| -> Vec<Vec<u8>> {
        let parts = path.as_bytes().split(|&b| b == b'/');
        parts
            .filter(|part| !part.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (from, to) = (parts(base), parts(&absolute));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if shared < from.len() && path.is_absolute() {
        return absolute.as_bytes().to_vec();
    }
    let up = std::iter::repeat_n(b"..".to_vec(), from.len() - shared);
    let steps: Vec<Vec<u8>> = up.chain(to[shared..].iter().cloned()).collect();
    steps.join(&b'/')
}
