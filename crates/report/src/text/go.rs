//! `go` as text: the host on one line, then each plugin: the verdict, Go's own words, what differs, why, and what to type.

use sayso_advice::go::{Judgement, Side};
use sayso_advice::{Finding, Level, show};
use sayso_facts::go::PluginSupport;
use sayso_loader::trace::GoEnd;

use crate::go::{GoAnswer, LookupAnswer, PluginAnswer};
use crate::style::{Paint, Style, columns};
use crate::{Outcome, words};

/// Column in which prose begins.
const COLUMN: usize = 8;
/// Differing packages that are shown; the others are counted.
const SHOWN: usize = 4;
/// Head of the column of packages: the order that they stand in.
const ORDER: &str = "dependencies first";

/// The answer.
pub fn go(answer: &GoAnswer, style: &Style) -> String {
    let mut text = host(answer, style);
    for plugin in &answer.plugins {
        text.push('\n');
        text.push_str(&self::plugin(plugin, style));
    }
    text
}

/// One line for each plugin, and Go's words where it does not open, for `-q`.
pub fn go_brief(answer: &GoAnswer, style: &Style) -> String {
    let mut text = String::new();
    for plugin in answer
        .plugins
        .iter()
        .filter(|plugin| plugin.outcome() != Outcome::Loads)
    {
        text.push_str(&headline(plugin, style));
        text.push_str(&quotation(plugin, style));
    }
    text
}

fn host(answer: &GoAnswer, style: &Style) -> String {
    let side = &answer.side;
    let mut facts: Vec<String> = Vec::new();
    facts.push(
        side.release
            .as_ref()
            .map_or("Go, release unknown".into(), |release| release.text.clone()),
    );
    facts.extend(settings(side));
    facts.extend(answer.loader.clone());
    let mut text = format!(
        "{}: {}\n",
        style.paint(Paint::Strong, show(&answer.host)),
        style.paint(Paint::Dim, facts.join(", "))
    );
    if let Some(words) = &answer.refused {
        text.push_str(&format!("  {}\n", style.paint(Paint::Bad, show(words))));
        text.push_str(&style.entry(
            "host",
            2,
            COLUMN,
            &format!(
                "it does not start, so it opens nothing: sayso check {}",
                show(&answer.host)
            ),
        ));
    }
    if side.support == Some(PluginSupport::NotLinked) {
        let sentence = "package plugin is not in it: it never calls plugin.Open";
        text.push_str(&style.entry("host", 2, COLUMN, sentence));
    }
    for finding in &answer.findings {
        text.push_str(&remark(finding, style));
    }
    text
}

/// Settings that count, as they are typed.
fn settings(side: &Side) -> Vec<String> {
    let mut shown = Vec::new();
    match side.is_trimmed() {
        Some(true) => shown.push("-trimpath".to_owned()),
        Some(false) => shown.push("no -trimpath".to_owned()),
        None => {}
    }
    for switch in ["-race", "-msan", "-asan", "-cover"] {
        shown.extend((side.switch(switch) == Some(true)).then(|| switch.to_owned()));
    }
    for key in ["-tags", "-gcflags"] {
        shown.extend(side.setting(key).map(|value| format!("{key}={value}")));
    }
    if side.has_cgo() == Some(false) {
        shown.push("CGO_ENABLED=0".into());
    }
    shown.extend(
        side.setting("GOAMD64")
            .filter(|level| *level != "v1")
            .map(|level| format!("GOAMD64={level}")),
    );
    shown
}

fn headline(plugin: &PluginAnswer, style: &Style) -> String {
    let (paint, verdict) = match plugin
        .judgement
        .as_ref()
        .map(|judgement| judgement.told.end)
    {
        Some(GoEnd::Opens) if plugin.outcome() == Outcome::Fails => {
            (Paint::Bad, "opens, but does not hold its contract")
        }
        Some(GoEnd::Opens) if plugin.outcome() == Outcome::Unknown => {
            (Paint::Caution, "opens, but a look-up cannot be known")
        }
        Some(GoEnd::Opens) => (Paint::Good, "opens"),
        Some(GoEnd::Error) => (Paint::Bad, "plugin.Open returns an error"),
        Some(GoEnd::Dies) => (Paint::Bad, "plugin.Open kills the host"),
        Some(GoEnd::Unknown) => (Paint::Caution, "cannot be known"),
        None => (Paint::Bad, "is never reached"),
    };
    let detail = detail(plugin);
    format!(
        "{}: {}{}\n",
        style.paint(Paint::Strong, show(&plugin.path)),
        style.paint(paint, verdict),
        if detail.is_empty() {
            String::new()
        } else {
            style.paint(Paint::Dim, format!(" ({detail})"))
        }
    )
}

