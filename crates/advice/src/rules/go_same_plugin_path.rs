//! `go-same-plugin-path`: two plugins have one plugin path: a host can open only one of them.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "go-same-plugin-path",
    phase: Phase::Lint,
    level: Level::Warning,
    summary: "two plugins have one plugin path: a host can open only one of them",
    loaders: &[Speaker::Go],
    page: page!("go-same-plugin-path"),
    check: Some(check),
    hear: crate::explain::nothing,
    ..Rule::BLANK
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut seen: Vec<(String, Vec<u8>, Option<TargetPath>)> = Vec::new();
    for judgement in context.go_judgements() {
        let Some(path) = judgement
            .side
            .as_ref()
            .and_then(|side| side.plugin_path.clone())
        else {
            continue;
        };
        let twin = seen
            .iter()
            .find(|(known, _, file)| *known == path && *file != judgement.told.file);
        if let (Some((_, first, _)), true) =
            (twin, judgement.rule != Some("go-plugin-already-loaded"))
        {
            let message = format!(
                "{} has the plugin path of {} ({path}): a host opens only one of them",
                show(&judgement.path),
                show(first)
            );
            findings.add(
                Finding::new(
                    &RULE,
                    Subject::File(TargetPath::new(judgement.path.as_slice())),
                    message,
                )
                .advice("build it from another folder, or under another module name: its main package's import path is the plugin path")
                .step(judgement.step),
            );
        }
        seen.push((path, judgement.path.clone(), judgement.told.file.clone()));
    }
}
