//! An image as text: first whether it starts, then what else in it would not load, by reason.

use sayso_advice::survey::{Change, Deed, Group, Link, Role};
use sayso_advice::{Finding, Outcome, show};

use crate::image::ImageAnswer;
use crate::style::{Paint, Style};

/// Column in which prose begins.
const COLUMN: usize = 8;
/// Reasons that are shown without `-v`.
const GROUPS_MAX: usize = 6;
/// Files named of one reason with `-v`.
const NAMED_MAX: usize = 400;

/// The answer about a whole image.
pub fn image(answer: &ImageAnswer, style: &Style) -> String {
    let mut text = headline(answer, style);
    if let Some(why) = &answer.refused {
        text.push_str(&style.entry("refused", 2, COLUMN, why));
        return text;
    }
    text.push_str(&start(answer, style));
    text.push_str(&counts(answer, style));
    let shown = if style.verbose > 0 {
        usize::MAX
    } else {
        GROUPS_MAX
    };
    for group in answer.groups.iter().take(shown) {
        text.push_str(&reason(group, style));
    }
    if answer.groups.len() > shown {
        let rest = &answer.groups[shown..];
        let files: usize = rest.iter().map(|group| group.files.len()).sum();
        text.push_str(&format!(
            "{} more {} for {} more {}: -v shows all\n",
            files,
            plural(files, "file", "files"),
            rest.len(),
            plural(rest.len(), "reason", "reasons")
        ));
    }
    for (at, finding) in answer.findings.iter().enumerate() {
        let changes = answer.findings_blame.get(at).map_or(&[][..], Vec::as_slice);
        text.push_str(&remark(finding, changes, style));
    }
    text
}

fn headline(answer: &ImageAnswer, style: &Style) -> String {
    let mut about: Vec<String> = answer.platform.iter().cloned().collect();
    match answer.layers.len() {
        0 => {}
        count => about.push(format!("{count} {}", plural(count, "layer", "layers"))),
    }
    let (paint, verdict) = match (&answer.refused, answer.start.starts) {
        (Some(_), _) => (Paint::Bad, "cannot be judged"),
        (None, Some(true)) => (Paint::Good, "starts"),
        (None, Some(false)) => (Paint::Bad, "does not start"),
        (None, None) if answer.start.links.is_empty() => (Paint::Note, "names no command to start"),
        (None, None) => (Paint::Caution, "whether it starts cannot be known"),
    };
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    format!(
        "{}: {}{}\n",
        style.paint(Paint::Strong, &answer.named),
        style.paint(paint, verdict),
        style.paint(Paint::Dim, about)
    )
}

fn start(answer: &ImageAnswer, style: &Style) -> String {
    let mut text = String::new();
    let failed = answer.start.failure().or_else(|| {
        answer
            .start
            .links
            .iter()
            .find(|link| link.answer.outcome() != Outcome::Loads)
    });
    for link in &answer.start.links {
        let is_it = failed.is_some_and(|failed| std::ptr::eq(failed, link));
        if style.verbose > 0 || is_it {
            text.push_str(&style.entry(
                "runs",
                2,
                COLUMN,
                &format!("{} ({})", command_line(link), link.told_by),
            ));
        }
        if is_it {
            text.push_str(&failure(link, style));
            break;
        }
    }
    for change in telling(&answer.start_blame) {
        text.push_str(&blame(change, style));
    }
    for gap in &answer.start.gaps {
        if style.verbose > 0 || answer.start.starts.is_none() {
            text.push_str(&style.entry("unknown", 2, COLUMN + 1, &gap.what));
        }
    }
    text
}

fn failure(link: &Link, style: &Style) -> String {
    let mut text = String::new();
    if let Some(said) = &link.said {
        text.push('\n');
        for line in said.split('\n') {
            text.push_str(&format!("  {}\n", style.paint(Paint::Bad, line)));
        }
        text.push('\n');
    }
    for finding in &link.answer.findings {
        text.push_str(&super::check::finding(&link.answer, finding, style));
    }
    text
}

fn command_line(link: &Link) -> String {
    let words: Vec<String> = link
        .arguments
        .iter()
        .map(|word| match show(word) {
            plain if !plain.is_empty() && !plain.contains([' ', '"', '\'']) => plain,
            odd => format!("{odd:?}"),
        })
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn counts(answer: &ImageAnswer, style: &Style) -> String {
    let count = |wanted: Outcome| -> usize {
        answer
            .tally
            .iter()
            .filter(|((_, outcome), _)| *outcome == wanted)
            .map(|(_, count)| count)
            .sum()
    };
    let (loads, fails, unknown) = (
        count(Outcome::Loads),
        count(Outcome::Fails),
        count(Outcome::Unknown),
    );
    let total = loads + fails + unknown;
    if total == 0 {
        return String::new();
    }
    let mut parts = vec![style.paint(
        Paint::Good,
        format!("{loads} {}", plural(loads, "loads", "load")),
    )];
    if fails > 0 {
        let roles: Vec<String> = answer
            .tally
            .iter()
            .filter(|((_, outcome), _)| *outcome == Outcome::Fails)
            .map(|((role, _), count)| format!("{count} {}", role_word(*role, *count)))
            .collect();
        let told = format!(
            "{fails} {} not ({})",
            plural(fails, "does", "do"),
            roles.join(", ")
        );
        parts.push(style.paint(Paint::Bad, told));
    }
    if unknown > 0 {
        parts.push(style.paint(Paint::Caution, format!("{unknown} cannot be known")));
    }
    let mut text = format!(
        "{total} other {}: {}\n",
        plural(total, "program or library", "programs and libraries"),
        parts.join(", ")
    );
    let skipped = &answer.skipped;
    let mut left = Vec::new();
    if skipped.foreign > 0 {
        left.push(format!("{} for other machines", skipped.foreign));
    }
    if skipped.other_libc > 0 {
        left.push(format!("{} for another C library", skipped.other_libc));
    }
    if skipped.cut {
        left.push("what lies behind a limit".into());
    }
    if !left.is_empty() && (style.verbose > 0 || skipped.cut) {
        text.push_str(&style.entry("skipped", 2, COLUMN, &left.join(", ")));
    }
    text
}

fn role_word(role: Role, count: usize) -> &'static str {
    let one = count == 1;
    match role {
        Role::Entrypoint => "entrypoint",
        Role::Program if one => "program",
        Role::Program => "programs",
        Role::Library if one => "library",
        Role::Library => "libraries",
        Role::Extension if one => "extension",
        Role::Extension => "extensions",
        Role::Plugin if one => "plugin",
        Role::Plugin => "plugins",
    }
}