fn detail(plugin: &PluginAnswer) -> String {
    let Some(judgement) = &plugin.judgement else {
        return "the host does not start".into();
    };
    let told = &judgement.told;
    if told.already_open {
        return "it is open already: the same plugin is returned".into();
    }
    match (told.end, told.compared) {
        (_, 0) => String::new(),
        (GoEnd::Opens, all) => format!("{all} packages compared, all equal"),
        (_, all) => format!("{} of {all} packages differ", told.differing.len()),
    }
}

fn quotation(plugin: &PluginAnswer, style: &Style) -> String {
    let message = plugin
        .judgement
        .as_ref()
        .and_then(|judgement| judgement.message.as_ref());
    let lines = message
        .into_iter()
        .flat_map(|message| message.split(|&b| b == b'\n'));
    let mut text = String::new();
    for line in lines {
        text.push_str(&format!("  {}\n", style.paint(Paint::Bad, show(line))));
    }
    text
}

fn plugin(plugin: &PluginAnswer, style: &Style) -> String {
    let mut text = headline(plugin, style);
    let words = quotation(plugin, style);
    if !words.is_empty() {
        text.push_str(&format!("\n{words}\n"));
    }
    let Some(judgement) = &plugin.judgement else {
        return text;
    };
    if !plugin.without.is_empty() {
        let names: Vec<String> = plugin.without.iter().map(show).collect();
        text.push_str(&style.entry(
            "note",
            2,
            COLUMN,
            &format!(
                "judged as in a process that does not open {}: that ends it",
                names.join(" or ")
            ),
        ));
    }
    for gap in &judgement.gaps {
        text.push_str(&style.entry("unknown", 2, COLUMN, gap));
    }
    text.push_str(&promise(judgement, style));
    text.push_str(&differing(plugin, judgement, style));
    text.push_str(&roots(plugin, style));
    text.push_str(&causes(judgement, style));
    text.push_str(&fixes(judgement, style));
    if let Some(rule) = judgement.rule {
        text.push_str(&style.entry("more", 2, COLUMN, &format!("sayso rules {rule}")));
    }
    text.push_str(&lookups(plugin, style));
    if style.verbose > 0 {
        text.push_str(&exports(judgement, style));
    }
    for finding in &plugin.findings {
        text.push_str(&remark(finding, style));
    }
    text
}

/// Never "will work": what stands between a clean look and an open plugin.
fn promise(judgement: &Judgement, style: &Style) -> String {
    if judgement.told.end != GoEnd::Opens || judgement.told.already_open {
        return String::new();
    }
    let sentence = match judgement.told.init_tasks {
        Some(0) => "plugin.Open returns without error: no init task is left to run".to_owned(),
        Some(1) => "plugin.Open returns without error unless its one init task fails".to_owned(),
        Some(tasks) => format!("plugin.Open returns without error unless one of {tasks} init tasks fails"),
        None => "plugin.Open returns without error unless an init task fails (before Go 1.21 the file does not say how many there are)".to_owned(),
    };
    style.entry("", 2, 0, &sentence)
}

/// Every differing package in Go's order with both hashes; a few without `-v`.
fn differing(plugin: &PluginAnswer, judgement: &Judgement, style: &Style) -> String {
    let all = &judgement.told.differing;
    if all.is_empty() {
        return String::new();
    }
    let most = if style.verbose > 0 || all.len() <= SHOWN + 1 {
        all.len()
    } else {
        SHOWN
    };
    let width = all[..most]
        .iter()
        .map(|differing| columns(&differing.package))
        .max()
        .unwrap_or(0)
        .clamp(ORDER.len(), 44);
    let host = plugin
        .trace
        .as_ref()
        .and_then(|trace| trace.objects.first())
        .map(|object| object.id);
    let mut lines = vec![style.paint(Paint::Dim, format!("{ORDER:width$}  {:16}  plugin", "host"))];
    for differing in &all[..most] {
        let mut line = format!(
            "{:width$}  {}  {}",
            differing.package, differing.host_hash, differing.plugin_hash
        );
        if let (Some(trace), true) = (&plugin.trace, host != Some(differing.provider)) {
            line.push_str(&style.paint(
                Paint::Caution,
                format!("  of {}", words::short(trace, differing.provider)),
            ));
        }
        if differing.named_by_go && all.len() > 1 {
            line.push_str(&style.paint(Paint::Dim, "  named by Go"));
        }
        lines.push(line);
    }
    if most < all.len() {
        lines.push(style.paint(
            Paint::Dim,
            format!("and {} more (-v shows all)", all.len() - most),
        ));
    }
    super::check::column("differ", &lines, 2, COLUMN, style)
}

