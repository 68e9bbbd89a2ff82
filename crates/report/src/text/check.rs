//! `check` as text.

use sayso_advice::{Finding, Level, show};
use sayso_loader::trace::ExpectedSymbol;
use sayso_loader::{Event, EventId, Probe, ProbeOutcome, SearchRule, Trace, Verdict};
use sayso_world::Errno;

use crate::names::demangled;
use crate::style::{Paint, Style, columns};
use crate::{Answer, Format, Outcome, words};

/// Column in which prose begins, behind "looked" and "more".
const COLUMN: usize = 8;
/// Symbols that are named where many are counted.
const NAMED: usize = 4;

/// The answer about one file: one line if all is well, else the loader's words, the reason, and what mends it.
pub fn check(answer: &Answer, style: &Style) -> String {
    let mut text = headline(answer, style);
    let printed = printed(&answer.trace);
    if !printed.is_empty() {
        text.push_str(&format!("\n{}\n", quotation(&printed, style)));
    }
    if let Verdict::Unknown { gaps } = &answer.trace.verdict {
        for gap in gaps {
            text.push_str(&style.entry(
                "unknown",
                2,
                COLUMN + 1,
                &format!("{} ({})", gap.what, gap.name),
            ));
        }
    }
    text.push_str(&expectations(&answer.trace, style));
    text.push_str(&steps(answer, style));
    if !answer.request.steps.is_empty() && !answer.findings.is_empty() {
        text.push('\n');
    }
    for finding in &answer.findings {
        text.push_str(&self::finding(answer, finding, style));
    }
    text
}

/// The first line and the loader's words, for `-q`.
pub fn brief(answer: &Answer, style: &Style) -> String {
    let mut text = headline(answer, style);
    if matches!(answer.trace.verdict, Verdict::Fails { .. }) {
        text.push_str(&quotation(&printed(&answer.trace), style));
    }
    let failures = answer
        .trace
        .steps
        .iter()
        .filter_map(|step| step.failure.as_ref());
    let texts: Vec<Vec<u8>> = failures.map(sayso_loader::Failure::text).collect();
    text + &quotation(&texts, style)
}

fn headline(answer: &Answer, style: &Style) -> String {
    let trace = &answer.trace;
    let mapped = trace
        .objects
        .iter()
        .filter(|object| !object.missing)
        .count();
    let loader = match (&trace.loader, answer.format) {
        (Some(loader), _) => words::loader(loader),
        (None, Format::Script) => "script".into(),
        (None, Format::Elf) if mapped <= 1 && answer.outcome() != Outcome::Fails => {
            "static, needs no loader".into()
        }
        (None, _) => "no loader".into(),
    };
    let (paint, verdict) = match answer.outcome() {
        Outcome::Loads => (Paint::Good, "loads"),
        Outcome::Unknown => (Paint::Caution, "cannot be known"),
        Outcome::Fails if matches!(trace.verdict, Verdict::Loads) => {
            (Paint::Bad, "loads, but a step fails")
        }
        Outcome::Fails => (Paint::Bad, "does not load"),
    };
    let detail = match &trace.verdict {
        Verdict::Fails { .. } => match (&trace.loader, answer.exit_status()) {
            (Some(_), Some(status)) => format!("{loader}, exit status {status}"),
            (None, Some(status)) => {
                format!("the kernel refuses it, exit status {status} in a shell")
            }
            (_, None) => loader,
        },
        _ if trace.loader.is_none() => loader,
        _ if mapped == 1 => format!("{loader}, 1 object"),
        _ => format!("{loader}, {mapped} objects"),
    };
    format!(
        "{}: {} {}\n",
        style.paint(Paint::Strong, show(&answer.named)),
        style.paint(paint, verdict),
        style.paint(Paint::Dim, format!("({detail})"))
    )
}

