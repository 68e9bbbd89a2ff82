//! `names-differ-in-case-only`: two files of a folder are called the same but for the case of letters.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "names-differ-in-case-only",
    phase: Phase::Search,
    level: Level::Note,
    summary: "two programs or libraries of a folder are called the same but for the case of letters",
    loaders: ELF,
    page: page!("names-differ-in-case-only"),
    of_images: true,
    ..Rule::BLANK
};
