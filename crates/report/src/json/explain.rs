//! `sayso/explain/v1`.

use std::collections::BTreeMap;

use sayso_advice::explain::elsewhere::RULE_NAME;
use sayso_advice::explain::{Entity, Explained, Explanation, Likelihood};
use sayso_advice::{Phase, Speaker};
use serde::Serialize;

use crate::names::demangled;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    recognised: bool,
    results: Vec<Row<'a>>,
    questions: &'a [String],
    surroundings: SurroundingsRow<'a>,
    files: &'a [FileRow],
}

#[derive(Serialize)]
struct Row<'a> {
    rule: &'static str,
    also: &'static [&'static str],
    phase: &'static str,
    loader: &'static str,
    message: Option<&'static str>,
    releases: Option<&'a str>,
    language: &'static str,
    place: Option<[usize; 2]>,
    count: usize,
    cut: bool,
    wrappers: Vec<&'static str>,
    entities: BTreeMap<&'static str, Value>,
    places: BTreeMap<&'static str, [usize; 2]>,
    causes: Vec<CauseRow<'a>>,
    fixes: Vec<FixRow<'a>>,
    not_helpful: &'a [String],
    #[serde(rename = "where")]
    where_: Option<&'a str>,
    reveal: &'a [String],
    facts: Vec<FactRow<'a>>,
    instead: Option<&'static str>,
    instead_rule: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    One(String),
    Several(Vec<String>),
}

#[derive(Serialize)]
struct CauseRow<'a> {
    rule: &'static str,
    likelihood: &'static str,
    why: &'a str,
    confirmed: bool,
    decided_by: Option<&'a str>,
}

#[derive(Serialize)]
struct FactRow<'a> {
    label: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct FixRow<'a> {
    summary: &'a str,
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct SurroundingsRow<'a> {
    distribution: Option<&'static str>,
    container: bool,
    ci: bool,
    conda: bool,
    paths: &'a [String],
}

/// What a file said to the text, for `--file`.
#[derive(Debug, Clone, Serialize)]
pub struct FileRow {
    /// The file.
    pub path: String,
    /// `confirmed`, `other`, `loads` or `unknown`.
    pub outcome: &'static str,
    /// One sentence.
    pub what: String,
}

/// The whole document.
pub fn explain(explanation: &Explanation, files: &[FileRow]) -> String {
    let near = &explanation.surroundings;
    let mut results: Vec<Row<'_>> = explanation.results.iter().map(row).collect();
    if results.is_empty() {
        results.push(nothing(explanation.suspicious));
    }
    let document = Document {
        schema: "sayso/explain/v1",
        recognised: !explanation.results.is_empty(),
        results,
        questions: &explanation.questions,
        surroundings: SurroundingsRow {
            distribution: near.distribution,
            container: near.container,
            ci: near.ci,
            conda: near.conda,
            paths: &near.paths,
        },
        files,
    };
    super::line(&document) + "\n"
}

/// The one row of a text in which nothing was recognised. What it is instead is left open where it speaks of libraries.
fn nothing(suspicious: bool) -> Row<'static> {
    Row {
        rule: RULE_NAME,
        also: &[],
        phase: Phase::Elsewhere.name(),
        loader: Speaker::Other.name(),
        message: None,
        releases: None,
        language: "en",
        place: None,
        count: 0,
        cut: false,
        wrappers: Vec::new(),
        entities: BTreeMap::new(),
        places: BTreeMap::new(),
        causes: Vec::new(),
        fixes: Vec::new(),
        not_helpful: &[],
        where_: None,
        reveal: &[],
        facts: Vec::new(),
        instead: (!suspicious).then_some("other"),
        instead_rule: None,
    }
}

fn row(explained: &Explained) -> Row<'_> {
    let heard = &explained.heard;
    let is_elsewhere = explained.phase == Phase::Elsewhere;
    let mut entities: BTreeMap<&'static str, Value> = explained
        .entities
        .iter()
        .map(|entity| (entity.name, value(entity)))
        .collect();
    if let Some(symbol) = explained
        .entities
        .iter()
        .find(|entity| entity.name == "symbol")
    {
        let readable: Vec<String> = symbol
            .values
            .iter()
            .filter_map(|name| demangled(name.as_bytes()))
            .collect();
        match readable.len() {
            0 => {}
            1 => drop(entities.insert("symbol_demangled", Value::One(readable[0].clone()))),
            _ => drop(entities.insert("symbol_demangled", Value::Several(readable))),
        }
    }
    let places = explained.entities.iter().filter_map(|entity| {
        entity
            .place
            .clone()
            .map(|place| (entity.name, [place.start, place.end]))
    });
    Row {
        rule: if is_elsewhere {
            RULE_NAME
        } else {
            explained.rule.name
        },
        also: explained.rule.also,
        phase: explained.phase.name(),
        loader: explained.speaker.name(),
        message: Some(heard.message.id),
        releases: explained.releases.as_deref(),
        language: heard.language,
        place: Some([heard.place.start, heard.place.end]),
        count: heard.count,
        cut: heard.cut,
        wrappers: heard.wrappers.iter().map(|wrapper| wrapper.name).collect(),
        places: places.collect(),
        entities,
        causes: causes(explained),
        fixes: explained
            .fixes
            .iter()
            .map(|fix| FixRow {
                summary: &fix.summary,
                command: fix.command.as_deref(),
            })
            .collect(),
        not_helpful: &explained.not_helpful,
        where_: explained.where_.as_deref(),
        reveal: &explained.reveal,
        facts: explained
            .facts
            .iter()
            .map(|(label, text)| FactRow { label, text })
            .collect(),
        instead: explained.instead,
        instead_rule: is_elsewhere.then_some(explained.rule.name),
    }
}

fn causes(explained: &Explained) -> Vec<CauseRow<'_>> {
    explained
        .causes
        .iter()
        .map(|cause| CauseRow {
            rule: cause.rule.name,
            likelihood: likelihood(cause.likelihood),
            why: &cause.why,
            confirmed: cause.confirmed,
            decided_by: cause.decided_by.as_deref(),
        })
        .collect()
}

fn value(entity: &Entity) -> Value {
    match entity.values.as_slice() {
        [one] => Value::One(one.clone()),
        several => Value::Several(several.to_vec()),
    }
}

/// The word for a likelihood.
pub(crate) fn likelihood(likelihood: Likelihood) -> &'static str {
    match likelihood {
        Likelihood::Certain => "certain",
        Likelihood::Likely => "likely",
        Likelihood::Possible => "possible",
        Likelihood::Rare => "rare",
    }
}