/// What the loader prints before it ends or hands over; the failure alone where the trace does not say.
fn printed(trace: &Trace) -> Vec<Vec<u8>> {
    let text = |&id: &EventId| match trace.event(id) {
        Event::Problem(failure) | Event::Warning(failure) => Some(failure.text()),
        _ => None,
    };
    let mut lines: Vec<Vec<u8>> = trace.printed.iter().filter_map(text).collect();
    if let (true, Verdict::Fails { failure, .. }) = (lines.is_empty(), &trace.verdict) {
        lines.push(failure.text());
    }
    lines
}

/// The loader's own words, never broken: they are to be compared and searched for.
fn quotation(texts: &[Vec<u8>], style: &Style) -> String {
    let mut quotation = String::new();
    for line in texts.iter().flat_map(|text| text.split(|&b| b == b'\n')) {
        quotation.push_str(&format!("  {}\n", style.paint(Paint::Bad, show(line))));
    }
    quotation
}

fn expectations(trace: &Trace, style: &Style) -> String {
    // Of a tree with holes nobody can say what the missing libraries would have supplied.
    if trace.expected_from_host.is_empty() || matches!(trace.verdict, Verdict::Fails { .. }) {
        return String::new();
    }
    let symbols = some_symbols(&trace.expected_from_host, style);
    let count = trace.expected_from_host.len();
    let noun = if count == 1 {
        "symbol is"
    } else {
        "symbols are"
    };
    style.entry(
        "",
        2,
        0,
        &format!("{count} {noun} expected from its host: {symbols}"),
    )
}

