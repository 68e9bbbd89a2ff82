//! `sayso/bundle/v1`.

use sayso_advice::show;
use serde::Serialize;

use super::fix::{State, state};
use crate::fix::Bundled;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    path: String,
    folder: &'a str,
    files: Vec<File<'a>>,
    links: Vec<Link>,
    left_out: &'a [String],
    not_found: Vec<NotFound<'a>>,
    licences: &'a [String],
    without_licence: &'a [String],
    after: State,
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    from: String,
    size: usize,
    changed: Option<&'a str>,
}

#[derive(Serialize)]
struct Link {
    path: String,
    target: String,
}

#[derive(Serialize)]
struct NotFound<'a> {
    soname: &'a str,
    priority: &'a str,
}

/// The document about one folder.
pub fn bundle(bundled: &Bundled) -> String {
    let bundle = &bundled.bundle;
    let files = bundle.pieces.iter().map(|piece| File {
        path: show(&piece.to),
        from: show(&piece.from),
        size: piece.bytes.len(),
        changed: Some(piece.changed.as_str()).filter(|words| !words.is_empty()),
    });
    let links = bundle.links.iter().map(|(path, target)| Link {
        path: show(path),
        target: show(target),
    });
    let not_found = bundle
        .not_found
        .iter()
        .map(|(soname, priority)| NotFound { soname, priority });
    super::line(&Document {
        schema: "sayso/bundle/v1",
        path: show(&bundled.named),
        folder: &bundled.folder,
        files: files.collect(),
        links: links.collect(),
        left_out: &bundle.left_out,
        not_found: not_found.collect(),
        licences: &bundled.licences,
        without_licence: &bundled.without_licence,
        after: state(&bundled.after),
    }) + "\n"
}
