//! `image-directory-unusable`: a file stands where the image's working directory should be.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "image-directory-unusable",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "a file stands where the image's working directory should be",
    loaders: KERNEL,
    hears: &["shell/runc-directory"],
    page: page!("image-directory-unusable"),
    of_images: true,
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let path = heard.text("path");
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("the working directory lies at or below {path}, which is a file: the runtime makes a missing directory, and cannot make this one"))
            .decided_by(format!("docker run --rm --workdir / --entrypoint ls IMAGE -ld {path}"))
            .advice("name a folder in WORKDIR, or take the file away"),
    )
}
