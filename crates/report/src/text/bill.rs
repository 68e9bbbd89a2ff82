//! `sbom --verify` as text.

use crate::held::HeldBill;
use crate::style::{Paint, Style};

/// Faults of one rule that are shown without `-v`.
const SHOWN: usize = 8;

/// The answer about one bill.
pub fn bill(held: &HeldBill<'_>, style: &Style) -> String {
    let (paint, verdict) = if held.faults.is_empty() {
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
    let mut text = format!(
        "{}: {} {}\n",
        style.paint(Paint::Strong, held.bill),
        style.paint(paint, verdict),
        style.paint(
            Paint::Dim,
            format!(
                "({}{by}: {} files, {} packages; {} binaries looked at)",
                claims.format,
                claims.files.len(),
                claims.packages.len(),
                held.files
            )
        )
    );
    for faults in held.faults.chunk_by(|a, b| a.rule == b.rule) {
        let rule = format!("{} ({})", faults[0].rule.name(), faults.len());
        text.push_str(&format!("\n{}\n", style.paint(Paint::Bad, rule)));
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
        if faults.len() > shown {
            text.push_str(&format!(
                "  and {} more (-v shows all)\n",
                faults.len() - shown
            ));
        }
    }
    for unread in held.unread {
        text.push_str(&style.entry("note", 0, 6, unread));
    }
    text
}
