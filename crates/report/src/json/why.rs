//! `sayso/why/v1`.

use sayso_advice::show;
use sayso_loader::Event;
use serde::Serialize;

use super::tree::{ProbeRow, probe_rows};
use crate::names::demangled;
use crate::text::Wanted;
use crate::{Answer, words};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    path: String,
    name: String,
    kind: &'static str,
    found: Vec<Found>,
    asked_by: Vec<String>,
    searches: Vec<Vec<ProbeRow>>,
    bindings: Vec<Binding>,
}

#[derive(Serialize)]
struct Found {
    path: String,
    rule: &'static str,
}

#[derive(Serialize)]
struct Binding {
    symbol: String,
    readable: Option<String>,
    version: Option<String>,
    by: String,
    to: String,
}

/// The document about a name that was found to be `wanted`.
pub fn why(answer: &Answer, name: &[u8], wanted: Wanted) -> String {
    let trace = &answer.trace;
    let is_library = wanted == Wanted::Library;
    let objects = trace.objects.iter().filter(|object| {
        is_library
            && !object.missing
            && (object.name == name
                || object.path.file_name() == name
                || object.path.as_bytes() == name
                || object.image.soname() == Some(name))
    });
    let document = Document {
        schema: "sayso/why/v1",
        path: show(&answer.named),
        name: show(name),
        kind: match wanted {
            Wanted::Library => "library",
            Wanted::Symbol => "symbol",
            Wanted::Nothing => "nothing",
        },
        found: objects
            .map(|object| Found {
                path: words::path(trace, object.id),
                rule: words::rule_name(&object.rule),
            })
            .collect(),
        asked_by: trace
            .objects
            .iter()
            .filter(|object| object.image.needed().any(|need| need == name))
            .map(|object| words::path(trace, object.id))
            .collect(),
        searches: trace
            .events
            .iter()
            .filter(|event| {
                is_library
                    && matches!(event, Event::Search { name: searched, .. } if searched == name)
            })
            .map(|event| probe_rows(trace, Some(event)))
            .collect(),
        bindings: trace
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Bound {
                    by,
                    symbol,
                    version,
                    to,
                } => {
                    let readable = demangled(symbol);
                    (symbol == name
                        || readable
                            .as_ref()
                            .is_some_and(|text| text.as_bytes() == name))
                    .then(|| Binding {
                        symbol: show(symbol),
                        readable,
                        version: version.as_ref().map(show),
                        by: words::path(trace, *by),
                        to: words::path(trace, *to),
                    })
                }
                _ => None,
            })
            .collect(),
    };
    super::line(&document) + "\n"
}
