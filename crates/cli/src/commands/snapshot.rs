//! `sayso snapshot FILE… -o world.json`: everything that the answers about these files rest on, to be asked again elsewhere.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, ensure};
use bytes::Bytes;
use clap::Args;
use sayso_advice::integrity::{Algorithm, keep};
use sayso_advice::{Level, show};
use sayso_loader::{Event, Session};
use sayso_report::{Answer, json, words};
use sayso_world::TargetPath;
use sayso_world::snapshot::{Recorder, Snapshot};

use crate::arguments::Common;
use crate::files::Named;
use crate::{Status, files, judge, machine, output};

#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    /// Programs, libraries, scripts, or folders (every program and library in them)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Where to write it; standard output if nothing is said
    #[arg(short, long, value_name = "FILE")]
    output: Option<OsString>,
}

pub(crate) fn run(arguments: &SnapshotArguments, common: &Common) -> anyhow::Result<Status> {
    ensure!(
        common.snapshot.is_none(),
        "a snapshot of a snapshot is a copy of its file"
    );
    let world = machine::world(common)?;
    // Looking for the files that are meant is no part of the questions about them.
    let (files, errors) = files::gather(&Session::new(&*world), common, &arguments.files);
    for error in &errors {
        output::complain(error);
    }
    ensure!(errors.is_empty(), "nothing was written");
    let recorder = Recorder::new(&*world);
    let first = answers(&session(&recorder), common, &files);
    let digest = |bytes: &[u8]| {
        let digest = Algorithm::Sha256.of(bytes);
        digest.bytes().try_into().unwrap_or_default()
    };
    let mut snapshot = recorder.finish(keep::kept, digest);
    let left_out = only_what_loaders_read(&mut snapshot);
    // What is written is tried: nobody needs a snapshot that gives other answers than the machine.
    if !gives(&snapshot, common, &files, &first) {
        snapshot = recorder.finish(
            |bytes: &Bytes| std::iter::once(0..bytes.len()).collect(),
            digest,
        );
        only_what_loaders_read(&mut snapshot);
        ensure!(
            gives(&snapshot, common, &files, &first),
            "the answers could not be had again from what was recorded: did files change meanwhile?"
        );
    }
    let steps = common.then.iter().map(words::step);
    let asked: Vec<String> = files
        .iter()
        .map(|named| show(&named.path))
        .chain(steps.map(|step| format!("--then {step}")))
        .collect();
    let text = json::snapshot(&snapshot, &asked);
    let Some(file) = &arguments.output else {
        output::print(&text)?;
        return Ok(Status::Fine);
    };
    files::put(Path::new(file), text.as_bytes())?;
    if common.quiet == 0 {
        let name = show(file.as_bytes());
        tell(&name, &snapshot, &files, text.len(), left_out, common)?;
    }
    Ok(Status::Fine)
}

fn session(world: &dyn sayso_world::World) -> Session<'_> {
    let mut session = Session::new(world);
    session.detail.bindings = true;
    session
}

/// Every question that check, tree and why ask.
fn answers(session: &Session<'_>, common: &Common, files: &[Named]) -> Vec<Answer> {
    let ask = |named: &Named| {
        let here = &session.world().machine().working_directory;
        // As `files::locate` does, before anything is judged.
        if session.lookup(&named.path.join_to(here)).is_err() {
            let _ = session.world().read_link(&named.path.join_to(here));
        }
        let answer = judge::file(session, common, &named.path, Level::Note);
        // What `sayso diff` shows of them.
        for object in answer.trace.objects.iter().filter(|object| !object.missing) {
            let path = object.path.join_to(here);
            let _ = (
                session.world().lookup(&path),
                session.world().canonical(&path),
            );
        }
        answer
    };
    files.iter().map(ask).collect()
}

/// Whether the snapshot gives the same answers.
fn gives(snapshot: &Snapshot, common: &Common, files: &[Named], first: &[Answer]) -> bool {
    let again = answers(&session(snapshot), common, files);
    again.iter().zip(first).all(|(again, first)| {
        json::result(again) == json::result(first)
            && json::tree(again) == json::tree(first)
            && bound(again).eq(bound(first))
    })
}

/// What each symbol is bound to.
fn bound(answer: &Answer) -> impl Iterator<Item = String> {
    let events = answer.trace.events.iter();
    events
        .filter(|event| matches!(event, Event::Bound { .. }))
        .map(|event| format!("{event:?}"))
}

/// The environment of a process holds passwords and tokens. Loaders read `LD_…` and `GLIBC_TUNABLES`, and the kernel's scripts `PATH`
/// by way of `env`. Gives the number of variables that are left out.
fn only_what_loaders_read(snapshot: &mut Snapshot) -> usize {
    let environment = &mut snapshot.machine_mut().environment;
    let before = environment.len();
    environment.retain(|(name, _)| {
        name.starts_with(b"LD_") || matches!(name.as_slice(), b"GLIBC_TUNABLES" | b"PATH")
    });
    before - environment.len()
}

fn tell(
    name: &str,
    snapshot: &Snapshot,
    files: &[Named],
    written: usize,
    left_out: usize,
    common: &Common,
) -> anyhow::Result<()> {
    let style = output::style(common);
    let contents = snapshot.contents.values().flatten();
    let (mut read, mut whole, mut kept) = (0, 0, 0);
    for content in contents {
        read += 1;
        whole += content.bytes.len();
        kept += content
            .kept
            .iter()
            .map(ExactSizeIterator::len)
            .sum::<usize>();
    }
    let record = snapshot.views.first().map(|(_, record)| record);
    let paths = record.map_or(0, |record| record.lookups.len());
    let kib = |bytes: usize| bytes.div_ceil(1024);
    let mut text = format!("{name}: {} KiB\n", kib(written));
    let mut row = |label: &str, words: &str| text.push_str(&style.entry(label, 2, 10, words));
    row(
        "holds",
        &format!(
            "{paths} paths with what they led to, and of {read} files {} of {} KiB (no code)",
            kib(kept),
            kib(whole)
        ),
    );
    let names: Vec<String> = snapshot
        .machine
        .environment
        .iter()
        .map(|(name, _)| show(name))
        .collect();
    let names = if names.is_empty() {
        "no variable".to_owned()
    } else {
        names.join(", ")
    };
    row(
        "env",
        &format!("{names}; {left_out} others, which no loader reads, were left out"),
    );
    let first = files.first().context("no file")?;
    row(
        "ask",
        &format!("sayso check --snapshot {name} {}", show(&first.path)),
    );
    output::print(&text)
}

/// A path that the snapshot does not know, told as such.
pub(crate) fn not_recorded(common: &Common, path: &TargetPath) -> Option<anyhow::Error> {
    let file = common.snapshot.as_ref()?;
    Some(anyhow::anyhow!(
        "{} is not in the snapshot {}: it was not asked about when that was taken",
        show(path),
        show(file.as_bytes())
    ))
}
