//! `sbom --verify` as text.

use sayso_advice::Level;

use super::image::plural;
use crate::held::HeldBill;
use crate::style::{Paint, Style};

/// Faults of one rule that are shown without `-v`.
const SHOWN: usize = 8;

/// The answer about one bill.
pub fn bill(held: &HeldBill<'_>, style: &Style) -> String {
    let (paint, verdict) = if held.held.holds() {
        (Paint::Good, "holds")
    } else {
        (Paint::Bad, "does not hold")
    };
    let claims = held.claims;
    let by = if claims.tool.is_empty() {
        String::new()
    } else {
        format!(" by {}", claims.tool)
    };
    let (files, packages, looked) = (claims.files.len(), claims.packages.len(), held.files);
    let mut text = format!(
        "{}: {} {}\n",
        style.paint(Paint::Strong, held.bill),
        style.paint(paint, verdict),
        style.paint(
            Paint::Dim,
            format!(
                "({}{by}: {files} {}, {packages} {}; {looked} {} looked at)",
                claims.format,
                plural(files, "file", "files"),
                plural(packages, "package", "packages"),
                plural(looked, "binary", "binaries"),
            )
        )
    );
    for faults in held.held.faults.chunk_by(|a, b| a.rule.name == b.rule.name) {
        let rule = faults[0].rule;
        let paint = match rule.level {
            Level::Error => Paint::Bad,
            _ => Paint::Caution,
        };
        let title = format!("{} ({})", rule.name, faults.len());
        text.push_str(&format!("\n{}\n", style.paint(paint, title)));
        let shown = if style.verbose > 0 {
            faults.len()
        } else {
            SHOWN
        };
        for fault in faults.iter().take(shown) {
            text.push_str(&format!(
                "  {}\n",
                style.paint(Paint::Strong, &fault.subject)
            ));
            text.push_str(&style.entry("", 4, 0, &fault.why));
        }
        text.push_str(&style.entry("fix", 2, 5, faults[0].mend));
        if faults.len() > shown {
            text.push_str(&format!(
                "  and {} more (-v shows all)\n",
                faults.len() - shown
            ));
        }
    }
    if !held.held.faults.is_empty() {
        text.push_str(&format!(
            "\nmore: sayso rules {}\n",
            held.held.faults[0].rule.name
        ));
    }
    for unread in held.held.uncompared.iter().chain(held.unread) {
        text.push_str(&style.entry("note", 0, 6, unread));
    }
    text
}
