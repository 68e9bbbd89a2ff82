//! `sums --verify` as text: what is not as the list says.

use sayso_advice::integrity::{Held, State, held};
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
    if let Some(weak) = held::weak(&sums.files) {
        text.push_str(&style.entry("note", 2, COLUMN, &weak.why));
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
    let fault = file.fault(DIGITS);
    let paint = if fault.is_some() {
        Paint::Bad
    } else {
        Paint::Good
    };
    let label = format!("{:COLUMN$}", word(&file.state));
    let mut text = format!("  {}{}\n", style.paint(paint, label), show(&file.name));
    if let Some(fault) = fault {
        text.push_str(&style.entry("", 2, COLUMN, &fault.why));
    }
    text
}
