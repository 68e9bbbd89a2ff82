//! The catalogue as a list.

use sayso_advice::{RULES, Rule};

use crate::style::{Paint, Style};

/// Every rule, by phase.
pub fn rules(style: &Style) -> String {
    let mut text = String::new();
    let mut rules: Vec<&Rule> = RULES.to_vec();
    rules.sort_by_key(|rule| rule.phase);
    let column = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0) + 2;
    let mut phase = None;
    for rule in rules {
        if phase != Some(rule.phase) {
            let gap = if phase.is_some() { "\n" } else { "" };
            text.push_str(&format!("{gap}{}\n", style.paint(Paint::Title, rule.phase.name())));
            phase = Some(rule.phase);
        }
        // Long names and an 80 column terminal: the summary goes below.
        if column > style.width / 2 {
            text.push_str(&format!("  {}\n", style.paint(Paint::Command, rule.name)));
            text.push_str(&style.entry("", 6, 0, rule.summary));
        } else {
            text.push_str(&style.entry(rule.name, 2, column, rule.summary));
        }
    }
    text.push_str(&format!("\n{}\n", style.paint(Paint::Dim, "sayso rules NAME shows the page of one rule")));
    text
}
