//! `sayso/tree/v1`: every object with its needs, flat; the tree is in the references.

use sayso_advice::show;
use sayso_loader::{Event, ObjectId, Trace};
use serde::Serialize;

use super::check::load_order;
use crate::{Answer, words};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    path: String,
    loader: Option<&'static str>,
    release: Option<String>,
    objects: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    soname: Option<String>,
    rule: &'static str,
    step: usize,
    needs: Vec<Need>,
}

#[derive(Serialize)]
struct Need {
    name: String,
    path: Option<String>,
    probes: Vec<ProbeRow>,
}

/// One place that was tried.
#[derive(Serialize)]
pub(super) struct ProbeRow {
    path: String,
    rule: &'static str,
    of: Option<String>,
    outcome: String,
}

/// The places of a search.
pub(super) fn probe_rows(trace: &Trace, event: Option<&Event>) -> Vec<ProbeRow> {
    use sayso_loader::SearchRule;
    let Some(Event::Search { probes, .. }) = event else {
        return Vec::new();
    };
    probes
        .iter()
        .map(|probe| ProbeRow {
            path: show(&probe.path),
            rule: words::rule_name(&probe.because),
            of: match probe.because {
                SearchRule::Rpath { of } | SearchRule::Runpath { of } => {
                    Some(words::path(trace, of))
                }
                _ => None,
            },
            outcome: words::outcome(&probe.outcome),
        })
        .collect()
}

/// The document.
pub fn tree(answer: &Answer) -> String {
    let trace = &answer.trace;
    let row = |id: ObjectId| {
        let object = trace.object(id);
        let need = |name: &[u8]| Need {
            name: show(name),
            path: crate::text::provider(trace, id, name)
                .filter(|&id| !trace.object(id).missing)
                .map(|id| words::path(trace, id)),
            probes: probe_rows(trace, crate::text::search(trace, id, name)),
        };
        Row {
            path: words::path(trace, id),
            soname: object.image.soname().map(show),
            rule: words::rule_name(&object.rule),
            step: object.step,
            needs: object.image.needed().map(need).collect(),
        }
    };
    let document = Document {
        schema: "sayso/tree/v1",
        path: show(&answer.named),
        loader: trace
            .loader
            .as_ref()
            .map(|loader| words::family(loader.family)),
        release: trace
            .loader
            .as_ref()
            .map(|loader| words::release(loader.family, loader.release)),
        objects: load_order(trace).into_iter().map(row).collect(),
    };
    super::line(&document) + "\n"
}
