//! `command-not-in-path`: the image's command is in no directory of its PATH.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "command-not-in-path",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the image's command is in no directory of its PATH",
    loaders: KERNEL,
    hears: &[],
    page: page!("command-not-in-path"),
    of_images: true,
    hear: |_| None,
    ..Rule::BLANK
};
