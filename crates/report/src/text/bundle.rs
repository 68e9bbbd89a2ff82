//! `bundle` as text: what was collected, what stays out, and whether it loads alone.

use sayso_advice::show;

use crate::Outcome;
use crate::fix::{Bundled, failure_of};
use crate::style::{Paint, Style};

/// Column in which values begin.
const COLUMN: usize = 11;

/// The answer about one folder.
pub fn bundle(bundled: &Bundled, style: &Style) -> String {
    let bundle = &bundled.bundle;
    let size: usize = bundle.pieces.iter().map(|piece| piece.bytes.len()).sum();
    let (paint, verdict) = match bundled.after.outcome() {
        Outcome::Loads => (Paint::Good, "loads on its own"),
        Outcome::Unknown => (Paint::Caution, "made; whether it loads cannot be known"),
        Outcome::Fails => (Paint::Bad, "does not load on its own"),
    };
    let files = if bundle.pieces.len() == 1 {
        "file"
    } else {
        "files"
    };
    let mut text = format!(
        "{}: {} {}\n",
        style.paint(Paint::Strong, &bundled.folder),
        style.paint(paint, verdict),
        style.paint(
            Paint::Dim,
            format!(
                "({} {files}, {} KiB)",
                bundle.pieces.len(),
                size.div_ceil(1024)
            )
        )
    );
    for line in failure_of(&bundled.after)
        .iter()
        .flat_map(|words| words.split(|&b| b == b'\n'))
    {
        text.push_str(&format!("  {}\n", style.paint(Paint::Bad, show(line))));
    }
    for piece in &bundle.pieces {
        let changed = if piece.changed.is_empty() {
            String::new()
        } else {
            format!(" ({})", piece.changed)
        };
        text.push_str(&format!(
            "  {}{}\n",
            show(&piece.to),
            style.paint(Paint::Dim, changed)
        ));
    }
    for (path, target) in &bundle.links {
        text.push_str(&format!("  {} → {}\n", show(path), show(target)));
    }
    let list = |text: &mut String, label: &str, names: &[String]| {
        if !names.is_empty() {
            text.push_str(&style.entry(label, 2, COLUMN + 2, &names.join(", ")));
        }
    };
    list(&mut text, "left out", &bundle.left_out);
    let missing: Vec<String> = bundle
        .not_found
        .iter()
        .map(|(name, priority)| format!("{name} ({priority} by a dlopen note)"))
        .collect();
    list(&mut text, "not here", &missing);
    list(&mut text, "licences", &bundled.licences);
    list(&mut text, "no licence", &bundled.without_licence);
    text
}