fn some_symbols(symbols: &[ExpectedSymbol], style: &Style) -> String {
    let most = if style.verbose > 0 { usize::MAX } else { NAMED };
    let names: Vec<String> = symbols
        .iter()
        .take(most)
        .map(|symbol| demangled(&symbol.name).unwrap_or_else(|| show(&symbol.name)))
        .collect();
    match symbols.len().saturating_sub(names.len()) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn steps(answer: &Answer, style: &Style) -> String {
    let mut text = String::new();
    for (at, (step, outcome)) in answer
        .request
        .steps
        .iter()
        .zip(&answer.trace.steps)
        .enumerate()
    {
        let name = format!("step {}: {}", at + 1, words::step(step));
        let (paint, what) = match (&outcome.failure, outcome.process_ended) {
            (_, true) => (Paint::Bad, "ends the process".to_owned()),
            (Some(_), false) => (Paint::Bad, "fails".to_owned()),
            (None, false) if !outcome.gaps.is_empty() => {
                (Paint::Caution, "cannot be known".to_owned())
            }
            (None, false) => (Paint::Good, words::went_well(outcome)),
        };
        text.push_str(&format!("  {name}: {}", style.paint(paint, what)));
        if let Some(id) = outcome.symbol_in {
            text.push_str(&format!(", in {}", words::path(&answer.trace, id)));
        }
        match outcome.objects.len() {
            0 => {}
            1 => text.push_str(&format!(
                ", maps {}",
                words::path(&answer.trace, outcome.objects[0])
            )),
            more => text.push_str(&format!(", maps {more} objects")),
        }
        text.push('\n');
        if let Some(failure) = &outcome.failure {
            text.push_str(&format!(
                "    {}\n",
                style.paint(Paint::Bad, show(failure.text()))
            ));
        }
        for gap in &outcome.gaps {
            text.push_str(&style.entry("unknown", 4, COLUMN + 1, &gap.what));
        }
    }
    if answer.trace.steps.len() < answer.request.steps.len() && !answer.request.steps.is_empty() {
        let first = answer.trace.steps.len() + 1;
        let ended = answer
            .trace
            .steps
            .last()
            .is_some_and(|step| step.process_ended);
        let started = matches!(answer.trace.verdict, Verdict::Loads);
        let what = if started && !ended {
            "are not foretold"
        } else {
            "do not happen"
        };
        text.push_str(&format!("  step {first} and later {what}\n"));
    }
    text
}

/// "error: what is wrong", broken at the width.
pub(super) fn title(paint: Paint, label: &str, message: &str, style: &Style) -> String {
    let label = format!("{label}:");
    let indent = label.len() + 1;
    let mut text = String::new();
    let room = style.width.saturating_sub(indent).max(20);
    for (at, line) in crate::style::wrap(message, room).into_iter().enumerate() {
        let line = style.paint(Paint::Strong, line);
        if at == 0 {
            text.push_str(&format!("{} {line}\n", style.paint(paint, &label)));
        } else {
            text.push_str(&format!("{:indent$}{line}\n", ""));
        }
    }
    text
}

pub(super) fn finding(answer: &Answer, finding: &Finding, style: &Style) -> String {
    let paint = match finding.level {
        Level::Error => Paint::Bad,
        Level::Warning => Paint::Caution,
        Level::Note => Paint::Note,
    };
    let mut text = title(paint, finding.level.name(), &finding.message, style);
    for (at, sentence) in finding.because.iter().enumerate() {
        let label = if at == 0 { "why" } else { "" };
        text.push_str(&style.entry(label, 2, COLUMN, sentence));
    }
    if finding.level == Level::Error {
        text.push_str(&symbols(answer, finding, style));
    }
    for probes in searches(&answer.trace, &finding.evidence) {
        text.push_str(&looked(&answer.trace, probes, style));
    }
    for (at, fix) in finding.fixes.iter().enumerate() {
        let label = if at == 0 { "fix" } else { "" };
        text.push_str(&style.entry(label, 2, COLUMN, &fix.summary));
        if let Some(command) = &fix.command {
            text.push_str(&format!(
                "{:width$}{}\n",
                "",
                style.paint(Paint::Command, command),
                width = 2 + COLUMN + 2
            ));
        }
    }
    text.push_str(&style.entry(
        "more",
        2,
        COLUMN,
        &format!("sayso rules {}", finding.rule.name),
    ));
    text
}

/// The readable forms of mangled names that the finding's complaints are about.
fn symbols(answer: &Answer, finding: &Finding, style: &Style) -> String {
    let mut text = String::new();
    let names = finding
        .explains
        .iter()
        .filter_map(|&id| match answer.trace.event(id) {
            Event::Problem(failure) => failure.field("symbol"),
            _ => None,
        });
    for (at, name) in names.filter_map(demangled).take(NAMED).enumerate() {
        text.push_str(&style.entry(if at == 0 { "that is" } else { "" }, 2, COLUMN, &name));
    }
    text
}

fn searches<'a>(trace: &'a Trace, evidence: &'a [EventId]) -> impl Iterator<Item = &'a [Probe]> {
    evidence.iter().filter_map(|&id| match trace.event(id) {
        Event::Search { probes, .. } if !probes.is_empty() => Some(probes.as_slice()),
        _ => None,
    })
}

/// Where a name was looked for: a line for each kind of place, directories only; each probe with `-v`.
fn looked(trace: &Trace, probes: &[Probe], style: &Style) -> String {
    if style.verbose > 0 {
        let table = probe_table(trace, probes, style);
        return column("looked", &table, 2, COLUMN, style);
    }
    let mut groups: Vec<(&SearchRule, Vec<String>)> = Vec::new();
    for probe in probes {
        let remark = match &probe.outcome {
            ProbeOutcome::KnownAbsent | ProbeOutcome::Errno(Errno::ENOENT) => String::new(),
            other => format!(" ({})", words::outcome(other)),
        };
        if remark.is_empty() && is_variant(probe, probes) {
            continue;
        }
        let place = format!("{}{remark}", show(probe.path.parent()));
        match groups.iter_mut().find(|(rule, _)| **rule == probe.because) {
            Some((_, places)) => places.push(place),
            None => groups.push((&probe.because, vec![place])),
        }
    }
    let mut text = String::new();
    for (at, (rule, places)) in groups.iter().enumerate() {
        let label = if at == 0 { "looked" } else { "" };
        let line = match rule {
            SearchRule::AsGiven | SearchRule::Given => format!(
                "at that path only{}",
                places[0].find(" (").map_or("", |at| &places[0][at..])
            ),
            SearchRule::DefaultDirectory => format!("default directories: {}", places.join(", ")),
            _ => format!("{}: {}", words::rule(trace, rule), places.join(", ")),
        };
        text.push_str(&style.entry(label, 2, COLUMN, &line));
    }
    text
}

/// The probe lies in a subdirectory (hardware capabilities) of another directory of the same list.
fn is_variant(probe: &Probe, probes: &[Probe]) -> bool {
    let directory = probe.path.parent();
    probes.iter().any(|other| {
        let parent = other.path.parent();
        other.because == probe.because
            && directory.as_bytes().len() > parent.as_bytes().len()
            && directory.as_bytes().starts_with(parent.as_bytes())
            && is_capability(&directory.as_bytes()[parent.as_bytes().len()..])
    })
}

fn is_capability(below: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"tls",
        b"haswell",
        b"x86_64",
        b"xeon_phi",
        b"avx512_1",
        b"glibc-hwcaps",
        b"x86-64-v2",
        b"x86-64-v3",
        b"x86-64-v4",
    ];
    below
        .split(|&b| b == b'/')
        .filter(|part| !part.is_empty())
        .all(|part| NAMES.contains(&part))
}

