//! The catalogue as a list.

use sayso_advice::{RULES, Rule};

use crate::style::{Paint, Style, wrap};

/// Column of the summaries; the few longer names have a line of their own.
const COLUMN: usize = 30;

/// Every rule, by phase.
pub fn rules(style: &Style) -> String {
    let mut text = String::new();
    let mut rules: Vec<&Rule> = RULES.to_vec();
    rules.sort_by_key(|rule| rule.phase);
    let column = COLUMN.min(style.width / 2);
    let mut phase = None;
    for rule in rules {
        if phase != Some(rule.phase) {
            let gap = if phase.is_some() { "\n" } else { "" };
            text.push_str(&format!(
                "{gap}{}\n",
                style.paint(Paint::Title, rule.phase.name())
            ));
            phase = Some(rule.phase);
        }
        let lines = wrap(rule.summary, style.width.saturating_sub(column + 2));
        let name = style.paint(Paint::Command, rule.name);
        let mut rest = lines.iter();
        if rule.name.len() < column {
            let gap = column - rule.name.len();
            text.push_str(&format!(
                "  {name}{:gap$}{}\n",
                "",
                rest.next().map_or("", String::as_str)
            ));
        } else {
            text.push_str(&format!("  {name}\n"));
        }
        for line in rest {
            text.push_str(&format!("{:width$}{line}\n", "", width = column + 2));
        }
    }
    text.push_str(&format!(
        "\n{}\n",
        style.paint(Paint::Dim, "sayso rules NAME shows the page of one rule")
    ));
    text
}
