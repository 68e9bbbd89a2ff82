//! `sayso/rules/v1`.

use sayso_advice::Rule;
use serde::Serialize;

use crate::words;

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    rules: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    phase: &'static str,
    level: &'static str,
    summary: &'static str,
    loaders: Vec<&'static str>,
    messages: &'static [&'static str],
    page: &'static str,
}

/// The catalogue, or a part of it.
pub fn rules(rules: &[&'static Rule]) -> String {
    let row = |rule: &&'static Rule| Row {
        name: rule.name,
        phase: rule.phase.name(),
        level: rule.level.name(),
        summary: rule.summary,
        loaders: rule
            .loaders
            .iter()
            .map(|&family| words::family(family))
            .collect(),
        messages: rule.messages,
        page: rule.page,
    };
    let document = Document {
        schema: "sayso/rules/v1",
        rules: rules.iter().map(row).collect(),
    };
    super::line(&document) + "\n"
}
