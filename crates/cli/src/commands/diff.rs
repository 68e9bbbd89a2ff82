//! `sayso diff A B FILE…`: the same program in two worlds.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, ensure};
use clap::Args;
use sayso_advice::difference::{Party, compare};
use sayso_advice::{Level, show};
use sayso_image::Kind;
use sayso_loader::Session;
use sayso_report::difference::Compared;
use sayso_report::{Outcome, json, text};
use sayso_world::{FileKind, World};

use crate::arguments::{Common, OutputFormat};
use crate::{Status, files, judge, machine, output};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The first world: `live` (this machine), a root folder, an image, or what `sayso snapshot` wrote
    a: OsString,
    /// The second world
    b: OsString,
    /// Programs or libraries, by their paths in both worlds
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
}

pub(crate) fn run(diff: &Diff, common: &Common) -> anyhow::Result<Status> {
    ensure!(
        common.root.is_none() && common.image.is_none() && common.snapshot.is_none(),
        "the two worlds are the first two arguments: sayso diff A B FILE"
    );
    let world = |name: &OsStr| -> anyhow::Result<_> {
        let options = options(name, common)?;
        let world = machine::world(&options)?;
        Ok((world, options))
    };
    let (a, b) = (world(&diff.a)?, world(&diff.b)?);
    let sessions = [session(&*a.0), session(&*b.0)];
    let mut compared = Vec::new();
    for file in &diff.files {
        compared.push(one(&sessions, [&a.1, &b.1], file, [&diff.a, &diff.b])?);
    }
    let names = [&diff.a, &diff.b].map(|name| show(name.as_bytes()));
    let names = [names[0].as_str(), names[1].as_str()];
    if common.format == OutputFormat::Json {
        output::print(&json::diff(names, &compared))?;
    } else {
        let style = output::style(common);
        let answers = compared
            .iter()
            .filter(|file| common.quiet == 0 || !file.difference.is_none());
        let answers: Vec<String> = answers.map(|file| text::diff(file, &style)).collect();
        if !answers.is_empty() {
            output::print(&(text::diff_worlds(names, &style) + &answers.join("\n")))?;
        }
    }
    let unknown = |file: &Compared| {
        let mut answers = file.answers.iter();
        answers.any(|answer| answer.outcome() == Outcome::Unknown)
    };
    Ok(if compared.iter().any(unknown) {
        Status::Unknown
    } else if compared.iter().all(|file| file.difference.is_none()) {
        Status::Fine
    } else {
        Status::Failed
    })
}

fn session(world: &dyn World) -> Session<'_> {
    let mut session = Session::new(world);
    session.detail.bindings = true;
    session
}

/// The options that make one of the worlds.
fn options(name: &OsStr, common: &Common) -> anyhow::Result<Common> {
    let mut options = common.clone();
    if name == "live" {
        return Ok(options);
    }
    let path = Path::new(name);
    let shown = show(name.as_bytes());
    let metadata = std::fs::metadata(path).with_context(|| {
        format!("{shown} is neither `live` nor a folder, an image or a snapshot")
    })?;
    if metadata.is_dir() && sayso_image::sniff(path) == Kind::Folder {
        options.root = Some(name.to_owned());
    } else if is_json(path).with_context(|| format!("cannot read {shown}"))? {
        options.snapshot = Some(name.to_owned());
    } else {
        options.image = Some(name.to_owned());
    }
    Ok(options)
}

/// Archives begin with the name of a file or a mark of compression, never with a brace.
fn is_json(path: &Path) -> std::io::Result<bool> {
    use std::io::Read;
    if path.is_dir() {
        return Ok(false);
    }
    let mut first = [0];
    let read = std::fs::File::open(path)?.read(&mut first)?;
    Ok(read == 1 && first[0] == b'{')
}

fn one(
    sessions: &[Session<'_>; 2],
    options: [&Common; 2],
    file: &OsString,
    names: [&OsString; 2],
) -> anyhow::Result<Compared> {
    let ask = |side: usize| {
        let world = || format!("in {}", show(names[side].as_bytes()));
        let (path, kind) =
            files::locate(&sessions[side], options[side], file).with_context(world)?;
        ensure!(
            kind != FileKind::Directory,
            "{} is a folder: name programs and libraries",
            show(&path)
        );
        let answer = judge::file(&sessions[side], options[side], &path, Level::Error);
        Ok((path, answer))
    };
    let ((named, a), (_, b)) = (ask(0)?, ask(1)?);
    let difference = compare(
        &Party {
            world: sessions[0].world(),
            answer: &a,
        },
        &Party {
            world: sessions[1].world(),
            answer: &b,
        },
    );
    Ok(Compared {
        named,
        answers: [a, b],
        difference,
    })
}