/// Every probe in order, with its outcome; the rule stands above the probes that it made.
pub(super) fn probe_table(trace: &Trace, probes: &[Probe], style: &Style) -> Vec<String> {
    const PATH_WIDTH_MAX: usize = 60;
    let paths: Vec<String> = probes.iter().map(|probe| show(&probe.path)).collect();
    let widest = paths.iter().map(|path| columns(path)).max().unwrap_or(0);
    let width = widest.min(PATH_WIDTH_MAX);
    let mut lines = Vec::new();
    let mut rule = None;
    for (probe, path) in probes.iter().zip(paths) {
        if rule != Some(&probe.because) {
            rule = Some(&probe.because);
            lines.push(words::rule(trace, &probe.because));
        }
        let (paint, outcome) = match probe.outcome {
            ProbeOutcome::Found(_) => (Paint::Good, words::outcome(&probe.outcome)),
            ProbeOutcome::Fatal => (Paint::Bad, words::outcome(&probe.outcome)),
            ProbeOutcome::Errno(Errno::ENOENT) => (Paint::Dim, "no such file".into()),
            ProbeOutcome::KnownAbsent => (Paint::Dim, "no such directory".into()),
            _ => (Paint::Caution, words::outcome(&probe.outcome)),
        };
        lines.push(format!("  {path:width$}  {}", style.paint(paint, outcome)));
    }
    lines
}

/// Lines under a label in a column of its own.
pub(super) fn column(
    label: &str,
    lines: &[String],
    indent: usize,
    width: usize,
    style: &Style,
) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let label = style.paint(Paint::Dim, format!("{label:width$}"));
        text.push_str(&format!("{:indent$}{label}{line}\n", ""));
    }
    text
}

/// The last line about many files.
pub fn summary(outcomes: &[Outcome], style: &Style) -> String {
    let count = |wanted: Outcome| {
        outcomes
            .iter()
            .filter(|&&outcome| outcome == wanted)
            .count()
    };
    let (loads, fails, unknown) = (
        count(Outcome::Loads),
        count(Outcome::Fails),
        count(Outcome::Unknown),
    );
    let mut parts = vec![style.paint(Paint::Good, format!("{loads} load"))];
    if fails > 0 {
        parts.push(style.paint(
            Paint::Bad,
            format!("{fails} {} not", if fails == 1 { "does" } else { "do" }),
        ));
    }
    if unknown > 0 {
        parts.push(style.paint(Paint::Caution, format!("{unknown} cannot be known")));
    }
    let total = outcomes.len();
    format!(
        "{total} {}: {}\n",
        if total == 1 { "file" } else { "files" },
        parts.join(", ")
    )
}
