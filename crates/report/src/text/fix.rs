//! `fix` as text: what differs, and what the loader says before and after.

use sayso_advice::show;

use crate::fix::{Difference, Mended};
use crate::style::{Paint, Style};
use crate::{Answer, Outcome};

/// Column in which values begin.
const COLUMN: usize = 9;

/// The answer about one file.
pub fn fix(mended: &Mended, style: &Style) -> String {
    let name = style.paint(Paint::Strong, show(&mended.named));
    if let Some(refusal) = &mended.refusal {
        let head = format!("{name}: {}\n", style.paint(Paint::Bad, "not changed"));
        return head + &style.entry("", 2, 0, refusal);
    }
    let mut text = format!("{name}: {}\n", headline(mended, style));
    for Difference {
        what,
        before,
        after,
    } in &mended.differences
    {
        let line = match (before, after) {
            (None, Some(after)) => format!("+ {after}"),
            (Some(before), None) => format!("- {before}"),
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (None, None) => String::new(),
        };
        text.push_str(&style.entry(what, 2, COLUMN + 2, &line));
    }
    for remark in &mended.remarks {
        text.push_str(&style.entry("note", 2, COLUMN + 2, remark));
    }
    if mended.is_dry || style.verbose > 0 {
        for change in &mended.changes {
            let range = format!("{:#x}..{:#x}", change.range.start, change.range.end);
            let size = change.range.end - change.range.start;
            text.push_str(&format!("  bytes    {range} ({size}): {}\n", change.what));
        }
    }
    for (label, answer) in [("before", &mended.before), ("after", &mended.after)] {
        text.push_str(&verdict(label, answer, style));
    }
    text
}

fn headline(mended: &Mended, style: &Style) -> String {
    if mended.changes.is_empty() {
        return style.paint(Paint::Good, "is so already");
    }
    let changed: u64 = mended
        .changes
        .iter()
        .map(|change| change.range.end - change.range.start)
        .sum();
    let grown = mended.size_after.saturating_sub(mended.size_before);
    let done = match (&mended.written, mended.is_dry) {
        (Some(path), _) if path != &show(&mended.named) => format!("written to {path}"),
        (Some(_), _) => "changed".into(),
        (None, _) => "would change".into(),
    };
    let growth = match grown {
        0 => "the file does not grow".into(),
        bytes => format!("the file grows by {bytes}"),
    };
    let bytes = if changed == 1 { "byte" } else { "bytes" };
    format!(
        "{} {}",
        style.paint(Paint::Good, done),
        style.paint(Paint::Dim, format!("({changed} {bytes} differ, {growth})"))
    )
}

fn verdict(label: &str, answer: &Answer, style: &Style) -> String {
    let (paint, word) = match answer.outcome() {
        Outcome::Loads => (Paint::Good, "loads"),
        Outcome::Unknown => (Paint::Caution, "cannot be known"),
        Outcome::Fails => (Paint::Bad, "does not load"),
    };
    let mut text = format!("  {label:<COLUMN$}{}\n", style.paint(paint, word));
    if let Some(words) = crate::fix::failure_of(answer) {
        for line in words.split(|&b| b == b'\n') {
            text.push_str(&format!("  {:COLUMN$}{}\n", "", show(line)));
        }
    }
    text
}
