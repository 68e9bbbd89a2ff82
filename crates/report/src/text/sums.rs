//! `sums --verify` as text: what is not as the list says.

use sayso_advice::integrity::{Held, State};
use sayso_advice::show;

use crate::style::{Paint, Style};
use crate::sums::{Sums, word};

/// Digits of a digest that tell two apart on a screen.
const DIGITS: usize = 12;
/// Column in which names begin.
const COLUMN: usize = 12;

/// The answer about one list.
pub fn sums(sums: &Sums, style: &Style) -> String {
    let list = sums.list.as_deref().unwrap_or("the list");
    let named = sums.files.iter().filter(|file| file.line.is_some()).count();
    let wrong = |file: &&Held| !matches!(file.state, State::Same(_));
    let faults = sums.files.iter().filter(wrong).count() + sums.malformed.len();
    let files = if named == 1 { "file" } else { "files" };
    let (paint, verdict) = if faults == 0 {
        (Paint::Good, "holds")
    } else {
        (Paint::Bad, "does not hold")
    };
    let counted = if faults == 0 {
        format!("({named} {files})")
    } else {
        format!("({named} {files} named, {faults} wrong)")
    };
    let mut text = format!(
        "{}: {} {}\n",
        style.paint(Paint::Strong, list),
        style.paint(paint, verdict),
        style.paint(Paint::Dim, counted)
    );
    for file in &sums.files {
        if style.verbose > 0 || wrong(&file) {
            text.push_str(&row(file, style));
        }
    }
    for malformed in &sums.malformed {
        let words = format!("line {}: {}", malformed.line, malformed.why);
        text.push_str(&style.entry("malformed", 2, COLUMN, &words));
    }
    if sums.beside > 0 {
        let files = if sums.beside == 1 {
            "file beside these is"
        } else {
            "files beside these are"
        };
        let words = format!(
            "{} {files} not in the list: name their folder behind {list} to have them counted as wrong",
            sums.beside
        );
        text.push_str(&style.entry("note", 2, COLUMN, &words));
    }
    text
}

fn row(file: &Held, style: &Style) -> String {
    let short = |digest: String| digest[..DIGITS].to_owned() + "…";
    let line = file.line.unwrap_or_default();
    let words = match (&file.state, file.expected) {
        (State::Changed(digest), Some(expected)) => format!(
            "it is {}, line {line} says {}",
            short(digest.to_string()),
            short(expected.to_string())
        ),
        (State::Missing, _) => format!("line {line} names it, and it is not there"),
        (State::Unreadable(errno), _) => format!("line {line}: {}", errno.glibc_text()),
        (State::Extra, _) => "it is there, and no line names it".to_owned(),
        _ => String::new(),
    };
    let paint = if matches!(file.state, State::Same(_)) {
        Paint::Good
    } else {
        Paint::Bad
    };
    let label = format!("{:COLUMN$}", word(&file.state));
    let mut text = format!("  {}{}\n", style.paint(paint, label), show(&file.name));
    if !words.is_empty() {
        text.push_str(&style.entry("", 2, COLUMN, &words));
    }
    text
}
