//! `sayso explain [TEXT… | FILE | -]`

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;

use anyhow::Context;
use sayso_advice::explain::{Confirmed, Explained, Explanation, confirm, confirm_go};
use sayso_advice::go::{self, judge::program_at};
use sayso_advice::{Level, explain, show};
use sayso_facts::go::Mode;
use sayso_facts::{Binary, Magic};
use sayso_loader::{Request, Session, Start, Step};
use sayso_report::json::FileRow;
use sayso_report::{json, text};
use sayso_world::TargetPath;

use crate::arguments::{Common, Explain, OutputFormat};
use crate::{Status, files, judge, machine, output};

pub(crate) fn run(command: &Explain, common: &Common) -> anyhow::Result<Status> {
    let text = given(&command.text)?;
    let mut explanation = explain(&text);
    let files = walked(command, common, &mut explanation)?;
    output::print(&match common.format {
        OutputFormat::Json => json::explain(&explanation, &files),
        OutputFormat::Markdown => text::explain_markdown(&explanation, &files, &text),
        _ => text::explain(&explanation, &files, &text, &output::style(common)),
    })?;
    Ok(if explanation.results.is_empty() {
        Status::Unknown
    } else {
        Status::Fine
    })
}

/// The text: what was typed, what a file of that name holds, or standard input.
fn given(words: &[OsString]) -> anyhow::Result<Vec<u8>> {
    match words {
        [] => {
            anyhow::ensure!(
                !std::io::stdin().is_terminal(),
                "no text: type `sayso explain 'the error'`, `sayso explain FILE`, or `PROGRAM 2>&1 | sayso explain`"
            );
            from_input()
        }
        [one] if one == "-" => from_input(),
        [one] if names_a_file(one) => from_file(one),
        words => Ok(words.join(OsStr::new(" ")).as_bytes().to_vec()),
    }
}

fn from_input() -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut text)
        .context("cannot read standard input")?;
    Ok(text)
}

/// What a file holds, if it is a text.
fn from_file(name: &OsStr) -> anyhow::Result<Vec<u8>> {
    let shown = show(name.as_bytes());
    let typed = sayso_advice::go::words::word(&shown);
    anyhow::ensure!(
        !std::path::Path::new(name).is_dir(),
        "{shown} is a folder, not a text: give the file with the error text; to look at files, `sayso check FILE`"
    );
    let bytes = std::fs::read(name).with_context(|| format!("cannot read {shown}"))?;
    let what = match Binary::parse(bytes.clone().into()) {
        Binary::Elf(_) => Some("an ELF file"),
        Binary::Other(Magic::MachO) => Some("a macOS binary"),
        Binary::Other(Magic::Pe) => Some("a Windows binary"),
        Binary::Other(Magic::TruncatedElf) => Some("a cut-off ELF file"),
        Binary::Other(Magic::Archive) => Some("an archive"),
        Binary::Other(Magic::Compressed) => Some("a compressed file"),
        _ => None,
    };
    anyhow::ensure!(
        what.is_none(),
        "{shown} is {}, not a text: `sayso check {typed}` says whether it loads; to explain an error of it, `sayso explain --file {typed} 'the error'`",
        what.unwrap_or_default()
    );
    Ok(bytes)
}

/// A message is no file's name: with a line end or a colon and a blank in it, nothing is looked for.
fn names_a_file(word: &OsStr) -> bool {
    let bytes = word.as_bytes();
    !bytes.contains(&b'\n')
        && !bytes.windows(2).any(|pair| pair == b": ")
        && std::path::Path::new(word).exists()
}

/// Walks the files that were named, and holds the text against each.
fn walked(
    command: &Explain,
    common: &Common,
    explanation: &mut Explanation,
) -> anyhow::Result<Vec<FileRow>> {
    if command.file.is_empty() {
        return Ok(Vec::new());
    }
    let world = machine::world(common)?;
    let session = Session::new(&*world);
    let mut rows = Vec::new();
    let paths = command
        .file
        .iter()
        .map(|name| Ok(files::locate(&session, common, name)?.0));
    let paths: Vec<TargetPath> = paths.collect::<anyhow::Result<_>>()?;
    if let Some(row) = opened_by_go(&session, common, explanation, &paths) {
        return Ok(vec![row]);
    }
    for path in paths {
        let answer = judge::file(&session, common, &path, Level::Note);
        let named = show(&path);
        let met = confirm(explanation, &named, &answer.trace, &answer.findings);
        let (outcome, what) = row_of(met);
        rows.push(FileRow {
            path: named,
            outcome,
            what,
        });
    }
    Ok(rows)
}

fn row_of(met: Option<Confirmed>) -> (&'static str, String) {
    match met {
        Some(Confirmed::Cause(rule)) => ("confirmed", format!("the loader says the same of it here ({rule})")),
        Some(Confirmed::Other(said)) => ("other", format!("here the loader says: {said}")),
        Some(Confirmed::Loads) => (
            "loads",
            "It loads on this machine, so what differs is the environment (LD_LIBRARY_PATH, LD_PRELOAD, the user), the image, or the file: run this where it fails, or give --root and --env".to_owned(),
        ),
        Some(Confirmed::Unknown) => ("unknown", "it cannot be known from the file".to_owned()),
        None => ("unknown", "no failure was recognised that it could show".to_owned()),
    }
}

/// A text of Go's, a host and its plugins: the host opens them, in the order given. `None`: it is nothing of that kind.
fn opened_by_go(
    session: &Session<'_>,
    common: &Common,
    explanation: &mut Explanation,
    paths: &[TargetPath],
) -> Option<FileRow> {
    let is_go = |result: &Explained| result.heard.message.id.starts_with("go/");
    if paths.len() < 2 || !explanation.results.iter().any(is_go) {
        return None;
    }
    let is_host = |path: &&TargetPath| {
        let program = program_at(session, path);
        program.is_some_and(|program| program.mode == Mode::Executable)
    };
    let host = paths.iter().find(is_host)?;
    let plugins = paths.iter().filter(|path| *path != host);
    let open = |path: &TargetPath| Step::PluginOpen {
        path: path.as_bytes().to_vec(),
    };
    let request = Request {
        start: Start::Exec {
            path: host.clone(),
            arguments: vec![host.as_bytes().to_vec()],
        },
        steps: plugins.map(open).collect(),
        loader: common
            .loader
            .map(Into::into)
            .or(common.release.map(|(family, _)| family)),
        release: common.release.map(|(_, release)| release),
    };
    let trace = session.predict(&request);
    let judgements = go::judge(session, &request, &trace);
    let (outcome, what) = row_of(confirm_go(explanation, &trace, &judgements));
    Some(FileRow {
        path: show(host),
        outcome,
        what,
    })
}
