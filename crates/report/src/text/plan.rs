//! `fix --auto` as text: what would help, why, and what to type.

use sayso_advice::show;

use crate::fix::{Plan, failure_of};
use crate::style::{Paint, Style};
use crate::{Answer, Outcome};

/// Column in which values begin.
const COLUMN: usize = 9;

/// The answer about one file or command line.
pub fn plan(plan: &Plan, style: &Style) -> String {
    let (paint, words) = match (plan.before.outcome(), plan.after.outcome()) {
        (Outcome::Loads, _) => (Paint::Good, "loads as it is: nothing to mend"),
        (_, Outcome::Loads) if plan.is_done && plan.has_commands() => (
            Paint::Caution,
            "changed; loads when you have run what is left",
        ),
        (_, Outcome::Loads) if plan.is_done => (Paint::Good, "mended"),
        (_, Outcome::Loads) => (Paint::Good, "can be mended"),
        _ if plan.steps.is_empty() => (Paint::Bad, "no change of a file would mend it"),
        _ => (Paint::Bad, "can be mended only in part"),
    };
    let mut text = format!(
        "{}: {}\n",
        style.paint(Paint::Strong, show(&plan.named)),
        style.paint(paint, words)
    );
    if plan.before.outcome() == Outcome::Loads {
        return text;
    }
    text.push_str(&state("before", &plan.before, style));
    for (at, step) in plan.steps.iter().enumerate() {
        text.push_str(&style.entry(&format!("step {}", at + 1), 2, COLUMN + 2, &step.why));
        for action in &step.actions {
            text.push_str(&format!(
                "  {:COLUMN$}{}\n",
                "",
                style.paint(Paint::Command, action.command())
            ));
        }
    }
    text.push_str(&state("after", &plan.after, style));
    for finding in &plan.left {
        text.push_str(&style.entry("left", 2, COLUMN + 2, &finding.message));
        for fix in &finding.fixes {
            text.push_str(&style.entry("", 2, COLUMN + 2, &fix.summary));
            if let Some(command) = &fix.command {
                text.push_str(&format!(
                    "  {:COLUMN$}  {}\n",
                    "",
                    style.paint(Paint::Command, command)
                ));
            }
        }
    }
    for file in &plan.done {
        text.push_str(&style.entry("changed", 2, COLUMN + 2, file));
    }
    if plan.is_offered() && !plan.is_done {
        text.push_str(&style.entry(
            "",
            2,
            COLUMN + 2,
            "nothing is written yet: --yes makes the changes",
        ));
    }
    text
}

fn state(label: &str, answer: &Answer, style: &Style) -> String {
    let (paint, word) = match answer.outcome() {
        Outcome::Loads => (Paint::Good, "loads"),
        Outcome::Unknown => (Paint::Caution, "cannot be known"),
        Outcome::Fails => (Paint::Bad, "does not load"),
    };
    let mut text = format!("  {label:<COLUMN$}{}\n", style.paint(paint, word));
    for line in failure_of(answer)
        .iter()
        .flat_map(|words| words.split(|&b| b == b'\n'))
    {
        text.push_str(&format!("  {:COLUMN$}{}\n", "", show(line)));
    }
    text
}
