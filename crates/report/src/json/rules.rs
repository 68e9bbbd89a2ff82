//! `sayso/rules/v1`.

use sayso_advice::Rule;
use serde::Serialize;

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    rules: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    also: &'static [&'static str],
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
        also: rule.also,
        phase: rule.phase.name(),
        level: rule.level.name(),
        summary: rule.summary,
        loaders: rule.loaders.iter().map(|speaker| speaker.name()).collect(),
        messages: rule.messages,
        page: rule.page,
    };
    let document = Document {
        schema: "sayso/rules/v1",
        rules: rules.iter().map(row).collect(),
    };
    super::line(&document) + "\n"
}
