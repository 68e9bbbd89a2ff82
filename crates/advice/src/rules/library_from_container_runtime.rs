//! `library-from-container-runtime`: a library that is not in the image, because the container runtime brings the host's.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "library-from-container-runtime",
    phase: Phase::Search,
    level: Level::Note,
    summary: "a library of the graphics driver is not in the image: the container runtime brings the host's",
    loaders: ELF,
    page: page!("library-from-container-runtime"),
    of_images: true,
    ..Rule::BLANK
};
