//! `sayso/diff/v1`.

use sayso_advice::difference::{Change, Found};
use sayso_advice::show;
use sayso_loader::Verdict;
use serde::Serialize;

use crate::difference::Compared;
use crate::{Answer, words};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    a: &'a str,
    b: &'a str,
    same: bool,
    results: Vec<ResultRow>,
}

#[derive(Serialize)]
struct ResultRow {
    path: String,
    same: bool,
    a: SideRow,
    b: SideRow,
    outcome_differs: bool,
    loader_differs: bool,
    libraries: Vec<LibraryRow>,
    libraries_same: usize,
    bindings: Vec<BindingRow>,
    circumstances: Vec<CircumstanceRow>,
}

#[derive(Serialize)]
struct SideRow {
    verdict: &'static str,
    message: Option<String>,
    exit_status: Option<i32>,
    loader: Option<String>,
    loader_path: Option<String>,
    objects: usize,
    gaps: Vec<String>,
    steps: Vec<Option<String>>,
}

#[derive(Serialize)]
struct LibraryRow {
    name: String,
    changes: Vec<&'static str>,
    why: Vec<String>,
    a: Option<FoundRow>,
    b: Option<FoundRow>,
}

#[derive(Serialize)]
struct FoundRow {
    missing: bool,
    path: Option<String>,
    real: Option<String>,
    rule: &'static str,
    soname: Option<String>,
    build_id: Option<String>,
    sha256: Option<String>,
}

#[derive(Serialize)]
struct BindingRow {
    by: String,
    symbol: String,
    version: Option<String>,
    a: Option<String>,
    b: Option<String>,
}

#[derive(Serialize)]
struct CircumstanceRow {
    what: String,
    a: Option<String>,
    b: Option<String>,
}

/// The document about files in the worlds of these names.
pub fn diff(names: [&str; 2], files: &[Compared]) -> String {
    super::line(&Document {
        schema: "sayso/diff/v1",
        a: names[0],
        b: names[1],
        same: files.iter().all(|file| file.difference.is_none()),
        results: files.iter().map(result).collect(),
    }) + "\n"
}

fn result(file: &Compared) -> ResultRow {
    let difference = &file.difference;
    let [a, b] = &file.answers;
    let libraries = difference.libraries.iter().map(|library| LibraryRow {
        name: show(&library.name),
        changes: library.changes.iter().copied().map(Change::name).collect(),
        why: library.why.clone(),
        a: library.found.a.as_ref().map(|found| self::found(a, found)),
        b: library.found.b.as_ref().map(|found| self::found(b, found)),
    });
    let bindings = difference.bindings.iter().map(|binding| BindingRow {
        by: show(&binding.by),
        symbol: show(&binding.symbol),
        version: binding.version.as_ref().map(show),
        a: binding.a.as_ref().map(show),
        b: binding.b.as_ref().map(show),
    });
    let circumstances = difference.circumstances.iter().map(|row| CircumstanceRow {
        what: row.what.clone(),
        a: row.values.a.clone(),
        b: row.values.b.clone(),
    });
    ResultRow {
        path: show(&file.named),
        same: difference.is_none(),
        a: side(a),
        b: side(b),
        outcome_differs: difference.outcome,
        loader_differs: difference.loader,
        libraries: libraries.collect(),
        libraries_same: difference.same,
        bindings: bindings.collect(),
        circumstances: circumstances.collect(),
    }
}

fn side(answer: &Answer) -> SideRow {
    let trace = &answer.trace;
    let (verdict, message, gaps) = match &trace.verdict {
        Verdict::Loads => ("loads", None, Vec::new()),
        Verdict::Fails { failure, .. } => ("fails", Some(show(failure.text())), Vec::new()),
        Verdict::Unknown { gaps } => (
            "unknown",
            None,
            gaps.iter().map(|gap| gap.what.clone()).collect(),
        ),
    };
    let steps = trace.steps.iter();
    SideRow {
        verdict,
        message,
        exit_status: answer.exit_status(),
        loader: trace.loader.as_ref().map(words::loader),
        loader_path: trace.loader.as_ref().map(|used| show(&used.path)),
        objects: trace
            .objects
            .iter()
            .filter(|object| !object.missing)
            .count(),
        gaps,
        steps: steps
            .map(|step| step.failure.as_ref().map(|failure| show(failure.text())))
            .collect(),
    }
}

fn found(answer: &Answer, found: &Found) -> FoundRow {
    let rule = &answer.trace.object(found.object).rule;
    FoundRow {
        missing: found.missing,
        path: (!found.missing).then(|| show(&found.path)),
        real: found.real.as_ref().map(show),
        rule: words::rule_name(rule),
        soname: found.soname.as_ref().map(show),
        build_id: found.build_id.clone(),
        sha256: found.sha256.map(|digest| digest.to_string()),
    }
}
