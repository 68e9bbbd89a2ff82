//! `sayso/sums/v1`.

use sayso_advice::integrity::State;
use sayso_advice::show;
use serde::Serialize;

use crate::sums::{Sums, word};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    list: Option<&'a str>,
    algorithm: &'static str,
    verified: bool,
    holds: bool,
    files: Vec<File>,
    malformed: Vec<Line>,
    beside: usize,
}

#[derive(Serialize)]
struct File {
    path: String,
    state: &'static str,
    line: Option<usize>,
    expected: Option<String>,
    actual: Option<String>,
    error: Option<String>,
}

#[derive(Serialize)]
struct Line {
    line: usize,
    why: &'static str,
}

/// The document about one list.
pub fn sums(sums: &Sums) -> String {
    let files = sums.files.iter().map(|file| File {
        path: show(&file.name),
        state: word(&file.state),
        line: file.line,
        expected: file.expected.map(|digest| digest.to_string()),
        actual: match &file.state {
            State::Same(digest) | State::Changed(digest) => Some(digest.to_string()),
            _ => None,
        },
        error: match &file.state {
            State::Unreadable(errno) => Some(errno.glibc_text()),
            _ => None,
        },
    });
    let malformed = sums.malformed.iter().map(|malformed| Line {
        line: malformed.line,
        why: malformed.why,
    });
    super::line(&Document {
        schema: "sayso/sums/v1",
        list: sums.list.as_deref(),
        algorithm: sums.algorithm.name(),
        verified: sums.verified,
        holds: sums.holds(),
        files: files.collect(),
        malformed: malformed.collect(),
        beside: sums.beside,
    }) + "\n"
}
