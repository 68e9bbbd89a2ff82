//! `python-extension-version`: a native module is for a Python release that the image does not have.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "python-extension-version",
    phase: Phase::Runtime,
    level: Level::Warning,
    summary: "a native module is for a Python release that the image does not have",
    loaders: RUNTIME,
    hears: &[],
    page: page!("python-extension-version"),
    of_images: true,
    hear: |_| None,
    ..Rule::BLANK
};
