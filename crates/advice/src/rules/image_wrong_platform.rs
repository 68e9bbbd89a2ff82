//! `image-wrong-platform`: no program of the image is for the machine that the image says it is for.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "image-wrong-platform",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "no program of the image is for the machine that the image says it is for",
    loaders: KERNEL,
    page: page!("image-wrong-platform"),
    of_images: true,
    ..Rule::BLANK
};
