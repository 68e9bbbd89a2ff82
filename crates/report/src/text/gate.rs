//! `gate`, and the policy's part of `check`, as text.

use sayso_advice::policy::{Broken, Judged};

use crate::style::{Paint, Style};

/// What came of a policy: one line if all is well, else each violation with what mends it.
pub fn gate(judged: &Judged, policy: &str, style: &Style) -> String {
    let mut text = String::new();
    for broken in &judged.broken {
        text.push_str(&violation(broken, style));
    }
    if style.verbose > 0 {
        for (broken, reason) in &judged.excepted {
            text.push_str(&format!(
                "{} {}\n",
                style.paint(Paint::Note, "let through:"),
                broken.finding.message
            ));
            text.push_str(&style.entry("reason", 2, 8, reason));
        }
    }
    for line in &judged.unused {
        text.push_str(&format!(
            "{} the exception in line {line} of {policy} lets nothing through: it can go\n",
            style.paint(Paint::Note, "note:")
        ));
    }
    let count = |number: usize, word: &str| {
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    let (paint, verdict) = if judged.broken.is_empty() {
        (Paint::Good, "keeps to".to_owned())
    } else {
        let many = count(judged.broken.len(), "violation");
        (Paint::Bad, format!("{many} of"))
    };
    let excepted = match judged.excepted.len() {
        0 => String::new(),
        many => format!(", {many} let through"),
    };
    let passed_over = match judged.passed_over {
        0 => String::new(),
        many => format!(", {many} of packages passed over"),
    };
    text.push_str(&format!(
        "{} the policy {policy} {}\n",
        style.paint(paint, verdict),
        style.paint(
            Paint::Dim,
            format!(
                "({}, {}{excepted}{passed_over})",
                count(judged.artifacts, "artifact"),
                count(judged.objects, "object")
            )
        )
    ));
    text
}

fn violation(broken: &Broken, style: &Style) -> String {
    let whole = if broken.object == broken.artifact {
        String::new()
    } else {
        format!("{}: ", broken.artifact)
    };
    let said = style.entry("", 0, 7, &format!("{whole}{}", broken.finding.message));
    // The label's column is blank where nothing is painted: the word goes into it.
    let mut text = format!(
        "{} {}",
        style.paint(Paint::Bad, "error:"),
        said.trim_start()
    );
    for reason in &broken.finding.because {
        text.push_str(&style.entry("why", 2, 6, reason));
    }
    for (at, fix) in broken.finding.fixes.iter().enumerate() {
        let label = if at == 0 { "fix" } else { "or" };
        text.push_str(&style.entry(label, 2, 6, &fix.summary));
        if let Some(command) = &fix.command {
            text.push_str(&format!(
                "          {}\n",
                style.paint(Paint::Command, command)
            ));
        }
    }
    text.push_str(&style.entry(
        "more",
        2,
        6,
        &format!("sayso rules {}", broken.finding.rule.name),
    ));
    text.push('\n');
    text
}
