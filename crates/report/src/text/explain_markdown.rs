//! `explain` as Markdown.

use sayso_advice::explain::{Explained, Explanation};
use sayso_advice::{Phase, show};

use super::explain::{headline_words, unrecognised};
use crate::json::FileRow;
use crate::style::{Style, wrap};

/// The answer as Markdown, to be pasted where the failure is discussed.
pub fn explain_markdown(explanation: &Explanation, files: &[FileRow], original: &[u8]) -> String {
    let mut text = String::new();
    if explanation.results.is_empty() {
        text.push_str(&unrecognised(
            explanation,
            &Style {
                width: usize::MAX,
                ..Style::default()
            },
        ));
        return text;
    }
    for explained in &explanation.results {
        text.push_str(&markdown_head(explained, original));
        text.push_str(&markdown_advice(explained));
    }
    for file in files {
        text.push_str(&format!(
            "- {}: {}. {}\n",
            code(&file.path),
            file.outcome,
            escaped(&file.what)
        ));
    }
    for question in &explanation.questions {
        text.push_str(&format!("- Question: {}\n", escaped(question)));
    }
    text
}

/// What was said, and the names in it.
fn markdown_head(explained: &Explained, original: &[u8]) -> String {
    let mut text = String::new();
    let is_elsewhere = explained.phase == Phase::Elsewhere;
    let title = if is_elsewhere {
        "not a loader failure"
    } else {
        explained.rule.name
    };
    text.push_str(&format!(
        "### {title}: {}\n\n",
        escaped(headline_words(explained))
    ));
    let quoted = original
        .get(explained.heard.place.clone())
        .unwrap_or_default();
    text.push_str(&fenced(
        &quoted
            .split(|&byte| byte == b'\n')
            .map(show)
            .collect::<Vec<_>>()
            .join("\n"),
    ));
    for entity in &explained.entities {
        text.push_str(&format!(
            "- {}: {}\n",
            entity.name.replace('_', " "),
            entity
                .values
                .iter()
                .map(|value| code(value))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if let Some(releases) = &explained.releases {
        text.push_str(&format!("- said by: {releases}\n"));
    }
    if let Some(place) = &explained.where_ {
        text.push_str(&format!("- where: {}\n", escaped(place)));
    }
    text
}

/// Causes, what mends it, and what does not.
fn markdown_advice(explained: &Explained) -> String {
    let is_elsewhere = explained.phase == Phase::Elsewhere;
    let mut text = String::new();
    if !is_elsewhere {
        text.push_str("\n**Causes**\n\n");
        for cause in &explained.causes {
            let mark = if cause.confirmed {
                "confirmed"
            } else {
                crate::json::likelihood(cause.likelihood)
            };
            let decided = cause.decided_by.as_ref().map_or(String::new(), |decided| {
                format!(" Decided by: {}", escaped(decided))
            });
            text.push_str(&format!(
                "1. {} ({mark}, `{}`).{decided}\n",
                escaped(&cause.why),
                cause.rule.name
            ));
        }
    }
    for reveal in &explained.reveal {
        text.push_str(&format!("\nHidden: {}\n", escaped(reveal)));
    }
    text.push_str("\n**What mends it**\n\n");
    for fix in &explained.fixes {
        text.push_str(&format!("- {}\n", escaped(&fix.summary)));
        if let Some(command) = &fix.command {
            text.push_str(&format!("\n{}", indented(&fenced(command))));
        }
    }
    if !explained.not_helpful.is_empty() {
        text.push_str("\n**What does not help**\n\n");
        for advice in &explained.not_helpful {
            text.push_str(&format!("- {}\n", escaped(advice)));
        }
    }
    text.push('\n');
    text
}

fn fenced(text: &str) -> String {
    let fence = if text.contains("```") { "~~~~" } else { "```" };
    format!("{fence}\n{text}\n{fence}\n\n")
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                "\n".into()
            } else {
                format!("  {line}\n")
            }
        })
        .collect()
}

fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Prose with names that Markdown must not read.
fn escaped(prose: &str) -> String {
    let mut text = String::new();
    for word in wrap(prose, 1) {
        if !text.is_empty() {
            text.push(' ');
        }
        let odd = word.contains(['_', '*', '<', '>', '|', '[', ']', '\\']) && !word.contains('`');
        text.push_str(&if odd { format!("`{word}`") } else { word });
    }
    text
}
