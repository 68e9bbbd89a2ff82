//! `diff` as text: "works on my machine" on one screen.

use sayso_advice::difference::{Change, Found, Library};
use sayso_advice::show;
use sayso_loader::Verdict;

use crate::difference::Compared;
use crate::style::{Paint, Style};
use crate::{Answer, Outcome, readable, words};

/// Column in which values begin.
const COLUMN: usize = 10;
/// Libraries shown without `-v`; the others are counted.
const LIBRARIES_SHOWN: usize = 12;
/// Symbols shown without `-v`.
const SYMBOLS_SHOWN: usize = 6;
/// Digits of a build id or digest that tell two apart on a screen.
const DIGITS: usize = 12;

/// What the two worlds are called, for the head of the answer.
pub fn diff_worlds(names: [&str; 2], style: &Style) -> String {
    let row = |letter: &str, name: &str| {
        format!("{} {}\n", style.paint(Paint::Strong, letter), show(name))
    };
    row("A", names[0]) + &row("B", names[1]) + "\n"
}

/// The answer about one file.
pub fn diff(file: &Compared, style: &Style) -> String {
    let difference = &file.difference;
    let named = style.paint(Paint::Strong, show(&file.named));
    let [a, b] = &file.answers;
    if difference.is_none() {
        let files = format!("({} objects)", difference.same);
        let mut text = format!(
            "{named}: {} {}\n",
            style.paint(Paint::Good, "the same in both"),
            style.paint(Paint::Dim, files)
        );
        if a.outcome() != Outcome::Loads {
            text.push_str(&ending("both", a, style));
        }
        return text;
    }
    let verdict = match (a.outcome(), b.outcome()) {
        (Outcome::Unknown, _) => "differs, as far as A is known",
        (_, Outcome::Unknown) => "differs, as far as B is known",
        (Outcome::Loads, Outcome::Fails) => "loads in A, not in B",
        (Outcome::Fails, Outcome::Loads) => "loads in B, not in A",
        (Outcome::Fails, Outcome::Fails) => "loads in neither, and differs",
        (Outcome::Loads, Outcome::Loads) => "loads in both, and differs",
    };
    let paint = if a.outcome() == b.outcome() {
        Paint::Caution
    } else {
        Paint::Bad
    };
    let mut text = format!("{named}: {}\n", style.paint(paint, verdict));
    text.push_str(&ending("A", a, style));
    text.push_str(&ending("B", b, style));
    let shown = limit(LIBRARIES_SHOWN, style);
    for library in difference.libraries.iter().take(shown) {
        text.push_str(&self::library(library, file, style));
    }
    let rest = difference.libraries.len().saturating_sub(shown);
    if rest > 0 {
        text.push_str(&style.entry(
            "",
            2,
            0,
            &format!("and {rest} more libraries (-v shows all)"),
        ));
    }
    text.push_str(&bindings(file, style));
    for row in &difference.circumstances {
        let value = |value: &Option<String>| value.clone().unwrap_or("not set".into());
        let words = format!(
            "{}: {} in A, {} in B",
            row.what,
            value(&row.values.a),
            value(&row.values.b)
        );
        text.push_str(&style.entry("also", 2, COLUMN, &words));
    }
    text
}

fn limit(usual: usize, style: &Style) -> usize {
    if style.verbose > 0 { usize::MAX } else { usual }
}

/// How it ended in one world: the loader, and what it says.
fn ending(label: &str, answer: &Answer, style: &Style) -> String {
    let trace = &answer.trace;
    let loader = trace
        .loader
        .as_ref()
        .map_or("no loader".to_owned(), words::loader);
    let objects = trace
        .objects
        .iter()
        .filter(|object| !object.missing)
        .count();
    let (paint, verdict) = match answer.outcome() {
        Outcome::Loads => (Paint::Good, "loads"),
        Outcome::Unknown => (Paint::Caution, "cannot be known"),
        Outcome::Fails => (Paint::Bad, "does not load"),
    };
    let mut text = format!(
        "  {}{} {}\n",
        style.paint(Paint::Dim, format!("{label:COLUMN$}")),
        style.paint(paint, verdict),
        style.paint(Paint::Dim, format!("({loader}, {objects} objects)"))
    );
    let mut says = |words: &[u8]| {
        for line in words.split(|&b| b == b'\n') {
            text.push_str(&format!(
                "  {:COLUMN$}{}\n",
                "",
                style.paint(Paint::Bad, show(line))
            ));
        }
    };
    match &trace.verdict {
        Verdict::Fails { failure, .. } => says(&failure.text()),
        Verdict::Unknown { gaps } => gaps.iter().for_each(|gap| says(gap.what.as_bytes())),
        Verdict::Loads => {}
    }
    for failure in trace.steps.iter().filter_map(|step| step.failure.as_ref()) {
        says(&failure.text());
    }
    text
}

fn library(library: &Library, file: &Compared, style: &Style) -> String {
    let mut text = format!("  {}\n", style.paint(Paint::Strong, show(&library.name)));
    let files_differ = library.changes.contains(&Change::File);
    let sides = [("A", &library.found.a, 0), ("B", &library.found.b, 1)];
    for (letter, found, side) in sides {
        let words = match found {
            None => "not needed".to_owned(),
            Some(found) => place(found, &file.answers[side], files_differ),
        };
        text.push_str(&style.entry(letter, 4, COLUMN - 2, &words));
    }
    for why in &library.why {
        text.push_str(&style.entry("why", 4, COLUMN - 2, why));
    }
    text
}

/// Where it is, what it is, and who led there.
fn place(found: &Found, answer: &Answer, with_identity: bool) -> String {
    if found.missing {
        return "not found".into();
    }
    let mut words = show(&found.path);
    if let Some(real) = found
        .real
        .as_ref()
        .filter(|real| real.file_name() != found.path.file_name())
    {
        words.push_str(&format!(" → {}", show(real.file_name())));
    }
    let rule = &answer.trace.object(found.object).rule;
    words.push_str(&format!(" ({})", words::rule(&answer.trace, rule)));
    if with_identity {
        let short = |text: &str| text.chars().take(DIGITS).collect::<String>() + "…";
        match (&found.build_id, found.sha256) {
            (Some(id), _) => words.push_str(&format!(", build id {}", short(id))),
            (None, Some(digest)) => {
                words.push_str(&format!(", sha256 {}", short(&digest.to_string())));
            }
            (None, None) => {}
        }
    }
    words
}

fn bindings(file: &Compared, style: &Style) -> String {
    let all = &file.difference.bindings;
    if all.is_empty() {
        return String::new();
    }
    let symbols = if all.len() == 1 {
        "symbol is"
    } else {
        "symbols are"
    };
    let head = format!("{} {symbols} bound elsewhere", all.len());
    let mut text = style.entry("symbols", 2, COLUMN, &head);
    let shown = limit(SYMBOLS_SHOWN, style);
    for binding in all.iter().take(shown) {
        let who = |name: &Option<Vec<u8>>| name.as_ref().map_or("nobody".into(), show);
        let words = format!(
            "{} of {}: {} in A, {} in B",
            readable(&binding.symbol),
            show(&binding.by),
            who(&binding.a),
            who(&binding.b)
        );
        text.push_str(&style.entry("", 2, COLUMN + 2, &words));
    }
    if all.len() > shown {
        let words = format!("and {} more (-v shows all)", all.len() - shown);
        text.push_str(&style.entry("", 2, COLUMN + 2, &words));
    }
    text
}
