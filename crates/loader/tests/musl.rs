//! Worlds with musl's loader: every `tests/musl/*.world` holds what the model is to say of it in its lines that begin with `#=`.
//!
//! The real loaders said the same of the same files when they were written. `UPDATE_EXPECT=1` writes what the model says now.

#![expect(
    clippy::disallowed_types,
    reason = "files of this machine, not of a target"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use sayso_loader::{Event, ProbeOutcome, SearchRule, Session, Trace, Verdict};

fn text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(bytes.as_ref()).into_owned()
}

/// What a trace says, in lines; the probes of a step end with its failure, as the real ones do.
fn told(trace: &Trace) -> String {
    let mut out = String::new();
    let mut line = |what: &str, words: &str| {
        for words in words.lines() {
            writeln!(out, "#= {what} {words}").expect("a string takes all");
        }
    };
    let step_of = |event: usize| {
        trace
            .steps
            .iter()
            .position(|step| step.events.contains(&(event as u32)))
    };
    let mut failed = None;
    for (at, event) in trace.events.iter().enumerate() {
        let step = step_of(at);
        match event {
            Event::Search { probes, .. } if step.is_none() || step != failed => {
                for probe in probes {
                    if matches!(
                        probe.because,
                        SearchRule::AlreadyLoaded(_) | SearchRule::LibcItself
                    ) {
                        continue;
                    }
                    let outcome = match &probe.outcome {
                        ProbeOutcome::Errno(errno) => errno.name().unwrap_or("?").to_string(),
                        outcome => format!("{outcome:?}")
                            .split('(')
                            .next()
                            .unwrap_or_default()
                            .to_lowercase(),
                    };
                    line("probe", &format!("{} {outcome}", probe.path));
                }
            }
            Event::Problem(_) => failed = step,
            _ => {}
        }
    }
    for object in &trace.load_order {
        line("object", &trace.object(*object).path.to_string());
    }
    for problem in &trace.problems {
        if let Event::Problem(failure) = trace.event(*problem) {
            line("says", &text(failure.text()));
        }
    }
    line("prints", &text(trace.output.as_deref().unwrap_or_default()));
    match &trace.verdict {
        Verdict::Loads => line("loads", "yes"),
        Verdict::Fails { failure, .. } => line(
            "loads",
            &failure
                .exit_status
                .map_or("no".into(), |status| format!("no, status {status}")),
        ),
        Verdict::Unknown { gaps } => line("loads", &format!("unknown: {}", gaps[0].name)),
    }
    for symbol in &trace.expected_from_host {
        line("host", &text(&symbol.name));
    }
    for (at, step) in trace.steps.iter().enumerate() {
        let answer = match (&step.failure, step.symbol_in) {
            (Some(failure), _) => format!("error {}", text(failure.text())),
            (None, Some(object)) => format!("ok in {}", trace.object(object).path),
            (None, None) => "ok".into(),
        };
        line("step", &format!("{} {answer}", at + 1));
        for gap in &step.gaps {
            line("gap", gap.name);
        }
    }
    out
}

fn worlds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/musl");
    let entries = std::fs::read_dir(folder).expect("the worlds are there");
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "world"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_world_is_told_as_it_says() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = String::new();
    let files = worlds();
    assert!(files.len() >= 50, "worlds are gone: {}", files.len());
    for path in files {
        let source = std::fs::read_to_string(&path).expect("a readable world");
        let (expected, world): (Vec<&str>, Vec<&str>) =
            source.lines().partition(|line| line.starts_with("#="));
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let fixture = sayso_fixture::parse(&world.join("\n"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let memory = fixture.memory();
        let told = told(&Session::new(&memory).predict(&fixture.request()));
        if told.lines().eq(expected.iter().copied()) {
            continue;
        }
        if update {
            let text = format!("{}\n{told}", world.join("\n"));
            std::fs::write(&path, text).expect("the world can be written");
        }
        writeln!(wrong, "{name}:\n{told}").expect("a string takes all");
    }
    assert!(update || wrong.is_empty(), "{wrong}");
}