fn roots(plugin: &PluginAnswer, style: &Style) -> String {
    match &plugin.roots {
        Some(roots) if !roots.is_empty() => {
            let noun = if roots.len() == 1 {
                "the root is"
            } else {
                "the roots are"
            };
            style.entry(
                "roots",
                2,
                COLUMN,
                &format!(
                    "{noun} {}: what else differs imports them",
                    roots.join(", ")
                ),
            )
        }
        _ => String::new(),
    }
}

fn causes(judgement: &Judgement, style: &Style) -> String {
    let mut text = String::new();
    for (at, reason) in judgement.reasons.iter().enumerate() {
        let label = if at == 0 { "cause" } else { "" };
        let doubt = if reason.confirmed { "" } else { "probably: " };
        text.push_str(&style.entry(label, 2, COLUMN, &format!("{doubt}{}", reason.why)));
        if !reason.evidence.is_empty() {
            text.push_str(&style.entry("", 4, COLUMN, &reason.evidence));
        }
    }
    text
}

fn fixes(judgement: &Judgement, style: &Style) -> String {
    let mut text = String::new();
    let mut last = "";
    for fix in &judgement.fixes {
        let label = if last.is_empty() { "fix" } else { "" };
        if fix.summary != last {
            text.push_str(&style.entry(label, 2, COLUMN, &fix.summary));
        }
        last = &fix.summary;
        if let Some(command) = &fix.command {
            text.push_str(&format!(
                "{:width$}{}\n",
                "",
                style.paint(Paint::Command, command),
                width = 2 + COLUMN + 2
            ));
        }
    }
    text
}

fn lookups(plugin: &PluginAnswer, style: &Style) -> String {
    let mut text = String::new();
    for (at, lookup) in plugin.lookups.iter().enumerate() {
        let label = style.paint(
            Paint::Dim,
            format!("{:COLUMN$}", if at == 0 { "lookup" } else { "" }),
        );
        let (paint, word) = match (lookup.ok, lookup.outcome()) {
            (Some(true), _) => (Paint::Good, "ok"),
            (None, _) => (Paint::Caution, "unknown"),
            (Some(false), Outcome::Loads) => (Paint::Note, "absent, and optional"),
            (Some(false), _) if lookup.found.is_some() => (Paint::Bad, "panics"),
            (Some(false), _) => (Paint::Bad, "error"),
        };
        text.push_str(&format!(
            "  {label}{}: {}\n",
            subject(lookup),
            style.paint(paint, word)
        ));
        let indent = 2 + COLUMN + 2;
        if let (Some(error), true) = (&lookup.error, lookup.outcome() != Outcome::Loads) {
            for line in error.lines() {
                let paint = if lookup.ok.is_none() {
                    Paint::Dim
                } else {
                    Paint::Bad
                };
                text.push_str(&format!("{:indent$}{}\n", "", style.paint(paint, line)));
            }
        }
        if let Some(hint) = &lookup.hint {
            text.push_str(&style.entry("", indent, 0, hint));
        }
    }
    text
}

fn subject(lookup: &LookupAnswer) -> String {
    match (&lookup.wanted, &lookup.found) {
        (Some(wanted), _) => format!("{} as {wanted}", lookup.name),
        (None, Some(found)) => format!("{} {found}", lookup.name),
        (None, None) => lookup.name.clone(),
    }
}

fn exports(judgement: &Judgement, style: &Style) -> String {
    let lines: Vec<String> = judgement
        .exports
        .iter()
        .map(|(name, kind)| format!("{name} {}", kind.as_deref().unwrap_or("?")))
        .collect();
    super::check::column("exports", &lines, 2, COLUMN, style)
}

fn remark(finding: &Finding, style: &Style) -> String {
    let paint = match finding.level {
        Level::Error => Paint::Bad,
        Level::Warning => Paint::Caution,
        Level::Note => Paint::Note,
    };
    let mut text = String::new();
    for (at, line) in
        crate::style::wrap(&finding.message, style.width.saturating_sub(2 + COLUMN + 1))
            .into_iter()
            .enumerate()
    {
        let label = if at == 0 {
            style.paint(
                paint,
                format!("{:width$}", finding.level.name(), width = COLUMN),
            )
        } else {
            " ".repeat(COLUMN)
        };
        text.push_str(&format!("  {label}{line}\n"));
    }
    for sentence in &finding.because {
        text.push_str(&style.entry("", 4, COLUMN, sentence));
    }
    for fix in &finding.fixes {
        text.push_str(&style.entry("", 2, COLUMN, &fix.summary));
        if let Some(command) = &fix.command {
            text.push_str(&format!(
                "{:width$}{}\n",
                "",
                style.paint(Paint::Command, command),
                width = 2 + COLUMN + 2
            ));
        }
    }
    text + &style.entry("", 2, COLUMN, &format!("sayso rules {}", finding.rule.name))
}