fn reason(group: &Group, style: &Style) -> String {
    let example = &group.example;
    let count = group.files.len();
    let (paint, label) = match example.outcome {
        Outcome::Fails => (Paint::Bad, "error"),
        _ => (Paint::Caution, "unknown"),
    };
    let why = example
        .finding
        .as_ref()
        .map(|finding| finding.message.clone())
        .or_else(|| example.message.clone())
        .unwrap_or_default();
    let mut text = super::check::title(paint, label, &why, style);
    let rest = if count > 1 {
        format!(" and {} more", count - 1)
    } else {
        String::new()
    };
    text.push_str(&style.entry(
        "in",
        2,
        COLUMN,
        &format!("{} ({}){rest}", example.path, example.role.name()),
    ));
    if style.verbose > 0 {
        for (role, path) in group.files.iter().skip(1).take(NAMED_MAX) {
            text.push_str(&style.entry("", 2, COLUMN, &format!("{path} ({})", role.name())));
        }
    }
    if let Some(message) = &example.message
        && style.verbose > 0
    {
        text.push_str(&style.entry("says", 2, COLUMN, message));
    }
    for change in telling(&example.blame) {
        text.push_str(&blame(change, style));
    }
    if let Some(finding) = &example.finding {
        if let Some(fix) = finding.fixes.first() {
            text.push_str(&style.entry("fix", 2, COLUMN, &fix.summary));
            if let Some(command) = &fix.command {
                text.push_str(&format!(
                    "{:COLUMN$}    {}\n",
                    "",
                    style.paint(Paint::Command, command)
                ));
            }
        }
        text.push_str(&style.entry(
            "more",
            2,
            COLUMN,
            &format!("sayso rules {}", finding.rule.name),
        ));
    }
    text
}

/// Who deleted or replaced something is to blame; who merely brought it is told where nobody did.
fn telling(changes: &[Change]) -> impl Iterator<Item = &Change> {
    let guilty = |change: &&Change| change.deed != Deed::Brought;
    let any = changes.iter().any(|change| guilty(&change));
    changes
        .iter()
        .filter(move |change| !any || guilty(change))
        .take(if any { usize::MAX } else { 1 })
}

/// "layer 3 deleted /usr/lib/libz.so.1: RUN rm -rf …"
fn blame(change: &Change, style: &Style) -> String {
    let deed = match change.deed {
        Deed::Brought => "brought",
        Deed::Replaced => "replaced",
        Deed::Deleted => "deleted",
    };
    let by = change
        .created_by
        .as_ref()
        .map_or(String::new(), |line| format!(": {}", shortened(line)));
    style.entry(
        "layer",
        2,
        COLUMN,
        &format!("layer {} {deed} {}{by}", change.layer, show(&change.path)),
    )
}

/// A history line without what builders put around the command.
fn shortened(line: &str) -> String {
    const MOST: usize = 120;
    let line = line.trim().trim_end_matches("# buildkit");
    let bare = ["/bin/sh -c #(nop) ", "RUN /bin/sh -c ", "/bin/sh -c "]
        .iter()
        .find_map(|around| Some((line.strip_prefix(around)?, *around)));
    let line = match bare {
        Some((rest, "/bin/sh -c #(nop) ")) => rest.to_owned(),
        Some((rest, _)) => format!("RUN {rest}"),
        None => line.to_owned(),
    };
    let line = show(line.trim());
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn remark(finding: &Finding, changes: &[Change], style: &Style) -> String {
    let paint = match finding.level {
        sayso_advice::Level::Error => Paint::Bad,
        sayso_advice::Level::Warning => Paint::Caution,
        sayso_advice::Level::Note => Paint::Note,
    };
    let mut text = super::check::title(paint, finding.level.name(), &finding.message, style);
    for sentence in &finding.because {
        text.push_str(&style.entry("why", 2, COLUMN, sentence));
    }
    for change in telling(changes) {
        text.push_str(&blame(change, style));
    }
    if let Some(fix) = finding.fixes.first() {
        text.push_str(&style.entry("fix", 2, COLUMN, &fix.summary));
    }
    text.push_str(&style.entry(
        "more",
        2,
        COLUMN,
        &format!("sayso rules {}", finding.rule.name),
    ));
    text
}

pub(super) fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}
