//! `image-user-unknown`: the image runs as a user that its own /etc/passwd does not know.

use super::prelude::*;

pub(crate) static RULE: Rule = Rule {
    name: "image-user-unknown",
    phase: Phase::Exec,
    level: Level::Error,
    summary: "the image runs as a user that its own /etc/passwd does not know",
    loaders: KERNEL,
    hears: &["shell/engine-user", "shell/engine-group"],
    page: page!("image-user-unknown"),
    of_images: true,
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (user, group) = (heard.text("user"), heard.text("group"));
    let (name, file) = if user.is_empty() { (group, "/etc/group") } else { (user, "/etc/passwd") };
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("the image, or --user, names {name}, and {file} of the image has no such line; the files of the machine do not count"))
            .decided_by(format!("docker run --rm --user 0 --entrypoint cat IMAGE {file}"))
            .fix("make the user in the image", format!("RUN useradd --system {name}    # Alpine: adduser -S {name}"))
            .advice("or give the number: USER 1000")
            .not_helpful("making the user on the machine"),
    )
}
