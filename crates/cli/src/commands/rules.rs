//! `sayso rules [NAME]`

use sayso_advice::{RULES, Rule};
use sayso_report::{json, text};

use crate::arguments::{Common, OutputFormat, Rules};
use crate::{Status, output};

pub(crate) fn run(rules: &Rules, common: &Common) -> anyhow::Result<Status> {
    let style = output::style(common);
    let chosen: Vec<&'static Rule> = match &rules.name {
        None => RULES.to_vec(),
        Some(name) => vec![sayso_advice::rule(name).ok_or_else(|| unknown(name))?],
    };
    let text = match (common.format, rules.name.is_some()) {
        (OutputFormat::Json, _) => json::rules(&chosen),
        (_, false) => text::rules(&style),
        (OutputFormat::Markdown, true) => chosen[0].page.to_owned(),
        (_, true) => text::markdown(chosen[0].page, &style),
    };
    output::print(&text)?;
    Ok(Status::Fine)
}

/// Names that share a word with the one that was typed.
fn unknown(name: &str) -> anyhow::Error {
    let near: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|known| {
            name.split('-')
                .any(|word| word.len() > 3 && known.contains(word))
        })
        .collect();
    if near.is_empty() {
        anyhow::anyhow!("there is no rule {name}: `sayso rules` lists them")
    } else {
        anyhow::anyhow!("there is no rule {name}: did you mean {}?", near.join(", "))
    }
}
