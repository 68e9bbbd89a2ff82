//! `usr-merge-undone`: a real folder has taken the place of a link such as /lib, and hides the loader.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "usr-merge-undone",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "a real folder has taken the place of a link such as /lib, and hides the loader",
    loaders: KERNEL,
    page: page!("usr-merge-undone"),
    of_images: true,
    ..Rule::BLANK
};
